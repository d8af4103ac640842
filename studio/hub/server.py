"""The hub as a process: sockets, hub.json, signals, a quick and clean end."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from studio.core.errors import UserError
from studio.hub.app import make_app
from studio.hub.folder import Card, read_card, write_card
from studio.hub.hub import Hub, HubOptions
from studio.hub.world.world import World

_log = logging.getLogger(__name__)


class _Server(uvicorn.Server):
    """Ends with exit code 0 on a signal, and lets nobody wait when it goes down."""

    def __init__(self, config: uvicorn.Config, hub: Hub, world: World | None) -> None:
        super().__init__(config)
        self._hub = hub
        self._world = world

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        names = ("SIGINT", "SIGTERM", "SIGBREAK")  # the last on Windows only
        caught = [getattr(signal, name) for name in names if hasattr(signal, name)]
        before = {number: signal.signal(number, self.handle_exit) for number in caught}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._world is not None:
            await asyncio.to_thread(self._world.stop)
        self._hub.wake_all()
        await super().shutdown(sockets)


class HubProcess:
    """Serves a hub until it is told to stop; hold its folder meanwhile."""

    def __init__(self, options: HubOptions) -> None:
        """Take the ports and open the database; raises UserError, and then holds nothing."""
        last = read_card(options.folder)
        with ExitStack() as undo:
            self._socket = undo.enter_context(_bind(options.host, options.port, last.http_port))
            self._rtmp_socket = undo.enter_context(_bind(options.host, options.rtmp_port, last.rtmp_port))
            self.hub = Hub(options)
            undo.pop_all()
        self.hub.rtmp_port = self._rtmp_socket.getsockname()[1]
        port = self._socket.getsockname()[1]
        self.url = f"http://{options.host}:{port}"
        self._transports: dict[Any, Any] = {}
        has_world = options.world_seed is not None
        self._world = World(self.hub, options.host, port, options.world_seed or 0) if has_world else None
        self._server = _Server(_config(self.hub, self._transports, self._cut), self.hub, self._world)

    def run(self, *, exits_with_stdin: bool = False) -> None:
        """Serve until a signal, ``stop`` or the end of stdin."""
        if exits_with_stdin:
            threading.Thread(target=self._watch_stdin, name="stdin", daemon=True).start()
        self.hub.ingest.start(self._rtmp_socket)
        try:
            asyncio.run(self._serve())
        finally:
            self.hub.ingest.stop()
            self.hub.close()

    def stop(self) -> None:
        """Stop soon; may be called from any thread."""
        self._server.should_exit = True

    async def _serve(self) -> None:
        serving = asyncio.create_task(self._server.serve([self._socket]))
        while not self._server.started and not serving.done():
            await asyncio.sleep(0.005)
        if self._server.started:
            self._announce()
            if self._world is not None:
                self._world.start()
        await serving

    def _announce(self) -> None:
        write_card(self.hub.options.folder, Card(self.url, self.hub.token, os.getpid(), self.hub.rtmp_port))
        print(f"hub ready {self.url}", flush=True)
        _log.info("ready on %s, rtmp port %d", self.url, self.hub.rtmp_port)

    def _watch_stdin(self) -> None:
        while sys.stdin.buffer.read(4096):
            pass
        _log.info("stdin ended")
        self.stop()

    def _cut(self, client: Any) -> None:
        transport = self._transports.get(tuple(client or ()))
        if transport is not None:
            transport.abort()


def _config(hub: Hub, transports: dict[Any, Any], cut: Callable[[Any], None]) -> uvicorn.Config:
    return uvicorn.Config(
        make_app(hub, cut),
        http=_protocol(transports),
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
        backlog=1024,
    )


def _protocol(transports: dict[Any, Any]) -> type[H11Protocol]:
    class Protocol(H11Protocol):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._peer = transport.get_extra_info("peername")
            transports[self._peer] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            transports.pop(self._peer, None)
            super().connection_lost(exc)

    return Protocol


def _bind(host: str, port: int, last_port: int) -> socket.socket:
    for wanted in [port] if port else [last_port, 0]:
        # The protocol is named, because asyncio sends small answers at once (TCP_NODELAY) only on sockets that say TCP.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if sys.platform != "win32":  # there it would let two hubs share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, wanted))
            listener.listen(1024)
        except OSError as error:
            listener.close()
            if wanted == port:
                raise UserError("hub.port_taken", host=host, port=port, reason=error) from error
            continue
        listener.setblocking(False)
        return listener
    raise UserError("hub.port_taken", host=host, port=port, reason="")


def log_to(folder: Path) -> None:
    """Write this process's log to hub.log; no token, key or address with a key is ever written there."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handler = RotatingFileHandler(folder / "hub.log", maxBytes=5_000_000, backupCount=2, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
