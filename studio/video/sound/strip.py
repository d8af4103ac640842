"""A strip (通道) of the mixer: one input's timeline, its gain, mute and delay, and its meter."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studio.video.clockwork import SOUND_RATE_HZ
from studio.video.sound.meter import Meter
from studio.video.sound.spec import SoundInput
from studio.video.sound.timeline import SoundTimeline

Samples = npt.NDArray[np.float32]


class Strip:
    """Adds its input to the mix block by block; a changed setting is reached by a ramp over one block, never by a step."""

    def __init__(self, wish: SoundInput) -> None:
        self.wish = wish
        self.sound = SoundTimeline()
        self.meter = Meter()
        self.is_leaving = False
        self._gain = _gain(wish)
        self._share = 0.0
        self._delay = _delay(wish)

    def add_to(self, mix: Samples, at: int) -> None:
        """Add the block that begins at sample ``at`` of the timeline."""
        wish, count = self.wish, mix.shape[1]
        samples = self.sound.read(at, count, self._delay)
        delay = _delay(wish)
        if delay != self._delay:
            later = self.sound.read(at, count, delay)
            samples += (later - samples) * _ramp(0.0, 1.0, count)
            self._delay = delay
        gain = _gain(wish)
        samples = _scaled(samples, self._gain, gain)
        self._gain = gain
        self.meter.hear(samples)
        share = 0.0 if wish.is_muted or self.is_leaving else 1.0
        if share or self._share:
            mix += _scaled(samples, self._share, share)
        self._share = share


def _gain(wish: SoundInput) -> float:
    return float(10 ** (wish.gain_db / 20))


def _delay(wish: SoundInput) -> int:
    return wish.delay_ms * SOUND_RATE_HZ // 1000


def _ramp(begin: float, end: float, count: int) -> npt.NDArray[np.float32]:
    return np.linspace(begin, end, count, dtype=np.float32)


def _scaled(samples: Samples, begin: float, end: float) -> Samples:
    if begin == end:
        return samples if end == 1.0 else samples * np.float32(end)
    return samples * _ramp(begin, end, samples.shape[1])
