"""A network between the studio and a server on the loopback: slow, dead or cut when the test says so."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time

SMALL_BUFFER = 16_384
PIECE = 2048


class Network:
    """Carries so many ``bytes_s`` each way to ``port``; 0: nothing is read any more and nobody is told (a black hole)."""

    def __init__(self, port: int, bytes_s: int = 50_000_000) -> None:
        self.bytes_s = bytes_s
        self.connections = 0
        self.keeps_dead = False
        """The server is not told that a caller left, as when a router forgot the connection."""
        self._dead: list[socket.socket] = []
        self._to = ("127.0.0.1", port)
        self._open: list[socket.socket] = []
        self._is_over = False
        self._listener = _listener()
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, name="throttle", daemon=True).start()

    @property
    def url(self) -> str:
        return f"rtmp://127.0.0.1:{self.port}/live"

    def cut(self) -> None:
        """Reset every connection on both sides, as a firewall does."""
        for one in self._open:
            with contextlib.suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            _end(one)
        self._open.clear()

    def forget(self) -> None:
        """Let the server know at last about the callers who left while `keeps_dead` was on."""
        self.keeps_dead = False
        for one in self._dead:
            _end(one)
        self._dead.clear()

    def close(self) -> None:
        """No network any more."""
        self._is_over = True
        self._listener.close()
        self.cut()
        self.forget()

    def _accept(self) -> None:
        while not self._is_over:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                server = socket.create_connection(self._to, 5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            self._open += [client, server]
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._carry, args=(source, sink), name="throttle", daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while not self._is_over:
                if not self.bytes_s:
                    time.sleep(0.02)
                    continue
                data = source.recv(PIECE)
                if not data:
                    break
                sink.sendall(data)
                time.sleep(len(data) / max(self.bytes_s, 1_000))
        _end(source)
        if self.keeps_dead:
            self._dead.append(sink)
        else:
            _end(sink)


class Deaf:
    """A server that takes calls and never reads a byte; ``is_full`` ones do not even take the call (no SYN is answered)."""

    def __init__(self, *, is_full: bool = False) -> None:
        self._listener = _listener(backlog=0 if is_full else 128)
        self.port = self._listener.getsockname()[1]
        self._callers = [self._call() for _ in range(3 if is_full else 0)]

    @property
    def url(self) -> str:
        return f"rtmp://127.0.0.1:{self.port}/live"

    def close(self) -> None:
        for one in (*self._callers, self._listener):
            one.close()

    def _call(self) -> socket.socket:
        made = socket.socket()
        made.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            made.connect(("127.0.0.1", self.port))
        return made


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)  # a close alone does not end what another thread is waiting for
    one.close()


def _listener(backlog: int = 128) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)  # else the loopback swallows megabytes
    made.bind(("127.0.0.1", 0))
    made.listen(backlog)
    return made
