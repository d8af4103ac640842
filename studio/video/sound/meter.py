"""Peak meter."""

from __future__ import annotations

import time
from collections import deque

import numpy as np
import numpy.typing as npt

SILENCE_DB = -90.0
HOLD_S = 1.0


class PeakMeter:
    """The loudest sample of the last second in dBFS."""

    def __init__(self) -> None:
        self._peaks: deque[tuple[float, float]] = deque()

    def hear(self, samples: npt.NDArray[np.float32]) -> None:
        """Measure a block."""
        now_s = time.monotonic()
        self._peaks.append((now_s, float(max(samples.max(), -samples.min()))))
        while now_s - self._peaks[0][0] > HOLD_S:
            self._peaks.popleft()

    @property
    def peak_db(self) -> float:
        """dBFS, -90 for silence."""
        peak = max((level for _, level in tuple(self._peaks)), default=0.0)
        return round(max(SILENCE_DB, 20 * float(np.log10(peak))), 1) if peak > 0 else SILENCE_DB
