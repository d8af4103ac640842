"""A still picture as a source: a room card, a product photo, a slate."""

from __future__ import annotations

import time
from typing import ClassVar

import av

from studio.video.framepool import FramePool
from studio.video.sources import pictures
from studio.video.sources.source import Shot, Source, SourceGone
from studio.video.sources.spec import SourceSpec

LOOK_EVERY_S = 0.2


class StillSource(Source):
    """Read once, laid again only when it is to be laid otherwise."""

    kind: ClassVar[str] = "still"
    is_steady: ClassVar[bool] = False

    def open(self) -> None:
        try:
            with av.open(self.spec.address, "r") as container:
                frame = next(container.decode(video=0))
        except (av.FFmpegError, OSError, StopIteration, IndexError) as error:
            raise SourceGone("video.lost.no_picture") from error
        self.size = (frame.width, frame.height)
        self._picture: av.VideoFrame | None = frame
        self._laid: tuple[SourceSpec, FramePool] | None = None

    def read(self) -> Shot | None:
        while not self.stage.stop.is_set():
            wanted = (self.spec, self.stage.pool)
            if self._picture is not None and wanted != self._laid:
                self._laid = wanted
                return Shot(pictures.staged(self._picture, self.spec, self.stage), time.monotonic())
            self.stage.stop.wait(LOOK_EVERY_S)
        return None

    def close(self) -> None:
        self._picture = None
