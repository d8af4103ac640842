"""Picture in picture (画中画): a second source in a rounded rectangle on the first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from studio.video.planes import I420Frame, RawPicture, fit
from studio.video.raw_numbers import Bytes
from studio.video.scene import SMALLEST_SIDE, Canvas
from studio.video.scratch import scratch

WHITE_Y, NEUTRAL = 235, 128
_FINE = 4  # a mask is drawn this many times larger, for smooth corners


@dataclass(frozen=True)
class PictureInPicture:
    """Where the second picture lies, in shares of the canvas (0..1), and its border and corners in shares of its width."""

    x: float
    y: float
    width: float
    height: float
    border: float = 0.015
    radius: float = 0.06
    is_mirrored: bool = False

    def rectangle(self, canvas: Canvas) -> tuple[int, int, int, int]:
        """(x, y, width, height) in pixels: even, inside the canvas, at least `SMALLEST_SIDE` a side."""
        width = min(canvas.width, max(SMALLEST_SIDE, round(self.width * canvas.width / 2) * 2))
        height = min(canvas.height, max(SMALLEST_SIDE, round(self.height * canvas.height / 2) * 2))
        x = min(max(0, round(self.x * canvas.width / 2) * 2), canvas.width - width)
        y = min(max(0, round(self.y * canvas.height / 2) * 2), canvas.height - height)
        return x, y, width, height


def lay_in(frame: I420Frame, source: I420Frame | RawPicture, place: PictureInPicture) -> None:
    """Lay ``source`` (cut to cover its rectangle) into ``frame`` in place, with a white border."""
    x, y, width, height = place.rectangle(Canvas(frame.width, frame.height))
    small = I420Frame(width, height, scratch("small", (height * 3 // 2, width)))
    fit(source, Canvas(width, height), mirror=place.is_mirrored, out=small)
    corner, line = round(place.radius * width), round(place.border * width)
    outer = masks(width, height, 0, corner)
    inner = masks(width, height, line, max(0, corner - line))
    colours = (WHITE_Y, NEUTRAL, NEUTRAL)
    for target, picture, colour, step in zip(_planes(frame), _planes(small), colours, (1, 2, 2), strict=True):
        part = target[y // step : (y + height) // step, x // step : (x + width) // step]
        edge, middle = outer[step - 1], inner[step - 1]
        paper = scratch("paper", picture.shape)
        paper.fill(colour)
        over(picture, paper, middle, picture)
        over(picture, part, edge, part)


def over(upper: Bytes, lower: Bytes, alpha: Bytes, out: Bytes) -> None:
    """``upper`` where ``alpha`` is 255, ``lower`` where it is 0, into ``out`` (which may be either); planes of one shape."""
    kept, rest = scratch("over kept", upper.shape), scratch("over rest", upper.shape)
    cv2.bitwise_not(alpha, dst=rest)
    cv2.multiply(lower, rest, dst=kept, scale=1 / 255)
    cv2.multiply(upper, alpha, dst=rest, scale=1 / 255)
    cv2.add(kept, rest, dst=out)


@lru_cache(maxsize=16)
def masks(width: int, height: int, inset: int, radius: int) -> tuple[Bytes, Bytes]:
    """Alpha of a rounded rectangle, ``inset`` pixels inside, for luma and for chroma."""
    large = np.zeros((height * _FINE, width * _FINE), np.uint8)
    left, right = inset * _FINE, (width - inset) * _FINE - 1
    top, bottom, corner = inset * _FINE, (height - inset) * _FINE - 1, radius * _FINE
    cv2.rectangle(large, (left + corner, top), (right - corner, bottom), 255, -1)
    cv2.rectangle(large, (left, top + corner), (right, bottom - corner), 255, -1)
    for x in (left + corner, right - corner):
        for y in (top + corner, bottom - corner):
            cv2.circle(large, (x, y), corner, 255, -1)
    luma = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
    chroma = cv2.resize(luma, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(luma, np.uint8), np.asarray(chroma, np.uint8)


def _planes(frame: I420Frame) -> tuple[Bytes, Bytes, Bytes]:
    return frame.y, frame.u, frame.v
