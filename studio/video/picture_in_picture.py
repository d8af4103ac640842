"""Picture in picture (画中画): a second source in a rounded rectangle on the first."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from studio.video.planes import I420Frame, RawPicture, fit
from studio.video.raw_numbers import Bytes
from studio.video.scene import Canvas, PictureInPicture
from studio.video.scratch import scratch

WHITE_Y, NEUTRAL = 235, 128
_FINE = 4  # a mask is drawn this many times larger, for smooth corners


def framed(source: I420Frame | RawPicture, place: PictureInPicture, canvas: Canvas) -> I420Frame:
    """``source``, cut to cover its rectangle on ``canvas``, with a white border: to be laid in as often as wanted."""
    _, _, width, height = place.rectangle(canvas)
    small = I420Frame(width, height)
    fit(source, Canvas(width, height), mirror=place.is_mirrored, out=small)
    inner = masks(width, height, _line(place, width), max(0, _corner(place, width) - _line(place, width)))
    for picture, colour, step in zip(_planes(small), (WHITE_Y, NEUTRAL, NEUTRAL), (1, 2, 2), strict=True):
        paper = scratch("paper", picture.shape)
        paper.fill(colour)
        over(picture, paper, inner[step - 1], picture)
    return small


def lay_in(frame: I420Frame, small: I420Frame, place: PictureInPicture) -> None:
    """Lay a `framed` picture into ``frame`` in place: copied, and blended only where its corners are round."""
    x, y, width, height = place.rectangle(Canvas(frame.width, frame.height))
    outer = masks(width, height, 0, _corner(place, width))
    rows = min(height // 2, _corner(place, width) + 2) & ~1
    for target, picture, step in zip(_planes(frame), _planes(small), (1, 2, 2), strict=True):
        part = target[y // step : (y + height) // step, x // step : (x + width) // step]
        mask, edge = outer[step - 1], rows // step
        part[edge:-edge] = picture[edge:-edge]
        for strip in (slice(0, edge), slice(height // step - edge, None)):
            over(picture[strip], part[strip], mask[strip], part[strip])


def _corner(place: PictureInPicture, width: int) -> int:
    return round(place.radius * width)


def _line(place: PictureInPicture, width: int) -> int:
    return round(place.border * width)


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
