"""Which frames of the programme a file has, by their times."""

from __future__ import annotations

from pathlib import Path

import av


def numbers(path: Path, fps: int = 30) -> list[int]:
    """The numbers of the frames in ``path``, from its own zero, in order."""
    with av.open(str(path)) as container:
        (picture,) = container.streams.video
        packets = container.demux(picture)
        return sorted(round(float(one.pts * picture.time_base) * fps) for one in packets if one.pts is not None)


def lost(path: Path, fps: int = 30) -> int:
    """How many frames are missing between the first and the last one of ``path``."""
    there = numbers(path, fps)
    assert there, f"{path} has no picture"
    return there[-1] - there[0] + 1 - len(set(there))
