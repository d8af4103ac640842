"""The picker (选品): how well a product suits an anchor, as points out of 100 that add up and say why."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from studio.core.goods import Product
from studio.core.i18n import tr
from studio.core.money import Money
from studio.pool.tokens import normalise

CATEGORY_POINTS = 30
PRICE_POINTS = 20
COMMISSION_POINTS = 20
SALES_POINTS = 15
RETURN_POINTS = 10
WORD_POINTS = 5
MANY_SALES = 100_000


@dataclass(frozen=True, kw_only=True)
class AnchorProfile:
    """What an anchor sells well: categories, prices (both ends included), and the words of the room's style."""

    categories: frozenset[str] = frozenset()
    low_price: Money = Money(0)
    high_price: Money = Money(2**53)
    good_commission_bp: int = 2000
    bad_return_rate_bp: int = 3000
    words: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Some of the points, and what they are for: ``name`` is one of category, price, commission, sales, returns, words."""

    name: str
    points: int
    most: int

    def __str__(self) -> str:
        return tr("pool.picker.reason", what=tr(f"pool.picker.{self.name}"), points=self.points, most=self.most)


@dataclass(frozen=True, kw_only=True)
class Match:
    """How well a product suits: ``points`` is the sum of its reasons; nothing that is out of stock suits at all."""

    product: Product
    reasons: tuple[Reason, ...]

    @property
    def points(self) -> int:
        return sum(reason.points for reason in self.reasons)


def match(product: Product, profile: AnchorProfile) -> Match:
    """Weigh one product."""
    if product.stock <= 0:
        return Match(product=product, reasons=())
    title = normalise(product.title)
    shares = (
        ("category", CATEGORY_POINTS, float(product.category in profile.categories)),
        ("price", PRICE_POINTS, _price_share(product.price, profile)),
        ("commission", COMMISSION_POINTS, product.commission_bp / max(1, profile.good_commission_bp)),
        ("sales", SALES_POINTS, math.log1p(product.sales) / math.log1p(MANY_SALES)),
        ("returns", RETURN_POINTS, _return_share(product.return_rate_bp, profile.bad_return_rate_bp)),
        ("words", WORD_POINTS, float(any(normalise(word) in title for word in profile.words if word))),
    )
    reasons = (Reason(name=name, points=round(most * min(1.0, share)), most=most) for name, most, share in shares)
    return Match(product=product, reasons=tuple(reasons))


def _price_share(price: Money, profile: AnchorProfile) -> float:
    """1 inside the anchor's prices; outside it shrinks as the distance grows, half at twice or half the price."""
    if price < profile.low_price:
        return price.fen / profile.low_price.fen
    if price > profile.high_price:
        return profile.high_price.fen / price.fen
    return 1.0


def _return_share(return_rate_bp: int | None, bad_bp: int) -> float:
    """1 when nothing comes back, 0 from ``bad_bp`` on, a half while nobody knows."""
    if return_rate_bp is None:
        return 0.5
    return max(0.0, 1 - return_rate_bp / max(1, bad_bp))


def shortlist(
    products: Iterable[Product], profile: AnchorProfile, count: int, most_per_shop: int = 3
) -> tuple[Match, ...]:
    """The ``count`` products that suit best (备选清单), at most ``most_per_shop`` of one shop; among equals, what sells."""
    matches = sorted(
        (match(product, profile) for product in products),
        key=lambda one: (-one.points, -one.product.sales, one.product.id),
    )
    taken: Counter[str] = Counter()
    chosen: list[Match] = []
    for one in matches:
        shop = one.product.shop
        if len(chosen) == count or not one.points:
            break
        if not shop or taken[shop] < most_per_shop:
            taken[shop] += 1
            chosen.append(one)
    return tuple(chosen)
