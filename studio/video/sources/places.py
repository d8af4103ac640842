"""The engine's sources by place: main, inset, backdrop; one that leaves is let go when its last picture is off the air."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from studio.core.events import Fact
from studio.video.clockwork import Timeline
from studio.video.framepool import FramePool
from studio.video.health import SourceHealth, SourceState
from studio.video.scene import Canvas, PictureInPicture, Place
from studio.video.sources.runner import SourceRunner
from studio.video.sources.source import SoundSink, Stage
from studio.video.sources.spec import SourceSpec

NO_INSET = PictureInPicture(0.0, 0.0, 1 / 3, 1 / 3)


OnAir = Callable[[], Iterable[SourceRunner]]


class MainSound(Protocol):
    """Where the main source's sound goes."""

    def put_from_camera(self, at: int, samples: npt.NDArray[np.float32]) -> None: ...

    def clear(self) -> None:
        """Forget what was put and not yet heard: another source begins."""
        ...


@dataclass(frozen=True, eq=False)
class Cast:
    """Who stands where now; never changed, replaced by one assignment."""

    main: SourceRunner | None = None
    inset: SourceRunner | None = None
    backdrop: SourceRunner | None = None


class Places:
    """Puts sources in their places; only the main one is heard. `cast` may be read by any thread."""

    def __init__(
        self, pool: FramePool, timeline: Timeline, tell: Callable[[Fact], None], sound: MainSound, on_air: OnAir
    ) -> None:
        self.cast = Cast()
        self._pool = pool
        self._timeline = timeline
        self._tell = tell
        self._sound = sound
        self._on_air = on_air
        self._lock = threading.Lock()
        self._leaving: list[tuple[Place, SourceRunner]] = []
        self._ear: SoundSink | None = None
        self._inset = self._inset_pool(NO_INSET)

    def put(self, place: Place, spec: SourceSpec) -> bool:
        """Let ``spec`` stand at ``place``; what stands there goes on until the new one has a picture. The same source laid
        otherwise is not opened again, nor one that has not left yet; True when one is opened."""
        with self._lock:
            old: SourceRunner | None = getattr(self.cast, place)
            if old is not None and old.is_of(spec):
                old.change(spec)
                return False
            runner = self._called_back(place, spec)
            if runner is not None:
                self._replace(place, runner)
                return False
            runner = SourceRunner(spec, self._stage(place), self._tell)
            self._replace(place, runner)
            runner.start()
            return True

    def clear(self, place: Place) -> None:
        """Nothing stands at ``place`` any more."""
        with self._lock:
            self._replace(place, None)

    def restart(self, place: Place) -> None:
        """Open the source again."""
        with self._lock:
            runner: SourceRunner | None = getattr(self.cast, place)
            if runner is not None:
                runner.restart()

    def size_inset(self, inset: PictureInPicture) -> None:
        """Let the inset's pictures have the size of their rectangle."""
        _, _, width, height = inset.rectangle(self._pool.canvas)
        with self._lock:
            if (width, height) == (self._inset.canvas.width, self._inset.canvas.height):
                return
            self._inset = self._inset_pool(inset)
            if self.cast.inset is not None:
                self.cast.inset.resize(self._inset)

    def watch(self, now_s: float, in_use: Iterable[SourceRunner]) -> None:
        """Once a second: restart what hangs, let go of what is no more seen (``in_use`` still is)."""
        for runner in self._all():
            runner.watch(now_s)
        seen = set(in_use)
        with self._lock:
            self._leaving = [(place, one) for place, one in self._leaving if one in seen or not one.stop(0)]

    def stop(self, timeout_s: float) -> bool:
        """End all; False when a driver does not let go in time."""
        runners = [*self._all(), *(one for _, one in self._leaving)]
        for runner in runners:
            runner.ask_to_stop()
        return all([runner.stop(timeout_s) for runner in runners])

    def health(self, place: Place) -> SourceHealth | None:
        """How the source at ``place`` is doing; None when there is none."""
        runner: SourceRunner | None = getattr(self.cast, place)
        return runner.health() if runner is not None else None

    def main_health(self) -> SourceHealth:
        return self.health(Place.MAIN) or SourceHealth(name="", state=SourceState.MISSING)

    def _replace(self, place: Place, runner: SourceRunner | None) -> None:
        old: SourceRunner | None = getattr(self.cast, place)
        if old is not None:
            self._leaving.append((place, old))
            if not old.has_started:
                old.ask_to_stop()  # nobody saw it: whoever turns a wheel over many cameras does not open all of them
        self.cast = dataclasses.replace(self.cast, **{place.value: runner})

    def _called_back(self, place: Place, spec: SourceSpec) -> SourceRunner | None:
        """The source, when it is about to leave this place: a camera cannot be opened twice. It must leave any other."""
        found = None
        for was, runner in self._leaving:
            if runner.is_of(spec) and was is place:
                found = runner
            elif runner.is_of(spec) and spec.kind == "device":
                runner.ask_to_stop()
        if found is not None:
            self._leaving = [(was, runner) for was, runner in self._leaving if runner is not found]
            found.change(spec)
            if place is Place.INSET:
                found.resize(self._inset)
        return found

    def _stage(self, place: Place) -> Stage:
        if place is Place.INSET:
            return Stage(self._inset.canvas, self._timeline, self._inset)
        sound = self._new_ear() if place is Place.MAIN else None
        return Stage(self._pool.canvas, self._timeline, self._pool, sound)

    def _new_ear(self) -> SoundSink:
        """A main source's way to be heard: from its first sound on, until the next one sounds or it is off the air."""

        def hear(at: int, samples: npt.NDArray[np.float32]) -> None:
            main = self.cast.main
            if main is not None and main.stage.sound is hear:
                if self._ear is not hear:
                    self._ear = hear
                    self._sound.clear()
                self._sound.put_from_camera(at, samples)
            elif self._ear is hear and any(one.stage.sound is hear for one in self._on_air()):
                self._sound.put_from_camera(at, samples)

        return hear

    def _inset_pool(self, inset: PictureInPicture) -> FramePool:
        canvas = self._pool.canvas
        _, _, width, height = inset.rectangle(canvas)
        return FramePool(Canvas(width, height, canvas.fps))

    def _all(self) -> list[SourceRunner]:
        cast = self.cast
        return [one for one in (cast.main, cast.inset, cast.backdrop) if one is not None]
