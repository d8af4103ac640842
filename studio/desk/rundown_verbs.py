"""Verbs of the plan and of the pool."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from studio.core.by import By
from studio.core.errors import UserError
from studio.core.ids import new_id
from studio.desk import facts
from studio.desk.actions import EVERYONE, action
from studio.show.rundown import Item

if TYPE_CHECKING:
    from studio.desk.desk import Desk

PLANNED_S = 300
LONGEST_S = 86_400

_log = logging.getLogger(__name__)


class RundownVerbs:
    """rundown.add, .move, .remove, .standby and pool.sync, .shortlist."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @action("rundown.add", icon="plus", roles=EVERYONE)
    async def add(self, by: By, product_id: str, planned_s: int = PLANNED_S) -> None:
        """Append a product of the pool to the plan."""
        desk = self._desk
        if not 1 <= planned_s <= LONGEST_S:
            raise UserError("error.rundown.bad_length", longest=LONGEST_S)
        found = await desk.work(desk.pool.get_many, (product_id,))
        if not found:
            raise UserError("error.rundown.unknown_product", product_id=product_id)
        product = found[0]
        item = Item(id=new_id(), product=product, live_price=product.price, planned_s=planned_s)
        rundown = desk.state.rundown.add(item)
        desk.save(by, "rundown.add", {"item_id": item.id, "title": product.title}, rundown=rundown)
        desk.tell(desk.changed("rundown.add"))
        desk.later(self.fetch_picture(product.id))

    @action("rundown.move", icon="swap-vertical", roles=EVERYONE)
    async def move(self, by: By, item_id: str, to: int) -> None:
        """Put an item at another place (from 0)."""
        desk = self._desk
        self._must_be_seen(by)
        rundown = desk.state.rundown.move(item_id, to)
        title = rundown.find(item_id).product.title
        desk.save(by, "rundown.move", {"item_id": item_id, "title": title, "to": to + 1}, rundown=rundown)
        desk.tell(desk.changed("rundown.move"))

    @action("rundown.remove", icon="trash-can-outline")
    async def remove(self, by: By, item_id: str) -> None:
        """Take an item off the plan."""
        desk = self._desk
        self._must_be_seen(by)
        title = desk.state.rundown.find(item_id).product.title
        rundown = desk.state.rundown.remove(item_id)
        desk.save(by, "rundown.remove", {"item_id": item_id, "title": title}, rundown=rundown)
        desk.tell(desk.changed("rundown.remove"))

    @action("rundown.standby", icon="timer-sand", roles=EVERYONE)
    async def standby(self, by: By, item_id: str) -> None:
        """Make an item the next one."""
        desk = self._desk
        rundown = desk.state.rundown.standby(item_id)
        title = rundown.find(item_id).product.title
        desk.save(by, "rundown.standby", {"item_id": item_id, "title": title}, rundown=rundown)
        desk.prepare_next()
        desk.tell(desk.changed("rundown.standby"))

    @action("pool.shortlist", icon="star-outline", roles=EVERYONE)
    async def shortlist(self, by: By, product_id: str) -> None:
        """Keep a product for later (备选清单)."""
        desk = self._desk
        found = await desk.work(desk.pool.get_many, (product_id,))
        if not found:
            raise UserError("error.rundown.unknown_product", product_id=product_id)
        now_ms = desk.clock.now_ms()
        payload = {"product_id": product_id, "title": found[0].title}
        desk.save(by, "pool.shortlist", payload, also=lambda tx: tx.shortlist(found[0], now_ms))
        desk.tell(desk.changed("pool.shortlist"))

    @action("pool.sync", icon="sync", roles=EVERYONE)
    async def sync(self, by: By) -> None:
        """Start to bring the local slice of the pool up to the platform; its progress and end are facts."""
        desk = self._desk
        if desk.state.pool.is_syncing:
            return
        desk.save(by, "pool.sync", {})
        desk.hear([facts.PoolProgressed(done=0, total=0)])
        desk.later(self._sync())

    async def _sync(self) -> None:
        desk = self._desk
        loop = asyncio.get_running_loop()

        def progress(done: int, total: int) -> None:
            loop.call_soon_threadsafe(desk.hear, [facts.PoolProgressed(done=done, total=total)])

        try:
            count = await desk.work(desk.pool.sync, progress, lambda: False)
        except Exception as error:  # noqa: BLE001 - a sync always ends, whatever it ran into
            if not isinstance(error, UserError):
                _log.exception("the sync failed")
                error = UserError("error.show.sync_broken")
            desk.hear([facts.PoolSynced(count=desk.state.pool.count, error=error)])
            return
        desk.hear([facts.PoolSynced(count=count)])
        ids = tuple(item.product.id for item in desk.state.rundown.items)
        products = await desk.work(desk.pool.get_many, ids) if ids else ()
        desk.hear([facts.ProductsRefreshed(products=products)])

    async def fetch_picture(self, product_id: str) -> None:
        """Get a product's picture for the card, if it can be had."""
        if product_id in self._desk.state.pictures:
            return
        data = await self._desk.work(self._desk.pool.picture, product_id)
        if data:
            self._desk.hear([facts.PictureFetched(product_id=product_id, data=data)])

    def _must_be_seen(self, by: By) -> None:
        """Refuse a wish made on an old version of the plan."""
        version = self._desk.state.rundown.version
        if by.seen_version is not None and by.seen_version != version:
            raise UserError("error.rundown.changed_meanwhile")
