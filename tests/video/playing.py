"""Runs one source in a test as the engine does, and looks at what it shows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from studio.video.clockwork import Timeline
from studio.video.framepool import FramePool
from studio.video.scene import Canvas
from studio.video.sources import SourceSpec
from studio.video.sources.runner import SourceRunner
from studio.video.sources.source import Stage
from tests.video.told import Told, until

CANVAS = Canvas(180, 320, 30)


class Playing(SourceRunner):
    """A runner that keeps the sound it heard and what it told."""

    def __init__(self, spec: SourceSpec, told: Told, canvas: Canvas) -> None:
        self.heard: list[tuple[int, Any]] = []
        self.told = told
        timeline = Timeline(time.monotonic(), canvas.fps)
        stage = Stage(canvas, timeline, FramePool(canvas), lambda at, samples: self.heard.append((at, samples)))
        super().__init__(spec, stage, told)

    def luma(self) -> Any:
        """A copy of the luma to show now; None when there is none yet."""
        timeline = self.stage.timeline
        pooled, _ = self.picture_at(timeline.frame_due_s(timeline.nearest_frame(time.monotonic())))
        if pooled is None:
            return None
        copied = pooled.frame.y.copy()
        pooled.release()
        return copied

    def colour(self) -> tuple[int, int, int]:
        """Y, U, V a third from the upper left (a screen's pointer is in the middle); (-1, -1, -1) before the first picture."""
        timeline = self.stage.timeline
        pooled, _ = self.picture_at(timeline.frame_due_s(timeline.nearest_frame(time.monotonic())))
        if pooled is None:
            return -1, -1, -1
        frame = pooled.frame
        y, x = frame.height // 3, frame.width // 3
        found = int(frame.y[y, x]), int(frame.u[y // 2, x // 2]), int(frame.v[y // 2, x // 2])
        pooled.release()
        return found

    def leaked(self) -> int:
        """Frames of the pool that nobody gave back; to be asked after it was stopped."""
        return self.stage.pool.made - len(self.stage.pool.free)

    def wait_for_colour(self, wanted: tuple[int, int, int], within_s: float = 20.0) -> None:
        until(lambda: bool(np.abs(np.subtract(self.colour(), wanted)).max() <= 6), within_s)


Play = Callable[..., Playing]


@contextmanager
def players() -> Iterator[Play]:
    """Starts sources; afterwards each is stopped in time and has left no thread and no frame behind."""
    started: list[Playing] = []

    def start(what: str | Path | SourceSpec, told: Told | None = None, canvas: Canvas = CANVAS) -> Playing:
        spec = what if isinstance(what, SourceSpec) else SourceSpec.parse(str(what))
        started.append(Playing(spec, told or Told(), canvas))
        started[-1].start()
        return started[-1]

    yield start
    assert all([one.stop(20) for one in started])
    assert not [one for one in threading.enumerate() if one.name.startswith("source-")]
    assert [one.leaked() for one in started] == [0] * len(started)
