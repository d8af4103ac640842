"""What goes through the pipe to a push process: length-prefixed messages in, lines of JSON out."""

from __future__ import annotations

import json
import struct
from fractions import Fraction
from functools import lru_cache
from typing import IO

from studio.video.packets import EncodedPacket

TARGET, HEADER, CONNECT, PACKET, END = b"T", b"H", b"C", b"P", b"E"
_FRAME = struct.Struct("<cI")
_PACKET = struct.Struct("<??qqqqq")


def message(kind: bytes, payload: bytes = b"") -> bytes:
    """One message: its kind, its length, its payload."""
    return _FRAME.pack(kind, len(payload)) + payload


def target_message(url: str, key: str) -> bytes:
    """Where to push; goes through the pipe so that the key is in no command line."""
    return message(TARGET, json.dumps({"url": url, "key": key}).encode())


def packet_message(packet: EncodedPacket) -> bytes:
    """An encoded packet."""
    base = packet.time_base
    head = _PACKET.pack(
        packet.is_video, packet.is_keyframe, packet.pts, packet.dts, packet.duration, base.numerator, base.denominator
    )
    return message(PACKET, head + packet.data)


def read_message(pipe: IO[bytes]) -> tuple[bytes, bytes] | None:
    """The next message, or None at the end of the pipe."""
    head = pipe.read(_FRAME.size)
    if len(head) < _FRAME.size:
        return None
    kind, length = _FRAME.unpack(head)
    payload = pipe.read(length)
    return None if len(payload) < length else (kind, payload)


def parse_packet(payload: bytes) -> EncodedPacket:
    """The packet of a packet message."""
    is_video, is_keyframe, pts, dts, duration, numerator, denominator = _PACKET.unpack_from(payload)
    data = payload[_PACKET.size :]
    return EncodedPacket(is_video, data, pts, dts, duration, is_keyframe, _base(numerator, denominator))


@lru_cache(maxsize=8)
def _base(numerator: int, denominator: int) -> Fraction:
    """The few time bases there are, made once."""
    return Fraction(numerator, denominator)
