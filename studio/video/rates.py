"""Bits per second of the last moments."""

from __future__ import annotations

import threading
import time
from collections import deque

WINDOW_S = 3.0


class RateMeter:
    """Counts bytes as they pass."""

    def __init__(self) -> None:
        self._passed: deque[tuple[float, int]] = deque()
        self._lock = threading.Lock()

    def count(self, size: int) -> None:
        """``size`` bytes pass now."""
        now_s = time.monotonic()
        with self._lock:
            self._passed.append((now_s, size))
            while self._passed[0][0] < now_s - WINDOW_S:
                self._passed.popleft()

    def bits_per_s(self) -> int:
        """The rate of the last three seconds."""
        now_s = time.monotonic()
        with self._lock:
            recent = [(at_s, size) for at_s, size in self._passed if at_s >= now_s - WINDOW_S]
        if not recent:
            return 0
        return int(8 * sum(size for _, size in recent) / max(now_s - recent[0][0], 0.5))
