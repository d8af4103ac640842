"""A media file looped as a camera, in real time by its own timestamps, with its own sound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import av
from av.container import InputContainer

from studio.video.clockwork import SOUND_RATE_HZ
from studio.video.sound.resample import Resampler
from studio.video.sources import pictures
from studio.video.sources.source import Shot, Source, SourceGone, Stage
from studio.video.sources.spec import SourceSpec

STARTS_AFTER_S = 0.15
REBASES_BEHIND_S = 0.5
LARGEST_STEP_S = 5.0
SOUND_GAP_S = 0.03
BROKEN_IN_A_ROW = 100
LIGHT_PIXELS_PER_S = 1920 * 1080 * 31


class MediaFileSource(Source):
    """Decodes ahead; every picture and every sample knows when it is due, so that both stay together for ever."""

    kind: ClassVar[str] = "file"

    def __init__(self, spec: SourceSpec, stage: Stage) -> None:
        super().__init__(spec, stage)
        self._container: InputContainer | None = None
        self._shots: Iterator[Shot] = iter(())
        self._base_s = 0.0

    def open(self) -> None:
        self.close()
        self._container = self._reopened()
        self._base_s = self.stage.timeline.next_frame_s(self.stage.timeline.pace.now_s() + STARTS_AFTER_S)
        self._shots = self._all_shots()

    def read(self) -> Shot | None:
        return next(self._shots, None)

    def close(self) -> None:
        self._shots = iter(())
        container, self._container = self._container, None
        if container is not None:
            container.close()

    def _reopened(self) -> InputContainer:
        try:
            container: InputContainer = av.open(self.spec.address, "r")
        except (av.FFmpegError, OSError) as error:
            raise SourceGone("video.lost.not_opened") from error
        if not container.streams.video:
            container.close()
            raise SourceGone("video.lost.no_picture")
        return container

    def _all_shots(self) -> Iterator[Shot]:
        """Loop after loop: the next one begins where the last picture of this one ends."""
        while not self.stage.stop.is_set():
            if self._container is None:
                self._container = self._reopened()
            run = _Run(self._container, self)
            yield from run.shots()
            if not run.pictures:
                raise SourceGone("video.lost.no_picture")
            self._base_s += run.length_s
            self._container.close()
            self._container = None

    def due_s(self, media_s: float) -> float:
        """When a moment of the file is due; after a long stall the whole file is moved to now, picture and sound alike."""
        now_s = self.stage.timeline.pace.now_s()
        if self._base_s + media_s < now_s - REBASES_BEHIND_S:
            self._base_s = self.stage.timeline.next_frame_s(now_s) - media_s
        return self._base_s + media_s


def _choose_threads(stream: av.VideoStream) -> None:
    """One thread costs least; only what one core cannot decode in time gets more."""
    rate = float(stream.average_rate or 30)
    if stream.width * stream.height * rate > LIGHT_PIXELS_PER_S:
        stream.thread_type = "AUTO"
    else:
        stream.codec_context.thread_count = 1


class _Run:
    """One pass through the file, whose times begin at zero whatever the file says."""

    def __init__(self, container: InputContainer, source: MediaFileSource) -> None:
        self._container = container
        self._source = source
        self._video = container.streams.video[0]
        _choose_threads(self._video)
        has_sound = bool(container.streams.audio) and source.stage.sound is not None
        self._audio = container.streams.audio[0] if has_sound else None
        self._zero_s: float | None = None
        self._frame_s = 1 / float(self._video.average_rate or self._video.guessed_rate or 25)
        self._resampler = Resampler()
        self._next_sample: int | None = None
        self.length_s = 0.0
        self.pictures = 0

    def shots(self) -> Iterator[Shot]:
        """Pictures, the newest only where several fall on one frame of the canvas; sound goes to the stage by the way."""
        timeline = self._source.stage.timeline
        waiting: tuple[av.VideoFrame, float] | None = None
        for frame in self._frames():
            if isinstance(frame, av.AudioFrame):
                self._hear(frame)
                continue
            due_s = self._source.due_s(self._media_s(frame))
            if waiting is not None and timeline.nearest_frame(waiting[1]) != timeline.nearest_frame(due_s):
                yield self._shot(*waiting)
            waiting = (frame, due_s)
            if self._source.stage.stop.is_set():
                return
        if waiting is not None:
            yield self._shot(*waiting)

    def _shot(self, frame: av.VideoFrame, due_s: float) -> Shot:
        self._source.size = (frame.width, frame.height)
        return Shot(pictures.staged(frame, self._source.spec, self._source.stage), due_s)

    def _frames(self) -> Iterator[av.VideoFrame | av.AudioFrame]:
        streams = [stream for stream in (self._video, self._audio) if stream is not None]
        packets = self._container.demux(streams)
        broken = 0
        while broken < BROKEN_IN_A_ROW:
            try:
                frames = next(packets).decode()
            except (StopIteration, av.EOFError):
                return
            except (av.FFmpegError, OSError):
                broken += 1
                continue
            broken = 0
            yield from frames

    def _media_s(self, frame: av.VideoFrame) -> float:
        """The picture's time since the first one; a missing or mad timestamp is replaced by one frame further."""
        at_s = frame.time
        if self._zero_s is None:
            self._zero_s = at_s or 0.0
        relative_s = self.length_s if at_s is None else at_s - self._zero_s
        if not -self._frame_s <= relative_s - self.length_s < LARGEST_STEP_S:
            relative_s = self.length_s
            self._zero_s = (at_s or 0.0) - relative_s
        self.pictures += 1
        self.length_s = max(self.length_s, relative_s + self._frame_s)
        return relative_s

    def _hear(self, frame: av.AudioFrame) -> None:
        """Place sound by the file's own time: whole blocks follow each other sample by sample, gaps stay gaps."""
        stage = self._source.stage
        if stage.sound is None or (self._zero_s is None and frame.time is None):
            return
        zero_s = self._zero_s if self._zero_s is not None else self._container_zero_s()
        media_s = (frame.time if frame.time is not None else zero_s) - zero_s
        due = stage.timeline.sample_at(self._source.due_s(media_s))
        for samples in self._resampler.feed(frame):
            at = self._next_sample
            if at is None or abs(at - due) > SOUND_GAP_S * SOUND_RATE_HZ:
                at = due
            stage.sound(at, samples)
            self._next_sample = at + samples.shape[1]
            due = self._next_sample

    def _container_zero_s(self) -> float:
        start = self._video.start_time
        return float(start * self._video.time_base) if start is not None and self._video.time_base else 0.0
