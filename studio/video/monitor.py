"""Monitor (监看): the window's view of the programme, made only when the window asks."""

from __future__ import annotations

import threading
import time

import cv2
import numpy as np
import numpy.typing as npt

from studio.video.framepool import PooledFrame
from studio.video.planes import I420Frame, reduce
from studio.video.scratch import scratch


class Monitor:
    """A one-place slot for the newest programme frame, and its reduction to what a window shows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: PooledFrame | None = None
        self._put_s = 0.0
        self._made: tuple[int, int, int] | None = None
        self._picture: npt.NDArray[np.uint8] | None = None

    def put(self, frame: PooledFrame) -> None:
        """Take over one use of the newest frame."""
        with self._lock:
            older, self._newest = self._newest, frame
            self._put_s = time.monotonic()
        if older is not None:
            older.release()

    def picture(self, max_width: int, max_height: int) -> tuple[int, npt.NDArray[np.uint8]] | None:
        """(frame index, BGRA of shape (h, w, 4)) within the given size, or None before the first frame."""
        with self._lock:
            if self._newest is None:
                return None
            newest = self._newest.hold()
        try:
            frame = newest.frame
            scale = min(max_width / frame.width, max_height / frame.height, 1.0)
            width, height = (max(2, int(side * scale) & ~1) for side in (frame.width, frame.height))
            wanted = (newest.index, width, height)
            if wanted != self._made or self._picture is None:
                self._picture = _bgra(frame, width, height)
                self._made = wanted
            return newest.index, self._picture
        finally:
            newest.release()

    @property
    def age_s(self) -> float:
        """How long the newest frame has been here."""
        return time.monotonic() - self._put_s

    def close(self) -> None:
        """Give the frame back."""
        with self._lock:
            newest, self._newest = self._newest, None
        if newest is not None:
            newest.release()


def _bgra(frame: I420Frame, width: int, height: int) -> npt.NDArray[np.uint8]:
    """Scale in YUV first: a quarter of the pixels are then converted."""
    small = frame
    if (width, height) != (frame.width, frame.height):
        small = I420Frame(width, height, scratch("monitor", (height * 3 // 2, width)))
        for plane, target in ((frame.y, small.y), (frame.u, small.u), (frame.v, small.v)):
            reduce(plane, target)
    return np.asarray(cv2.cvtColor(small.buffer, cv2.COLOR_YUV2BGRA_I420), np.uint8)
