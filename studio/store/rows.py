"""Rows ↔ dataclasses as plain functions."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from studio.core.goods import Product, Sku
from studio.core.money import Money
from studio.promo.kinds import from_settings, to_settings
from studio.promo.promotion import Promotion, PromotionState
from studio.show.rundown import Item, OnAir
from studio.show.session import LiveSession, SessionState


def to_json(value: object) -> str:
    """Compact JSON with sorted names: the same value always gives the same text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def product_json(product: Product) -> str:
    return to_json(asdict(product))


def product_from(text: str) -> Product:
    raw: dict[str, Any] = json.loads(text)
    raw["price"] = Money(raw["price"]["fen"])
    raw["list_price"] = Money(raw["list_price"]["fen"])
    raw["skus"] = tuple(Sku(**{**sku, "price": Money(sku["price"]["fen"])}) for sku in raw["skus"])
    raw["selling_points"] = tuple(raw["selling_points"])
    raw["guarantees"] = tuple(raw["guarantees"])
    return Product(**raw)


def item_row(rundown_id: str, position: int, item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "rundown_id": rundown_id,
        "position": position,
        "product": product_json(item.product),
        "live_price_fen": item.live_price.fen,
        "planned_s": item.planned_s,
        "was_aired": int(item.was_aired),
        "aired_ms": item.aired_ms,
    }


def item_from(row: Any) -> Item:
    return Item(
        id=row.id,
        product=product_from(row.product),
        live_price=Money(row.live_price_fen),
        planned_s=row.planned_s,
        was_aired=bool(row.was_aired),
        aired_ms=row.aired_ms,
    )


def on_air_json(on_air: OnAir | None) -> str | None:
    return None if on_air is None else to_json(asdict(on_air) | {"product": product_json(on_air.product)})


def on_air_from(text: str | None) -> OnAir | None:
    if text is None:
        return None
    raw = json.loads(text)
    raw["product"] = product_from(raw["product"])
    raw["live_price"] = Money(raw["live_price"]["fen"])
    return OnAir(**raw)


def session_row(session: LiveSession) -> dict[str, Any]:
    row = asdict(session)
    row["state"] = session.state.value
    row["is_rehearsal"] = int(session.is_rehearsal)
    row["is_recording"] = int(session.is_recording)
    row["hidden_layers"] = to_json(session.hidden_layers)
    return row


def session_from(row: Any) -> LiveSession:
    raw = dict(row._mapping)
    raw["state"] = SessionState(raw["state"])
    raw["is_rehearsal"] = bool(raw["is_rehearsal"])
    raw["is_recording"] = bool(raw["is_recording"])
    raw["hidden_layers"] = tuple(json.loads(raw["hidden_layers"]))
    return LiveSession(**raw)


def promotion_row(promotion: Promotion) -> dict[str, Any]:
    return {
        "id": promotion.id,
        "session_id": promotion.session_id,
        "kind": promotion.kind.kind,
        "settings": to_json(to_settings(promotion.kind)),
        "item_id": promotion.item_id,
        "state": promotion.state.value,
        "key": promotion.key,
        "asked_ms": promotion.asked_ms,
        "not_after_ms": promotion.not_after_ms,
        "confirmed_ms": promotion.confirmed_ms,
        "ends_ms": promotion.ends_ms,
        "platform_id": promotion.platform_id,
        "claimed": promotion.claimed,
        "redeemed": promotion.redeemed,
        "cost_fen": promotion.cost.fen,
        "reason": promotion.reason,
    }


def promotion_from(row: Any) -> Promotion:
    raw = dict(row._mapping)
    raw["kind"] = from_settings(raw["kind"], json.loads(raw.pop("settings")))
    raw["state"] = PromotionState(raw["state"])
    raw["cost"] = Money(raw.pop("cost_fen"))
    return Promotion(**raw)
