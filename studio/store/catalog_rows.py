"""The tables of ``pool.sqlite``, and a product as a row and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from studio.core.errors import UserError
from studio.core.goods import Product, Sku
from studio.core.money import Money

FORMAT = 1
APPLICATION_ID = 0x41537031  # "ASp1"
PAGE = 1000

COLUMNS = (
    "id",
    "title",
    "shop",
    "category",
    "price_fen",
    "list_price_fen",
    "commission_bp",
    "sales",
    "stock",
    "return_rate_bp",
    "selling_points",
    "guarantees",
    "skus",
    "version",
)
FIELDS = ", ".join(COLUMNS)
ID, TITLE, CATEGORY, PRICE, COMMISSION, SALES, STOCK, VERSION = (
    COLUMNS.index(name)
    for name in ("id", "title", "category", "price_fen", "commission_bp", "sales", "stock", "version")
)

TABLES = (
    """CREATE TABLE product (
        no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, shop TEXT NOT NULL, category TEXT NOT NULL,
        price_fen INTEGER NOT NULL, list_price_fen INTEGER NOT NULL, commission_bp INTEGER NOT NULL,
        sales INTEGER NOT NULL, stock INTEGER NOT NULL, return_rate_bp INTEGER,
        selling_points TEXT NOT NULL, guarantees TEXT NOT NULL, skus TEXT NOT NULL, version INTEGER NOT NULL)""",
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE batch (seq INTEGER PRIMARY KEY, nos BLOB NOT NULL)",
    "CREATE TABLE listed (no INTEGER PRIMARY KEY)",
)
DROP_SPELLING = ("DROP TABLE spelling",)
SPELLING = (
    """CREATE TABLE spelling (term TEXT PRIMARY KEY, syllables TEXT NOT NULL, initials TEXT NOT NULL,
        titles INTEGER NOT NULL) WITHOUT ROWID""",
)
SPELLING_INDEXES = (
    "CREATE INDEX spelling_syllables ON spelling (syllables)",
    "CREATE INDEX spelling_initials ON spelling (initials, titles)",
)

Row = tuple[Any, ...]


def row_of(product: Product) -> Row:
    """A product as a row in the order of COLUMNS."""
    return (
        product.id,
        product.title,
        product.shop,
        product.category,
        product.price.fen,
        product.list_price.fen,
        product.commission_bp,
        product.sales,
        product.stock,
        product.return_rate_bp,
        _packed(product.selling_points),
        _packed(product.guarantees),
        _packed([[sku.id, sku.name, sku.price.fen, sku.stock] for sku in product.skus]) if product.skus else "[]",
        product.version,
    )


def product_of(row: Sequence[Any]) -> Product:
    """A row in the order of COLUMNS as a product."""
    return Product(
        id=row[0],
        title=row[1],
        shop=row[2],
        category=row[3],
        price=Money(row[4]),
        list_price=Money(row[5]),
        commission_bp=row[6],
        sales=row[7],
        stock=row[8],
        return_rate_bp=row[9],
        selling_points=_texts(row[10]),
        guarantees=_texts(row[11]),
        skus=tuple(
            Sku(id=name, name=told, price=Money(fen), stock=stock) for name, told, fen, stock in json.loads(row[12])
        )
        if row[12] != "[]"
        else (),
        version=row[13],
    )


def _packed(values: Sequence[Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")) if values else "[]"


def _texts(packed: str) -> tuple[str, ...]:
    return tuple(json.loads(packed)) if packed != "[]" else ()


def read_meta(connection: Connection, name: str, default: str = "") -> str:
    """A small value kept beside the products."""
    value = connection.exec_driver_sql("SELECT value FROM meta WHERE name = ?", (name,)).scalar()
    return default if value is None else str(value)


def write_meta(connection: Connection, name: str, value: object) -> None:
    """Keep a small value, inside a write."""
    connection.exec_driver_sql(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, str(value))
    )


def make_tables(connection: Connection, path: object, identity: str) -> None:
    """Bring a new file to this program's format, inside a write; raises UserError for a newer or a stranger's file."""
    found = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
    owner = int(connection.exec_driver_sql("PRAGMA application_id").scalar_one())
    if found > FORMAT and owner in (0, APPLICATION_ID):
        raise UserError("error.pool.newer", path=path, found=found, known=FORMAT)
    has_tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
    if has_tables and owner != APPLICATION_ID:
        raise UserError("error.pool.stranger", path=path)
    if has_tables:
        return
    for statement in TABLES + SPELLING + SPELLING_INDEXES:
        connection.exec_driver_sql(statement)
    for name, value in (("identity", identity), ("count", 0), ("next_no", 1), ("seq", 0), ("trimmed", 0)):
        write_meta(connection, name, value)
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version = {FORMAT}")
