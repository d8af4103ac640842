"""Noise suppression (降噪): one switch per microphone, by WebRTC's suppressor, in step with the sound around it."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from studio.video.clockwork import SOUND_RATE_HZ

if TYPE_CHECKING:
    from pywebrtc_audio import NoiseSuppressor

Samples = npt.NDArray[np.float32]

FRAME = SOUND_RATE_HZ // 100
LATENCY = 335  # samples by which its filter bank delays at 48 kHz, measured with bursts from 300 Hz to 10 kHz
LEVEL = 2
_PACKAGE = "pywebrtc_audio"


@cache
def why_not() -> str:
    """The key of the text that says why noise cannot be suppressed on this machine; empty when it can."""
    return "" if importlib.util.find_spec(_PACKAGE) else "sound.no_denoise"


class Denoiser:
    """Suppresses noise in blocks of any length; switched on and off by a cross-fade, without losing or repeating a sample."""

    def __init__(self) -> None:
        self._suppressor: NoiseSuppressor | None = None
        self._is_mono = True
        self._pending: Samples = np.zeros((2, 0), np.float32)
        self._fed = 0
        self._skip = 0
        self._is_new = False

    def feed(self, samples: Samples, *, is_on: bool) -> Iterator[tuple[Samples, float]]:
        """The block, clean where ``is_on``, and by how many seconds its end is behind the end of ``samples``."""
        if self._suppressor is None:
            if not is_on or why_not():
                yield samples, 0.0
                return
            self._begin(samples)
        self._pending = np.concatenate([self._pending, samples], axis=1)
        out = self._clean() if is_on else self._last()
        if out.shape[1]:
            yield out, self._pending.shape[1] / SOUND_RATE_HZ

    def _begin(self, samples: Samples) -> None:
        from pywebrtc_audio import NoiseSuppressor

        self._is_mono = np.array_equal(samples[0], samples[1])
        self._suppressor = NoiseSuppressor(SOUND_RATE_HZ, 1 if self._is_mono else 2, LEVEL)
        self._fed, self._skip, self._is_new = 0, LATENCY, True

    def _clean(self) -> Samples:
        """What is through the suppressor now; ``_pending`` keeps what went in and has not come out."""
        whole = (self._pending.shape[1] - self._fed) // FRAME * FRAME
        clean = self._suppressed(self._pending[:, self._fed : self._fed + whole])
        skip = min(self._skip, whole)
        self._skip -= skip
        clean = clean[:, skip:]
        count = clean.shape[1]
        if count and self._is_new:
            clean = _faded(self._pending[:, :count], clean)
            self._is_new = False
        self._pending = self._pending[:, count:]
        self._fed += whole - count
        return clean

    def _last(self) -> Samples:
        """All that has not come out, fading from clean to what it was; what the suppressor lacks for it is silence."""
        raw = self._pending
        frames = -(-(raw.shape[1] + self._skip) // FRAME)
        given = raw[:, self._fed :]
        clean = self._suppressed(np.pad(given, ((0, 0), (0, frames * FRAME - given.shape[1]))))
        clean = clean[:, self._skip : self._skip + raw.shape[1]]
        self._suppressor, self._pending = None, raw[:, :0]
        return _faded(clean, raw)

    def _suppressed(self, samples: Samples) -> Samples:
        if not samples.shape[1] or self._suppressor is None:
            return samples
        if self._is_mono:
            one = self._suppressor.process(np.ascontiguousarray(samples[0]))
            return np.stack([one, one])
        both = self._suppressor.process(np.ascontiguousarray(samples.T).reshape(-1))
        return np.ascontiguousarray(both.reshape(-1, 2).T)


def _faded(before: Samples, after: Samples) -> Samples:
    return before + (after - before) * np.linspace(0.0, 1.0, after.shape[1], dtype=np.float32)
