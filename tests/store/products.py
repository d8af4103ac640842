"""Products and rows for the catalogue's tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studio.core.goods import Product
from studio.core.money import Money
from studio.store.catalog import Catalog
from studio.store.catalog_rows import row_of


def product(
    product_id: str, title: str = "赣南脐橙", *, version: int = 1, price_fen: int = 2990, **fields: object
) -> Product:
    values: dict[str, object] = {"stock": 10, "sales": 5, "category": "水果", "commission_bp": 1000, **fields}
    price = Money(price_fen)
    return Product(id=product_id, title=title, price=price, list_price=price, version=version, **values)  # type: ignore[arg-type]


def open_catalog(folder: Path) -> Catalog:
    return Catalog(folder / "pool.sqlite", folder / "pool.index")


def put(catalog: Catalog, products: Sequence[Product], *, is_listing: bool = False) -> None:
    with catalog.writer() as writer:
        writer.upsert_rows([row_of(one) for one in products], is_listing=is_listing)
        writer.commit()


def everything(catalog: Catalog) -> dict[str, Product]:
    found: dict[str, Product] = {}
    after: int | None = 0
    while after is not None:
        page, after = catalog.page(after, 7)
        found |= {one.id: one for one in page}
    return found
