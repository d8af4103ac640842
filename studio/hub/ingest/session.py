"""One RTMP connection: handshake, commands, and the publish that is taken or refused."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from typing import Any, Protocol

from studio.hub.ingest.amf import read_values, write_values
from studio.hub.ingest.chunks import SET_CHUNK_SIZE, ChunkParser, Message, ProtocolError, write_message
from studio.hub.ingest.publishing import Publishing

ACKNOWLEDGEMENT = 3
USER_CONTROL = 4
WINDOW_SIZE = 5
PEER_BANDWIDTH = 6
AUDIO = 8
VIDEO = 9
COMMAND = 20

HANDSHAKE = 1536
WINDOW = 2_500_000
CHUNK_SIZE = 65_536
COMMAND_CHUNKS = 3
STREAM_CHUNKS = 5
STREAM_ID = 1

_log = logging.getLogger(__name__)


class Door(Protocol):
    """Who decides about a publish."""

    def admit(self, session: Session, push_key: str) -> Publishing | None:
        """The publishing of this key, or None to refuse it."""
        ...

    def left(self, session: Session) -> None:
        """The session ended."""
        ...


class Session(asyncio.Protocol):
    """The server's end of one connection; lives on the ingest loop."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._transport: Any = None
        self._greeting = bytearray()
        self._is_greeted = False
        self._parser = ChunkParser()
        self._publishing: Publishing | None = None
        self._chunk_size = 128
        self._received = 0
        self._acknowledged = 0
        self._is_closing = False
        self.last_heard_s = asyncio.get_running_loop().time()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        publishing, self._publishing = self._publishing, None
        if publishing is not None:
            publishing.close()
        self._door.left(self)

    def data_received(self, data: bytes) -> None:
        if self._is_closing:
            return
        self.last_heard_s = asyncio.get_running_loop().time()
        self._received += len(data)
        if self._publishing is not None:
            self._publishing.add_bytes(len(data))
        try:
            if self._is_greeted:
                self._read(data)
            else:
                self._greet(data)
        except (ProtocolError, ValueError) as error:
            _log.info("a connection was closed: %s", error)
            self.abort()

    def abort(self) -> None:
        """Cut the connection now."""
        self._is_closing = True
        if self._transport is not None:
            self._transport.abort()

    def hang(self, is_hanging: bool) -> None:
        """Read nothing more, or go on reading."""
        if self._transport is not None and not self._transport.is_closing():
            (self._transport.pause_reading if is_hanging else self._transport.resume_reading)()

    @property
    def is_publishing(self) -> bool:
        return self._publishing is not None

    def _greet(self, data: bytes) -> None:
        had_first = len(self._greeting) > HANDSHAKE
        self._greeting += data
        if self._greeting[0] != 3:
            raise ProtocolError(f"RTMP version {self._greeting[0]} is not known")
        if not had_first and len(self._greeting) > HANDSHAKE:
            theirs = bytes(self._greeting[1 : 1 + HANDSHAKE])
            self._transport.write(b"\x03" + bytes(8) + os.urandom(HANDSHAKE - 8) + theirs)
        if len(self._greeting) >= 1 + 2 * HANDSHAKE:
            rest = bytes(self._greeting[1 + 2 * HANDSHAKE :])
            self._greeting.clear()
            self._is_greeted = True
            self._read(rest)

    def _read(self, data: bytes) -> None:
        for message in self._parser.feed(data):
            if message.type_id == VIDEO and self._publishing is not None:
                self._publishing.video(message.payload)
            elif message.type_id == AUDIO and self._publishing is not None:
                self._publishing.audio(message.payload)
            elif message.type_id == COMMAND:
                self._command(message)
            elif message.type_id == USER_CONTROL and message.payload[:2] == b"\x00\x06":
                self._send(USER_CONTROL, b"\x00\x07" + message.payload[2:6], chunk_id=2)
            if self._is_closing:
                return
        if self._received - self._acknowledged >= WINDOW:
            self._acknowledged = self._received
            self._send(ACKNOWLEDGEMENT, (self._received & 0xFFFFFFFF).to_bytes(4, "big"), chunk_id=2)

    def _command(self, message: Message) -> None:
        values = read_values(message.payload)
        if len(values) < 2:
            raise ProtocolError("a command without a number")
        name, number, *rest = values
        answers: dict[str, Callable[[], None]] = {
            "connect": lambda: self._connect(number),
            "releaseStream": lambda: self._answer(number, None),
            "FCPublish": lambda: self._answer(number, None),
            "createStream": lambda: self._answer(number, None, STREAM_ID),
            "publish": lambda: self._publish(rest),
            "deleteStream": self._end,
            "closeStream": self._end,
        }
        if isinstance(name, str) and name in answers:
            answers[name]()

    def _connect(self, number: Any) -> None:
        self._send(WINDOW_SIZE, WINDOW.to_bytes(4, "big"), chunk_id=2)
        self._send(PEER_BANDWIDTH, WINDOW.to_bytes(4, "big") + b"\x02", chunk_id=2)
        self._send(SET_CHUNK_SIZE, CHUNK_SIZE.to_bytes(4, "big"), chunk_id=2)
        self._chunk_size = CHUNK_SIZE
        about = {"fmsVer": "FMS/3,0,1,123", "capabilities": 31}
        self._answer(number, about, _status("NetConnection.Connect.Success", "Connected", encoding=0))

    def _publish(self, rest: list[Any]) -> None:
        push_key = next((value for value in rest if isinstance(value, str)), "")
        publishing = self._door.admit(self, push_key)
        if publishing is None:
            refusal = _status("NetStream.Publish.BadName", "This stream key is not valid", level="error")
            self._send_stream("onStatus", 0, None, refusal)
            self._is_closing = True
            self._transport.close()
            return
        self._publishing = publishing
        self._send(USER_CONTROL, b"\x00\x00" + STREAM_ID.to_bytes(4, "big"), chunk_id=2)
        self._send_stream("onStatus", 0, None, _status("NetStream.Publish.Start", "Publishing"))

    def _end(self) -> None:
        if self._publishing is not None:
            self._send_stream("onStatus", 0, None, _status("NetStream.Unpublish.Success", "Ended"))
            self._is_closing = True
            self._transport.close()

    def _answer(self, number: Any, *values: Any) -> None:
        self._send(COMMAND, write_values("_result", number, *values), chunk_id=COMMAND_CHUNKS)

    def _send_stream(self, *values: Any) -> None:
        self._send(COMMAND, write_values(*values), chunk_id=STREAM_CHUNKS, stream_id=STREAM_ID)

    def _send(self, type_id: int, payload: bytes, *, chunk_id: int, stream_id: int = 0) -> None:
        self._transport.write(
            write_message(type_id, payload, chunk_id=chunk_id, stream_id=stream_id, chunk_size=self._chunk_size)
        )


def _status(code: str, description: str, *, level: str = "status", encoding: int | None = None) -> dict[str, Any]:
    status: dict[str, Any] = {"level": level, "code": code, "description": description}
    if encoding is not None:
        status["objectEncoding"] = encoding
    return status
