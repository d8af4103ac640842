"""What buyers see of a room: the featured product and the promotions that go live."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from studio.hub.errors import HubError
from studio.hub.hub import Hub

Json = dict[str, Any]


@dataclass(frozen=True)
class News:
    """Something that buyers react to: ``featured`` (a ProductDetail), ``coupon`` or ``red_envelope`` (a Promotion)."""

    kind: str
    thing: Json


class Stage:
    """Reads a room's state from the books and tells what is new."""

    def __init__(self, hub: Hub, room_id: str) -> None:
        self._hub = hub
        self.room_id = room_id
        self.product: Json | None = None
        self.live: dict[str, Json] = {}
        self.is_closed = False
        self.ordered: set[tuple[str, str]] = set()
        """Who ordered what already (buyer and product): nobody decides that twice, even after a restart."""
        self._featured_at_ms: int | None = None

    def look(self) -> list[News]:
        """What happened since the last look."""
        row = self._hub.rooms.get(self.room_id)
        self.is_closed = row.closed_at_ms is not None
        if self.is_closed:
            return []
        news = []
        if row.featured_at_ms != self._featured_at_ms:
            self._featured_at_ms = row.featured_at_ms
            self.product = self._detail(row.featured_product_id)
            if self.product is not None:
                news.append(News("featured", self.product))
        promotions = {one["promotion_id"]: one for one in self._hub.promotions.in_room(self.room_id)}
        live = {name: one for name, one in promotions.items() if one["state"] == "live"}
        news += [News(one["kind"], one) for name, one in live.items() if name not in self.live]
        self.live = live
        return news

    def _detail(self, product_id: str | None) -> Json | None:
        if product_id is None:
            return None
        try:
            return self._hub.shelf.detail(product_id)
        except HubError:
            return None  # delisted while it is featured


def dice_for(seed: int, *about: object) -> random.Random:
    """Chance that is the same after a restart: a decision about a thing is made once."""
    return random.Random(":".join(str(part) for part in (seed, *about)))
