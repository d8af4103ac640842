"""The hub as one thing: its books, its clock, its secrets."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.core.clock import Clock, SystemClock
from studio.hub.database import Database, read_meta, write_meta
from studio.hub.faults import Faults
from studio.hub.finder import Finder
from studio.hub.folder import DATABASE_NAME
from studio.hub.happenings import Happenings
from studio.hub.ingest.server import Ingest
from studio.hub.orders import Orders
from studio.hub.promotions import Promotions
from studio.hub.rooms import Rooms
from studio.hub.shelf import Shelf


@dataclass(frozen=True, kw_only=True)
class HubOptions:
    """How the hub is served; ``world_seed`` None means that no buyers live here."""

    folder: Path
    host: str = "127.0.0.1"
    port: int = 0
    rtmp_port: int = 0
    world_seed: int | None = None
    speed: float = 1.0
    has_faults: bool = False
    kept_changes: int = 500_000


class Hub:
    """Everything behind the wire; all methods of its books may be called from any thread."""

    def __init__(self, options: HubOptions, clock: Clock | None = None) -> None:
        self.options = options
        self.clock = clock or SystemClock()
        self.database = Database(options.folder / DATABASE_NAME)
        self.shelf = Shelf(self.database, options.kept_changes)
        self.finder = Finder(options.folder / "search", self.shelf, self.clock)
        self.happenings = Happenings(self.database)
        self.rooms = Rooms(self.database, self.happenings, self.clock)
        self.promotions = Promotions(self.database, self.happenings, self.clock)
        self.orders = Orders(self.database, self.happenings, self.clock)
        self.faults = Faults()
        self.ingest = Ingest(self.database, self.rooms, self.clock)
        self.token = self._keep_token()
        self.rtmp_port = options.rtmp_port

    def _keep_token(self) -> str:
        with self.database.writing() as connection:
            token = read_meta(connection, "token")
            if token is None:
                token = secrets.token_urlsafe(32)
                write_meta(connection, "token", token)
            return token

    @property
    def push_url(self) -> str:
        """Where to push to; the key is appended by the pusher."""
        return f"rtmp://{self.options.host}:{self.rtmp_port}/live"

    def room_state(self, room: Any) -> str:
        """``closed``, or ``live`` while a push arrives, else ``open``."""
        if room.closed_at_ms is not None:
            return "closed"
        return "live" if self.ingest.is_publishing(room.room_id) else "open"

    def picture(self, product_id: str) -> bytes:
        """The product's picture as PNG; raises 404."""
        from studio.hub.picture import draw_picture  # late: numpy is a tenth of the hub's start

        return draw_picture(product_id, str(self.shelf.detail(product_id)["category"]))

    def wake_all(self) -> None:
        """Let nobody wait any more: the hub goes down (call it on the server's loop)."""
        self.faults.close()
        self.happenings.bell.close()

    def close(self) -> None:
        """Close the files."""
        self.finder.close()
        self.database.close()
