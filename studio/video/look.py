"""The look of a source: brightness, contrast, white balance and light skin smoothing (美颜), all on the planes."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from studio.video import compiled
from studio.video.planes import I420Frame
from studio.video.raw_numbers import Bytes
from studio.video.scene import Look
from studio.video.scratch import scratch

BLACK, WHITE = 16, 235
_STRONGEST = 0.2  # gain of red against blue (warmth) or less green (tint) at 100

# What a grey of luma 1 gains in (U, V) when red gains and blue loses 1, and when green loses 1, luma kept (BT.709).
_WARM = (-(1 + 0.2126 - 0.0722) / 1.8556, (1 - 0.2126 + 0.0722) / 1.5748)
_TINT = (0.7152 / 1.8556, 0.7152 / 1.5748)
_CHROMA_OF_LUMA = 224 / 219

# Where skin of every shade lies in BT.601 chroma: Chai and Ngan, Face segmentation using skin-color map, 1999.
_SKIN_U, _SKIN_V = (77, 127), (133, 173)
_MOST_SMOOTHED = 14  # differences from the surroundings above this are edges and stay


def apply(frame: I420Frame, look: Look) -> None:
    """Give ``frame`` the look, in place; the plain look costs nothing."""
    if look.smoothing:
        _smooth_skin(frame, look.smoothing / 100)
    if look.brightness or look.contrast:
        cv2.LUT(frame.y, _luma_table(look.brightness, look.contrast), dst=frame.y)
    if look.warmth or look.tint:
        _balance(frame, look)


def balanced(frame: I420Frame, is_subject: Bytes | None = None) -> Look:
    """The white balance that makes the picture's mean grey (grey-world): a proposal for a picture without one colour.

    ``is_subject`` (of chroma's size, 0 where it does not count) leaves a coloured screen out."""
    luma_subject = None
    if is_subject is not None:
        luma_subject = cv2.resize(is_subject, (frame.width, frame.height), interpolation=cv2.INTER_NEAREST)
    luma = max(1.0, float(cv2.mean(frame.y, luma_subject)[0]) - BLACK) * _CHROMA_OF_LUMA
    off = np.array([128 - float(cv2.mean(plane, is_subject)[0]) for plane in (frame.u, frame.v)]) / luma
    warm, tint = np.linalg.solve(np.array([_WARM, _TINT]).T, off) / _STRONGEST * 100
    return Look(warmth=round(max(-100, min(100, warm))), tint=round(max(-100, min(100, tint))))


@lru_cache(maxsize=16)
def _luma_table(brightness: int, contrast: int) -> Bytes:
    """Brightness bends the middle and keeps black and white; contrast turns about the middle."""
    share = (np.arange(256) - BLACK) / (WHITE - BLACK)
    inside = np.clip(share, 0, 1) ** (2 ** (-brightness / 100))
    inside = np.clip(0.5 + (inside - 0.5) * 2 ** (contrast / 100), 0, 1)
    return np.round(BLACK + inside * (WHITE - BLACK)).astype(np.uint8)


def _balance(frame: I420Frame, look: Look) -> None:
    """Shift chroma in proportion to luma, so that black stays black and a grey becomes what the gains would make it."""
    warm, tint = look.warmth / 100 * _STRONGEST, look.tint / 100 * _STRONGEST
    half = cv2.resize(frame.y, (frame.width // 2, frame.height // 2), interpolation=cv2.INTER_AREA)
    for plane, of_warm, of_tint in zip((frame.u, frame.v), _WARM, _TINT, strict=True):
        gain = (warm * of_warm + tint * of_tint) * _CHROMA_OF_LUMA
        cv2.addWeighted(plane, 1, half, gain, -gain * BLACK, dst=plane)


def _smooth_skin(frame: I420Frame, strength: float) -> None:
    """Take small differences from the surroundings away where the colour is skin's; edges and all else stay."""
    around, skin = _surroundings(frame), _skin(frame)
    if compiled.is_available():
        from studio.video import look_kernel

        cv2.convertScaleAbs(skin, dst=skin, alpha=strength)
        half_height, half_width = skin.shape
        flat = (frame.y.reshape(-1), around.reshape(-1), skin.reshape(-1))
        look_kernel.smooth(*flat, _MOST_SMOOTHED, half_width, half_height)
    else:
        _smooth_with_cv2(frame, around, skin, strength)


def _smooth_with_cv2(frame: I420Frame, half: Bytes, skin: Bytes, strength: float) -> None:
    """The same without numba, within two levels of it."""
    size, shape = (frame.width, frame.height), frame.y.shape
    around, mask, change = (scratch(f"look {name}", shape) for name in ("around", "mask", "change"))
    cv2.resize(half, size, dst=around, interpolation=cv2.INTER_LINEAR)
    cv2.resize(skin, size, dst=mask, interpolation=cv2.INTER_LINEAR)
    table = _small_differences(strength)
    cv2.subtract(around, frame.y, dst=change)
    cv2.subtract(frame.y, around, dst=around)
    for difference in (change, around):
        cv2.LUT(difference, table, dst=difference)
        cv2.multiply(difference, mask, dst=difference, scale=1 / 255)
    cv2.add(frame.y, change, dst=frame.y)
    cv2.subtract(frame.y, around, dst=frame.y)


def _surroundings(frame: I420Frame) -> Bytes:
    """The mean of each pixel with its neighbours, at half size."""
    half = scratch("look half", frame.u.shape)
    reach = max(3, round(min(frame.width, frame.height) / 240) | 1)
    cv2.resize(frame.y, (frame.width // 2, frame.height // 2), dst=half, interpolation=cv2.INTER_AREA)
    cv2.blur(half, (reach, reach), dst=half)
    return half


def _skin(frame: I420Frame) -> Bytes:
    """How much each chroma sample is skin, 0..255, soft at the borders."""
    skin, other = scratch("look skin", frame.u.shape), scratch("look other", frame.u.shape)
    cv2.inRange(frame.u, *_bounds(_SKIN_U), dst=skin)
    cv2.inRange(frame.v, *_bounds(_SKIN_V), dst=other)
    cv2.bitwise_and(skin, other, dst=skin)
    cv2.blur(skin, (5, 5), dst=skin)
    return skin


def _bounds(pair: tuple[int, int]) -> tuple[Bytes, Bytes]:
    return np.array([pair[0]], np.uint8), np.array([pair[1]], np.uint8)


@lru_cache(maxsize=16)
def _small_differences(strength: float) -> Bytes:
    """A difference is taken away whole while it is small, less and less up to twice `_MOST_SMOOTHED`, then not at all."""
    size = np.arange(256.0)
    share = np.clip(2 - size / _MOST_SMOOTHED, 0, 1)
    return np.round(size * share * strength).astype(np.uint8)
