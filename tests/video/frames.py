"""Which frames of the programme an encoder took, and which a file has, by their times."""

from __future__ import annotations

from pathlib import Path

import av

from studio.video.encoder import Codecs
from studio.video.facts import RecordingEnded, RecordingStarted
from tests import media


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


def taken(monkeypatch):
    """The number of every picture that an encoder takes from now on, whichever it is."""
    real, numbers = Codecs.encode_picture, []

    def encode(self, buffer, index, is_keyframe):
        packets = real(self, buffer, index, is_keyframe)
        numbers.append(index)
        return packets

    monkeypatch.setattr(Codecs, "encode_picture", encode)
    return numbers


def frames_of(told):
    """The frames of all files, once a slow disk has closed them."""
    for started in told.all(RecordingStarted):
        told.wait(RecordingEnded, lambda fact, path=started.path: fact.path == path, within_s=60)
    return sum(media.look(Path(one.path)).frames for one in told.all(RecordingEnded) if one.bytes)
