"""Figures of a room's push; kept over reconnects and restarts."""

from __future__ import annotations

import json
import threading
from collections import deque
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from studio.core.clock import Clock
from studio.hub.database import Database
from studio.hub.tables import ingest_totals

COUNTERS = (
    "connects",
    "refused",
    "frames_received",
    "frames_decoded",
    "frames_skipped",
    "decode_errors",
    "audio_frames",
    "bytes",
    "width",
    "height",
)
WINDOW_S = 3.0


class Meter:
    """Counts what arrives for one room; all methods from any thread."""

    def __init__(self, clock: Clock, counters: dict[str, int]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counters = {name: counters.get(name, 0) for name in COUNTERS}
        self._last_frame_at_ms: int | None = counters.get("last_frame_at_ms")
        self._recent: deque[tuple[float, int]] = deque()

    def add(self, **counts: int) -> None:
        """Count some more."""
        with self._lock:
            for name, count in counts.items():
                self._counters[name] += count

    def add_bytes(self, count: int) -> None:
        """Count bytes of the push, which also give the bitrate."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            self._counters["bytes"] += count
            self._recent.append((now_s, count))
            self._forget(now_s)

    def add_frame(self) -> None:
        """A picture arrived."""
        with self._lock:
            self._counters["frames_received"] += 1
            self._last_frame_at_ms = self._clock.now_ms()

    def set_size(self, width: int, height: int) -> None:
        """The pictures are this large."""
        with self._lock:
            self._counters |= {"width": width, "height": height}

    def figures(self) -> dict[str, Any]:
        """All figures now, as the wire tells them (without the state)."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            self._forget(now_s)
            recent = sum(count for _, count in self._recent)
            return {
                **self._counters,
                "last_frame_at_ms": self._last_frame_at_ms,
                "bitrate_bps": round(recent * 8 / WINDOW_S),
            }

    def _forget(self, now_s: float) -> None:
        while self._recent and self._recent[0][0] < now_s - WINDOW_S:
            self._recent.popleft()


class Meters:
    """The meter of every room; read from the database when first asked for."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._meters: dict[str, Meter] = {}

    def of(self, room_id: str) -> Meter:
        """The room's meter."""
        with self._lock:
            if room_id not in self._meters:
                with self._database.reading() as connection:
                    statement = select(ingest_totals.c.counters).where(ingest_totals.c.room_id == room_id)
                    text = connection.execute(statement).scalar()
                self._meters[room_id] = Meter(self._clock, json.loads(text) if text else {})
            return self._meters[room_id]

    def save(self, room_id: str) -> None:
        """Write the room's figures down."""
        figures = self.of(room_id).figures()
        figures.pop("bitrate_bps")
        text = json.dumps({name: value for name, value in figures.items() if value is not None})
        statement = insert(ingest_totals).values(room_id=room_id, counters=text)
        with self._database.writing() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["room_id"], set_={"counters": text}))
