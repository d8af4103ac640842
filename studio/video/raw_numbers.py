"""The numbers that bring any YUV to BT.709, limited range; shared by the compiled and the OpenCV path."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]

LUMA_GAIN, CHROMA_GAIN = 219 / 255, 224 / 255  # full to limited range

# BT.601 to BT.709 on Y'CbCr of limited range, chroma less 128; from the luma equations of ITU-R BT.601 and BT.709.
Y_U, Y_V = -0.1155497, -0.2079376
U_U, U_V = 1.0186397, 0.1146179
V_U, V_V = 0.0750494, 1.0253271

SHIFT = 14


@cache
def numbers(is_full_range: bool, is_bt601: bool) -> Numbers:
    """In units of 1 / 2**SHIFT: the gain of Y, what is added to it, then what the new Y, U, V take of U and of V."""
    gain, chroma = (LUMA_GAIN, CHROMA_GAIN) if is_full_range else (1.0, 1.0)
    taken = (Y_U, Y_V, U_U, U_V, V_U, V_V) if is_bt601 else (0.0, 0.0, 1.0, 0.0, 0.0, 1.0)
    exact = [gain, 16.0 if is_full_range else 0.0, *(chroma * part for part in taken)]
    return np.array([round(part * 2**SHIFT) for part in exact], np.int64)
