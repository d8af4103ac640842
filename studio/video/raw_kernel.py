"""Conversions of whole pictures that OpenCV has no short way for; importing this file needs numba.

Planes come as flat arrays and the distance between rows, because only flat arrays are known to be contiguous."""

from __future__ import annotations

import numba
import numpy as np

from studio.video.compiled import compiled
from studio.video.raw_numbers import SHIFT, Bytes, Numbers

_I32, _U8 = np.int32, np.uint8
_HALF = 1 << (SHIFT - 1)
_MIDDLE = (128 << (SHIFT + 1)) + 2 * _HALF  # of chroma, which comes as the sum of two rows

_INT = numba.types.int64
_OUT = numba.types.Array(numba.types.uint8, 1, "C")
_IN = numba.types.Array(numba.types.uint8, 1, "C", readonly=True)  # takes what may be written as well
_NUMBERS = numba.types.Array(numba.types.int64, 1, "C")


@compiled(numba.types.void(_IN, _INT, _IN, _INT, _IN, _INT, _INT, _NUMBERS, _OUT, _OUT, _OUT, _INT, _INT))
def to_bt709(
    y: Bytes, y_step: int, u: Bytes, u_step: int, v: Bytes, v_step: int, chroma_rows: int, numbers: Numbers,
    to_y: Bytes, to_u: Bytes, to_v: Bytes, width: int, height: int,
) -> None:  # fmt: skip
    """Range, matrix and 4:2:2 (``chroma_rows`` 2) or 4:2:0 (1) to 4:2:0 by the `raw_numbers.numbers`, in one pass.

    ``width`` and ``height`` are the new chroma's."""
    gain, plus = _I32(numbers[0]), _I32(numbers[1] + _HALF)
    yu, yv, uu, uv = _I32(numbers[2]), _I32(numbers[3]), _I32(numbers[4]), _I32(numbers[5])
    vu, vv = _I32(numbers[6]), _I32(numbers[7])
    change = np.empty(width, np.int32)
    for row in range(height):
        first, last = chroma_rows * row, chroma_rows * row + chroma_rows - 1
        u1, u2 = u[first * u_step : first * u_step + width], u[last * u_step : last * u_step + width]
        v1, v2 = v[first * v_step : first * v_step + width], v[last * v_step : last * v_step + width]
        new_u, new_v = to_u[row * width : (row + 1) * width], to_v[row * width : (row + 1) * width]
        for i in range(width):
            cb, cr = _I32(u1[i]) + _I32(u2[i]) - _I32(256), _I32(v1[i]) + _I32(v2[i]) - _I32(256)
            change[i] = ((yu * cb + yv * cr) >> _I32(1)) + plus
            b = (uu * cb + uv * cr + _I32(_MIDDLE)) >> _I32(SHIFT + 1)
            r = (vu * cb + vv * cr + _I32(_MIDDLE)) >> _I32(SHIFT + 1)
            new_u[i] = _U8(min(max(b, _I32(0)), _I32(255)))
            new_v[i] = _U8(min(max(r, _I32(0)), _I32(255)))
        for line in range(2 * row, 2 * row + 2):
            old = y[line * y_step : line * y_step + 2 * width]
            new = to_y[line * 2 * width : (line + 1) * 2 * width]
            for i in range(width):
                one = (gain * _I32(old[2 * i]) + change[i]) >> _I32(SHIFT)
                two = (gain * _I32(old[2 * i + 1]) + change[i]) >> _I32(SHIFT)
                new[2 * i] = _U8(min(max(one, _I32(0)), _I32(255)))
                new[2 * i + 1] = _U8(min(max(two, _I32(0)), _I32(255)))


@compiled(numba.types.void(_IN, _INT, _OUT, _OUT, _OUT, _INT, _INT))
def yuyv_to_i420(source: Bytes, step: int, y: Bytes, u: Bytes, v: Bytes, width: int, height: int) -> None:
    """Y U Y V bytes to planes; ``width`` and ``height`` are the chroma's."""
    for row in range(height):
        upper = source[2 * row * step : 2 * row * step + 4 * width]
        lower = source[(2 * row + 1) * step : (2 * row + 1) * step + 4 * width]
        first, second = y[4 * row * width : (4 * row + 2) * width], y[(4 * row + 2) * width : (4 * row + 4) * width]
        us, vs = u[row * width : (row + 1) * width], v[row * width : (row + 1) * width]
        for i in range(width):
            first[2 * i], first[2 * i + 1] = upper[4 * i], upper[4 * i + 2]
            second[2 * i], second[2 * i + 1] = lower[4 * i], lower[4 * i + 2]
            us[i] = _U8((_I32(upper[4 * i + 1]) + _I32(lower[4 * i + 1]) + _I32(1)) >> _I32(1))
            vs[i] = _U8((_I32(upper[4 * i + 3]) + _I32(lower[4 * i + 3]) + _I32(1)) >> _I32(1))
