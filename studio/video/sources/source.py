"""The contract of a source: open, read shots until it is lost, close; called by one thread only."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from studio.video.clockwork import Timeline
from studio.video.framepool import FramePool, PooledFrame
from studio.video.scene import Canvas
from studio.video.sources.spec import SourceSpec

SoundSink = Callable[[int, npt.NDArray[np.float32]], None]


class SourceGone(Exception):
    """The source does not open or gives nothing any more; ``reason_key`` is a text with ``{name}``."""

    def __init__(self, reason_key: str) -> None:
        super().__init__(reason_key)
        self.reason_key = reason_key


@dataclass(frozen=True)
class Shot:
    """One picture of a source, already of the canvas's size, and when it is due on the monotonic clock."""

    picture: PooledFrame
    due_s: float


@dataclass(frozen=True)
class Stage:
    """What a source works with: canvas, time, frames to draw into, and where its sound goes (None: nobody listens)."""

    canvas: Canvas
    timeline: Timeline
    pool: FramePool
    sound: SoundSink | None = None
    stop: threading.Event = field(default_factory=threading.Event)


class Source(ABC):
    """A picture source; `is_live` ones give what happens now (the newest counts), the others shots ahead of time.

    A live one that sends the very same picture for ``frozen_after_s`` is said to be frozen. ``spec`` (of the same kind and
    address) and the stage's canvas and pool may be replaced at any time: they are read for each picture."""

    kind: ClassVar[str]
    is_live: ClassVar[bool] = False
    is_steady: ClassVar[bool] = True
    frozen_after_s: ClassVar[float] = 20.0
    is_restarted_when_frozen: ClassVar[bool] = False

    def __init__(self, spec: SourceSpec, stage: Stage) -> None:
        self.spec = spec
        self.stage = stage
        self.size = (0, 0)

    @abstractmethod
    def open(self) -> None:
        """Get hold of the device or file; raises SourceGone."""

    @abstractmethod
    def read(self) -> Shot | None:
        """Wait for the next shot; None when asked to stop. Raises SourceGone when there will be no more."""

    @abstractmethod
    def close(self) -> None:
        """Let go; may be called in any state."""
