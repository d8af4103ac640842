"""A clock for the soak: an hour passes in as long as its work takes, and nothing of it is lost.

The compositor and the sound thread wait on it. When both do, and every queue behind them is nearly empty and the file
camera has decoded what comes next, the time jumps to the later of the two moments they wait for (half a frame apart
at most, so that none comes late)."""

from __future__ import annotations

import threading

from studio.video.clockwork import Pace
from studio.video.engine import Engine

WAITERS = 2
FRAMES_WAITING, BYTES_WAITING, SHOTS_AHEAD = 2, 1_000_000, 2
NAP_S = 0.0001


class SwiftPace(Pace):
    """Time that goes on when all work is done."""

    def __init__(self) -> None:
        self._now_s = 0.0
        self._engine: Engine | None = None
        self._wanted: dict[int, float] = {}
        self._changed = threading.Condition()

    def look_after(self, engine: Engine) -> None:
        """Let time wait for this engine."""
        self._engine = engine

    def now_s(self) -> float:
        return self._now_s

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        me, until_s = threading.get_ident(), self._now_s + timeout_s
        with self._changed:
            self._wanted[me] = until_s
            self._changed.notify_all()
            try:
                while self._now_s < until_s and not event.is_set():
                    if len(self._wanted) < WAITERS or max(self._wanted.values()) > until_s:
                        self._changed.wait(0.05)  # the other one sees to it; or an event comes, which nobody tells
                    elif self._is_all_done():
                        self._now_s = until_s
                        self._changed.notify_all()
                    else:
                        self._changed.wait(NAP_S)
            finally:
                del self._wanted[me]
                self._changed.notify_all()
        return event.is_set()

    def _is_all_done(self) -> bool:
        """Whether nothing would be late or lost if time went on."""
        engine = self._engine
        if engine is None or engine.encoding.thread.waiting > FRAMES_WAITING:
            return engine is None
        recording = engine._recorder._current
        if recording is not None and recording._queue.bytes > BYTES_WAITING:
            return False
        camera = engine._places.cast.main
        return camera is None or len(camera._shots) >= SHOTS_AHEAD or camera.is_lost
