"""The chroma key that numba compiles; importing this file needs numba and compiles or loads the kernels."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from studio.video.compiled import compiled
from studio.video.raw_numbers import Bytes

Halves = npt.NDArray[np.uint16]

_U8, _U16 = np.uint8, np.uint16
_INT = numba.types.int64
_OUT = numba.types.Array(numba.types.uint8, 1, "C")
_IN = numba.types.Array(numba.types.uint8, 1, "C", readonly=True)  # takes what may be written as well
_TABLE = numba.types.Array(numba.types.uint32, 1, "C")


@compiled(numba.types.void(_IN, _IN, _TABLE, _OUT, _OUT, _OUT))
def part(u: Bytes, v: Bytes, table: npt.NDArray[np.uint32], to_a: Bytes, to_u: Bytes, to_v: Bytes) -> None:
    """Alpha and chroma without spill of each chroma sample, from one table of ``alpha | u << 8 | v << 16``."""
    for i in range(len(u)):
        found = table[(np.int64(u[i]) << 8) | np.int64(v[i])]
        to_a[i], to_u[i], to_v[i] = _U8(found), _U8(found >> 8), _U8(found >> 16)


@compiled()
def _over(upper: Bytes, lower: Bytes, alpha: Halves, out: Bytes) -> None:
    for i in range(len(out)):
        a = alpha[i]
        out[i] = _U8(_U16(_U16(upper[i]) * a + _U16(lower[i]) * _U16(_U16(255) - a) + _U16(255)) >> _U16(8))


@compiled()
def enlarged(half: Bytes, line: int, width: int, height: int, tall: Halves, wide: Halves) -> None:
    """One line of a plane of half the size (``width`` x ``height``), enlarged linearly into ``wide``; ``tall`` is work room."""
    row = line >> 1
    other = min(max(row - 1 + 2 * (line & 1), 0), height - 1)
    near, far = half[row * width : (row + 1) * width], half[other * width : (other + 1) * width]
    middle = tall[1 : width + 1]
    for i in range(width):
        middle[i] = _U16(_U16(3) * _U16(near[i]) + _U16(far[i]))
    tall[0], tall[width + 1] = tall[1], tall[width]
    for i in range(width):
        wide[2 * i] = _U16(_U16(3) * tall[i + 1] + tall[i] + _U16(8)) >> _U16(4)
        wide[2 * i + 1] = _U16(_U16(3) * tall[i + 1] + tall[i + 2] + _U16(8)) >> _U16(4)


@compiled(numba.types.void(_IN, _IN, _IN, _OUT, _INT, _INT))
def over_luma(upper: Bytes, lower: Bytes, alpha: Bytes, out: Bytes, width: int, height: int) -> None:
    """``upper`` over ``lower`` by an alpha of half the size (``width`` x ``height``), which is enlarged linearly."""
    tall, wide = np.empty(width + 2, np.uint16), np.empty(2 * width, np.uint16)
    for line in range(2 * height):
        enlarged(alpha, line, width, height, tall, wide)
        start, end = line * 2 * width, (line + 1) * 2 * width
        _over(upper[start:end], lower[start:end], wide, out[start:end])


@compiled(numba.types.void(_IN, _IN, _IN, _OUT))
def over_chroma(upper: Bytes, lower: Bytes, alpha: Bytes, out: Bytes) -> None:
    """``upper`` over ``lower`` by ``alpha`` of the same size."""
    for i in range(len(out)):
        a = _U16(alpha[i])
        out[i] = _U8(_U16(_U16(upper[i]) * a + _U16(lower[i]) * _U16(_U16(255) - a) + _U16(255)) >> _U16(8))
