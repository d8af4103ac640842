"""A real HTTP server on loopback that answers as it is told: well, late, with garbage, or not at all."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


Behaviour = Callable[["Handler", Seen], None]


@dataclass
class Wicked:
    """What to do with the next requests (the last behaviour stays), and what arrived."""

    url: str
    behaviours: list[Behaviour] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wicked: Wicked

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        seen = Seen(self.command, self.path, dict(self.headers), self.rfile.read(length))
        self.wicked.seen.append(seen)
        behaviours = self.wicked.behaviours
        (behaviours.pop(0) if len(behaviours) > 1 else behaviours[0])(self, seen)

    do_GET = do_POST = _handle  # noqa: N815

    def reply(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: a test reads ``seen``."""


def answer(value: Any, status: int = 200) -> Behaviour:
    return lambda handler, _: handler.reply(status, json.dumps(value).encode())


def raw(body: bytes, status: int = 200, **headers: str) -> Behaviour:
    return lambda handler, _: handler.reply(status, body, **headers)


def refuse(status: int, code: str, message: str = "no") -> Behaviour:
    return answer({"error": {"code": code, "message": message}}, status)


def cut(handler: Handler, _seen: Seen) -> None:
    """Reset the connection without an answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def half(handler: Handler, _seen: Seen) -> None:
    """Promise more bytes than are sent, then hang up."""
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b'{"items":[')
    handler.close_connection = True


def hold(handler: Handler, _seen: Seen) -> None:
    """Say nothing until the test is over."""
    handler.wicked.release.wait(30)
    handler.close_connection = True


def trickle(handler: Handler, _seen: Seen) -> None:
    """Send one byte after the other, so that no single wait is long."""
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    try:
        while not handler.wicked.release.wait(0.05):
            handler.wfile.write(b" ")
            handler.wfile.flush()
    except OSError:
        handler.close_connection = True


@contextmanager
def serving(*behaviours: Behaviour) -> Iterator[Wicked]:
    """Serve in a thread until the block ends."""
    handler = type("OneHandler", (Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    wicked = Wicked(f"http://127.0.0.1:{server.server_address[1]}", list(behaviours))
    handler.wicked = wicked  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield wicked
    finally:
        wicked.release.set()
        server.shutdown()
        thread.join()
        server.server_close()
