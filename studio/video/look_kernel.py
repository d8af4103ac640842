"""The skin smoothing that numba compiles; importing this file needs numba and compiles or loads the kernel."""

from __future__ import annotations

import numba
import numpy as np

from studio.video.compiled import compiled
from studio.video.key_kernel import enlarged
from studio.video.raw_numbers import Bytes

_I32, _U8 = np.int32, np.uint8
_INT = numba.types.int64
_OUT = numba.types.Array(numba.types.uint8, 1, "C")
_IN = numba.types.Array(numba.types.uint8, 1, "C", readonly=True)
_SHIFT = 22


@compiled(numba.types.void(_OUT, _IN, _IN, _INT, _INT, _INT))
def smooth(luma: Bytes, around: Bytes, strength: Bytes, most: int, width: int, height: int) -> None:
    """Take small differences of ``luma`` from ``around`` away, by ``strength`` (0..255); both have half the size.

    A difference is taken whole up to ``most``, less and less up to twice that, then not at all."""
    tall = np.empty(width + 2, np.uint16)
    wide_around, wide_strength = np.empty(2 * width, np.uint16), np.empty(2 * width, np.uint16)
    limit, per_unit = _I32(most), _I32((1 << _SHIFT) // (most * 255))
    for line in range(2 * height):
        enlarged(around, line, width, height, tall, wide_around)
        enlarged(strength, line, width, height, tall, wide_strength)
        target = luma[line * 2 * width : (line + 1) * 2 * width]
        for i in range(2 * width):
            difference = _I32(target[i]) - _I32(wide_around[i])
            size = abs(difference)
            share = min(limit, max(_I32(0), _I32(2) * limit - size))
            taken = (size * share * _I32(wide_strength[i]) * per_unit + _I32(1 << (_SHIFT - 1))) >> _I32(_SHIFT)
            target[i] = _U8(_I32(target[i]) - (taken if difference > 0 else -taken))
