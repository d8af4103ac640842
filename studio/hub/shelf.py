"""The hub's pool: product rows, the version of each change, and the feed that tells them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from studio.hub.database import Database, read_meta, write_meta
from studio.hub.errors import gone, invalid, not_found
from studio.hub.tables import products, tombstones
from studio.hub.wishes import ProductWish

Json = dict[str, Any]

BRIEF = (
    "id, title, shop, category, price_fen, list_price_fen, commission_bp, sales, stock, return_rate_bp, "
    "selling_points, guarantees, version"
)
LISTING = f"SELECT n, {BRIEF} FROM products WHERE n > ? ORDER BY n LIMIT ?"
MANY = f"SELECT {BRIEF} FROM products WHERE id IN (SELECT value FROM json_each(?))"
CHANGES = f"SELECT {BRIEF}, NULL FROM (SELECT * FROM products WHERE version > ? ORDER BY version LIMIT ?)"


class Shelf:
    """The product pool; ``kept_changes`` is how far back the change feed reaches."""

    def __init__(self, database: Database, kept_changes: int) -> None:
        self._database = database
        self._kept_changes = kept_changes

    def count(self) -> int:
        """How many products there are."""
        with self._database.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(products)).scalar_one())

    def page(self, cursor: str | None, limit: int) -> Json:
        """A page of the listing, found by key: as quick at the end as at the start."""
        version = self.version()  # read before the rows, so that replaying from it misses nothing
        rows, next_after = self.listing(read_cursor(cursor), limit)
        next_cursor = None if next_after is None else write_cursor(next_after)
        return {"items": [brief(row) for row in rows], "next_cursor": next_cursor, "version": version}

    def changes(self, since: int, limit: int) -> Json:
        """What changed after version ``since``, each product once with its newest state; raises 410 ``horizon``."""
        with self._database.reading() as connection:
            version = pool_version(connection)
            if since < version - self._kept_changes:
                raise gone("horizon", f"changes are kept from version {version - self._kept_changes} on; list again")
            upserts = connection.exec_driver_sql(CHANGES, (since, limit + 1)).all()
            gone_rows = connection.execute(
                select(tombstones.c.version, tombstones.c.id)
                .where(tombstones.c.version > since)
                .order_by(tombstones.c.version)
                .limit(limit + 1)
            ).all()
        items = [{"version": row[12], "op": "upsert", "id": row[0], "product": brief(row)} for row in upserts]
        items += [{"version": row[0], "op": "delete", "id": row[1], "product": None} for row in gone_rows]
        items.sort(key=lambda item: item["version"])
        has_more = len(items) > limit
        items = items[:limit]
        next_since = items[-1]["version"] if has_more else version
        return {"items": items, "next_since": max(next_since, since), "has_more": has_more, "version": version}

    def detail(self, product_id: str) -> Json:
        """One product with its choices; raises 404."""
        with self._database.reading() as connection:
            return detail(connection, product_id)

    def version(self) -> int:
        """The version of the newest change."""
        with self._database.reading() as connection:
            return pool_version(connection)

    def listing(self, after: int, limit: int) -> tuple[list[Sequence[Any]], int | None]:
        """Rows in the order of BRIEF after the key ``after``, and the key of the next page (None: this was the last)."""
        with self._database.reading() as connection:
            rows = connection.exec_driver_sql(LISTING, (after, limit + 1)).all()
        return [row[1:] for row in rows[:limit]], rows[limit - 1][0] if len(rows) > limit else None

    def get_many(self, product_ids: list[str]) -> list[Json]:
        """The products with these ids, in this order; unknown ones are left out."""
        with self._database.reading() as connection:
            rows = connection.exec_driver_sql(MANY, (json.dumps(product_ids),)).all()
        found = {row[0]: brief(row) for row in rows}
        return [found[product_id] for product_id in product_ids if product_id in found]

    def put(self, product_id: str, wish: ProductWish) -> Json:
        """List or change a product; the feed tells it as an upsert."""
        values = wish.model_dump()
        for name in ("selling_points", "guarantees"):
            values[name] = _packed(values[name])
        values["skus"] = _packed([[sku.id, sku.name, sku.price_fen, sku.stock] for sku in wish.skus])
        with self._database.writing() as connection:
            values["version"] = bump_version(connection)
            connection.execute(delete(tombstones).where(tombstones.c.id == product_id))
            changed = connection.execute(products.update().where(products.c.id == product_id).values(**values))
            if not changed.rowcount:
                connection.execute(insert(products).values(id=product_id, **values))
            return detail(connection, product_id)

    def delist(self, product_id: str) -> int:
        """Take a product out (下架), leaving a tombstone; returns the tombstone's version. Raises 404."""
        with self._database.writing() as connection:
            if not connection.execute(delete(products).where(products.c.id == product_id)).rowcount:
                raise not_found("product", product_id)
            version = bump_version(connection)
            connection.execute(insert(tombstones).values(id=product_id, version=version))
            connection.execute(delete(tombstones).where(tombstones.c.version <= version - self._kept_changes))
            return version


def pool_version(connection: Connection) -> int:
    """The version of the newest change."""
    return int(read_meta(connection, "pool_version") or 0)


def bump_version(connection: Connection) -> int:
    """The version for one more change, inside a write."""
    version = pool_version(connection) + 1
    write_meta(connection, "pool_version", str(version))
    return version


def brief(row: Sequence[Any]) -> Json:
    """A row in the order of BRIEF as the wire's Product."""
    return {
        "id": row[0],
        "title": row[1],
        "shop": row[2],
        "category": row[3],
        "price_fen": row[4],
        "list_price_fen": row[5],
        "commission_bp": row[6],
        "sales": row[7],
        "stock": row[8],
        "return_rate_bp": row[9],
        "selling_points": json.loads(row[10]),
        "guarantees": json.loads(row[11]),
        "version": row[12],
    }


def detail(connection: Connection, product_id: str) -> Json:
    """The wire's ProductDetail, inside a read or write; raises 404."""
    row = connection.exec_driver_sql(
        f"SELECT {BRIEF}, skus, description FROM products WHERE id = ?", (product_id,)
    ).one_or_none()
    if row is None:
        raise not_found("product", product_id)
    product = brief(row)
    names = ("id", "name", "price_fen", "stock")
    product["skus"] = [dict(zip(names, sku, strict=True)) for sku in json.loads(row[13])]
    product["description"] = row[14] or "；".join([product["title"], *product["selling_points"]])
    return product


def take_stock(connection: Connection, product_id: str, sku_id: str | None, quantity: int) -> None:
    """Sell ``quantity`` out of stock and tell the feed, inside a write; raises 404."""
    product = detail(connection, product_id)
    skus = product["skus"]
    for sku in skus:
        if sku["id"] == sku_id:
            sku["stock"] -= quantity
    connection.execute(
        products.update()
        .where(products.c.id == product_id)
        .values(
            stock=products.c.stock - quantity,
            sales=products.c.sales + quantity,
            skus=_packed([list(sku.values()) for sku in skus]),
            version=bump_version(connection),
        )
    )


def put_back_stock(connection: Connection, product_id: str, sku_id: str | None, quantity: int) -> None:
    """Undo a sale inside a write; a product that was delisted meanwhile has no stock to come back to."""
    if connection.execute(select(products.c.n).where(products.c.id == product_id)).one_or_none() is not None:
        take_stock(connection, product_id, sku_id, -quantity)


def _packed(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def write_cursor(n: int) -> str:
    """A place in a list as an opaque text."""
    return base64.urlsafe_b64encode(f"n{n}".encode()).decode()


def read_cursor(cursor: str | None) -> int:
    """The place behind a cursor, 0 without one; raises 422 for one that was not given out."""
    if cursor is None or cursor == "":
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor.encode()).decode("ascii")
        if text[:1] != "n":
            raise ValueError(text)
        return int(text[1:])
    except (ValueError, binascii.Error) as error:
        raise invalid("bad_cursor", "this cursor was not given out by this hub") from error
