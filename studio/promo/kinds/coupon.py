"""The coupon (优惠券): ``amount_fen`` off from ``threshold_fen`` on (满减)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from studio.core.errors import UserError
from studio.core.money import Money
from studio.promo.kinds import KINDS, named, whole


@dataclass(frozen=True, kw_only=True)
class Coupon:
    """Settings of a coupon; its worst case is that every piece is redeemed."""

    kind: ClassVar[str] = "coupon"
    name: str
    threshold_fen: int
    amount_fen: int
    total_count: int
    per_buyer: int = 1
    valid_s: int = 120
    product_id: str | None = None

    def __post_init__(self) -> None:
        named(self.name)
        whole("threshold_fen", self.threshold_fen, 0, 10_000_000)
        whole("amount_fen", self.amount_fen, 1, 10_000_000)
        whole("total_count", self.total_count, 1, 100_000)
        whole("per_buyer", self.per_buyer, 1, self.total_count)
        whole("valid_s", self.valid_s, 5, 86_400)
        if 0 < self.threshold_fen < self.amount_fen:
            raise UserError("error.promo.threshold_below_amount")

    @property
    def total(self) -> int:
        return self.total_count

    def worst_case(self) -> Money:
        return Money(self.amount_fen) * self.total_count

    def owed(self, claimed: int, cost: Money) -> Money:
        return max(cost, Money(self.amount_fen) * claimed)


KINDS.add(Coupon.kind, Coupon)
