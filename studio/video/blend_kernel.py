"""The blend that numba compiles; importing this file needs numba and compiles or loads the kernel.

The casts to 16 bits and the slices before the inner loop are what lets LLVM fill whole vector registers. A plane's rows
are touched first, one byte a cache line: these reads do not wait for each other, so that a frame which is in no cache
costs half of what it does when each row waits for its own memory."""

from __future__ import annotations

import numpy as np

from studio.video.atlas import Table
from studio.video.compiled import compiled
from studio.video.planes import Bytes

_U8, _U16 = np.uint8, np.uint16
_LINE = 64


@compiled()
def _blend_plane(
    frame: Bytes, start: int, stride: int, rows: int, pixels: Bytes, p: int, rest: int, w: int, h: int, x: int, y: int
) -> int:
    left, right = max(x, 0), min(x + w, stride)
    top, bottom = max(y, 0), min(y + h, rows)
    n = right - left
    touched = 0
    for row in range(top, bottom):
        at = start + row * stride + left
        for i in range(0, n, _LINE):
            touched += frame[at + i]
        touched += frame[at + n - 1]
    for row in range(top, bottom):
        at, inside = start + row * stride + left, (row - y) * w + left - x
        d = frame[at : at + n]
        a = pixels[p + inside : p + inside + n]
        r = pixels[rest + inside : rest + inside + n]
        for i in range(n):
            d[i] = _U8(_U16(_U16(d[i]) * _U16(r[i]) + _U16(255)) >> _U16(8)) + a[i]
    return touched


@compiled("i8(u1[::1], u1[::1], i8[:, ::1], i8, i8)")
def blend_all(frame: Bytes, pixels: Bytes, table: Table, width: int, height: int) -> int:
    """Blend every row of ``table`` (offset, width, height, x, y; all even) into the I420 picture ``frame``.

    The result means nothing: it keeps the compiler from leaving the touching reads out."""
    luma, half_width, half_height = width * height, width >> 1, height >> 1
    touched = 0
    for k in range(table.shape[0]):
        o, w, h, x, y = table[k, 0], table[k, 1], table[k, 2], table[k, 3], table[k, 4]
        if x + w <= 0 or x >= width:
            continue
        touched += _blend_plane(frame, 0, width, height, pixels, o, o + w * h, w, h, x, y)
        n = w * h >> 2
        u, v, rest = o + 8 * n, o + 9 * n, o + 10 * n
        w, h, x, y = w >> 1, h >> 1, x >> 1, y >> 1
        touched += _blend_plane(frame, luma, half_width, half_height, pixels, u, rest, w, h, x, y)
        start = luma + half_width * half_height
        touched += _blend_plane(frame, start, half_width, half_height, pixels, v, rest, w, h, x, y)
    return touched
