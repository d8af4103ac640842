"""The samples in the fragments of an MP4 that is not closed (ISO/IEC 14496-12, 8.8), gathered as bytes and read at once."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

import numpy as np

from studio.video.mp4_tables import Ints, NotARecording, Samples, Track, boxes

_DURATION, _SIZE, _FLAGS, _SHIFT = 0x100, 0x200, 0x400, 0x800
_COLUMNS = (_DURATION, _SIZE, _FLAGS, _SHIFT)
_HAS_PLACE, _HAS_FIRST_FLAGS = 0x1, 0x4
_HEAD_HAS = ((0x8, 0), (0x10, 1), (0x20, 2))
_NOT_SYNC = 0x10000

Defaults = tuple[int, int, int]


class Runs:
    """The runs of one track's samples."""

    def __init__(self) -> None:
        self._columns: dict[int, list[bytes]] = {bit: [] for bit in _COLUMNS}
        self._counts: list[int] = []
        self._times: list[int | None] = []
        self._bases: list[int] = []

    def add(self, run: bytes, base: int, time: int | None, defaults: Defaults) -> None:
        """Take a ``trun``; ``time`` None: it goes on where the one before ended."""
        flags, count, offset = struct.unpack_from(">IIi", run)
        if not flags & _HAS_PLACE:
            raise NotARecording("a run without a place")
        at = 12
        first_flags = b""
        if flags & _HAS_FIRST_FLAGS:
            first_flags, at = run[12:16], 16
        given = [bit for bit in _COLUMNS if flags & bit]
        rows = run[at : at + 4 * len(given) * count]
        for bit, default in zip(_COLUMNS, (*defaults, 0), strict=True):
            column = _column(rows, given, bit) if bit in given else default.to_bytes(4, "big") * count
            self._columns[bit].append(first_flags + column[4:] if bit == _FLAGS and first_flags else column)
        self._counts.append(count)
        self._times.append(time)
        self._bases.append(base + offset)

    def samples(self) -> Samples:
        """All of them in one table."""
        durations, sizes, marks, shifts = (
            np.frombuffer(b"".join(self._columns[bit]), ">u4").astype(np.int64) for bit in _COLUMNS
        )
        counts = np.array(self._counts, np.int64)
        spans, _ = _sums(durations, counts)
        starts = np.zeros(len(counts), np.int64)
        for place, time in enumerate(self._times):
            starts[place] = starts[place - 1] + spans[place - 1] if time is None else time
        return Samples(
            times=np.repeat(starts, counts) + _sums(durations, counts)[1],
            durations=durations,
            shifts=shifts.astype(np.int32).astype(np.int64),
            sizes=sizes,
            places=np.repeat(np.array(self._bases, np.int64), counts) + _sums(sizes, counts)[1],
            is_key=(marks & _NOT_SYNC) == 0,
        )


def _column(rows: bytes, given: Sequence[int], bit: int) -> bytes:
    if len(given) == 1:
        return rows
    return np.frombuffer(rows, ">u4").reshape(-1, len(given))[:, given.index(bit)].tobytes()


def _sums(values: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """The sum of each run, and before each value the sum of those before it in its run."""
    ends = np.concatenate([[0], np.cumsum(values)]).astype(np.int64)
    lasts = np.cumsum(counts)
    firsts = lasts - counts
    return ends[lasts] - ends[firsts], ends[:-1] - np.repeat(ends[firsts], counts)


def samples_of(fragments: Sequence[tuple[int, bytes]], tracks: Sequence[Track]) -> list[Samples]:
    """For each track what lies in these fragments, each given by its place and the content of its ``moof``."""
    runs = {track.number: Runs() for track in tracks}
    defaults = {track.number: track.defaults for track in tracks}
    for place, moof in fragments:
        for name, traf in boxes(moof):
            if name == b"traf":
                _add(runs, defaults, traf, place)
    return [runs[track.number].samples() for track in tracks]


def begin_s(moof: bytes, tracks: Sequence[Track]) -> float:
    """When a fragment begins, in seconds since the file's first picture."""
    known = {track.number: track for track in tracks}
    found: list[float] = []
    for name, traf in boxes(moof):
        if name == b"traf":
            parts = dict(boxes(traf))
            track = known.get(int.from_bytes(parts[b"tfhd"][4:8], "big"))
            if track is not None:
                found.append((int.from_bytes(parts[b"tfdt"][4:], "big") - track.zero) / track.timescale)
    return min(found, default=0.0)


def _add(runs: dict[int, Runs], defaults: dict[int, Defaults], traf: bytes, place: int) -> None:
    head, time = b"", None
    for name, content in boxes(traf):
        if name == b"tfhd":
            head = content
        elif name == b"tfdt":
            time = int.from_bytes(content[4:], "big")
        elif name == b"trun":
            number = int.from_bytes(head[4:8], "big")
            if number in runs:
                runs[number].add(content, *_head(head, place, defaults[number], time))
            time = None


def _head(head: bytes, place: int, defaults: Defaults, time: int | None) -> tuple[int, int | None, Defaults]:
    """Where offsets count from, and what a run leaves out."""
    flags, at, base = int.from_bytes(head[1:4], "big"), 8, place
    if flags & 0x1:
        base, at = int.from_bytes(head[8:16], "big"), 16
    at += 4 if flags & 0x2 else 0
    values = list(defaults)
    for flag, index in _HEAD_HAS:
        if flags & flag:
            values[index] = int.from_bytes(head[at : at + 4], "big")
            at += 4
    return base, time, (values[0], values[1], values[2])


def extends(mvex: bytes) -> Iterator[tuple[int, Defaults]]:
    """Track number and what its runs leave out."""
    for name, content in boxes(mvex):
        if name == b"trex":
            number, _, duration, size, flags = struct.unpack_from(">5I", content, 4)
            yield number, (duration, size, flags)
