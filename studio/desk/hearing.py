"""How the desk takes in facts: a batch is saved in one transaction, then acted on and told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from studio.core.events import Fact
from studio.desk import facts
from studio.desk.picture_hearing import PictureHearing

if TYPE_CHECKING:
    from studio.desk.desk import Desk

_log = logging.getLogger(__name__)


class Hearing:
    """One method per kind of fact."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._promoting = desk.promoting
        self._by_type: dict[type[Fact], Callable[[Any], None]] = {
            facts.RoomHeard: self._room,
            facts.OrdersHeard: self._orders,
            facts.PlatformLost: self._platform_lost,
            facts.PlatformBack: self._platform_back,
            facts.FeatureConfirmed: self._featured,
            facts.FeatureFailed: self._not_featured,
            facts.PromotionAnswered: self._promoting.answered,
            facts.PromotionRefused: self._promoting.refused,
            facts.PromotionDoubted: self._promoting.doubted,
            facts.PromotionUnknown: self._promoting.unknown,
            facts.PoolProgressed: self._pool_progressed,
            facts.PoolSynced: self._pool_synced,
            facts.PictureFetched: self._picture,
            facts.ProductsRefreshed: self._products,
            **PictureHearing(desk).by_type,
        }

    def hear(self, batch: Sequence[Fact]) -> None:
        """Take in the facts in their order; one that cannot be taken is a bug, logged, and harms no other."""
        for fact in batch:
            listener = self._by_type.get(type(fact))
            if listener is None:
                _log.info("nobody listens to %s", type(fact).__name__)
                continue
            try:
                listener(fact)
            except Exception:  # noqa: BLE001 - a bad fact must not stop the show
                _log.exception("a fact could not be taken in: %r", fact)

    def _tell(self, verb: str) -> None:
        self._desk.state.version += 1
        self._desk.tell(self._desk.changed(verb))

    def _room(self, fact: facts.RoomHeard) -> None:
        desk = self._desk
        session = desk.state.session
        if fact.last_seq <= session.events_seen:
            return
        fresh = [event for event in fact.events if event.seq > session.events_seen]
        comments = [event for event in fresh if event.type == "comment"]
        viewers = next((event.count for event in reversed(fresh) if event.type == "viewers"), session.viewers)
        session = replace(session, events_seen=fact.last_seq, viewers=viewers)
        rows = [
            {
                "session_id": session.id,
                "comment_id": str(event.seq),
                "at_ms": event.at_ms,
                "buyer_id": event.buyer_id,
                "nick": event.nick,
                "text": event.text,
            }
            for event in comments
        ]
        with desk.store.transaction() as tx:
            tx.session(session)
            tx.comments(rows)
        desk.hold(session=session)
        desk.state.comment_count += len(comments)
        for event in comments:
            desk.audience.add(str(event.seq), event.nick, event.text, event.at_ms, event.buyer_id)
        claims = {event.promotion_id for event in fresh if event.type == "claim"}
        self._promoting.refresh_claims(claims)
        desk.tell(desk.changed("audience"))

    def _orders(self, fact: facts.OrdersHeard) -> None:
        desk = self._desk
        session = replace(desk.state.session, orders_seen=fact.next_since)
        rows: list[dict[str, Any]] = []
        for order in fact.orders:
            row = asdict(order) | {"session_id": session.id, "status": order.status.value}
            for name in ("total", "paid", "discount"):
                row[f"{name}_fen"] = row.pop(name)["fen"]
            del row["room_id"]
            rows.append(row)
        with desk.store.transaction() as tx:
            tx.orders(rows)
            tx.session(session)
        desk.hold(session=session)
        desk.state.orders, desk.state.gmv_fen = desk.store.sales(session.id)
        desk.tell(desk.changed("sales"))

    def _platform_lost(self, fact: facts.PlatformLost) -> None:
        if not self._desk.state.is_platform_lost:
            self._desk.state.is_platform_lost = True
            self._desk.notice("warn", "show.platform_lost", reason=fact.error)

    def _platform_back(self, _fact: facts.PlatformBack) -> None:
        if self._desk.state.is_platform_lost:
            self._desk.state.is_platform_lost = False
            self._desk.notice("info", "show.platform_back")
            self._desk.tell(self._desk.changed("platform.back"))

    def _featured(self, fact: facts.FeatureConfirmed) -> None:
        self._desk.state.featured_id = fact.product_id
        self._tell("show.featured")

    def _not_featured(self, fact: facts.FeatureFailed) -> None:
        self._desk.notice("warn", "show.feature_failed", reason=fact.error)

    def _pool_progressed(self, fact: facts.PoolProgressed) -> None:
        progress = min(1.0, fact.done / fact.total) if fact.total else None
        self._desk.state.pool = replace(self._desk.state.pool, is_syncing=True, progress=progress)
        self._tell("pool.sync")

    def _pool_synced(self, fact: facts.PoolSynced) -> None:
        desk = self._desk
        synced_ms = desk.state.pool.synced_ms if fact.error else desk.clock.now_ms()
        desk.state.pool = replace(
            desk.state.pool, count=fact.count, synced_ms=synced_ms, is_syncing=False, progress=None
        )
        if fact.error is not None:
            desk.notice("warn", "show.sync_failed", reason=fact.error)
        self._tell("pool.sync")

    def _picture(self, fact: facts.PictureFetched) -> None:
        desk = self._desk
        desk.state.pictures[fact.product_id] = fact.data
        on_air = desk.state.rundown.on_air
        if on_air is not None and on_air.product.id == fact.product_id:
            desk.state.version += 1
            desk.show_scene()
        else:
            desk.prepare_next()
        self._tell("pool.picture")

    def _products(self, fact: facts.ProductsRefreshed) -> None:
        desk = self._desk
        rundown = desk.state.rundown
        for product in fact.products:
            rundown = rundown.refresh(product)
            on_air = rundown.on_air
            if on_air is not None and on_air.product.id == product.id and on_air.live_price != product.price:
                desk.state.stale_ids.add(product.id)
        if rundown is not desk.state.rundown:
            with desk.store.transaction() as tx:
                tx.rundown(rundown, desk.state.rundown)
            desk.hold(rundown=rundown)
            desk.tell(desk.changed("rundown"))
