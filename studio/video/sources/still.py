"""A still picture as a source: a room card, a product photo, a slate."""

from __future__ import annotations

import time
from typing import ClassVar

import av

from studio.video.sources import pictures
from studio.video.sources.source import Shot, Source, SourceGone


class StillSource(Source):
    """Read once, shown until it is replaced."""

    kind: ClassVar[str] = "still"

    def open(self) -> None:
        try:
            with av.open(self.spec.address, "r") as container:
                frame = next(container.decode(video=0))
        except (av.FFmpegError, OSError, StopIteration, IndexError) as error:
            raise SourceGone("video.lost.no_picture") from error
        self.size = (frame.width, frame.height)
        self._picture: av.VideoFrame | None = frame

    def read(self) -> Shot | None:
        if self._picture is not None:
            picture = pictures.staged(self._picture, self.spec, self.stage)
            self._picture = None
            return Shot(picture, time.monotonic())
        self.stage.stop.wait()
        return None

    def close(self) -> None:
        self._picture = None
