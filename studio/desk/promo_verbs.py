"""Verbs of promotions: plan, arm, drop, close. A drop saves its intent with key and deadline before it acts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from studio.core.by import By
from studio.core.errors import UserError
from studio.core.ids import new_id
from studio.core.money import Money
from studio.desk import scene as scenes
from studio.desk.actions import EVERYONE, OWNER, action
from studio.desk.events import PromotionChanged
from studio.desk.promoting import fire, look_up
from studio.promo.kinds import from_settings
from studio.promo.promotion import OPEN_QUESTIONS, Check, Promotion, PromotionState, checks
from studio.show.session import SessionState

if TYPE_CHECKING:
    from studio.desk.desk import Desk

LOOK_UP_EVERY_S = 1.0
COUNT_EVERY_S = 2.0
REDEEMED_UNTIL_MS = 5_000


class PromoVerbs:
    """promo.add, .arm, .disarm, .drop, .close, .remove."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._promoting = desk.promoting
        self._looking_up: set[str] = set()
        self._next_look_s = 0.0
        self._next_count_s = 0.0
        self._was_shown: tuple[str, ...] = ()

    @action("promo.add", icon="ticket-percent-outline", roles=EVERYONE)
    async def add(self, by: By, kind: str, settings: dict, item_id: str = "") -> None:  # type: ignore[type-arg]
        """Plan a coupon or a red envelope; ``item_id`` ties it to an item of the rundown."""
        desk = self._desk
        if item_id:
            desk.state.rundown.find(item_id)
        session_id = desk.state.session.id
        built = from_settings(kind, settings)
        promotion = Promotion(id=new_id(), session_id=session_id, kind=built, item_id=item_id or None)
        self._save(by, "promo.add", promotion, budget_fen=promotion.budget.fen)

    @action("promo.arm", icon="shield-check-outline")
    async def arm(self, by: By, promotion_id: str) -> None:
        """Make a promotion ready (就绪) if every check is fine."""
        promotion = self._find(promotion_id)
        self._save(by, "promo.arm", promotion.arm(preflight(self._desk, promotion)))

    @action("promo.disarm", icon="shield-off-outline")
    async def disarm(self, by: By, promotion_id: str) -> None:
        """Back to draft."""
        self._save(by, "promo.disarm", self._find(promotion_id).disarm())

    @action("promo.drop", icon="gift-outline", is_money=True, roles=OWNER)
    async def drop(self, by: By, promotion_id: str) -> None:
        """Give it out (发放): once, now, or never."""
        desk = self._desk
        room_id = desk.state.session.room_id
        if desk.platform is None or room_id is None:
            raise UserError("error.promo.check_window")
        promotion = self._find(promotion_id)
        asked = promotion.ask(new_id(), desk.clock.now_ms(), preflight(desk, promotion))
        self._save(by, "promo.drop", asked, budget_fen=asked.budget.fen, not_after_ms=asked.not_after_ms)
        desk.later(self._fire(room_id, asked))

    @action("promo.close", icon="close-circle-outline")
    async def close(self, by: By, promotion_id: str) -> None:
        """End a running promotion early (提前结束)."""
        desk = self._desk
        promotion = self._find(promotion_id)
        if desk.platform is None or promotion.state is not PromotionState.LIVE or promotion.platform_id is None:
            raise UserError("error.promo.wrong_state", name=promotion.kind.name, state=promotion.state.value)
        receipt = await desk.work(desk.platform.close_promotion, promotion.platform_id)
        promotion = self._find(promotion_id)
        if promotion.state is not PromotionState.LIVE:  # its counts came first and said so
            self._save(by, "promo.close", promotion, claimed=promotion.claimed)
            return
        counted = promotion.count(receipt.claimed, receipt.redeemed, receipt.cost)
        self._save(by, "promo.close", counted.close(), claimed=receipt.claimed)
        desk.show_scene()

    @action("promo.remove", icon="trash-can-outline")
    async def remove(self, by: By, promotion_id: str) -> None:
        """Take a promotion that was never dropped off the list."""
        desk = self._desk
        promotion = self._find(promotion_id)
        if promotion.state not in (PromotionState.DRAFT, PromotionState.ARMED):
            raise UserError("error.promo.wrong_state", name=promotion.kind.name, state=promotion.state.value)
        payload = {"promotion_id": promotion.id, "name": promotion.kind.name}
        desk.save(by, "promo.remove", payload, also=lambda tx: tx.remove_promotion(promotion_id))
        del desk.state.promotions[promotion_id]
        desk.tell(desk.changed("promo.remove"))

    def resume(self) -> None:
        """After a start: whatever was asked and not answered is in doubt, and is looked up."""
        self._promoting.resume()

    def keep(self) -> None:
        """To be called often: looks up open questions, follows counts, lets what is over leave the picture."""
        desk = self._desk
        now_s = desk.clock.monotonic_s()
        if now_s >= self._next_look_s:
            self._next_look_s = now_s + LOOK_UP_EVERY_S
            for promotion in desk.state.all_promotions():
                if self._is_open(promotion) and promotion.id not in self._looking_up:
                    self._looking_up.add(promotion.id)
                    desk.later(self._look_up(promotion))
        if now_s >= self._next_count_s:
            self._next_count_s = now_s + COUNT_EVERY_S
            for promotion in desk.state.all_promotions():
                if self._still_counts(promotion):
                    self._promoting.refresh(promotion)
        layers = tuple(layer.id for layer in scenes.build(desk).layers)
        if layers != self._was_shown:
            self._was_shown = layers
            desk.state.version += 1
            desk.show_scene()
            desk.tell(desk.changed("promo"))

    def _is_open(self, promotion: Promotion) -> bool:
        """Whether its outcome has to be looked up: it is in doubt, or its answer is overdue."""
        if promotion.state is PromotionState.ASKED and promotion.not_after_ms is not None:
            return self._desk.clock.now_ms() > promotion.not_after_ms
        return promotion.state is PromotionState.UNCONFIRMED

    def _still_counts(self, promotion: Promotion) -> bool:
        """Whether its counts may still change: it runs, or what was claimed can still be redeemed."""
        if promotion.state in (PromotionState.ENDED, PromotionState.CLOSED):
            return promotion.ends_ms is not None and self._desk.clock.now_ms() < promotion.ends_ms + REDEEMED_UNTIL_MS
        return promotion.state is PromotionState.LIVE

    async def refresh_all(self) -> None:
        """Fetch the last counts of every promotion that exists."""
        exist = [promotion for promotion in self._desk.state.all_promotions() if promotion.platform_id]
        await asyncio.gather(*(self._promoting.refresh_now(promotion) for promotion in exist))

    def open_questions(self) -> tuple[Promotion, ...]:
        """The promotions of which nobody knows yet whether they exist."""
        return tuple(p for p in self._desk.state.all_promotions() if p.state in OPEN_QUESTIONS)

    async def _fire(self, room_id: str, asked: Promotion) -> None:
        desk = self._desk
        if desk.platform is None:
            return
        fact = await desk.work(lambda: fire(desk.platform, room_id, asked, desk.clock.now_ms()))  # type: ignore[arg-type]
        desk.hear([fact])

    async def _look_up(self, promotion: Promotion) -> None:
        desk = self._desk
        try:
            if desk.platform is not None:
                fact = await desk.work(look_up, desk.platform, promotion, desk.clock.now_ms())
                if fact is not None:
                    desk.hear([fact])
        finally:
            self._looking_up.discard(promotion.id)

    def _find(self, promotion_id: str) -> Promotion:
        try:
            return self._desk.state.promotions[promotion_id]
        except KeyError:
            raise UserError("error.promo.no_such_promotion") from None

    def _save(self, by: By, verb: str, promotion: Promotion, **detail: Any) -> None:
        desk = self._desk
        now_ms = desk.clock.now_ms()
        what = {"promo.drop": "asked", "promo.close": "closed"}.get(verb, verb.removeprefix("promo."))
        payload = {"promotion_id": promotion.id, "name": promotion.kind.name, "key": promotion.key} | detail
        desk.save(
            by,
            verb,
            payload,
            promotions=[promotion],
            also=lambda tx: tx.ledger(promotion, now_ms, what, **detail),
        )
        desk.tell(PromotionChanged(at_ms=now_ms, promotion_id=promotion.id, state=promotion.state.value))


def preflight(desk: Desk, promotion: Promotion) -> tuple[Check, ...]:
    """The checks of a promotion as things are now: on air, in the budget, in stock, price as on the pool's newest."""
    rundown = desk.state.rundown
    product_id = getattr(promotion.kind, "product_id", None)
    item = next((item for item in rundown.items if item.product.id == product_id), None)
    stale = desk.state.stale_ids
    return checks(
        promotion,
        is_live=desk.state.session.state is SessionState.LIVE,
        cap=Money(desk.settings.budget_fen),
        others=desk.state.all_promotions(),
        stock=item.product.stock if item else None,
        is_fresh=product_id not in stale if product_id else True,
    )
