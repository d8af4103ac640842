"""The rundown (串词单): what goes on air, in which order, and what is on air now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from studio.core.errors import UserError
from studio.core.goods import Product
from studio.core.money import Money

MOST_ITEMS = 500


class ItemState(Enum):
    """Where an item stands."""

    PLANNED = "planned"
    STANDBY = "standby"
    ON_AIR = "on_air"
    DONE = "done"


@dataclass(frozen=True, kw_only=True)
class Item:
    """A slot of the rundown (坑位); ``aired_ms`` is the time of its earlier takes, ``taken_ms`` the start of the present one."""

    id: str
    product: Product
    live_price: Money
    planned_s: int
    was_aired: bool = False
    aired_ms: int = 0


@dataclass(frozen=True, kw_only=True)
class OnAir:
    """A copy of what was taken: editing the plan does not change the air."""

    item_id: str
    number: int
    product: Product
    live_price: Money
    planned_s: int
    taken_ms: int


@dataclass(frozen=True, kw_only=True)
class Rundown:
    """The ordered items, the one on air and the one on standby; ``version`` grows with each change."""

    id: str
    title: str
    items: tuple[Item, ...] = ()
    on_air: OnAir | None = None
    standby_id: str | None = None
    version: int = 0

    def find(self, item_id: str) -> Item:
        """The item with this id; raises UserError when it is not in the rundown."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise UserError("error.rundown.no_such_item")

    def number(self, item_id: str) -> int:
        """The place on the list, from 1 (the link number viewers see)."""
        return 1 + self.items.index(self.find(item_id))

    def state(self, item: Item) -> ItemState:
        """Where this item stands."""
        if self.on_air is not None and self.on_air.item_id == item.id:
            return ItemState.ON_AIR
        if self.standby_id == item.id:
            return ItemState.STANDBY
        return ItemState.DONE if item.was_aired else ItemState.PLANNED

    def add(self, item: Item) -> Rundown:
        """Append an item; the first one that waits becomes standby."""
        if len(self.items) >= MOST_ITEMS:
            raise UserError("error.rundown.full", most=MOST_ITEMS)
        if any(known.product.id == item.product.id for known in self.items):
            raise UserError("error.rundown.already_in", title=item.product.title)
        grown = self._changed(items=(*self.items, item))
        return grown if self.standby_id else replace(grown, standby_id=item.id)

    def move(self, item_id: str, to: int) -> Rundown:
        """Put an item at place ``to`` (from 0); a place past an end means that end."""
        item = self.find(item_id)
        rest = [other for other in self.items if other.id != item_id]
        rest.insert(max(0, min(to, len(rest))), item)
        return self._changed(items=tuple(rest))

    def remove(self, item_id: str) -> Rundown:
        """Take an item off the plan; the one on air cannot be removed."""
        self.find(item_id)
        if self.on_air is not None and self.on_air.item_id == item_id:
            raise UserError("error.rundown.on_air")
        after = self._after(item_id)
        rest = self._changed(items=tuple(other for other in self.items if other.id != item_id))
        return replace(rest, standby_id=after) if self.standby_id == item_id else rest

    def standby(self, item_id: str) -> Rundown:
        """Make an item the next one."""
        item = self.find(item_id)
        if self.state(item) is ItemState.ON_AIR:
            raise UserError("error.rundown.on_air")
        return self._changed(standby_id=item_id)

    def take(self, item_id: str, now_ms: int) -> Rundown:
        """Put a copy of an item on air; the one before it is done, the next in line stands by."""
        item = self.find(item_id)
        if self.on_air is not None and self.on_air.item_id == item_id:
            raise UserError("error.rundown.already_on_air", title=item.product.title)
        closed = self.clear(now_ms)
        copy = OnAir(
            item_id=item.id,
            number=self.number(item.id),
            product=item.product,
            live_price=item.live_price,
            planned_s=item.planned_s,
            taken_ms=now_ms,
        )
        return replace(closed, on_air=copy, standby_id=closed._after(item_id), version=self.version + 1)

    def next_id(self) -> str:
        """The item that ``next`` takes; raises UserError at the end of the rundown."""
        if self.standby_id is None:
            raise UserError("error.rundown.at_end" if self.items else "error.rundown.empty")
        return self.standby_id

    def clear(self, now_ms: int) -> Rundown:
        """Nothing on air; the time of the item that was is kept."""
        if self.on_air is None:
            return self
        aired = now_ms - self.on_air.taken_ms
        items = tuple(
            replace(item, was_aired=True, aired_ms=item.aired_ms + aired) if item.id == self.on_air.item_id else item
            for item in self.items
        )
        return self._changed(items=items, on_air=None)

    def refresh(self, product: Product) -> Rundown:
        """Take a newer version of a product into the plan (not into what is on air)."""
        items = tuple(
            replace(item, product=product, live_price=product.price) if item.product.id == product.id else item
            for item in self.items
        )
        return self if items == self.items else self._changed(items=items)

    def _after(self, item_id: str) -> str | None:
        """The first item after this one that was not on air yet and is not on air now."""
        behind = self.items[self.number(item_id) :]
        return next((item.id for item in behind if self.state(item) in (ItemState.PLANNED, ItemState.STANDBY)), None)

    def _changed(self, **changes: object) -> Rundown:
        return replace(self, version=self.version + 1, **changes)  # type: ignore[arg-type]
