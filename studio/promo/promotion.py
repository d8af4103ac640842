"""A promotion (营销活动) and its life: nothing that gives money away fires late, twice, or is repeated blindly.

``draft → armed → asked → live → ended | closed``; an ask ends as ``refused`` or ``expired`` when the platform never
acted, and rests as ``unconfirmed`` while that is not known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from studio.core.errors import UserError
from studio.core.money import ZERO, Money
from studio.promo.kinds import Kind

FIRE_WITHIN_MS = 5_000
"""A drop that has not reached the platform after this long is void: it expires instead of firing late."""

LOOK_UP_AFTER_MS = 1_500
"""How long after its deadline an ask that the platform does not know counts as never done."""


class PromotionState(Enum):
    """Where a promotion stands."""

    DRAFT = "draft"
    ARMED = "armed"
    ASKED = "asked"
    LIVE = "live"
    ENDED = "ended"
    CLOSED = "closed"
    EXPIRED = "expired"
    UNCONFIRMED = "unconfirmed"
    REFUSED = "refused"


OPEN_QUESTIONS = (PromotionState.ASKED, PromotionState.UNCONFIRMED)
SPENDING = (*OPEN_QUESTIONS, PromotionState.LIVE, PromotionState.ENDED, PromotionState.CLOSED)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One preflight check by its name; a promotion is armed only when all are fine."""

    key: str
    is_ok: bool


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """A coupon or red envelope of one session; ``key`` is its idempotency key, made when it is dropped."""

    id: str
    session_id: str
    kind: Kind
    item_id: str | None = None
    state: PromotionState = PromotionState.DRAFT
    key: str | None = None
    asked_ms: int | None = None
    not_after_ms: int | None = None
    confirmed_ms: int | None = None
    ends_ms: int | None = None
    platform_id: str | None = None
    claimed: int = 0
    redeemed: int = 0
    cost: Money = ZERO
    reason: str = ""

    @property
    def budget(self) -> Money:
        """The most this promotion can cost."""
        return self.kind.worst_case()

    def arm(self, checks: tuple[Check, ...]) -> Promotion:
        """Ready to drop (就绪); raises UserError that names the first check that fails."""
        self._must_be(PromotionState.DRAFT)
        _pass(checks)
        return replace(self, state=PromotionState.ARMED)

    def disarm(self) -> Promotion:
        """Back to draft."""
        self._must_be(PromotionState.ARMED)
        return replace(self, state=PromotionState.DRAFT)

    def ask(self, key: str, now_ms: int, checks: tuple[Check, ...]) -> Promotion:
        """The intent to drop it (发放), to be saved before the platform is asked."""
        self._must_be(PromotionState.ARMED)
        _pass(checks)
        return replace(self, state=PromotionState.ASKED, key=key, asked_ms=now_ms, not_after_ms=now_ms + FIRE_WITHIN_MS)

    def confirm(self, platform_id: str, at_ms: int, ends_ms: int) -> Promotion:
        """The platform says it exists."""
        self._must_be(*OPEN_QUESTIONS)
        return replace(
            self,
            state=PromotionState.LIVE,
            platform_id=platform_id,
            confirmed_ms=at_ms,
            ends_ms=ends_ms,
            reason="",
        )

    def doubt(self, reason: str) -> Promotion:
        """The answer is missing: it may or may not exist."""
        self._must_be(*OPEN_QUESTIONS)
        return replace(self, state=PromotionState.UNCONFIRMED, reason=reason)

    def refuse(self, reason: str) -> Promotion:
        """The platform said no: nothing exists."""
        self._must_be(*OPEN_QUESTIONS)
        return replace(self, state=PromotionState.REFUSED, reason=reason)

    def may_expire(self, now_ms: int) -> bool:
        """Whether a platform that does not know the key now never will: its deadline is well past."""
        return self.not_after_ms is not None and now_ms > self.not_after_ms + LOOK_UP_AFTER_MS

    def expire(self) -> Promotion:
        """It was never done and never will be."""
        self._must_be(PromotionState.ARMED, *OPEN_QUESTIONS)
        return replace(self, state=PromotionState.EXPIRED)

    def count(self, claimed: int, redeemed: int, cost: Money) -> Promotion:
        """What the platform counts now."""
        return replace(self, claimed=claimed, redeemed=redeemed, cost=cost)

    def end(self) -> Promotion:
        """Its time is over or all is claimed."""
        self._must_be(PromotionState.LIVE)
        return replace(self, state=PromotionState.ENDED)

    def close(self) -> Promotion:
        """Ended early by hand."""
        self._must_be(PromotionState.LIVE)
        return replace(self, state=PromotionState.CLOSED)

    def is_running(self, now_ms: int) -> bool:
        """Whether viewers can use it now."""
        return self.state is PromotionState.LIVE and (self.ends_ms is None or now_ms < self.ends_ms)

    def _must_be(self, *states: PromotionState) -> None:
        if self.state not in states:
            raise UserError("error.promo.wrong_state", name=self.kind.name, state=self.state.value)


def _pass(checks: tuple[Check, ...]) -> None:
    for check in checks:
        if not check.is_ok:
            raise UserError(f"error.promo.check_{check.key}")


def committed(promotions: tuple[Promotion, ...]) -> Money:
    """The most that all dropped promotions of a show can cost: the budget of those that run, what is owed by those that are over."""
    total = ZERO
    for promotion in promotions:
        if promotion.state in (PromotionState.ENDED, PromotionState.CLOSED):
            total += promotion.kind.owed(promotion.claimed, promotion.cost)
        elif promotion.state in SPENDING:
            total += promotion.budget
    return total


def spent(promotions: tuple[Promotion, ...]) -> Money:
    """What has been given away for certain."""
    total = ZERO
    for promotion in promotions:
        total += promotion.cost
    return total


def checks(
    promotion: Promotion, *, is_live: bool, cap: Money, others: tuple[Promotion, ...], stock: int | None, is_fresh: bool
) -> tuple[Check, ...]:
    """The preflight: on air, inside the budget with all others, in stock, and the price is the pool's newest."""
    rest = tuple(other for other in others if other.id != promotion.id)
    return (
        Check(key="budget", is_ok=committed(rest) + promotion.budget <= cap),
        Check(key="price", is_ok=is_fresh),
        Check(key="stock", is_ok=stock is None or stock > 0),
        Check(key="window", is_ok=is_live),
    )
