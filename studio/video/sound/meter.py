"""Meters (电平表): peak with hold, and loudness."""

from __future__ import annotations

from collections import deque
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from studio.video.clockwork import SOUND_RATE_HZ

Samples = npt.NDArray[np.float32]

SILENCE_DB = -90.0
SILENCE_LUFS = -70.0
HOLD_BLOCKS = 24
SHOWN_BLOCKS = 2
HOP = SOUND_RATE_HZ // 10
MOMENTARY_HOPS, SHORT_TERM_HOPS = 4, 30


def decibels(amplitude: float) -> float:
    """dBFS, -90 for silence."""
    return round(max(SILENCE_DB, 20 * float(np.log10(amplitude))), 1) if amplitude > 0 else SILENCE_DB


class Meter:
    """Peak of the last moment and of the last second, loudness over 0.4 s and 3 s; heard block by block."""

    def __init__(self) -> None:
        self._peaks: deque[float] = deque(maxlen=HOLD_BLOCKS)
        self._powers: deque[float] = deque(maxlen=SHORT_TERM_HOPS)
        self._hop: Samples = np.zeros((2, HOP), np.float32)
        self._filled = 0

    def hear(self, samples: Samples) -> None:
        """Measure a block (2, n), usually 2,048 samples, that is shorter than a tenth of a second."""
        self._peaks.append(cv2.norm(samples, cv2.NORM_INF))
        count = min(samples.shape[1], HOP - self._filled)
        self._hop[:, self._filled : self._filled + count] = samples[:, :count]
        self._filled += count
        if self._filled == HOP:
            self._powers.append(_weighted_power(self._hop))
            self._filled = samples.shape[1] - count
            self._hop[:, : self._filled] = samples[:, count:]

    @property
    def level_db(self) -> float:
        """The loudest sample of the last moment in dBFS, for a meter that moves."""
        return decibels(max(tuple(self._peaks)[-SHOWN_BLOCKS:], default=0.0))

    @property
    def peak_db(self) -> float:
        """The loudest sample of the last second in dBFS, -90 for silence."""
        return decibels(max(tuple(self._peaks), default=0.0))

    @property
    def momentary_lufs(self) -> float:
        """Loudness of the last 0.4 s in LUFS, -70 for silence."""
        return _loudness(tuple(self._powers)[-MOMENTARY_HOPS:])

    @property
    def short_term_lufs(self) -> float:
        """Loudness of the last 3 s in LUFS, -70 for silence."""
        return _loudness(tuple(self._powers))


def _loudness(powers: tuple[float, ...]) -> float:
    """ITU-R BS.1770-4, formula 2, over hops without gating (EBU Tech 3341: momentary and short-term)."""
    power = sum(powers) / len(powers) if powers else 0.0
    return round(max(SILENCE_LUFS, -0.691 + 10 * float(np.log10(power))), 1) if power > 1e-8 else SILENCE_LUFS


def _weighted_power(hop: Samples) -> float:
    """Mean square of both channels after K-weighting, taken in the frequency domain (Parseval): a tenth of the cost of
    running the filters."""
    if not hop.any():
        return 0.0
    spectrum = cv2.dft(hop, flags=cv2.DFT_ROWS)
    return float((np.square(spectrum) @ _k_weights()).sum())


@cache
def _k_weights() -> npt.NDArray[np.float32]:
    """Power response of the two K-weighting filters at 48 kHz (ITU-R BS.1770-4, tables 1 and 2) per number of a hop's packed
    spectrum: the real part of bin 0, then both parts of each bin, the real part of the last."""
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(HOP))
    shelf = (1.53512485958697 - 2.69169618940638 * z + 1.19839281085285 * z**2) / (
        1 - 1.69065929318241 * z + 0.73248077421585 * z**2
    )
    high_pass = (1 - 2 * z + z**2) / (1 - 1.99004745483398 * z + 0.99007225036621 * z**2)
    weights = 2 * np.abs(shelf * high_pass) ** 2 / HOP**2
    weights[[0, -1]] /= 2
    return np.repeat(weights, 2)[1:-1].astype(np.float32)
