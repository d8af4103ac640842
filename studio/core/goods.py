"""Goods as every room knows them: frozen, prices in fen."""

from __future__ import annotations

from dataclasses import dataclass

from studio.core.money import Money


@dataclass(frozen=True, kw_only=True)
class Sku:
    """One choice of a product (规格), e.g. 1号色 / 5斤装."""

    id: str
    name: str
    price: Money
    stock: int


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product of the pool (商品); ``commission_bp`` is the commission rate in 1/10,000, ``version`` grows with each change."""

    id: str
    title: str
    price: Money
    list_price: Money
    stock: int
    shop: str = ""
    category: str = ""
    commission_bp: int = 0
    sales: int = 0
    return_rate_bp: int | None = None
    selling_points: tuple[str, ...] = ()
    guarantees: tuple[str, ...] = ()
    skus: tuple[Sku, ...] = ()
    version: int = 0


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What this room promises for a product (直播间机制): the live price and the link number on screen."""

    product: Product
    live_price: Money
    number: int
