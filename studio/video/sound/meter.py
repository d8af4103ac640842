"""Peak meter."""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt

SILENCE_DB = -90.0
HOLD_S = 1.0


class PeakMeter:
    """The loudest sample of the last second in dBFS."""

    def __init__(self) -> None:
        self._peaks: list[tuple[float, float]] = []

    def hear(self, samples: npt.NDArray[np.float32]) -> None:
        """Measure a block."""
        peak = float(np.abs(samples).max(initial=0.0))
        now_s = time.monotonic()
        self._peaks = [*(one for one in self._peaks if now_s - one[0] < HOLD_S), (now_s, peak)]

    @property
    def peak_db(self) -> float:
        """dBFS, -90 for silence."""
        peak = max((level for _, level in self._peaks), default=0.0)
        return round(max(SILENCE_DB, 20 * float(np.log10(peak))), 1) if peak > 0 else SILENCE_DB
