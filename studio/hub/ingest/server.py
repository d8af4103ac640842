"""The RTMP server: a thread with its own loop, and the rule of who may publish."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from typing import Any

from studio.core.clock import Clock
from studio.hub.database import Database
from studio.hub.ingest.decoder import Decoder
from studio.hub.ingest.meter import Meters
from studio.hub.ingest.publishing import Publishing
from studio.hub.ingest.session import Session
from studio.hub.rooms import Rooms

SILENT_S = 20.0
LOOK_EVERY_S = 1.0

_log = logging.getLogger(__name__)


class Ingest:
    """Takes pushes; the newest publisher with the right key replaces the one before."""

    def __init__(self, database: Database, rooms: Rooms, clock: Clock) -> None:
        self._rooms = rooms
        self._meters = Meters(database, clock)
        self._by_room: dict[str, Session] = {}
        self._sessions: set[Session] = set()
        self._decoders: list[Decoder] = []
        self._unknown_keys = 0
        self._is_refusing = False
        self._hanging: set[Session] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def start(self, listener: socket.socket) -> None:
        """Serve on a listening socket from now on."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(self._loop, listener), name="hub-ingest", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Cut every push and end the thread; decoders finish what they have."""
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)
        for decoder in self._decoders:
            decoder.join(2)

    def figures(self, room_id: str) -> dict[str, Any]:
        """What the wire tells of a room's push; a push with an unknown key counts as refused for every room."""
        figures = self._meters.of(room_id).figures()
        figures["refused"] += self._unknown_keys
        return {**figures, "state": "publishing" if self.is_publishing(room_id) else "idle"}

    def is_publishing(self, room_id: str) -> bool:
        """Is a push arriving for this room now."""
        return room_id in self._by_room

    def fault(self, mode: str) -> None:
        """``cut`` every push now, let every push ``hang`` (nothing is read), or ``refuse`` every new one."""
        self._on_loop({"cut": self._cut, "hang": self._hang, "refuse": self._refuse}[mode])

    def release(self) -> None:
        """Undo hang and refuse."""
        self._on_loop(self._release)

    def _on_loop(self, do: Callable[[], None]) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(do)

    def admit(self, session: Session, push_key: str) -> Publishing | None:
        """The publishing for a key, or None; on the ingest loop."""
        room_id = self._rooms.room_of_key(push_key) or self._rooms.room_of_key(push_key.partition("?")[0])
        if room_id is None:
            self._unknown_keys += 1
            _log.info("a push with an unknown key was refused")
            return None
        meter = self._meters.of(room_id)
        if self._is_refusing:
            meter.add(refused=1)
            return None
        before = self._by_room.pop(room_id, None)
        if before is not None and before is not session:
            _log.info("room %s: a new publisher replaces the one before", room_id)
            before.abort()
        self._by_room[room_id] = session
        _log.info("room %s: push begins", room_id)
        publishing = Publishing(meter, lambda: self._meters.save(room_id))
        self._decoders = [*(decoder for decoder in self._decoders if decoder.is_alive), publishing.decoder]
        return publishing

    def left(self, session: Session) -> None:
        """A session ended; on the ingest loop."""
        self._sessions.discard(session)
        self._hanging.discard(session)
        for room_id in [room_id for room_id, current in self._by_room.items() if current is session]:
            del self._by_room[room_id]
            _log.info("room %s: push ended", room_id)

    def _run(self, loop: asyncio.AbstractEventLoop, listener: socket.socket) -> None:
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(loop.create_server(self._session, sock=listener))
        watch = loop.create_task(self._watch())
        try:
            loop.run_forever()
        finally:
            watch.cancel()
            server.close()
            for session in list(self._sessions):
                session.abort()
            loop.run_until_complete(asyncio.gather(watch, return_exceptions=True))
            loop.run_until_complete(asyncio.sleep(0))
            loop.close()

    def _session(self) -> Session:
        session = Session(self)
        self._sessions.add(session)
        return session

    async def _watch(self) -> None:
        """Let go of publishers that fell silent without a word, and of those who never said anything."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now_s = asyncio.get_running_loop().time()
            for session in list(self._sessions - self._hanging):
                if now_s - session.last_heard_s > SILENT_S:
                    session.abort()

    def _cut(self) -> None:
        for session in list(self._by_room.values()):
            session.abort()

    def _hang(self) -> None:
        for session in self._by_room.values():
            session.hang(True)
            self._hanging.add(session)

    def _refuse(self) -> None:
        self._is_refusing = True

    def _release(self) -> None:
        self._is_refusing = False
        for session in list(self._hanging):
            session.hang(False)
        self._hanging.clear()
