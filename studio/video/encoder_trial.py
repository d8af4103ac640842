"""The trial of one encoder, a process of its own: open, encode, force a keyframe, decode, compare; says one line of JSON."""

from __future__ import annotations

import io
import json
import sys
import time

import av
import numpy as np
import numpy.typing as npt

from studio.video.encoder import Codecs, EncoderSettings
from studio.video.packets import EncodedPacket
from studio.video.scene import Canvas

FRAMES = 24
FORCED_AT = 13
MOST_DELAY = 4
MOST_ERROR = 12.0
SLOW_SHARE = 0.9


class TrialError(Exception):
    """What is wrong with the encoder, in one word."""


def try_out(settings: EncoderSettings) -> float:
    """Milliseconds of one frame; raises TrialError when the encoder cannot be used in a show."""
    try:
        codecs = Codecs(settings)
    except Exception as error:
        raise TrialError("no_device") from error
    pictures = [_picture(settings.canvas, step) for step in range(FRAMES)]
    packets: list[EncodedPacket] = []
    times_s: list[float] = []
    try:
        for index, picture in enumerate(pictures):
            began_s = time.monotonic()
            packets += codecs.encode_picture(picture, index, index in (0, FORCED_AT))
            times_s.append(time.monotonic() - began_s)
            if len(packets) < index + 1 - MOST_DELAY:
                raise TrialError("late")
        packets += codecs.finish_picture()
    except TrialError:
        raise
    except Exception as error:
        raise TrialError("fails") from error
    _check(codecs.header, packets, pictures)
    ms = float(np.percentile(times_s, 25)) * 1000  # what else the machine does now is not the encoder's fault
    if ms * settings.canvas.fps / 1000 > SLOW_SHARE:
        raise TrialError("slow")
    return ms


def _check(header: bytes, packets: list[EncodedPacket], pictures: list[npt.NDArray[np.uint8]]) -> None:
    if [packet.pts for packet in packets] != list(range(FRAMES)):
        raise TrialError("loses_frames")
    if not (packets[0].is_keyframe and packets[FORCED_AT].is_keyframe):
        raise TrialError("no_keyframe")
    try:
        lights = _decoded(header, packets)
    except Exception as error:
        raise TrialError("unreadable") from error
    if len(lights) != FRAMES:
        raise TrialError("loses_frames")
    for light, picture in zip(lights, pictures, strict=True):
        luma = picture[: light.shape[0]].astype(np.int16)
        if float(np.abs(light - luma).mean()) > MOST_ERROR:
            raise TrialError("wrong_picture")


def _decoded(header: bytes, packets: list[EncodedPacket]) -> list[npt.NDArray[np.int16]]:
    """The luma of every frame, decoded from what an output would get."""
    found: list[npt.NDArray[np.int16]] = []
    with av.open(io.BytesIO(header), "r", format="nut") as described:
        decoder = described.streams.video[0].codec_context
        for packet in packets:
            wire = av.Packet(packet.data)
            wire.pts, wire.dts, wire.time_base = packet.pts, packet.dts, packet.time_base
            found += [_luma(frame) for frame in decoder.decode(wire)]
        found += [_luma(frame) for frame in decoder.decode(None)]
    return found


def _luma(frame: av.VideoFrame) -> npt.NDArray[np.int16]:
    return np.asarray(frame.reformat(format="gray").to_ndarray(), np.int16)


def _picture(canvas: Canvas, step: int) -> npt.NDArray[np.uint8]:
    """Slow waves that move: every encoder can hold them at the rate of a show."""
    y, x = np.mgrid[0 : canvas.height * 3 // 2, 0 : canvas.width]
    picture = np.asarray(128 + 60 * np.sin((x + 2 * y + 9 * step) / 61)).astype(np.uint8)
    picture[canvas.height :] = 128
    return picture


def main(words: list[str] | None = None) -> int:
    """Try ``encoder width height fps kbit/s``."""
    name, *numbers = sys.argv[1:] if words is None else words
    width, height, fps, kbps = (int(number) for number in numbers)
    av.logging.set_level(av.logging.FATAL)
    settings = EncoderSettings(canvas=Canvas(width, height, fps), bitrate_kbps=kbps, encoder=name)
    try:
        said = {"reason": "", "ms": round(try_out(settings), 2)}
    except TrialError as error:
        said = {"reason": str(error), "ms": 0.0}
    print(json.dumps(said), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
