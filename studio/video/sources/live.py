"""What devices and streams share: a container that gives pictures as they happen."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

import av
from av.container import InputContainer

from studio.video.sources import pictures
from studio.video.sources.source import Shot, Source, SourceGone, Stage
from studio.video.sources.spec import SourceSpec

BROKEN_IN_A_ROW = 30
SOONEST = 0.55  # of a frame of the canvas: of a camera twice as fast each second picture is left out


class LiveSource(Source):
    """Decodes what a driver or a network gives and passes the newest on; of several within one frame of the canvas one is fitted."""

    is_live: ClassVar[bool] = True

    def __init__(self, spec: SourceSpec, stage: Stage) -> None:
        super().__init__(spec, stage)
        self._container: InputContainer | None = None
        self._frames: Iterator[av.VideoFrame] = iter(())
        self._passed_on_s = float("-inf")

    @abstractmethod
    def _connect(self) -> InputContainer:
        """Open the driver or address; may raise what av raises."""

    def open(self) -> None:
        self.close()
        try:
            self._container = self._connect()
            self._frames = self._decoded(self._container)
        except (av.FFmpegError, OSError, IndexError, ValueError) as error:
            self.close()
            raise SourceGone("video.lost.not_opened") from error

    def read(self) -> Shot | None:
        for frame in self._frames:
            if self.stage.stop.is_set():
                return None
            now_s = time.monotonic()
            if now_s - self._passed_on_s < SOONEST / self.stage.canvas.fps:
                continue
            self._passed_on_s = now_s
            self.size = (frame.width, frame.height)
            return Shot(pictures.staged(frame, self.spec, self.stage), now_s)
        raise SourceGone("video.lost.gone")

    def close(self) -> None:
        container, self._container = self._container, None
        self._frames = iter(())
        if container is not None:
            container.close()

    def _decoded(self, container: InputContainer) -> Iterator[av.VideoFrame]:
        stream = container.streams.video[0]
        broken = 0
        packets = container.demux(stream)
        while broken < BROKEN_IN_A_ROW:
            try:
                frames = next(packets).decode()
            except StopIteration:
                return
            except av.InvalidDataError:
                broken += 1
                continue
            except (av.FFmpegError, OSError) as error:
                raise SourceGone("video.lost.gone") from error
            broken = 0
            yield from frames
        raise SourceGone("video.lost.broken")
