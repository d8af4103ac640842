"""How a promotion's answer becomes a second, saved fact; and how an open question is looked up, never repeated."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from studio.core.errors import UserError
from studio.core.events import Fact
from studio.core.money import Money
from studio.desk import facts
from studio.desk.events import PromotionChanged
from studio.desk.ports import CouponWish, PlatformError, PromotionReceipt, RedEnvelopeWish
from studio.promo.kinds.coupon import Coupon
from studio.promo.kinds.red_envelope import RedEnvelope
from studio.promo.promotion import OPEN_QUESTIONS, Promotion, PromotionState

if TYPE_CHECKING:
    from studio.desk.desk import Desk
    from studio.desk.doors import Platform

_log = logging.getLogger(__name__)


def fire(platform: Platform, room_id: str, promotion: Promotion, now_ms: int) -> Fact:
    """Ask the platform once to create a promotion (blocking); every end of it is a fact."""
    if promotion.key is None or promotion.not_after_ms is None:
        raise ValueError("a promotion is fired only after its intent was saved")
    if now_ms > promotion.not_after_ms:
        late = PlatformError("error.promo.too_late", code="expired")
        return facts.PromotionRefused(promotion_id=promotion.id, error=late)
    try:
        receipt = _create(platform, room_id, promotion.key, promotion.not_after_ms, promotion)
    except PlatformError as error:
        if error.is_unknown:
            return facts.PromotionDoubted(promotion_id=promotion.id, error=error)
        return facts.PromotionRefused(promotion_id=promotion.id, error=error)
    return facts.PromotionAnswered(promotion_id=promotion.id, receipt=receipt)


def _create(platform: Platform, room_id: str, key: str, not_after_ms: int, promotion: Promotion) -> PromotionReceipt:
    kind = promotion.kind
    if isinstance(kind, Coupon):
        wish = CouponWish(
            name=kind.name,
            product_id=kind.product_id,
            threshold=Money(kind.threshold_fen),
            amount=Money(kind.amount_fen),
            total=kind.total_count,
            per_buyer=kind.per_buyer,
            valid_s=kind.valid_s,
            not_after_ms=not_after_ms,
        )
        return platform.create_coupon(room_id, key, wish)
    if isinstance(kind, RedEnvelope):
        envelope = RedEnvelopeWish(
            name=kind.name,
            amount=Money(kind.total_fen),
            count=kind.count,
            mode=kind.mode,
            valid_s=kind.valid_s,
            not_after_ms=not_after_ms,
        )
        return platform.create_red_envelope(room_id, key, envelope)
    raise PlatformError("error.promo.unknown_kind", kind=kind.kind)


def look_up(platform: Platform, promotion: Promotion, asked_ms: int) -> Fact | None:
    """Ask what became of a promotion whose answer is missing (blocking; ``asked_ms`` is now); None when the platform does
    not answer."""
    if promotion.key is None:
        raise ValueError("only a promotion that was asked for can be looked up")
    try:
        receipt = platform.find_promotion(promotion.key)
    except PlatformError as error:
        _log.info("promotion %s cannot be looked up yet: %s", promotion.id, error)
        return None
    if receipt is None:
        return facts.PromotionUnknown(promotion_id=promotion.id, asked_ms=asked_ms)
    return facts.PromotionAnswered(promotion_id=promotion.id, receipt=receipt, was_looked_up=True)


class Promoting:
    """Takes in what the platform says of promotions; every change has a row in the ledger."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._refreshing: set[str] = set()

    def answered(self, fact: facts.PromotionAnswered) -> None:
        """It exists: live from now, or only its counts when it was known before."""
        promotion = self._desk.state.promotions[fact.promotion_id]
        receipt = fact.receipt
        if promotion.state in OPEN_QUESTIONS:
            live = promotion.confirm(receipt.promotion_id, receipt.created_at_ms, receipt.ends_at_ms)
            live = live.count(receipt.claimed, receipt.redeemed, receipt.cost)
            what = "looked_up" if fact.was_looked_up else "confirmed"
            self._save(live, what, platform_id=receipt.promotion_id, created_at_ms=receipt.created_at_ms)
            promotion = live
        is_newer = (receipt.claimed, receipt.redeemed) >= (promotion.claimed, promotion.redeemed)
        counted = promotion.count(receipt.claimed, receipt.redeemed, receipt.cost) if is_newer else promotion
        if counted != promotion:
            with self._desk.store.transaction() as tx:
                tx.promotion(counted)
            self._desk.hold(promotions=[counted])
        if counted.state is PromotionState.LIVE and receipt.state in ("ended", "closed"):
            self._save(counted.end(), "ended", claimed=receipt.claimed, cost_fen=receipt.cost.fen)
        self._show(counted)

    def refused(self, fact: facts.PromotionRefused) -> None:
        """The platform said no."""
        promotion = self._desk.state.promotions[fact.promotion_id]
        code = getattr(fact.error, "code", "")
        after = promotion.expire() if code == "expired" else promotion.refuse(str(fact.error))
        self._save(after, after.state.value, reason=str(fact.error))
        self._desk.notice("warn", f"show.promo_{after.state.value}", name=promotion.kind.name, reason=fact.error)
        self._show(after)

    def doubted(self, fact: facts.PromotionDoubted) -> None:
        """Nobody knows: it is looked up by its key until somebody does."""
        promotion = self._desk.state.promotions[fact.promotion_id]
        if promotion.state not in OPEN_QUESTIONS:
            return
        self._save(promotion.doubt(str(fact.error)), "unconfirmed", reason=str(fact.error))
        self._desk.notice("warn", "show.promo_unconfirmed", name=promotion.kind.name)
        self._show(promotion)

    def unknown(self, fact: facts.PromotionUnknown) -> None:
        """The platform does not know the key; once the deadline is well past, it never will."""
        promotion = self._desk.state.promotions[fact.promotion_id]
        if promotion.state not in OPEN_QUESTIONS or not promotion.may_expire(fact.asked_ms):
            return
        self._save(promotion.expire(), "expired")
        self._desk.notice("warn", "show.promo_expired", name=promotion.kind.name, reason="")
        self._show(promotion)

    def resume(self) -> None:
        """After a start: whatever was asked and not answered is in doubt."""
        for promotion in self._desk.state.all_promotions():
            if promotion.state is PromotionState.ASKED:
                self._save(promotion.doubt("restart"), "unconfirmed", reason="restart")

    def refresh_claims(self, platform_ids: set[str]) -> None:
        """Fetch the counts of promotions that were claimed from."""
        for promotion in self._desk.state.all_promotions():
            if promotion.platform_id in platform_ids:
                self.refresh(promotion)

    def refresh(self, promotion: Promotion) -> None:
        """Fetch one promotion's counts in the background, never twice at a time."""
        if promotion.id not in self._refreshing and promotion.platform_id is not None:
            self._refreshing.add(promotion.id)
            self._desk.later(self._refresh(promotion.id, promotion.platform_id))

    async def refresh_now(self, promotion: Promotion) -> None:
        """Fetch one promotion's counts and wait for them."""
        if promotion.platform_id is not None:
            await self._refresh(promotion.id, promotion.platform_id)

    async def _refresh(self, promotion_id: str, platform_id: str) -> None:
        platform = self._desk.platform
        if platform is None:
            return
        try:
            receipt = await self._desk.work(platform.promotion, platform_id)
            self._desk.hear([facts.PromotionAnswered(promotion_id=promotion_id, receipt=receipt)])
        except UserError as error:
            _log.info("counts of %s did not come: %s", promotion_id, error)
        finally:
            self._refreshing.discard(promotion_id)

    def _save(self, promotion: Promotion, what: str, **detail: object) -> None:
        from studio.desk.desk import SYSTEM

        desk = self._desk
        payload = {"promotion_id": promotion.id, "name": promotion.kind.name, "key": promotion.key} | detail
        now_ms = desk.clock.now_ms()
        desk.save(
            SYSTEM,
            f"promo.{what}",
            payload,
            promotions=[promotion],
            also=lambda tx: tx.ledger(promotion, now_ms, what, **detail),
        )

    def _show(self, promotion: Promotion) -> None:
        desk = self._desk
        desk.show_scene()
        state = desk.state.promotions[promotion.id].state.value
        desk.tell(PromotionChanged(at_ms=desk.clock.now_ms(), promotion_id=promotion.id, state=state))
