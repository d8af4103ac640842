"""Where every picture and sound of a recording lies in its file: finished, still growing, or torn off by a crash."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np

from studio.video.mp4_fragments import begin_s, extends, samples_of
from studio.video.mp4_tables import NotARecording, NothingYet, Track, boxes, inside, read_track

SLACK_S = 1.0
"""Sound and picture of one moment may lie this far apart in the file."""


def read_tracks(file: BinaryIO, start_s: float, end_s: float | None) -> tuple[Track, Track | None]:
    """Picture and sound of a recording; of one that is not closed, only what a cut of this stretch needs."""
    moov, moofs = _parts(file)
    if moov is None:
        raise NothingYet("no moov box")
    tracks = [read_track(box) for name, box in boxes(moov) if name == b"trak"]
    defaults = dict(extends(inside(moov, b"mvex") or b""))
    for track in tracks:
        track.defaults = defaults.get(track.number, track.defaults)
    video = next((one for one in tracks if one.is_video), None)
    if video is None:
        raise NotARecording("no picture")
    first_s = float(video.shown_s()[0]) if len(video.samples) else 0.0
    for track in tracks:
        track.zero += round(first_s * track.timescale)
    fragments = _needed(file, moofs, tracks, start_s, end_s)
    for track, found in zip(tracks, samples_of(fragments, tracks), strict=True):
        track.samples = track.samples.followed_by(found)
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
    file: BinaryIO, moofs: Sequence[tuple[int, int]], tracks: Sequence[Track], start_s: float, end_s: float | None
) -> list[tuple[int, bytes]]:
    """The fragments of the stretch, and those before it back to a keyframe."""

    def content(index: int) -> bytes:
        place, length = moofs[index]
        file.seek(place + 8)
        return file.read(length - 8)

    def begins_s(index: int) -> float:
        return begin_s(content(index), tracks)

    order = range(len(moofs))
    first = bisect_right(order, start_s + SLACK_S, key=begins_s)
    last = len(moofs) if end_s is None else bisect_right(order, end_s + 2 * SLACK_S, key=begins_s)
    is_found = False
    while first > 0 and not is_found:
        first -= 1
        is_found = _has_key((moofs[first][0], content(first)), tracks, start_s)
    if is_found:
        key_s = begins_s(first)
        while first > 0 and begins_s(first) > key_s - SLACK_S:
            first -= 1
    return [(moofs[index][0], content(index)) for index in range(first, last)]


def _has_key(fragment: tuple[int, bytes], tracks: Sequence[Track], start_s: float) -> bool:
    """Whether a fragment has a picture to start from that is shown before or at ``start_s``, give or take a tick."""
    video = next(track for track in tracks if track.is_video)
    [found] = samples_of([fragment], [video])
    return bool(np.any(found.is_key & (found.times + found.shifts - video.zero <= start_s * video.timescale + 1)))
