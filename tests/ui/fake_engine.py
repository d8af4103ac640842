"""A double of the engine's monitor: a drawn portrait picture with a number that grows when told to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class FakeEngine:
    """Gives one frame per ``step``."""

    def __init__(self) -> None:
        self.seq = 1
        self.calls = 0

    def step(self) -> None:
        """A newer frame is there."""
        self.seq += 1

    def monitor(self, max_w: int, max_h: int) -> tuple[int, NDArray[np.uint8]] | None:
        self.calls += 1
        if max_w < 2 or max_h < 2:
            return None
        down = np.linspace(0, 1, max_h, dtype=np.float32)[:, None]
        across = np.linspace(0, 1, max_w, dtype=np.float32)[None, :]
        frame = np.empty((max_h, max_w, 4), np.uint8)
        frame[..., 0] = 150 - 110 * down + 0 * across
        frame[..., 1] = 120 + 90 * down - 40 * np.abs(across - 0.5)
        frame[..., 2] = 60 + 80 * across * down
        frame[..., 3] = 255
        far = (across - 0.5) ** 2 + ((down - 0.42) * max_h / max_w) ** 2
        frame[far < 0.09] = (60, 150, 240, 255)
        return self.seq, frame

    def picture_age_s(self) -> float:
        return 0.0
