"""The chroma key (绿幕抠像): what has the colour of the screen lets another picture through."""

from __future__ import annotations

import dataclasses
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from studio.video import compiled
from studio.video.picture_in_picture import over
from studio.video.planes import I420Frame
from studio.video.raw_numbers import Bytes
from studio.video.scene import ChromaKey
from studio.video.scratch import scratch

_LOOKS_EVERY = 15  # pictures
_EACH = 4  # of this many rows and columns of chroma one is looked at
_WEAKEST, _WIDEST, _LEAST_SHARE = 20.0, 0.45, 0.03
_STEADY = 3  # levels
_INWARD = (
    np.clip((np.arange(256) - 85) * 1.5, 0, 255).round().astype(np.uint8)
)  # a soft edge lies on the subject's side


class Keyer:
    """Keys picture after picture; follows the colour that the screen really has in this room and light."""

    def __init__(self) -> None:
        self._looked = 0
        self._nominal: tuple[int, int] | None = None
        self._uv: tuple[int, int] | None = None

    def key_over(self, frame: I420Frame, background: I420Frame, key: ChromaKey, out: I420Frame) -> None:
        """Lay the keyed ``frame`` over a background of its size into ``out``, which may be either."""
        if key.is_measured:
            key = dataclasses.replace(key, uv=self._screen(frame, key.uv), is_measured=False)
        key_over(frame, background, key, out)

    def _screen(self, frame: I420Frame, nominal: tuple[int, int]) -> tuple[int, int]:
        if nominal != self._nominal:
            self._nominal, self._uv, self._looked = nominal, None, 0
        if self._looked % _LOOKS_EVERY == 0 or self._uv is None:
            found = screen_colour(frame, nominal)
            if found is not None and (self._uv is None or np.hypot(*np.subtract(found, self._uv)) > _STEADY):
                self._uv = found
        self._looked += 1
        return self._uv or nominal


def screen_colour(frame: I420Frame, nominal: tuple[int, int]) -> tuple[int, int] | None:
    """The (U, V) that most of the picture has of what lies in the direction of ``nominal`` from grey; None when there is
    too little of it to be a screen."""
    u, v = (plane[::_EACH, ::_EACH].astype(np.int16) - 128 for plane in (frame.u, frame.v))
    towards = np.array(nominal, float) - 128
    towards /= max(np.hypot(*towards), 1e-6)
    along, across = u * towards[0] + v * towards[1], np.abs(u * towards[1] - v * towards[0])
    is_screen = (along > _WEAKEST) & (across < _WIDEST * along)
    if is_screen.mean() < _LEAST_SHARE:
        return None
    return round(float(np.median(u[is_screen]))) + 128, round(float(np.median(v[is_screen]))) + 128


def alpha_of(frame: I420Frame, key: ChromaKey) -> Bytes:
    """Alpha of each chroma sample: 0 where the screen is."""
    return np.take(_table(key).view(np.uint8)[::4], _index(frame))


def key_over(frame: I420Frame, background: I420Frame, key: ChromaKey, out: I420Frame | None = None) -> I420Frame:
    """The keyed ``frame`` over a background of its size; into ``out``, which may be either, or a new frame."""
    if frame.buffer.shape != background.buffer.shape:
        raise ValueError("the background of a chroma key has the picture's size")
    out = out if out is not None else I420Frame(frame.width, frame.height)
    alpha, u, v = parts = tuple(scratch(f"key {name}", frame.u.shape) for name in ("alpha", "u", "v"))
    _part(frame, key, parts)
    cv2.blur(alpha, (3, 3), dst=alpha)  # chroma has half the size: without it edges have teeth
    cv2.LUT(alpha, _INWARD, dst=alpha)
    if compiled.is_available():
        from studio.video import key_kernel

        half_height, half_width = alpha.shape
        flat = alpha.reshape(-1)
        luma = (frame.y.reshape(-1), background.y.reshape(-1))
        key_kernel.over_luma(*luma, flat, out.y.reshape(-1), half_width, half_height)
        for upper, lower, target in ((u, background.u, out.u), (v, background.v, out.v)):
            key_kernel.over_chroma(upper.reshape(-1), lower.reshape(-1), flat, target.reshape(-1))
    else:
        _over_with_cv2(frame, background, (alpha, u, v), out)
    out.pts_s = frame.pts_s
    return out


def _part(frame: I420Frame, key: ChromaKey, parts: tuple[Bytes, ...]) -> None:
    """Alpha, U and V without spill of each chroma sample, into ``parts``."""
    if compiled.is_available():
        from studio.video import key_kernel

        key_kernel.part(frame.u.reshape(-1), frame.v.reshape(-1), _table(key), *(part.reshape(-1) for part in parts))
        return
    found = scratch("key found", (*frame.u.shape, 4))
    _table(key).take(_index(frame), out=found.view(np.uint32)[..., 0], mode="clip")  # without a mode numpy buffers it
    for channel, part in enumerate(parts):
        cv2.extractChannel(found, channel, dst=part)


def _over_with_cv2(frame: I420Frame, background: I420Frame, parts: tuple[Bytes, Bytes, Bytes], out: I420Frame) -> None:
    """The same without numba, within two levels of it."""
    alpha, u, v = parts
    wide = scratch("key wide", frame.y.shape)
    cv2.resize(alpha, (frame.width, frame.height), dst=wide, interpolation=cv2.INTER_LINEAR)
    over(frame.y, background.y, wide, out.y)
    over(u, background.u, alpha, out.u)
    over(v, background.v, alpha, out.v)


@lru_cache(maxsize=4)
def _table(key: ChromaKey) -> npt.NDArray[np.uint32]:
    """For each U * 256 + V: alpha, U without spill, V without spill, in the bytes of one number, lowest first."""
    u, v = np.meshgrid(np.arange(256.0), np.arange(256.0), indexing="ij")
    radius = max(np.hypot(key.uv[0] - 128, key.uv[1] - 128), 1e-6)
    distance = np.hypot(u - key.uv[0], v - key.uv[1]) / radius
    alpha = np.clip((distance - key.similarity) / max(key.smoothness, 1e-6), 0, 1)
    towards = (np.array(key.uv, float) - 128) / radius
    along = (u - 128) * towards[0] + (v - 128) * towards[1]  # how much of the screen's colour is in it
    taken = (1 - (1 - key.spill) * alpha) * np.maximum(
        along, 0
    )  # of the screen itself all: no coloured rim at soft edges
    shifted = (alpha * 255, u - taken * towards[0], v - taken * towards[1], np.zeros_like(u))
    bytes_ = np.stack([np.round(part.clip(0, 255)).astype(np.uint8) for part in shifted], axis=-1)
    return np.ascontiguousarray(bytes_).view("<u4").reshape(-1)


def _index(frame: I420Frame) -> npt.NDArray[np.uint16]:
    """U * 256 + V of each sample."""
    pairs = scratch("key pairs", (*frame.u.shape, 2))
    cv2.merge((frame.v, frame.u), dst=pairs)
    return pairs.view("<u2")[..., 0]
