"""Clips (切片): one file per take, cut from the recording by stream copy at the takes' keyframes, with cover and title.

Everything here blocks on files and belongs on a worker thread."""

from __future__ import annotations

import contextlib
import errno
import logging
import re
import struct
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

from studio.core.errors import UserError
from studio.video.mp4_cut import write_cut
from studio.video.mp4_picture import good_picture
from studio.video.mp4_tables import NothingYet
from studio.video.outputs.muxing import Muxer
from studio.video.outputs.replay import ReplayPiece

_log = logging.getLogger(__name__)

COVER_QUALITY = 88
THUMBNAIL_HEIGHT, THUMBNAIL_QUALITY = 192, 70
SHORTEST_S = 0.2
ON_TIME_S = 0.005
"""Marks are kept in milliseconds."""
NAME_BYTES = 120
_NOT_IN_A_NAME = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+')


_turn = threading.Lock()
"""One clip at a time in the whole program: the disk belongs to the recording."""


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
    """Copy a stretch of a recording, finished or growing, into ``path`` with a cover beside it; nothing is encoded again.

    Raises UserError when the recording cannot be read, holds nothing there, or the clip cannot be written."""
    with _finished(path, title, stretch.recording) as unfinished:
        made = write_cut(stretch.recording, stretch.start_s, stretch.end_s, unfinished, title)
        if made is None:
            raise UserError("error.video.clip_empty", title=title, path=stretch.recording)
        cover = _write_cover(unfinished, path.with_suffix(".jpg"))
    early_s = round(max(0.0, stretch.start_s - made.first_s), 4)
    return Clip(
        path=path,
        cover=cover,
        title=title,
        seconds=made.end_s - made.first_s,
        frames=made.frames,
        start_error_s=0.0 if early_s < ON_TIME_S else early_s,
    )


def keep(piece: ReplayPiece, path: Path, title: str) -> Clip:
    """Write a piece of a replay (即时回放) as a clip; raises UserError when it cannot be written."""
    with _finished(path, title, path) as unfinished:
        with av.open(str(unfinished), "w", format="mp4", options={"movflags": "faststart"}) as container:
            container.metadata["title"] = title
            muxer = Muxer(container, piece.header)
            for packet in piece.packets:
                muxer.write(packet)
        cover = _write_cover(unfinished, path.with_suffix(".jpg"))
    return Clip(path=path, cover=cover, title=title, seconds=muxer.end_s, frames=muxer.frames, start_error_s=0.0)


@contextlib.contextmanager
def _finished(path: Path, title: str, origin: Path) -> Iterator[Path]:
    """A name to write to that becomes ``path`` when all went well, and is gone when not."""
    unfinished = path.with_suffix(".part")
    _turn.acquire()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield unfinished
        unfinished.replace(path)
    except (av.FFmpegError, OSError, EOFError, ValueError, LookupError, struct.error) as error:
        _log.exception("no clip %s", path)
        raise UserError(_key_of(error, origin), title=title, path=origin, folder=path.parent) from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        _turn.release()


def _key_of(error: Exception, origin: Path) -> str:
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return "error.video.clip_no_room"
    if isinstance(error, NothingYet):
        return "error.video.clip_empty"
    if isinstance(error, FileNotFoundError) and not origin.exists():
        return "error.video.clip_no_recording"
    return "error.video.clip_failed"


def _write_cover(clip: Path, cover: Path) -> Path:
    """A JPEG beside the clip, whole or not at all."""
    is_made, jpeg = cv2.imencode(".jpg", good_picture(clip), [cv2.IMWRITE_JPEG_QUALITY, COVER_QUALITY])
    if not is_made:
        raise OSError(f"no cover of {clip}")
    unfinished = cover.with_name(f"{cover.name}.part")
    try:
        unfinished.write_bytes(jpeg.tobytes())
        unfinished.replace(cover)
    finally:
        unfinished.unlink(missing_ok=True)
    return cover


def thumbnail(cover: Path) -> bytes:
    """A cover as a small JPEG; empty when it is not there any more."""
    pixels = cv2.imdecode(np.fromfile(cover, np.uint8), cv2.IMREAD_COLOR) if cover.is_file() else None
    if pixels is None:
        return b""
    scale = THUMBNAIL_HEIGHT / pixels.shape[0]
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    is_made, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, THUMBNAIL_QUALITY])
    return jpeg.tobytes() if is_made else b""
