"""Runs one source on its own thread: opens it, opens it again each second when it is lost, and keeps the newest shot."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from studio.core.events import Fact
from studio.video.facts import SourceBack, SourceLost
from studio.video.framepool import PooledFrame
from studio.video.health import SourceHealth, SourceState
from studio.video.sources.registry import SOURCES
from studio.video.sources.source import Shot, Source, SourceGone, Stage
from studio.video.sources.spec import SourceSpec

_log = logging.getLogger(__name__)

RETRY_EVERY_S = 1.0
SHOTS_AHEAD = 4
SILENT_AFTER_S = 3.0


class SourceRunner:
    """The engine's hand on a source; `picture_at` never waits."""

    def __init__(self, spec: SourceSpec, stage: Stage, tell: Callable[[Fact], None]) -> None:
        self.spec = spec
        self.stage = stage
        self._tell = tell
        self._source: Source = SOURCES.get(spec.kind)(spec, stage)
        self._shots: deque[Shot] = deque()
        self._shown: Shot | None = None
        self._changed = threading.Condition()
        self._reason_key = ""
        self._has_started = False
        self._last_shot_s = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=f"source-{spec.kind}", daemon=True)

    def start(self) -> None:
        """Begin to open the source."""
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """End; False when the source's driver does not let go in time (its thread ends with the program)."""
        self.stage.stop.set()
        with self._changed:
            self._changed.notify_all()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            return False
        for shot in (*self._shots, *([self._shown] if self._shown else [])):
            shot.picture.release()
        self._shots.clear()
        self._shown = None
        return True

    def picture_at(self, at_s: float) -> tuple[PooledFrame | None, float]:
        """The picture to show at ``at_s`` (one use of it, to be released) and how long before that it was due."""
        half_frame_s = 0.5 / self.stage.canvas.fps
        with self._changed:
            while self._shots and (self._source.is_live or self._shots[0].due_s <= at_s + half_frame_s):
                if self._shown is not None:
                    self._shown.picture.release()
                self._shown = self._shots.popleft()
                self._changed.notify()
            if self._shown is None:
                return None, 0.0
            return self._shown.picture.hold(), at_s - self._shown.due_s

    @property
    def is_lost(self) -> bool:
        """Nothing comes from the source."""
        return bool(self._reason_key)

    @property
    def is_live(self) -> bool:
        """What it shows happens now."""
        return self._source.is_live

    def watch(self, now_s: float) -> None:
        """Notice a live source that hangs in its driver; called once a second by the engine."""
        if self._source.is_live and self._has_started and now_s - self._last_shot_s > SILENT_AFTER_S:
            self._lose("video.lost.silent")

    def health(self) -> SourceHealth:
        """How the source is doing."""
        state = SourceState.LOST if self._reason_key else SourceState.OK
        if self._reason_key and not self._has_started:
            state = SourceState.MISSING
        width, height = self._source.size
        return SourceHealth(name=self.spec.name, state=state, width=width, height=height, reason_key=self._reason_key)

    def _run(self) -> None:
        while not self.stage.stop.is_set():
            try:
                self._source.open()
                self._read_all()
            except SourceGone as gone:
                self._lose(gone.reason_key)
            except Exception:  # noqa: BLE001 - a source may be a plugin's; the show goes on without it
                _log.exception("source %s failed", self.spec.name)
                self._lose("video.lost.failed")
            finally:
                self._source.close()
            self.stage.stop.wait(RETRY_EVERY_S)

    def _read_all(self) -> None:
        while (shot := self._source.read()) is not None:
            if not self._keep(shot):
                return
            self._last_shot_s = time.monotonic()
            self._has_started = True
            if self._reason_key:
                self._reason_key = ""
                self._tell(SourceBack(name=self.spec.name))

    def _keep(self, shot: Shot) -> bool:
        """Put a shot where the compositor finds it; a live one replaces the older, others wait for room."""
        with self._changed:
            if self._source.is_live:
                while self._shots:
                    self._shots.popleft().picture.release()
            while len(self._shots) >= SHOTS_AHEAD and not self.stage.stop.is_set():
                self._changed.wait(0.5)
            self._shots.append(shot)
            return not self.stage.stop.is_set()

    def _lose(self, reason_key: str) -> None:
        if not self._reason_key:
            self._reason_key = reason_key
            self._tell(SourceLost(name=self.spec.name, reason_key=reason_key))
