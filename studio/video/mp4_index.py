"""Where every picture and sound of a recording lies in its file: finished, still growing, or torn off by a crash."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import numpy as np

from studio.video.mp4_tables import NotARecording, Samples, Track, boxes, inside, read_track

SLACK_S = 1.0
"""Sound and picture of one moment may lie this far apart in the file."""
_NOT_SYNC = 0x10000
_HAS_BASE, _HAS_DURATION, _HAS_SIZE, _HAS_FLAGS = 0x1, 0x8, 0x10, 0x20


def read_tracks(file: BinaryIO, start_s: float, end_s: float | None) -> tuple[Track, Track | None]:
    """Picture and sound of a recording; of one that is not closed, only what a cut of this stretch needs."""
    moov, moofs = _parts(file)
    if moov is None:
        raise NotARecording("no moov box")
    tracks = [read_track(box) for name, box in boxes(moov) if name == b"trak"]
    for track_id, duration, size, flags in _extends(moov):
        for track in tracks:
            if track.number == track_id:
                track.defaults = (duration, size, flags)
    video = next((one for one in tracks if one.is_video), None)
    if video is None:
        raise NotARecording("no picture")
    first_s = float(video.shown_s()[0]) if len(video.samples) else 0.0
    for track in tracks:
        track.zero += round(first_s * track.timescale)
    _add_fragments(file, _needed(file, moofs, video, start_s, end_s), tracks)
    return video, next((one for one in tracks if not one.is_video and len(one.samples)), None)


def _parts(file: BinaryIO) -> tuple[bytes | None, list[tuple[int, int]]]:
    """The table of the file, and place and length of each fragment that is whole."""
    size = file.seek(0, 2)
    at, moov, moofs, waiting = 0, None, list[tuple[int, int]](), None
    while at + 8 <= size:
        file.seek(at)
        head = file.read(16)
        length, name = int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8 or at + length > size:
            break
        if name == b"moov":
            file.seek(at + 8)
            moov = file.read(length - 8)
        elif name == b"moof":
            waiting = (at, length)
        elif name == b"mdat" and waiting is not None:
            moofs.append(waiting)
            waiting = None
        at += length
    return moov, moofs


def _needed(
    file: BinaryIO, moofs: Sequence[tuple[int, int]], video: Track, start_s: float, end_s: float | None
) -> list[tuple[int, bytes]]:
    """The fragments of the stretch, and those before it back to a keyframe."""

    def content(index: int) -> bytes:
        place, length = moofs[index]
        file.seek(place + 8)
        return file.read(length - 8)

    def begins_s(index: int) -> float:
        return (_begins(content(index), video.number) - video.zero) / video.timescale

    order = range(len(moofs))
    first = max(0, bisect_right(order, start_s, key=begins_s) - 1)
    last = len(moofs) if end_s is None else bisect_right(order, end_s + SLACK_S, key=begins_s)
    wished = (start_s * video.timescale) + video.zero
    while first > 0 and not _has_key(content(first), moofs[first][0], video, wished):
        first -= 1
    first = max(0, bisect_right(order, begins_s(first) - SLACK_S, key=begins_s) - 1) if moofs else 0
    return [(moofs[index][0], content(index)) for index in range(first, last)]


def _begins(moof: bytes, number: int) -> int:
    """When a fragment's pictures begin, in ticks; one without pictures counts as the beginning."""
    for name, traf in boxes(moof):
        if name == b"traf":
            head, time = inside(traf, b"tfhd"), inside(traf, b"tfdt")
            if head and time and int.from_bytes(head[4:8], "big") == number:
                return int.from_bytes(time[4:], "big")
    return 0


def _has_key(moof: bytes, place: int, video: Track, wished: float) -> bool:
    found = [samples for track, samples in _runs(moof, place, [video]) if track is video]
    return any(bool(np.any(one.is_key & (one.times + one.shifts <= wished))) for one in found)


def _add_fragments(file: BinaryIO, fragments: Sequence[tuple[int, bytes]], tracks: Sequence[Track]) -> None:
    for place, moof in fragments:
        for track, samples in _runs(moof, place, tracks):
            track.pieces.append(samples)
    for track in tracks:
        track.samples = _joined([track.samples, *track.pieces])


def _joined(pieces: Sequence[Samples]) -> Samples:
    return Samples(**{name: np.concatenate([getattr(one, name) for one in pieces]) for name in Samples.__annotations__})


def _runs(moof: bytes, place: int, tracks: Sequence[Track]) -> Iterator[tuple[Track, Samples]]:
    """The samples of a fragment (8.8.7 to 8.8.12)."""
    for name, traf in boxes(moof):
        head = inside(traf, b"tfhd") if name == b"traf" else None
        if head is None:
            continue
        flags, number = (int.from_bytes(head[at : at + 4], "big") for at in (0, 4))
        track = next((one for one in tracks if one.number == number), None)
        if track is None:
            continue
        base, defaults = _fragment_head(head, flags & 0xFFFFFF, place, track.defaults)
        time_box = inside(traf, b"tfdt")
        time = int.from_bytes(time_box[4:], "big") if time_box else 0
        for kind, run in boxes(traf):
            if kind == b"trun":
                samples = _run(run, base, time, defaults)
                time += int(samples.durations.sum())
                yield track, samples


def _fragment_head(
    head: bytes, flags: int, place: int, defaults: tuple[int, int, int]
) -> tuple[int, tuple[int, int, int]]:
    at, base = 8, place
    if flags & _HAS_BASE:
        base = int.from_bytes(head[8:16], "big")
        at = 16
    at += 4 if flags & 0x2 else 0
    values = list(defaults)
    for index, flag in enumerate((_HAS_DURATION, _HAS_SIZE, _HAS_FLAGS)):
        if flags & flag:
            values[index] = int.from_bytes(head[at : at + 4], "big")
            at += 4
    return base, (values[0], values[1], values[2])


def _run(run: bytes, base: int, time: int, defaults: tuple[int, int, int]) -> Samples:
    flags, count = int.from_bytes(run[1:4], "big"), int.from_bytes(run[4:8], "big")
    at, first_flags = 8, None
    if flags & 0x1:
        base += int.from_bytes(run[at : at + 4], "big", signed=True)
        at += 4
    if flags & 0x4:
        first_flags = int.from_bytes(run[at : at + 4], "big")
        at += 4
    given = [bit for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit]
    table = np.frombuffer(run, ">u4", count * len(given), at).reshape(count, len(given)).astype(np.int64)
    columns = {bit: table[:, place] for place, bit in enumerate(given)}
    durations, sizes, marks = (
        columns.get(bit, np.full(count, default)) for bit, default in zip((0x100, 0x200, 0x400), defaults, strict=True)
    )
    if first_flags is not None:
        marks = marks.copy()
        marks[:1] = first_flags
    shifts = columns.get(0x800, np.zeros(count, np.int64)).astype(np.int32).astype(np.int64)
    return Samples(
        times=time + np.cumsum(durations) - durations,
        durations=durations,
        shifts=shifts,
        sizes=sizes,
        places=base + np.cumsum(sizes) - sizes,
        is_key=(marks & _NOT_SYNC) == 0,
    )


def _extends(moov: bytes) -> Iterator[tuple[int, int, int, int]]:
    for name, content in boxes(inside(moov, b"mvex") or b""):
        if name == b"trex":
            number, _, duration, size, flags = struct.unpack_from(">5I", content, 4)
            yield number, duration, size, flags
