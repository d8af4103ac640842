"""Null: the output that is always there, sends nothing and counts; a dry run has no other."""

from __future__ import annotations

import threading
import time
from collections import deque

from studio.video.packets import EncodedPacket

WINDOW_S = 3.0


class NullOutput:
    """What the encoder gave, whoever takes it; its rate is the one that the user reads."""

    def __init__(self) -> None:
        self.frames = 0
        self.bytes = 0
        self._passed: deque[tuple[float, int]] = deque()
        self._lock = threading.Lock()

    def offer(self, packet: EncodedPacket) -> bool:
        """Count a packet and let it go."""
        now_s = time.monotonic()
        with self._lock:
            self.frames += packet.is_video
            self.bytes += len(packet.data)
            self._passed.append((now_s, len(packet.data)))
            while self._passed[0][0] < now_s - WINDOW_S:
                self._passed.popleft()
        return True

    def bits_per_s(self) -> int:
        """The rate of the last three seconds."""
        now_s = time.monotonic()
        with self._lock:
            recent = [(at_s, size) for at_s, size in self._passed if at_s >= now_s - WINDOW_S]
        if not recent:
            return 0
        return int(8 * sum(size for _, size in recent) / max(now_s - recent[0][0], 0.5))
