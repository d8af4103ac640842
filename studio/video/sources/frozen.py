"""Notices a camera that goes on sending the same picture: a living sensor always has noise."""

from __future__ import annotations

import numpy as np

from studio.video.planes import I420Frame

STEP = 8


class FreezeWatch:
    """Compares a grid of each picture with the one before; equal to the last bit for long means frozen."""

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s
        self._last: np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | None = None
        self._since_s: float | None = None
        self.is_moving = False
        self.is_frozen = False

    def look(self, frame: I420Frame, now_s: float) -> None:
        """Compare a picture that came at ``now_s``."""
        grid = frame.y[STEP // 2 :: STEP, STEP // 2 :: STEP]
        self.is_moving = self._last is None or not np.array_equal(grid, self._last)
        if self.is_moving:
            self._last = grid.copy()
        if self.is_moving or self._since_s is None:
            self._since_s = now_s
        self.is_frozen = now_s - self._since_s > self._after_s

    def wait_again(self) -> None:
        """Give the source as long again: it was opened anew."""
        self._since_s = None
