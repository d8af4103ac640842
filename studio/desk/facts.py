"""Facts from the platform and from jobs; the picture's own facts are in ``video.facts``."""

from __future__ import annotations

from dataclasses import dataclass, field

from studio.core.errors import UserError
from studio.core.events import Fact
from studio.core.goods import Product
from studio.desk.ports import OrderState, PromotionReceipt, RoomEvent


@dataclass(frozen=True, kw_only=True)
class RoomHeard(Fact):
    """What happened in the room since the last time; ``last_seq`` is where to go on."""

    events: tuple[RoomEvent, ...]
    last_seq: int


@dataclass(frozen=True, kw_only=True)
class OrdersHeard(Fact):
    """Orders that are new or changed; ``next_since`` is where to go on."""

    orders: tuple[OrderState, ...]
    next_since: int


@dataclass(frozen=True, kw_only=True)
class PlatformLost(Fact):
    """The platform does not answer; told once until it is back."""

    error: UserError


@dataclass(frozen=True, kw_only=True)
class PlatformBack(Fact):
    """The platform answers again."""


@dataclass(frozen=True, kw_only=True)
class FeatureConfirmed(Fact):
    """The platform shows the product as the one explained (讲解)."""

    product_id: str | None
    at_ms: int


@dataclass(frozen=True, kw_only=True)
class FeatureFailed(Fact):
    """The platform did not take the product up; the picture shows it all the same."""

    product_id: str | None
    error: UserError


@dataclass(frozen=True, kw_only=True)
class PromotionAnswered(Fact):
    """The platform says what a promotion is; ``was_looked_up`` when we had to ask what became of it."""

    promotion_id: str
    receipt: PromotionReceipt
    was_looked_up: bool = False


@dataclass(frozen=True, kw_only=True)
class PromotionRefused(Fact):
    """The platform said no: nothing was created."""

    promotion_id: str
    error: UserError


@dataclass(frozen=True, kw_only=True)
class PromotionDoubted(Fact):
    """The platform's answer is missing: it may exist."""

    promotion_id: str
    error: UserError


@dataclass(frozen=True, kw_only=True)
class PromotionUnknown(Fact):
    """The platform did not know the key when it was asked, at ``asked_ms``."""

    promotion_id: str
    asked_ms: int


@dataclass(frozen=True, kw_only=True)
class PoolProgressed(Fact):
    """How far a sync of the pool is; ``total`` is 0 while it is not known."""

    done: int
    total: int


@dataclass(frozen=True, kw_only=True)
class PoolSynced(Fact):
    """A sync of the pool ended; ``error`` when it did not come to its end."""

    count: int
    error: UserError | None = None


@dataclass(frozen=True, kw_only=True)
class PictureFetched(Fact):
    """A product's picture came."""

    product_id: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ProductsRefreshed(Fact):
    """Products of the rundown changed in the pool."""

    products: tuple[Product, ...]
