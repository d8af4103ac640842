"""Faults on demand, for rehearsals and tests: requests held, dropped, answered wrongly."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from studio.hub.errors import invalid
from studio.hub.wishes import FaultWish
from studio.hub.world.line import AGENT

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

GARBAGE = b'\x00\xff{"promotion_id": <<<'


@dataclass
class _Armed:
    pattern: re.Pattern[str]
    method: str
    mode: str
    left: int
    hold_s: float


class Faults:
    """The armed faults and the requests that are held; lives on the server's loop."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []
        self._held: dict[asyncio.Event, dict[str, str]] = {}
        self._is_closed = False

    def arm(self, wish: FaultWish) -> None:
        """The next ``times`` matching requests suffer; raises 422 for a bad pattern."""
        try:
            pattern = re.compile(wish.path)
        except re.error as error:
            raise invalid("bad_pattern", f"path is no regular expression: {error}") from error
        self._armed.append(_Armed(pattern, wish.method.upper(), wish.mode, wish.times, wish.hold_s))

    def release(self) -> None:
        """Disarm everything and let every held request go on."""
        self._armed.clear()
        for released in self._held:
            released.set()

    def close(self) -> None:
        """Hold nothing any more: the hub goes down."""
        self._is_closed = True
        self.release()

    def state(self) -> dict[str, Any]:
        """What is held now and how many faults are still to come."""
        return {"held": list(self._held.values()), "armed": sum(fault.left for fault in self._armed)}

    def strike(self, method: str, path: str) -> _Armed | None:
        """The fault that this request suffers, used up by one."""
        for fault in self._armed:
            if fault.method in ("*", method) and fault.pattern.search(path):
                fault.left -= 1
                if fault.left <= 0:
                    self._armed.remove(fault)
                return fault
        return None

    async def hold(self, fault: _Armed, path: str, client: Client) -> bool:
        """Hold a request until it is released or ``hold_s`` is over; False when the client went away meanwhile."""
        if self._is_closed:
            return True
        released = asyncio.Event()
        self._held[released] = {"path": path, "mode": fault.mode}
        waits = [asyncio.create_task(released.wait()), asyncio.create_task(client.gone.wait())]
        try:
            await asyncio.wait(waits, timeout=fault.hold_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            del self._held[released]
            for wait in waits:
                wait.cancel()
        return not client.gone.is_set()


class Client:
    """Reads ahead what the client sends, so that its going away is seen while its request is held."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        self.gone = asyncio.Event()
        self._pump = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while not self.gone.is_set():
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self.gone.set()
            self._messages.put_nowait(message)

    async def receive(self) -> Message:
        """What an ASGI application calls."""
        return await self._messages.get()

    def stop(self) -> None:
        """Read no further."""
        self._pump.cancel()


class FaultMiddleware:
    """Lets matching requests suffer:

    ``hold_before``: held before anything is processed; thrown away when the client goes meanwhile.
    ``hold_after``: processed and committed, the answer held. ``slow``: starts ``hold_s`` late, whoever still waits.
    ``garbage``: processed, the answer is nonsense. ``status_500``: not processed, answers 500.
    ``drop``: not processed, the connection is cut without an answer.
    """

    def __init__(self, app: App, faults: Faults, cut: Callable[[Any], None]) -> None:
        self._app = app
        self._faults = faults
        self._cut = cut

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        is_ours = scope["type"] == "http" and not scope["path"].startswith("/v1/faults") and not _is_world(scope)
        fault = self._faults.strike(scope["method"], scope["path"]) if is_ours else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        client = Client(receive)
        try:
            await self._suffer(fault, client, scope, send)
        finally:
            client.stop()

    async def _suffer(self, fault: _Armed, client: Client, scope: MutableMapping[str, Any], send: Send) -> None:
        path = scope["path"]
        if fault.mode == "drop":
            self._cut(scope.get("client"))
        elif fault.mode == "status_500":
            await _answer(send, 500, b'{"error":{"code":"internal","message":"a fault was asked for"}}')
        elif fault.mode == "hold_before":
            if await self._faults.hold(fault, path, client):
                await self._app(scope, client.receive, send)
        elif fault.mode == "slow":
            await self._faults.hold(fault, path, client)
            await self._app(scope, client.receive, send)
        else:
            answer: list[Message] = []

            async def keep(message: Message) -> None:
                answer.append(message)

            await self._app(scope, client.receive, keep)
            if fault.mode == "garbage":
                await _answer(send, 200, GARBAGE)
            elif await self._faults.hold(fault, path, client):
                for message in answer:
                    await send(message)


def _is_world(scope: MutableMapping[str, Any]) -> bool:
    """Rehearsal buyers never use up a fault that was meant for the studio."""
    return (b"user-agent", AGENT.encode()) in scope["headers"]


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
