"""Which orders count for what: gross, returned, unpaid, and the commission still expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from studio.core.money import ZERO, Money

KEPT = ("paid", "received", "settled")


@dataclass(frozen=True, kw_only=True)
class Sales:
    """Orders of one product or of the show; ``gmv`` counts paid orders that were not returned."""

    orders: int = 0
    units: int = 0
    unpaid: int = 0
    returned: int = 0
    gmv: Money = ZERO
    returned_amount: Money = ZERO
    discount: Money = ZERO
    commission: Money = ZERO

    def __add__(self, other: Sales) -> Sales:
        return Sales(
            orders=self.orders + other.orders,
            units=self.units + other.units,
            unpaid=self.unpaid + other.unpaid,
            returned=self.returned + other.returned,
            gmv=self.gmv + other.gmv,
            returned_amount=self.returned_amount + other.returned_amount,
            discount=self.discount + other.discount,
            commission=self.commission + other.commission,
        )

    def to_dict(self) -> dict[str, int]:
        """The JSON form, amounts in fen."""
        return {
            "orders": self.orders,
            "units": self.units,
            "unpaid_orders": self.unpaid,
            "returned_orders": self.returned,
            "gmv_fen": self.gmv.fen,
            "returned_fen": self.returned_amount.fen,
            "discount_fen": self.discount.fen,
            "commission_fen": self.commission.fen,
        }


def of_order(order: Mapping[str, Any], commission_bp: int) -> Sales:
    """What one order adds; an order that was never paid adds only to ``unpaid``."""
    paid = Money(int(order.get("paid_fen") or 0))
    status = order.get("status")
    if status in KEPT:
        return Sales(
            orders=1,
            units=int(order.get("quantity") or 0),
            gmv=paid,
            discount=Money(int(order.get("discount_fen") or 0)),
            commission=paid.share(commission_bp),
        )
    if paid and status in ("void", "clawback"):
        return Sales(returned=1, returned_amount=paid)
    return Sales(unpaid=1)


def by_product(orders: Iterable[Mapping[str, Any]], commission_bp: Mapping[str, int]) -> dict[str, Sales]:
    """The sales of each product that has any order."""
    sums: dict[str, Sales] = {}
    for order in orders:
        product_id = str(order.get("product_id") or "")
        sums[product_id] = sums.get(product_id, Sales()) + of_order(order, commission_bp.get(product_id, 0))
    return sums
