"""Drift (音画漂移): a device's own clock held to the picture's clock by stretches that nobody hears."""

from __future__ import annotations

from collections import deque
from functools import cache, lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from studio.video.clockwork import SOUND_RATE_HZ, Timeline

Samples = npt.NDArray[np.float32]

HALF_TAPS = 8
PHASES = 2048
MOST_TURN = 0.1


class DriftControl:
    """How much to stretch, from how late each block was: a proportional and integral control of the least late arrival.

    A block arrives when its last sample was heard, or later; the earliest arrivals of the last seconds tell the truth.
    What was learned of the device's rate is taken out before they are compared, else old arrivals would pull it back."""

    WINDOW_S = 5.0
    PULL = 0.08  # of the error, each second
    LEARN = 0.0016  # a quarter of its square: the control comes to rest without swinging
    MOST = 0.002
    MOST_LEARNED = 0.001

    def __init__(self) -> None:
        self.learned = 0.0
        self.error = 0.0
        self._moved = 0.0
        self._now_s = 0.0
        self._least: deque[tuple[float, float]] = deque()

    def restart(self) -> None:
        """Forget the errors; the device's rate stays known."""
        self._least.clear()
        self._moved = self.error = 0.0

    def step(self, late: float, count: int) -> float:
        """The share by which a block of ``count`` samples that came ``late`` samples late is to be made longer."""
        took_s = count / SOUND_RATE_HZ
        self._now_s += took_s
        plain = late + self._moved
        while self._least and self._least[-1][1] >= plain:
            self._least.pop()
        self._least.append((self._now_s, plain))
        while self._now_s - self._least[0][0] > self.WINDOW_S:
            self._least.popleft()
        self.error = self._least[0][1] - self._moved
        most = self.MOST_LEARNED
        self.learned = min(most, max(-most, self.learned + self.LEARN * self.error / SOUND_RATE_HZ * took_s))
        share = min(self.MOST, max(-self.MOST, self.learned + self.PULL * self.error / SOUND_RATE_HZ))
        self._moved += (share - self.learned) * count
        return share


class Stretcher:
    """Resamples by a share near 1 that may change with every block, without a seam.

    Windowed-sinc interpolation whose phase moves slowly: within a piece the two ends' filters are cross-faded."""

    def __init__(self) -> None:
        self._rest: Samples = np.zeros((2, HALF_TAPS - 1), np.float32)
        self._place = float(HALF_TAPS - 1)

    @property
    def held(self) -> float:
        """Input samples that have not come out yet."""
        return float(self._rest.shape[1] - self._place)

    def feed(self, samples: Samples, share: float) -> Samples:
        """``samples`` (2, n) made longer by ``share``; some come out with the next block."""
        known = np.concatenate([self._rest, samples], axis=1)
        step = 1.0 / (1.0 + share)
        piece = int(min(4096, MOST_TURN / max(abs(share), 1e-6)))
        total = max(0, int(np.ceil((known.shape[1] - HALF_TAPS - 1 - self._place) / step)))
        out = np.empty((2, total), np.float32)
        for begin in range(0, total, piece):
            self._fill(out[:, begin : begin + piece], known, self._place + begin * step, step)
        self._place += total * step
        spare = int(self._place) - HALF_TAPS + 1
        self._rest = known[:, spare:].copy()
        self._place -= spare
        return out

    @staticmethod
    def _fill(out: Samples, known: Samples, place: float, step: float) -> None:
        count, first = out.shape[1], int(place)
        near = known[:, first - HALF_TAPS + 1 : first + count + HALF_TAPS]
        early = _filtered(near, place - first)[:, :count]
        late = _filtered(near, place - first + count * (step - 1.0))[:, :count]
        late -= early
        late *= _rise(count)
        np.add(early, late, out=out)


def _filtered(samples: Samples, part: float) -> Samples:
    """Both channels, looked at ``part`` of a sample (-0.5 to 1.5) beyond the eighth of every sixteen."""
    taps = _taps()[round((part + 0.5) * PHASES)]
    return np.asarray(cv2.filter2D(samples, -1, taps[None], anchor=(0, 0)), np.float32)


@lru_cache(64)
def _rise(count: int) -> npt.NDArray[np.float32]:
    return np.linspace(0.0, 1.0, count, endpoint=False, dtype=np.float32)


@cache
def _taps() -> npt.NDArray[np.float32]:
    """Hann-windowed sincs that look from -0.5 to 1.5 samples beyond the middle."""
    away = np.arange(1 - HALF_TAPS, HALF_TAPS + 1) - np.arange(2 * PHASES + 1)[:, None] / PHASES + 0.5
    taps = np.sinc(away) * np.cos(np.pi / 2 * np.clip(away / (HALF_TAPS + 0.5), -1, 1)) ** 2
    return np.asarray(taps / taps.sum(axis=1, keepdims=True), np.float32)


class SampleClock:
    """Places the blocks of a device on the timeline, stretched a little where the device's clock is off."""

    JUMP_S = 0.25
    PAUSE_S = 1.0
    PATIENCE_S = 0.5
    SETTLING_S = 2.0

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._control = DriftControl()
        self._stretcher = Stretcher()
        self._at: int | None = None
        self._young_s = 0.0
        self._far_s = 0.0

    @property
    def drift_ms(self) -> float:
        """How far the device's sound is from its place at present."""
        return self._control.error * 1000 / SOUND_RATE_HZ

    @property
    def clock_ppm(self) -> float:
        """How much slower than the picture's clock the device's clock runs, in millionths."""
        return self._control.learned * 1e6

    def place(self, samples: Samples, heard_s: float) -> tuple[int, Samples]:
        """Where the block begins, and the block; its last sample was heard at ``heard_s`` or before."""
        count = samples.shape[1]
        due = (heard_s - self._timeline.zero_s) * SOUND_RATE_HZ - count
        late = 0.0 if self._at is None else due - self._at - self._stretcher.held
        if self._at is None or self._is_astray(late / SOUND_RATE_HZ, count / SOUND_RATE_HZ):
            self._at, late, self._far_s = round(due), 0.0, 0.0
            self._stretcher = Stretcher()
            self._control.restart()
        at = self._at
        made = self._stretcher.feed(samples, self._control.step(late, count))
        self._at += made.shape[1]
        return at, made

    def _is_astray(self, late_s: float, took_s: float) -> bool:
        """A late block may be followed by others that catch up; too early is never true, except while the first settle."""
        self._young_s += took_s
        self._far_s = self._far_s + took_s if late_s > self.JUMP_S else 0.0
        is_early = late_s < (-0.002 if self._young_s < self.SETTLING_S else -self.JUMP_S)
        return is_early or late_s > self.PAUSE_S or self._far_s > self.PATIENCE_S
