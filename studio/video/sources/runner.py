"""Runs one source on its own thread: opens it again each second when it is lost, restarts it when it hangs or freezes."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from studio.core.events import Fact
from studio.video.clockwork import Arrivals
from studio.video.facts import SourceBack, SourceLost
from studio.video.framepool import FramePool, PooledFrame
from studio.video.health import SourceHealth, SourceState
from studio.video.sources import left_behind
from studio.video.sources.frozen import FreezeWatch
from studio.video.sources.registry import SOURCES
from studio.video.sources.source import Shot, Source, SourceGone, Stage
from studio.video.sources.spec import SourceSpec

_log = logging.getLogger(__name__)

RETRY_EVERY_S = 1.0
SHOTS_AHEAD = 4
OPENS_WITHIN_S = 12.0
SILENT_AFTER_S = 3.0
FROZEN_RESTARTS = 2
FORGIVEN_AFTER_S = 60.0
COMES_WITHIN_S = 2.0
FROZEN, SILENT = "video.lost.frozen", "video.lost.silent"


class SourceRunner:
    """The engine's hand on a source; `picture_at` never waits."""

    def __init__(self, spec: SourceSpec, stage: Stage, tell: Callable[[Fact], None]) -> None:
        self.spec = spec
        self.stage = stage
        self.arrivals = Arrivals()
        self._tell = tell
        self._shots: deque[Shot] = deque()
        self._shown: Shot | None = None
        self._changed = threading.Condition()
        self._reason_key = ""
        self.has_started = False
        self._is_giving = False
        self._inside_since_s: float | None = None
        self._lost_s = self._started_s = time.monotonic()
        self._frozen_restarts = 0
        self._threads: list[threading.Thread] = []
        self._source = self._made()
        self._freeze = FreezeWatch(self._source.frozen_after_s)

    def start(self) -> None:
        """Begin to open the source, unless too many threads hang in it; then `watch` tries again."""
        source, self._started_s = self._source, time.monotonic()
        self._note(source, self._started_s, is_giving=False)
        thread = left_behind.start(self.spec, source.stage.stop, lambda: self._run(source))
        if thread is not None:
            self._threads = [*(one for one in self._threads if one.is_alive()), thread]

    def ask_to_stop(self) -> None:
        """Begin to stop without waiting."""
        with self._changed:
            self.stage.stop.set()
            self._source.stage.stop.set()
            self._changed.notify_all()

    def stop(self, timeout_s: float) -> bool:
        """End; False when the source's driver does not let go in time (its thread ends with the program)."""
        self.ask_to_stop()
        deadline_s = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, deadline_s - time.monotonic()))
        with self._changed:
            for shot in (*self._shots, *([self._shown] if self._shown else [])):
                shot.picture.release()
            self._shots.clear()
            self._shown = None
        return not any(thread.is_alive() for thread in self._threads)

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

    def newest(self) -> PooledFrame | None:
        """The picture that is shown (one use of it, to be released), if there is one."""
        with self._changed:
            return self._shown.picture.hold() if self._shown is not None else None

    def is_of(self, spec: SourceSpec) -> bool:
        """Whether ``spec`` is this very source, perhaps laid on the canvas otherwise, and it has not ended."""
        return (self.spec.kind, self.spec.address) == (spec.kind, spec.address) and not self.is_ended

    def change(self, spec: SourceSpec) -> None:
        """Lay the next pictures otherwise (mirrored, turned, cut) without opening the source again."""
        self.spec = self._source.spec = spec

    def resize(self, pool: FramePool) -> None:
        """Make the next pictures of another size, without opening the source again."""
        self.stage = dataclasses.replace(self.stage, canvas=pool.canvas, pool=pool)
        self._source.stage = dataclasses.replace(self._source.stage, canvas=pool.canvas, pool=pool)

    @property
    def is_coming(self) -> bool:
        """It is being opened and may have a picture soon."""
        is_young = time.monotonic() - self._started_s < COMES_WITHIN_S
        return is_young and not self.has_started and not self._reason_key

    @property
    def is_ended(self) -> bool:
        """It was asked to stop."""
        return self.stage.stop.is_set()

    @property
    def is_lost(self) -> bool:
        """Nothing comes from the source."""
        return bool(self._reason_key) and self._reason_key != FROZEN

    @property
    def is_live(self) -> bool:
        """What it shows happens now."""
        return self._source.is_live

    def watch(self, now_s: float) -> None:
        """Restart a source that hangs in its driver, opening or reading; called once a second by the engine."""
        inside_s = self._inside_since_s
        if inside_s is None or (self._is_giving and not self._source.is_steady):
            return
        is_quick = self._is_giving and self._source.is_live  # to open a file again means to begin it again
        if now_s - inside_s > (SILENT_AFTER_S if is_quick else OPENS_WITHIN_S):
            self._lose(SILENT)
            self.restart()

    def restart(self) -> None:
        """Open the source again in a thread of its own; a driver that holds the old one is left behind."""
        with self._changed:
            if self.stage.stop.is_set():
                return
            self._source.stage.stop.set()
            self._source = self._made()
            self._changed.notify_all()
        _log.warning("source %s is started again", self.spec.name)
        self.start()

    def health(self) -> SourceHealth:
        """How the source is doing."""
        state = SourceState.LOST if self._reason_key else SourceState.OK
        if self._reason_key == FROZEN:
            state = SourceState.FROZEN
        elif self._reason_key and not self.has_started:
            state = SourceState.MISSING
        width, height = self._source.size
        return SourceHealth(name=self.spec.name, state=state, width=width, height=height, reason_key=self._reason_key)

    def _made(self) -> Source:
        stage = dataclasses.replace(self.stage, stop=threading.Event())
        return SOURCES.get(self.spec.kind)(self.spec, stage)

    def _run(self, source: Source) -> None:
        stop = source.stage.stop
        while not stop.is_set():
            self._note(source, time.monotonic(), is_giving=False)
            try:
                source.open()
                self._freeze.wait_again()
                self._read_all(source)
            except SourceGone as gone:
                self._lose(gone.reason_key, source)
            except Exception:  # noqa: BLE001 - a source may be a plugin's; the show goes on without it
                _log.exception("source %s failed", self.spec.name)
                self._lose("video.lost.failed", source)
            finally:
                self._close(source)
            self._note(source, None, is_giving=False)
            stop.wait(RETRY_EVERY_S)

    def _close(self, source: Source) -> None:
        try:
            source.close()
        except Exception:  # noqa: BLE001 - what does not close is opened anew all the same
            _log.exception("source %s did not close", self.spec.name)

    def _read_all(self, source: Source) -> None:
        while (shot := source.read()) is not None:
            if not self._keep(source, shot):
                return
            self._note(source, time.monotonic(), is_giving=True)
            if source.is_live:
                self._freeze.look(shot.picture.frame, time.monotonic())
                if self._freeze.is_frozen and self._froze(source):
                    return
            self._came(source)

    def _note(self, source: Source, inside_since_s: float | None, *, is_giving: bool) -> None:
        """Since when the thread of ``source`` is inside its driver (None: it is not), for `watch`."""
        with self._changed:
            if source is self._source:
                self._inside_since_s, self._is_giving = inside_since_s, is_giving

    def _keep(self, source: Source, shot: Shot) -> bool:
        """Put a shot where the compositor finds it; a live one replaces the older, others wait for room."""
        with self._changed:
            if source is self._source:
                self._inside_since_s = None
            if source.is_live:
                while self._shots:
                    self._shots.popleft().picture.release()
            while len(self._shots) >= SHOTS_AHEAD and not source.stage.stop.is_set():
                self._changed.wait(0.5)
            if source is not self._source or source.stage.stop.is_set():
                shot.picture.release()
                return False
            self._shots.append(shot)
        if source.is_live:
            self.arrivals.note(time.monotonic())
        return True

    def _froze(self, source: Source) -> bool:
        """The same picture for too long: say so, and open the source again, but not for ever; True when it is opened."""
        if not self._reason_key and time.monotonic() - self._lost_s > FORGIVEN_AFTER_S:
            self._frozen_restarts = 0
        self._lose(FROZEN, source)
        if not source.is_restarted_when_frozen or self._frozen_restarts >= FROZEN_RESTARTS:
            return False
        self._frozen_restarts += 1
        _log.warning("source %s is frozen and opened again", self.spec.name)
        return True

    def _came(self, source: Source) -> None:
        """There are pictures again, and they move."""
        with self._changed:
            if source is not self._source:
                return
            self.has_started = True
            if self._reason_key and (self._reason_key != FROZEN or self._freeze.is_moving):
                self._reason_key = ""
                self._tell(SourceBack(name=self.spec.name))

    def _lose(self, reason_key: str, source: Source | None = None) -> None:
        """Nothing comes any more (told once, the newest reason is kept); not what an old one says when it is let go."""
        with self._changed:
            if source is not None and source is not self._source:
                return
            is_news = self._reason_key in ("", FROZEN) and self._reason_key != reason_key
            self._reason_key = reason_key
            if is_news:
                self._lost_s = time.monotonic()
                self._tell(SourceLost(name=self.spec.name, reason_key=reason_key))
