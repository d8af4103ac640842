"""Programme frames that are used again: counted by their users, never allocated in a steady show."""

from __future__ import annotations

import threading

from studio.video.planes import I420Frame
from studio.video.scene import Canvas


class PooledFrame:
    """A programme picture with a count of its users; the last `release` gives it back to the pool."""

    def __init__(self, pool: FramePool, frame: I420Frame) -> None:
        self.frame = frame
        self.index = 0
        self._pool = pool
        self._uses = 1

    def hold(self) -> PooledFrame:
        """Count one more user."""
        with self._pool.lock:
            self._uses += 1
        return self

    def release(self) -> None:
        """One user less."""
        with self._pool.lock:
            self._uses -= 1
            if self._uses == 0:
                self._uses = 1
                self._pool.free.append(self)


class FramePool:
    """Lends frames of one size; makes a new one when all are in use (the queues bound how many)."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.lock = threading.Lock()
        self.free: list[PooledFrame] = []
        self.made = 0

    def lend(self) -> PooledFrame:
        """A frame with one user and any content."""
        with self.lock:
            if self.free:
                return self.free.pop()
            self.made += 1
        return PooledFrame(self, I420Frame(self.canvas.width, self.canvas.height))
