"""Write encoded packets into a container: streams from the encoder's header, times from the output's own zero."""

from __future__ import annotations

import io
from fractions import Fraction

import av
from av.container import OutputContainer
from av.stream import Stream

from studio.video.packets import EncodedPacket


def add_streams(container: OutputContainer, header: bytes) -> tuple[Stream, Stream]:
    """Give ``container`` the picture and sound streams that the encoder's ``header`` describes."""
    with av.open(io.BytesIO(header), "r", format="nut") as described:
        picture = container.add_stream_from_template(described.streams.video[0])
        sound = container.add_stream_from_template(described.streams.audio[0])
    return picture, sound


class Muxer:
    """Writes packets from the first keyframe on; that keyframe is the container's zero, earlier sound is left out."""

    def __init__(self, container: OutputContainer, header: bytes) -> None:
        self.container = container
        self.frames = 0
        self.bytes = 0
        self.zero_s: Fraction | None = None
        self.end_s = 0.0
        self._shifts: dict[Fraction, int] = {}  # where zero is, in each time base
        self._picture, self._sound = add_streams(container, header)
        container.start_encoding()

    def write(self, packet: EncodedPacket) -> None:
        """Mux one packet; blocks as long as the file or server makes it wait."""
        if self.zero_s is None:
            if not (packet.is_video and packet.is_keyframe):
                return
            self.zero_s = packet.pts * packet.time_base
        shift = self._shifts.get(packet.time_base)
        if shift is None:
            shift = self._shifts[packet.time_base] = round(self.zero_s / packet.time_base)
        if packet.pts < shift:
            return
        copy = av.Packet(packet.data)
        copy.pts, copy.dts, copy.duration = packet.pts - shift, packet.dts - shift, packet.duration
        copy.time_base, copy.is_keyframe = packet.time_base, packet.is_keyframe
        copy.stream = self._picture if packet.is_video else self._sound
        self.container.mux(copy)
        self.bytes += len(packet.data)
        if packet.is_video:
            self.frames += 1
            base = packet.time_base
            end = (packet.pts + packet.duration - shift) * base.numerator / base.denominator
            self.end_s = max(self.end_s, end)
