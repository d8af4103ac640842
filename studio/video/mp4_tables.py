"""The tables of an MP4 file: which samples each stream has, when each is shown, where each lies.

Boxes as in ISO/IEC 14496-12. Nothing is decoded and no packet is touched."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


class NotARecording(ValueError):
    """The file has no table of pictures that could be read."""


class NothingYet(NotARecording):
    """The file was only just begun, or is none at all: it has no table."""


@dataclass(frozen=True, kw_only=True)
class Samples:
    """Pictures or blocks of sound in decoding order: when (in ticks), how long, how large, where, whether a keyframe.

    ``shifts`` is how much later than decoded each is shown."""

    times: Ints
    durations: Ints
    shifts: Ints
    sizes: Ints
    places: Ints
    is_key: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.times)

    def part(self, first: int, last: int) -> Samples:
        """The samples from ``first`` up to but not with ``last``."""
        return Samples(**{name: values[first:last] for name, values in vars(self).items()})

    def followed_by(self, more: Samples) -> Samples:
        """These, then those."""
        return Samples(**{name: np.concatenate([values, getattr(more, name)]) for name, values in vars(self).items()})


@dataclass(kw_only=True)
class Track:
    """One stream: its clock, the boxes that describe it, where its own zero lies, its samples."""

    number: int
    is_video: bool
    timescale: int
    boxes: dict[bytes, bytes]
    zero: int
    samples: Samples
    defaults: tuple[int, int, int] = (0, 0, 0)

    def shown_s(self) -> npt.NDArray[np.float64]:
        """When each sample is shown or heard, in seconds since the file's first picture."""
        return (self.samples.times + self.samples.shifts - self.zero) / self.timescale


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each box in ``data``."""
    at = 0
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        head = 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, at + 8)
            head = 16
        if length < head or at + length > len(data):
            raise NotARecording(f"a box {name!r} of {length} bytes")
        yield name, data[at + head : at + length]
        at += length


def inside(data: bytes, *path: bytes) -> bytes | None:
    for name in path:
        found = next((content for known, content in boxes(data) if known == name), None)
        if found is None:
            return None
        data = found
    return data


def read_track(trak: bytes) -> Track:
    media = dict(boxes(inside(trak, b"mdia") or b""))
    info = dict(boxes(media.get(b"minf", b"")))
    table = dict(boxes(info.get(b"stbl", b"")))
    tkhd, mdhd, hdlr = (
        part.get(name, b"") for part, name in ((dict(boxes(trak)), b"tkhd"), (media, b"mdhd"), (media, b"hdlr"))
    )
    if b"stsd" not in table or len(tkhd) < 24 or len(mdhd) < 24:
        raise NotARecording("a track without a description")
    kept = {name: info[name] for name in (b"vmhd", b"smhd", b"dinf") if name in info}
    is_long, is_long_media = tkhd[0] == 1, mdhd[0] == 1
    return Track(
        number=int.from_bytes(tkhd[20:24] if is_long else tkhd[12:16], "big"),
        is_video=hdlr[8:12] == b"vide",
        timescale=int.from_bytes(mdhd[20:24] if is_long_media else mdhd[12:16], "big"),
        boxes=kept | {b"stsd": table[b"stsd"], b"tkhd": tkhd, b"hdlr": hdlr},
        zero=_edit(inside(trak, b"edts", b"elst")),
        samples=_table(table),
    )


def _edit(elst: bytes | None) -> int:
    """Where in its own time a track begins to be shown."""
    if elst is None:
        return 0
    shape = ">Qqi" if elst[0] == 1 else ">Iii"
    times = [
        time
        for _, time, _ in struct.iter_unpack(
            shape, elst[8 : 8 + int.from_bytes(elst[4:8], "big") * struct.calcsize(shape)]
        )
    ]
    return next((time for time in times if time >= 0), 0)


def _table(table: dict[bytes, bytes]) -> Samples:
    """The samples of a finished file (8.6.1, 8.7)."""
    runs = _pairs(table.get(b"stts"))
    durations = np.repeat(runs[:, 1], runs[:, 0])
    count = len(durations)
    shifted = _pairs(table.get(b"ctts"))
    shifts = (
        np.repeat(shifted[:, 1].astype(np.int32).astype(np.int64), shifted[:, 0])
        if len(shifted)
        else np.zeros(count, np.int64)
    )
    keys = np.ones(count, bool)
    if b"stss" in table:
        keys[:] = False
        keys[_column(table[b"stss"], ">u4", 4) - 1] = True
    sizes = _sizes(table.get(b"stsz", b""), count)
    return Samples(
        times=np.cumsum(durations) - durations,
        durations=durations,
        shifts=shifts,
        sizes=sizes,
        places=_places(table, sizes),
        is_key=keys,
    )


def _sizes(stsz: bytes, count: int) -> Ints:
    each = int.from_bytes(stsz[4:8], "big")
    return np.full(count, each, np.int64) if each else _column(stsz[4:], ">u4", 4)


def _places(table: dict[bytes, bytes], sizes: Ints) -> Ints:
    if not len(sizes):
        return sizes
    chunks = _column(table[b"co64"], ">u8", 4) if b"co64" in table else _column(table[b"stco"], ">u4", 4)
    runs = _column(table[b"stsc"], ">u4", 4, 3)
    firsts = runs[:, 0] - 1
    per_chunk = np.repeat(runs[:, 1], np.diff(np.append(firsts, len(chunks))))
    ends = np.cumsum(sizes)
    starts = ends - sizes
    first_of_chunk = np.cumsum(per_chunk) - per_chunk
    placed: Ints = starts + np.repeat(chunks - starts[first_of_chunk], per_chunk)
    return placed


def _pairs(box: bytes | None) -> Ints:
    return _column(box, ">u4", 4, 2) if box else np.zeros((0, 2), np.int64)


def _column(box: bytes, kind: str, at: int, width: int = 1) -> Ints:
    """The rows of a table whose number stands at ``at``."""
    count = int.from_bytes(box[at : at + 4], "big")
    values: Ints = np.frombuffer(box, kind, count * width, at + 4).astype(np.int64)
    return values.reshape(count, width) if width > 1 else values
