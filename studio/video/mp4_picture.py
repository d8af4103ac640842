"""One good picture of an MP4, decoded from its bytes alone: no container is opened and no stream probed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
import numpy.typing as npt

from studio.video.mp4_index import read_tracks
from studio.video.mp4_tables import NotARecording, Track, boxes

FROM_S, UNTIL_S = 1.0, 6.0
"""When the card is up."""
DARK = 24.0
"""Mean luma of 16 to 235 below which a picture shows nothing."""
_CODECS = {b"avc1": "h264", b"avc3": "h264", b"hvc1": "hevc", b"hev1": "hevc"}
_SAMPLE_ENTRY_BYTES = 78


def good_picture(path: Path) -> npt.NDArray[np.uint8]:
    """BGR; the first keyframe when the card is up that is not dark, in a short clip the last picture that is not.

    Raises OSError, NotARecording, and FFmpegError for pictures that cannot be decoded."""
    with path.open("rb", buffering=0) as file:
        video, _ = read_tracks(file, 0.0, UNTIL_S)
        shown = video.shown_s()
        keys = np.flatnonzero(video.samples.is_key & (shown >= FROM_S) & (shown <= UNTIL_S))
        for key in keys.tolist():
            for picture in _decoded(file, video, key, key + 1):
                if not _is_dark(picture):
                    return _pixels(picture)
        best: av.VideoFrame | None = None
        for picture in _decoded(file, video, 0, max(1, int(np.count_nonzero(shown < FROM_S * 1.5)))):
            if best is None or not _is_dark(picture):
                best = picture
    if best is None:
        raise NotARecording(f"{path} has no picture")
    return _pixels(best)


def _decoded(file: BinaryIO, video: Track, first: int, last: int) -> Iterator[av.VideoFrame]:
    """The pictures of some samples, the first of them a keyframe."""
    [(name, entry), *_] = boxes(video.boxes[b"stsd"][8:])
    [(_, head), *_] = boxes(entry[_SAMPLE_ENTRY_BYTES:])
    decoder = av.CodecContext.create(_CODECS.get(name, "h264"), "r")
    decoder.extradata = head
    decoder.thread_count = 1
    for index in range(first, last):
        file.seek(int(video.samples.places[index]))
        packet = av.Packet(file.read(int(video.samples.sizes[index])))
        packet.pts = packet.dts = index
        yield from decoder.decode(packet)
    yield from decoder.decode(None)


def _is_dark(picture: av.VideoFrame) -> bool:
    return float(picture.to_ndarray(format="gray")[::8, ::8].mean()) < DARK


def _pixels(picture: av.VideoFrame) -> npt.NDArray[np.uint8]:
    return np.asarray(picture.to_ndarray(format="bgr24"))
