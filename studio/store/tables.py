"""The tables of ``show.sqlite``; money in fen, times in milliseconds since the epoch, settings as JSON text."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

rundowns = Table(
    "rundowns",
    metadata,
    Column("id", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("standby_id", String),
    Column("on_air", Text),
)
items = Table(
    "items",
    metadata,
    Column("id", String, primary_key=True),
    Column("rundown_id", String, nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("product", Text, nullable=False),
    Column("live_price_fen", Integer, nullable=False),
    Column("planned_s", Integer, nullable=False),
    Column("was_aired", Integer, nullable=False),
    Column("aired_ms", Integer, nullable=False),
)
sessions = Table(
    "sessions",
    metadata,
    Column("id", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("anchor", String, nullable=False),
    Column("rundown_id", String, nullable=False),
    Column("is_rehearsal", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("started_ms", Integer),
    Column("ended_ms", Integer),
    Column("room_id", String),
    Column("events_seen", Integer, nullable=False),
    Column("orders_seen", Integer, nullable=False),
    Column("viewers", Integer, nullable=False),
    Column("hidden_layers", Text, nullable=False),
    Column("is_recording", Integer, nullable=False),
)
promotions = Table(
    "promotions",
    metadata,
    Column("id", String, primary_key=True),
    Column("session_id", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("settings", Text, nullable=False),
    Column("item_id", String),
    Column("state", String, nullable=False),
    Column("key", String, unique=True),
    Column("asked_ms", Integer),
    Column("not_after_ms", Integer),
    Column("confirmed_ms", Integer),
    Column("ends_ms", Integer),
    Column("platform_id", String),
    Column("claimed", Integer, nullable=False),
    Column("redeemed", Integer, nullable=False),
    Column("cost_fen", Integer, nullable=False),
    Column("reason", Text, nullable=False),
)
ledger = Table(
    "ledger",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("promotion_id", String, nullable=False, index=True),
    Column("key", String),
    Column("at_ms", Integer, nullable=False),
    Column("what", String, nullable=False),
    Column("detail", Text, nullable=False),
)
as_run = Table(
    "as_run",
    metadata,
    Column("session_id", String, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at_ms", Integer, nullable=False),
    Column("verb", String, nullable=False),
    Column("by", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("prev_hash", String, nullable=False),
    Column("hash", String, nullable=False),
    PrimaryKeyConstraint("session_id", "seq"),
)
presses = Table(
    "presses",
    metadata,
    Column("press_id", String, primary_key=True),
    Column("verb", String, nullable=False),
    Column("at_ms", Integer, nullable=False),
)
orders = Table(
    "orders",
    metadata,
    Column("order_id", String, primary_key=True),
    Column("session_id", String, nullable=False, index=True),
    Column("product_id", String, nullable=False),
    Column("sku_id", String),
    Column("quantity", Integer, nullable=False),
    Column("buyer_id", String, nullable=False),
    Column("status", String, nullable=False),
    Column("total_fen", Integer, nullable=False),
    Column("paid_fen", Integer, nullable=False),
    Column("discount_fen", Integer, nullable=False),
    Column("promotion_id", String),
    Column("created_at_ms", Integer, nullable=False),
    Column("updated_at_ms", Integer, nullable=False),
    Column("version", Integer, nullable=False),
)
comments = Table(
    "comments",
    metadata,
    Column("session_id", String, nullable=False),
    Column("comment_id", String, nullable=False),
    Column("at_ms", Integer, nullable=False),
    Column("buyer_id", String, nullable=False),
    Column("nick", String, nullable=False),
    Column("text", Text, nullable=False),
    PrimaryKeyConstraint("session_id", "comment_id"),
)
recordings = Table(
    "recordings",
    metadata,
    Column("session_id", String, nullable=False),
    Column("part", Integer, nullable=False),
    Column("path", Text, nullable=False),
    Column("started_ms", Integer, nullable=False),
    Column("bytes", Integer),
    Column("seconds", Float),
    PrimaryKeyConstraint("session_id", "part"),
)
marks = Table(
    "marks",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("session_id", String, nullable=False, index=True),
    Column("recording", String),
    Column("item_id", String, nullable=False),
    Column("frame_index", Integer, nullable=False),
    Column("pts_ms", Integer),
    Column("at_ms", Integer, nullable=False),
)
health = Table(
    "health",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("session_id", String, nullable=False),
    Column("at_ms", Integer, nullable=False),
    Column("sample", Text, nullable=False),
    Index("ix_health_session", "session_id", "at_ms"),
)
shortlist = Table(
    "shortlist",
    metadata,
    Column("product_id", String, primary_key=True),
    Column("product", Text, nullable=False),
    Column("added_ms", Integer, nullable=False),
)
witnesses = Table(
    "witnesses",
    metadata,
    Column("session_id", String, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("head", String, nullable=False),
    Column("sent_ms", Integer),
    UniqueConstraint("session_id", "seq"),
)
setup = Table(
    "setup",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)
clips = Table(
    "clips",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("session_id", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("item_id", String),
    Column("part", Integer, nullable=False),
    Column("title", String, nullable=False),
    Column("path", String, nullable=False),
    Column("cover", String, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("made_ms", Integer, nullable=False),
)

APPEND_ONLY = ("as_run", "ledger")
