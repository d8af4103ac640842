"""A sound device whose clock is off and whose blocks arrive with jitter, for hours that pass in seconds.

Placing only: what a `Stretcher` makes of a block is counted, not computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from studio.video.clockwork import SOUND_RATE_HZ, Timeline
from studio.video.sound.clock import SampleClock

WARM_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Device:
    """``ppm`` millionths slow; a block of ``count`` samples arrives an exponential ``jitter_s`` late, at most 0.1 s."""

    hours: float
    count: int
    ppm: float
    jitter_s: float


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The worst place of any block after half a minute, and what the clock says of itself at the end."""

    worst_s: float
    jumps: int
    most_stretch: float
    found_ppm: float
    drift_ms: float


class Counted:
    """Like a `Stretcher`: blocks of the right length."""

    def __init__(self) -> None:
        self.held = 0.0

    def feed(self, samples: Any, share: float) -> Any:
        length = samples.shape[1] * (1 + share) + self.held
        self.held = length % 1
        return SimpleNamespace(shape=(2, int(length)))


def run(device: Device, replace: Callable[[str, Any], None]) -> Seen:
    """Let the device play; ``replace`` puts `Counted` in the stretcher's place."""
    replace("studio.video.sound.clock.Stretcher", Counted)
    clock, block = SampleClock(Timeline(0.0, 30)), SimpleNamespace(shape=(2, device.count))
    took_s = device.count / SOUND_RATE_HZ * (1 + device.ppm * 1e-6)
    random, total = np.random.default_rng(5), round(device.hours * 3600 / took_s)
    jitter_s = np.minimum(random.exponential(device.jitter_s, total), 0.1)
    heard_s = np.arange(1, total + 1) * took_s
    ends = np.empty(total)
    begins = np.empty(total)
    for number, arrived_s in enumerate(np.maximum.accumulate(heard_s + jitter_s).tolist()):
        begins[number], made = clock.place(block, arrived_s)  # type: ignore[arg-type]
        ends[number] = begins[number] + made.shape[1]
    warm = heard_s > WARM_S
    lengths = (ends - begins)[warm]
    by_second = np.add.reduceat(lengths, np.arange(0, len(lengths), max(1, SOUND_RATE_HZ // device.count)))[:-1]
    expected = max(1, SOUND_RATE_HZ // device.count) * device.count
    return Seen(
        worst_s=float(np.abs(ends / SOUND_RATE_HZ - heard_s)[warm].max()),
        jumps=int((begins[1:] != ends[:-1])[warm[1:]].sum()),
        most_stretch=float(np.abs(by_second / expected - 1).max() - 2 / expected),
        found_ppm=clock.clock_ppm,
        drift_ms=clock.drift_ms,
    )
