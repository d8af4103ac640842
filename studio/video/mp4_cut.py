"""Writes a stretch of a recording as an MP4 of its own: new tables before the same bytes, nothing is encoded again."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from studio.video.mp4_index import read_tracks
from studio.video.mp4_tables import Ints, Samples, Track

READ_BYTES = 4_000_000
LONG_BYTES = 4_000_000_000
_LANGUAGE = 0x55C4
_SHAPE_BYTES = 52
_MASKS = {">u4": 0xFFFFFFFF, ">u8": 0x7FFFFFFFFFFFFFFF}
_FTYP = b"isom\x00\x00\x02\x00isomiso2avc1mp41"
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


@dataclass(frozen=True, kw_only=True)
class Cut:
    """What was copied: pictures, and from when to when in seconds of the recording."""

    frames: int
    first_s: float
    end_s: float


@dataclass(frozen=True, kw_only=True)
class _Part:
    """The samples of one track in the cut; ``skipped`` ticks of them are there for the decoder only, ``late`` ticks pass
    before they begin."""

    track: Track
    samples: Samples
    skipped: int
    late: int


def write_cut(recording: Path, start_s: float, end_s: float | None, path: Path, title: str) -> Cut | None:
    """Copy a stretch, counted from the recording's first picture, from the last keyframe not after its start on.

    Returns None when nothing lies there. Raises OSError, and NotARecording for a file without readable tables."""
    with recording.open("rb", buffering=0) as source:
        video, sound = read_tracks(source, start_s, end_s)
        picked = _pictures(video, start_s, end_s)
        if picked is None:
            return None
        pictures, first_s, last_s = picked
        parts = [pictures]
        if sound is not None:
            parts.append(_sound(sound, first_s, last_s))
        with path.open("wb", buffering=0) as target:
            _write(source, target, [one for one in parts if len(one.samples)], last_s - first_s, title)
    return Cut(frames=len(pictures.samples), first_s=first_s, end_s=last_s)


def _pictures(video: Track, start_s: float, end_s: float | None) -> tuple[_Part, float, float] | None:
    shown, samples = video.shown_s(), video.samples
    if not len(shown):
        return None
    half_s = 0.5 * float(np.median(samples.durations)) / video.timescale
    keys = np.flatnonzero(samples.is_key & (shown <= start_s + half_s))
    inside = np.flatnonzero(shown < (np.inf if end_s is None else end_s - half_s))
    if not len(keys) or not len(inside) or shown[-1] + half_s < start_s or inside[-1] < keys[-1]:
        return None
    first, last = int(keys[-1]), int(inside[-1]) + 1
    part = samples.part(first, last)
    ends_s = float(np.max(shown[first:last] + part.durations / video.timescale))
    return _Part(track=video, samples=part, skipped=int(part.shifts[0]), late=0), float(shown[first]), ends_s


def _sound(sound: Track, first_s: float, end_s: float) -> _Part:
    """The blocks of that time, and one before them: a decoder needs it to be right from the first sample on."""
    heard = sound.shown_s()
    first = max(0, int(np.searchsorted(heard, first_s + 1e-6, "right")) - 2)
    last = int(np.searchsorted(heard, end_s - 1e-6, "left"))
    if not len(heard) or heard[-1] + sound.samples.durations[-1] / sound.timescale <= first_s:
        first = last = len(heard)  # a disk or a computer that was too slow: the sound ended before
    part = sound.samples.part(first, max(first, last))
    ahead = round((first_s - float(heard[first])) * sound.timescale) if len(part) else 0
    return _Part(track=sound, samples=part, skipped=max(0, ahead), late=max(0, -ahead))


def _write(source: BinaryIO, target: BinaryIO, parts: Sequence[_Part], seconds: float, title: str) -> None:
    chunks = [_chunks(one.samples) for one in parts]
    order = np.argsort(np.concatenate([places for places, _, _ in chunks]), kind="stable")
    sizes = np.concatenate([sizes for _, sizes, _ in chunks])[order]
    starts = np.empty(len(order), np.int64)
    starts[order] = np.cumsum(sizes) - sizes
    splits = np.cumsum([len(places) for places, _, _ in chunks])[:-1]
    ftyp = _box(b"ftyp", _FTYP)
    length = int(sizes.sum())
    is_long = length > LONG_BYTES
    offset = 0
    for _ in range(2):  # the tables' own length moves what they point at
        placed = [one + offset for one in np.split(starts, splits)]
        moov = _moov(parts, [counts for _, _, counts in chunks], placed, is_long, seconds, title)
        offset = len(ftyp) + len(moov) + 16
    _write_all(target, ftyp + moov + struct.pack(">I4sQ", 1, b"mdat", length + 16))
    _copy(source, target, np.concatenate([places for places, _, _ in chunks])[order], sizes)


def _chunks(samples: Samples) -> tuple[Ints, Ints, Ints]:
    """Place, size and number of samples of each piece of a track that lies in one."""
    ends = samples.places + samples.sizes
    firsts = np.concatenate([[0], np.flatnonzero(samples.places[1:] != ends[:-1]) + 1]).astype(np.int64)
    counts = np.diff(np.append(firsts, len(samples)))
    lasts = firsts + counts - 1
    return samples.places[firsts], ends[lasts] - samples.places[firsts], counts


def _copy(source: BinaryIO, target: BinaryIO, places: Ints, sizes: Ints) -> None:
    """Neighbours in the recording are copied in one go."""
    breaks = np.flatnonzero(places[1:] != places[:-1] + sizes[:-1]) + 1
    firsts = np.concatenate([[0], breaks]).astype(np.int64)
    totals = np.add.reduceat(sizes, firsts)
    buffer = memoryview(bytearray(READ_BYTES))
    for place, total in zip(places[firsts].tolist(), totals.tolist(), strict=True):
        source.seek(place)
        while total:
            got = source.readinto(buffer[: min(total, READ_BYTES)])  # type: ignore[attr-defined]
            if not got:
                raise EOFError(f"the recording ends before {place + total}")
            _write_all(target, buffer[:got])
            total -= got


def _write_all(target: BinaryIO, data: bytes | memoryview) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[target.write(rest) :]


# --- tables


def _box(name: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), name) + body


def _moov(
    parts: Sequence[_Part], counts: Sequence[Ints], placed: Sequence[Ints], is_long: bool, seconds: float, title: str
) -> bytes:
    scale = parts[0].track.timescale
    duration = round(seconds * scale)
    head = struct.pack(">5I", 0, 0, 0, scale, duration) + struct.pack(">IH10x", 0x10000, 0x100)
    mvhd = _box(b"mvhd", head, _MATRIX, bytes(24), struct.pack(">I", len(parts) + 1))
    tracks = [
        _trak(number, part, _tables(part, count, places, is_long), duration, scale)
        for number, (part, count, places) in enumerate(zip(parts, counts, placed, strict=True), 1)
    ]
    return _box(b"moov", mvhd, *tracks, _title(title))


def _title(title: str) -> bytes:
    data = _box(b"data", struct.pack(">II", 1, 0), title.encode(errors="replace"))
    handler = _box(b"hdlr", bytes(8), b"mdirappl", bytes(9))
    return _box(b"udta", _box(b"meta", bytes(4), handler, _box(b"ilst", _box(b"\xa9nam", data))))


def _trak(number: int, part: _Part, tables: bytes, duration: int, scale: int) -> bytes:
    track = part.track
    shape = track.boxes[b"tkhd"][-_SHAPE_BYTES:]
    tkhd = _box(b"tkhd", struct.pack(">6I", 3, 0, 0, number, 0, duration), bytes(8), shape)
    length = int(part.samples.durations.sum())
    mdhd = _box(b"mdhd", struct.pack(">5IHH", 0, 0, 0, track.timescale, length, _LANGUAGE, 0))
    info = [_box(name, track.boxes[name]) for name in (b"vmhd", b"smhd", b"dinf") if name in track.boxes]
    media = _box(b"mdia", mdhd, _box(b"hdlr", track.boxes[b"hdlr"]), _box(b"minf", *info, tables))
    return _box(b"trak", tkhd, _edits(part, length, duration, scale), media)


def _edits(part: _Part, length: int, duration: int, scale: int) -> bytes:
    """What of the track is shown, and when (8.6.6)."""
    late = round(part.late * scale / part.track.timescale)
    shown = min(duration - late, round((length - part.skipped) * scale / part.track.timescale))
    rows = [(late, -1)] if late else []
    rows.append((shown, part.skipped))
    table = b"".join(struct.pack(">IiI", span, time, 0x10000) for span, time in rows)
    return _box(b"edts", _box(b"elst", struct.pack(">II", 0, len(rows)), table))


def _tables(part: _Part, counts: Ints, places: Ints, is_long: bool) -> bytes:
    samples = part.samples
    found = [_box(b"stsd", part.track.boxes[b"stsd"]), _full(b"stts", _runs(samples.durations))]
    if samples.shifts.any():
        found.append(_full(b"ctts", _runs(samples.shifts), version=1))
    if not samples.is_key.all():
        found.append(_full(b"stss", np.flatnonzero(samples.is_key) + 1))
    changes = np.concatenate([[0], np.flatnonzero(np.diff(counts)) + 1]).astype(np.int64)
    found.append(_full(b"stsc", np.stack([changes + 1, counts[changes], np.ones_like(changes)], 1)))
    sizes = samples.sizes.astype(">u4").tobytes()
    found.append(_box(b"stsz", struct.pack(">III", 0, 0, len(samples)), sizes))
    found.append(_full(b"co64", places, kind=">u8") if is_long else _full(b"stco", places))
    return _box(b"stbl", *found)


def _runs(values: Ints) -> Ints:
    """(count, value) of each run of equal values."""
    firsts = np.concatenate([[0], np.flatnonzero(np.diff(values)) + 1]).astype(np.int64)
    return np.stack([np.diff(np.append(firsts, len(values))), values[firsts]], 1)


def _full(name: bytes, rows: Ints, kind: str = ">u4", version: int = 0) -> bytes:
    return _box(name, struct.pack(">B3xI", version, len(rows)), (rows & _MASKS[kind]).astype(kind).tobytes())
