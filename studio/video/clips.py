"""Clips (切片): one file per take, cut from the recording by stream copy at the takes' keyframes, with cover and title.

Everything here blocks on files and belongs on a worker thread."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.stream import Stream

from studio.core.errors import UserError

_log = logging.getLogger(__name__)

COVER_AT_S = 1.0
COVER_QUALITY = 88
SHORTEST_S = 0.2
SOUND_TAIL_S = 1.0
NAME_BYTES = 120
_NOT_IN_A_NAME = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')


@dataclass(frozen=True, kw_only=True)
class TakeMark:
    """Where an item begins in a recording; ``item_id`` None: nothing is on air from here."""

    recording: Path
    item_id: str | None
    pts_s: float


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A piece of a recording that shows one item; ``end_s`` None: to the end of the file."""

    recording: Path
    item_id: str
    start_s: float
    end_s: float | None


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A cut clip; ``start_error_s`` is how much earlier than wished it begins (0 when a keyframe was there)."""

    path: Path
    cover: Path
    title: str
    seconds: float
    frames: int
    start_error_s: float


def stretches(marks: Sequence[TakeMark]) -> tuple[Stretch, ...]:
    """What each take covers: to the next mark of the same recording; an item in two recordings comes in two parts."""
    found: list[Stretch] = []
    for place, mark in enumerate(marks):
        if mark.item_id is None:
            continue
        following = (other for other in marks[place + 1 :] if other.recording == mark.recording)
        end = next((other.pts_s for other in following if other.item_id != mark.item_id), None)
        if not any(_goes_on(one, mark) for one in found[-1:]):
            found.append(Stretch(recording=mark.recording, item_id=mark.item_id, start_s=mark.pts_s, end_s=end))
    return tuple(one for one in found if one.end_s is None or one.end_s - one.start_s >= SHORTEST_S)


def _goes_on(before: Stretch, mark: TakeMark) -> bool:
    """Whether the mark is one more of the same take."""
    is_same = (before.recording, before.item_id) == (mark.recording, mark.item_id)
    return is_same and (before.end_s is None or before.end_s > mark.pts_s)


def file_name(number: int, title: str, part: int = 1) -> str:
    """A name every system takes: ``03 丹东草莓.mp4``."""
    words = " ".join(_NOT_IN_A_NAME.sub(" ", title).split()).strip(". ")
    name = f"{number:02d} {words}".strip()
    while len(name.encode()) > NAME_BYTES:
        name = name[:-1].rstrip()
    return name + (f" ({part})" if part > 1 else "") + ".mp4"


def cut(stretch: Stretch, path: Path, title: str) -> Clip:
    """Copy a stretch of a recording into ``path`` and draw its cover beside it; nothing is encoded again.

    Raises UserError when the recording cannot be read, holds nothing there, or the clip cannot be written."""
    unfinished = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        source = _opened_at(stretch)
        with source.container:
            frames, first_s, end_s = _copy(source, stretch, unfinished, title)
        if not frames:
            raise UserError("error.video.clip_empty", title=title, path=stretch.recording)
        cover = _write_cover(unfinished, path.with_suffix(".jpg"), min(COVER_AT_S, (end_s - first_s) / 2))
        unfinished.replace(path)
    except (av.FFmpegError, OSError, IndexError) as error:
        _log.exception("no clip of %s", stretch)
        raise UserError("error.video.clip_failed", title=title, path=stretch.recording) from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
    error_s = round(max(0.0, stretch.start_s - first_s), 4)
    return Clip(path=path, cover=cover, title=title, seconds=end_s - first_s, frames=frames, start_error_s=error_s)


def replay(recording: Path, seconds: float, path: Path, title: str) -> Clip:
    """The last ``seconds`` of a recording, also of one that is being written (即时回放); begins at a keyframe."""
    try:
        source = _Source(recording)
        with source.container as container:
            pictures = container.demux(source.video)
            last_s = max((source.at_s(one) for one in pictures if one.pts is not None), default=0.0)
    except (av.FFmpegError, OSError, IndexError) as error:
        raise UserError("error.video.clip_failed", title=title, path=recording) from error
    start_s = max(0.0, last_s - seconds)
    return cut(Stretch(recording=recording, item_id="", start_s=start_s, end_s=None), path, title)


class _Source:
    """A recording opened for cutting; times are seconds since its first picture, which is what marks count from."""

    def __init__(self, path: Path) -> None:
        self.container: InputContainer = av.open(str(path))
        self.video: Stream = self.container.streams.video[0]
        self.streams: list[Stream] = [self.video, *self.container.streams.audio[:1]]
        # floats: a clip has tens of thousands of packets, and exact fractions would be half of the work
        self._bases_s = {one.index: float(one.time_base or 1) for one in self.streams}
        self.zero_s = (self.video.start_time or 0) * self._bases_s[self.video.index]
        self.half_frame_s = 0.5 / float(self.video.average_rate or 30)

    def at_s(self, packet: av.Packet) -> float:
        return float(packet.pts * self._bases_s[packet.stream_index] - self.zero_s)

    def ticks(self, packet: av.Packet, at_s: float) -> int:
        """A time of the recording in the packet's own units."""
        return round((at_s + self.zero_s) / self._bases_s[packet.stream_index])

    def seek(self, at_s: float) -> None:
        place = round((at_s + self.zero_s) / self._bases_s[self.video.index])
        self.container.seek(place, stream=self.video, backward=True)

    def packets(self, stretch: Stretch) -> Iterator[tuple[av.Packet, float, bool]]:
        """(packet, time, is picture) from the last keyframe not after the start on; sound from that time on."""
        begin_s = stretch.start_s + self.half_frame_s
        end_s = float("inf") if stretch.end_s is None else stretch.end_s - self.half_frame_s
        held: list[tuple[av.Packet, float, bool]] = []
        is_open, last_s = False, -1.0
        for packet in self.container.demux(self.streams):
            if packet.pts is None:
                continue
            at_s, is_picture = self.at_s(packet), packet.stream_index == self.video.index
            last_s = max(last_s, at_s)
            if at_s >= end_s:
                if at_s > end_s + SOUND_TAIL_S:
                    break
            elif is_open:
                yield packet, at_s, is_picture
            elif is_picture and at_s > begin_s and held and held[0][2]:
                is_open = True
                yield from held
                yield packet, at_s, is_picture
            elif is_picture and packet.is_keyframe:
                held = [(packet, at_s, True), *(one for one in held if not one[2] and one[1] >= at_s)]
            else:
                held.append((packet, at_s, is_picture))
        if not is_open and held and held[0][2] and last_s + self.half_frame_s > stretch.start_s:
            yield from held


def _opened_at(stretch: Stretch) -> _Source:
    """The recording, positioned at the last keyframe that is not after the start."""
    trial = _Source(stretch.recording)
    wanted_s = stretch.start_s + trial.half_frame_s
    trial.seek(wanted_s)
    first = next((one for one in trial.container.demux(trial.video) if one.pts is not None), None)
    can_seek = first is not None and first.is_keyframe and trial.at_s(first) <= wanted_s
    trial.container.close()
    source = _Source(stretch.recording)
    if can_seek:
        source.seek(wanted_s)
    return source  # a file that was cut off has no index to its end: it is read from the beginning


def _copy(source: _Source, stretch: Stretch, path: Path, title: str) -> tuple[int, float, float]:
    """Returns how many frames were copied, when the first begins and the last ends, in seconds of the recording."""
    frames, first_s, end_s = 0, 0.0, 0.0
    shifts: dict[int, int] = {}
    with av.open(str(path), "w", format="mp4") as target:
        target.metadata["title"] = title
        streams = {one.index: target.add_stream_from_template(one) for one in source.streams}
        target.start_encoding()
        for packet, at_s, is_picture in source.packets(stretch):
            if not frames:
                first_s = at_s
            if is_picture:
                end_s = max(end_s, at_s + 2 * source.half_frame_s)
                frames += 1
            index = packet.stream_index
            shift = shifts.setdefault(index, source.ticks(packet, first_s))
            if packet.pts >= shift:
                packet.dts = (packet.pts if packet.dts is None else packet.dts) - shift
                packet.pts -= shift
                packet.stream = streams[index]
                target.mux(packet)
    return frames, first_s, end_s


def _write_cover(path: Path, cover: Path, at_s: float) -> Path:
    """A JPEG beside the clip, of a moment when the card is up."""
    with av.open(str(path)) as clip:
        picture = None
        for picture in clip.decode(video=0):
            if float(picture.time or 0) >= at_s:
                break
        if picture is None:
            raise OSError(f"{path} has no picture")
        pixels = np.asarray(picture.to_ndarray(format="bgr24"))
    is_made, jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, COVER_QUALITY])
    if not is_made:
        raise OSError(f"no cover of {path}")
    cover.write_bytes(jpeg.tobytes())
    return cover
