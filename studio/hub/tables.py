"""The hub's tables: one SQLite file of its own."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, MetaData, Table, Text, UniqueConstraint

SCHEMA_VERSION = 1

metadata = MetaData()


def _number(name: str, *, is_optional: bool = False, default: int | None = None) -> Column[int]:
    return Column(name, Integer, nullable=is_optional, default=default)


meta = Table("meta", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

products = Table(
    "products",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("shop", Text, nullable=False),
    Column("category", Text, nullable=False),
    _number("price_fen"),
    _number("list_price_fen"),
    _number("commission_bp"),
    _number("sales"),
    _number("stock"),
    _number("return_rate_bp", is_optional=True),
    Column("selling_points", Text, nullable=False),
    Column("guarantees", Text, nullable=False),
    Column("skus", Text, nullable=False),
    Column("description", Text, nullable=False),
    _number("version"),
    Index("products_by_version", "version"),
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("id", Text, primary_key=True),
    _number("version"),
    Index("tombstones_by_version", "version"),
)

rooms = Table(
    "rooms",
    metadata,
    Column("room_id", Text, primary_key=True),
    Column("session_id", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("push_key", Text, nullable=False, unique=True),
    _number("opened_at_ms"),
    _number("closed_at_ms", is_optional=True),
    Column("featured_product_id", Text, nullable=True),
    _number("featured_at_ms", is_optional=True),
)

witnesses = Table(
    "witnesses",
    metadata,
    Column("n", Integer, primary_key=True),
    Column("room_id", Text, ForeignKey("rooms.room_id"), nullable=False),
    _number("seq"),
    Column("head", Text, nullable=False),
    _number("at_ms"),
    UniqueConstraint("room_id", "seq", "head"),
)

ledger = Table(
    "ledger",
    metadata,
    Column("key", Text, primary_key=True),
    Column("room_id", Text, ForeignKey("rooms.room_id"), nullable=False),
    Column("body_hash", Text, nullable=False),
    Column("promotion_id", Text, nullable=False, unique=True),
    _number("at_ms"),
)

promotions = Table(
    "promotions",
    metadata,
    Column("promotion_id", Text, primary_key=True),
    Column("key", Text, ForeignKey("ledger.key"), nullable=False, unique=True),
    Column("room_id", Text, ForeignKey("rooms.room_id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("product_id", Text, nullable=True),
    _number("threshold_fen", default=0),
    _number("amount_fen", default=0),
    _number("per_buyer", default=1),
    _number("total"),
    _number("claimed", default=0),
    _number("redeemed", default=0),
    _number("cost_fen", default=0),
    _number("budget_fen"),
    _number("created_at_ms"),
    _number("ends_at_ms"),
    _number("closed_at_ms", is_optional=True),
    Index("promotions_by_room", "room_id", "created_at_ms"),
)

envelope_parts = Table(
    "envelope_parts",
    metadata,
    Column("promotion_id", Text, ForeignKey("promotions.promotion_id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    _number("amount_fen"),
)

claims = Table(
    "claims",
    metadata,
    Column("promotion_id", Text, ForeignKey("promotions.promotion_id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("buyer_id", Text, nullable=False),
    _number("amount_fen"),
    _number("at_ms"),
    Column("order_id", Text, nullable=True),
    Index("claims_by_buyer", "promotion_id", "buyer_id"),
)

orders = Table(
    "orders",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("room_id", Text, ForeignKey("rooms.room_id"), nullable=False),
    Column("product_id", Text, nullable=False),
    Column("sku_id", Text, nullable=True),
    _number("quantity"),
    Column("buyer_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    _number("total_fen"),
    _number("paid_fen"),
    _number("discount_fen"),
    Column("promotion_id", Text, nullable=True),
    _number("created_at_ms"),
    _number("updated_at_ms"),
    _number("version"),
    UniqueConstraint("room_id", "version"),
)

events = Table(
    "events",
    metadata,
    Column("room_id", Text, ForeignKey("rooms.room_id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    _number("at_ms"),
    Column("type", Text, nullable=False),
    Column("payload", Text, nullable=False),
)

presence = Table(
    "presence",
    metadata,
    Column("room_id", Text, ForeignKey("rooms.room_id"), primary_key=True),
    Column("buyer_id", Text, primary_key=True),
    Column("nick", Text, nullable=False),
    Column("is_present", Boolean, nullable=False),
)

ingest_totals = Table(
    "ingest_totals",
    metadata,
    Column("room_id", Text, ForeignKey("rooms.room_id"), primary_key=True),
    Column("counters", Text, nullable=False),
)
