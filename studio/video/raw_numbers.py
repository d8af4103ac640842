"""The numbers of the conversion from BT.601 to BT.709, shared by both paths.

On Y'CbCr of limited range, chroma less 128; from the luma equations of ITU-R BT.601 and BT.709. Whole numbers are
units of 1 / 2**SHIFT."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

SHIFT = 14
Y_U, Y_V = round(-0.1155497 * 2**SHIFT), round(-0.2079376 * 2**SHIFT)
U_U, U_V = round(1.0186397 * 2**SHIFT), round(0.1146179 * 2**SHIFT)
V_U, V_V = round(0.0750494 * 2**SHIFT), round(1.0253271 * 2**SHIFT)
