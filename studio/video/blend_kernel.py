"""The blend that numba compiles; importing this file needs numba and compiles or loads the kernel.

The casts to 16 bits and the slices before the inner loop are what lets LLVM fill whole vector registers."""

from __future__ import annotations

import numpy as np

from studio.video.atlas import Table
from studio.video.compiled import compiled
from studio.video.planes import Bytes

_U8, _U16 = np.uint8, np.uint16


@compiled()
def _blend_plane(
    frame: Bytes, start: int, stride: int, rows: int, pixels: Bytes, p: int, rest: int, w: int, h: int, x: int, y: int
) -> None:
    left, right = max(x, 0), min(x + w, stride)
    n = right - left
    for row in range(max(y, 0), min(y + h, rows)):
        at, inside = start + row * stride + left, (row - y) * w + left - x
        d = frame[at : at + n]
        a = pixels[p + inside : p + inside + n]
        r = pixels[rest + inside : rest + inside + n]
        for i in range(n):
            d[i] = _U8(_U16(_U16(d[i]) * _U16(r[i]) + _U16(255)) >> _U16(8)) + a[i]


@compiled("void(u1[::1], u1[::1], i8[:, ::1], i8, i8)")
def blend_all(frame: Bytes, pixels: Bytes, table: Table, width: int, height: int) -> None:
    """Blend every row of ``table`` (offset, width, height, x, y; all even) into the I420 picture ``frame``."""
    luma, half_width, half_height = width * height, width >> 1, height >> 1
    for k in range(table.shape[0]):
        o, w, h, x, y = table[k, 0], table[k, 1], table[k, 2], table[k, 3], table[k, 4]
        if x + w <= 0 or x >= width:
            continue
        _blend_plane(frame, 0, width, height, pixels, o, o + w * h, w, h, x, y)
        n = w * h >> 2
        u, v, rest = o + 8 * n, o + 9 * n, o + 10 * n
        w, h, x, y = w >> 1, h >> 1, x >> 1, y >> 1
        _blend_plane(frame, luma, half_width, half_height, pixels, u, rest, w, h, x, y)
        _blend_plane(frame, luma + half_width * half_height, half_width, half_height, pixels, v, rest, w, h, x, y)
