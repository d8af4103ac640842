"""The mixer (调音台): the sum of all strips through the limiter, with its own meter."""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt

from studio.video.sound.limiter import LOOK_AHEAD, Limiter
from studio.video.sound.meter import Meter
from studio.video.sound.strip import Strip

Samples = npt.NDArray[np.float32]


class Mixer:
    """Read block by block by the sound thread; strips come and go from any thread."""

    def __init__(self) -> None:
        self.meter = Meter()
        self.limiter = Limiter()
        self._lock = threading.Lock()
        self._strips: tuple[Strip, ...] = ()
        self._leaving: list[Strip] = []

    @property
    def strips(self) -> tuple[Strip, ...]:
        """Those that are heard, in the user's order."""
        return self._strips

    def set(self, strips: tuple[Strip, ...]) -> None:
        """Mix these from the next block on; those that are gone fade out."""
        with self._lock:
            gone = [strip for strip in self._strips if strip not in strips]
            for strip in gone:
                strip.is_leaving = True
            self._leaving += gone
            self._strips = strips

    def block(self, at: int, count: int) -> Samples:
        """The sound of samples ``at`` to ``at + count``; the inputs must be there up to ``LOOK_AHEAD`` samples later."""
        with self._lock:
            strips = (*self._strips, *self._leaving)
            self._leaving.clear()
        mix = np.zeros((2, count), np.float32)
        for strip in strips:
            strip.add_to(mix, at + LOOK_AHEAD)
        mixed = self.limiter.feed(mix)
        self.meter.hear(mixed)
        return mixed
