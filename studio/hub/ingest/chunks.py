"""RTMP chunks and messages (Adobe RTMP 1.0, section 5): bytes in, whole messages out, however the bytes were cut."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

SET_CHUNK_SIZE = 1
ABORT = 2
EXTENDED = 0xFFFFFF
MAX_MESSAGE = 16 * 1024 * 1024
MAX_STREAMS = 64
_HEADER_SIZES = (11, 7, 3, 0)


class ProtocolError(Exception):
    """The peer does not speak RTMP."""


@dataclass(frozen=True)
class Message:
    """One RTMP message; ``timestamp_ms`` is absolute and wraps at 2^32."""

    type_id: int
    stream_id: int
    timestamp_ms: int
    payload: bytes


@dataclass
class _Stream:
    """What is remembered of a chunk stream between its chunks."""

    field_ms: int = 0  # timestamp or delta as the last header gave it
    timestamp_ms: int = 0
    length: int = 0
    type_id: int = 0
    stream_id: int = 0
    is_extended: bool = False
    is_begun: bool = False
    payload: bytearray = field(default_factory=bytearray)


class ChunkParser:
    """Collects messages from bytes; raises ProtocolError."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._streams: dict[int, _Stream] = {}
        self._chunk_size = 128

    def feed(self, data: bytes) -> Iterator[Message]:
        """Take more bytes and give every message that they complete."""
        self._buffer += data
        at = 0
        while True:
            step = self._chunk(at)
            if step is None:
                break
            at, message = step
            if message is not None:
                self._obey(message)
                yield message
        del self._buffer[:at]

    def _chunk(self, at: int) -> tuple[int, Message | None] | None:
        """Parse one chunk at ``at``: where the next begins and the message that it completes; None: more bytes needed."""
        head = self._head(at)
        if head is None:
            return None
        at, kind, chunk_id = head
        size = _HEADER_SIZES[kind]
        if len(self._buffer) < at + size:
            return None
        stream = self._stream(kind, chunk_id)
        field_ms, length, is_extended = self._header(at, size, stream)
        body_at = at + size + 4 * is_extended
        take = min(self._chunk_size, length - len(stream.payload))
        if take < 0:
            raise ProtocolError("a message shrank while it was sent")
        if len(self._buffer) < body_at + take:
            return None
        self._apply(stream, kind, at, (field_ms, length, is_extended))
        stream.payload += self._buffer[body_at : body_at + take]
        if len(stream.payload) < stream.length:
            return body_at + take, None
        message = Message(stream.type_id, stream.stream_id, stream.timestamp_ms, bytes(stream.payload))
        stream.payload.clear()
        stream.is_begun = False
        return body_at + take, message

    def _stream(self, kind: int, chunk_id: int) -> _Stream:
        if chunk_id not in self._streams:
            if kind >= 2:
                raise ProtocolError(f"chunk stream {chunk_id} begins with a chunk of type {kind}")
            if len(self._streams) >= MAX_STREAMS:
                raise ProtocolError("too many chunk streams")
            self._streams[chunk_id] = _Stream()
        return self._streams[chunk_id]

    def _header(self, at: int, size: int, stream: _Stream) -> tuple[int, int, bool]:
        field_ms, length, is_extended = stream.field_ms, stream.length, stream.is_extended
        if size >= 3:
            field_ms = int.from_bytes(self._buffer[at : at + 3], "big")
            is_extended = field_ms == EXTENDED
        if size >= 7:
            length = int.from_bytes(self._buffer[at + 3 : at + 6], "big")
            if length > MAX_MESSAGE:
                raise ProtocolError(f"a message of {length} bytes is too long")
        if is_extended:
            field_ms = int.from_bytes(self._buffer[at + size : at + size + 4], "big")
        return field_ms, length, is_extended

    def _head(self, at: int) -> tuple[int, int, int] | None:
        buffer = self._buffer
        if len(buffer) <= at:
            return None
        kind, chunk_id = buffer[at] >> 6, buffer[at] & 63
        if chunk_id >= 2:
            return at + 1, kind, chunk_id
        if len(buffer) < at + 2 + chunk_id:
            return None
        if chunk_id == 0:
            return at + 2, kind, buffer[at + 1] + 64
        return at + 3, kind, buffer[at + 1] + buffer[at + 2] * 256 + 64

    def _apply(self, stream: _Stream, kind: int, at: int, header: tuple[int, int, bool]) -> None:
        field_ms, length, stream.is_extended = header
        if kind <= 1:
            stream.length = length
            stream.type_id = self._buffer[at + 6]
        if kind == 0:
            (stream.stream_id,) = struct.unpack_from("<I", self._buffer, at + 7)
        if stream.is_begun:
            return  # a later chunk of the same message: the header says nothing new
        stream.is_begun = True
        stream.field_ms = field_ms
        stream.timestamp_ms = field_ms if kind == 0 else (stream.timestamp_ms + field_ms) & 0xFFFFFFFF

    def _obey(self, message: Message) -> None:
        if message.type_id == SET_CHUNK_SIZE and len(message.payload) >= 4:
            size = int.from_bytes(message.payload[:4], "big") & 0x7FFFFFFF
            if not 1 <= size <= MAX_MESSAGE:
                raise ProtocolError(f"a chunk size of {size} makes no sense")
            self._chunk_size = size
        elif message.type_id == ABORT and len(message.payload) >= 4:
            stream = self._streams.get(int.from_bytes(message.payload[:4], "big"))
            if stream is not None:
                stream.payload.clear()
                stream.is_begun = False


def write_message(
    type_id: int, payload: bytes, *, chunk_id: int = 3, stream_id: int = 0, chunk_size: int = 128
) -> bytes:
    """One message with timestamp 0 as chunks."""
    head = bytes([chunk_id]) + b"\x00\x00\x00" + len(payload).to_bytes(3, "big") + bytes([type_id])
    parts = [head + struct.pack("<I", stream_id) + payload[:chunk_size]]
    for at in range(chunk_size, len(payload), chunk_size):
        parts.append(bytes([0xC0 | chunk_id]) + payload[at : at + chunk_size])
    return b"".join(parts)
