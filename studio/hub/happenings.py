"""What happens in a room, in order (events), and the bell that wakes those who wait for more."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, func, insert, select

from studio.hub.database import Database
from studio.hub.tables import events

Json = dict[str, Any]


class Bell:
    """Wakes long polls of a room; rung from any thread, waited for on the server's loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._is_closed = False

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Belong to the server's loop."""
        self._loop = loop

    def ring(self, room_id: str) -> None:
        """Something new was committed in this room."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, room_id)

    def close(self) -> None:
        """Wake everybody for the last time; nobody waits any more (call it on the loop)."""
        self._is_closed = True
        for room_id in list(self._waiting):
            self._wake(room_id)

    def listen(self, room_id: str) -> asyncio.Event:
        """Listen from now on: take it before looking, so that nothing falls between looking and waiting."""
        heard = asyncio.Event()
        if self._is_closed:
            heard.set()
        self._waiting[room_id].add(heard)
        return heard

    def leave(self, room_id: str, heard: asyncio.Event) -> None:
        """Listen no more."""
        self._waiting[room_id].discard(heard)
        if not self._waiting[room_id]:
            del self._waiting[room_id]

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def _wake(self, room_id: str) -> None:
        for heard in self._waiting.get(room_id, ()):
            heard.set()


class Happenings:
    """The event log of each room; ``seq`` counts from 1 without gaps."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.bell = Bell()

    def page(self, room_id: str, after: int, limit: int) -> Json:
        """Events after ``after``, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(events.c.seq, events.c.at_ms, events.c.type, events.c.payload)
                .where(events.c.room_id == room_id, events.c.seq > after)
                .order_by(events.c.seq)
                .limit(limit)
            ).all()
        items = [{"seq": row[0], "at_ms": row[1], "type": row[2], **json.loads(row[3])} for row in rows]
        return {"items": items, "last_seq": rows[-1][0] if rows else after}


def record(connection: Connection, room_id: str, at_ms: int, kind: str, **payload: Any) -> int:
    """Append an event inside a write and return its seq; ring the bell after the commit."""
    last = connection.execute(select(func.max(events.c.seq)).where(events.c.room_id == room_id)).scalar()
    seq = (last or 0) + 1
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    connection.execute(insert(events).values(room_id=room_id, seq=seq, at_ms=at_ms, type=kind, payload=text))
    return seq
