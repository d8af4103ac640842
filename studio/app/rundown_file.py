"""Rundown files: a show's plan as JSON, so that it can be kept, sent and rehearsed.

``{"title": str, "items": [{"product_id": str, "planned_s": int}], "promotions": [{"kind", "settings", "item": 1-based}]}``
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.core.errors import UserError
from studio.promo.kinds import from_settings, to_settings
from studio.promo.promotion import Promotion
from studio.show.rundown import Rundown


@dataclass(frozen=True, kw_only=True)
class PlannedItem:
    """One line of the file; ``planned_s`` is None where the file does not say."""

    product_id: str
    planned_s: int | None


@dataclass(frozen=True, kw_only=True)
class PlannedPromotion:
    """A promotion of the file; ``item`` is the place of the item it belongs to, from 0, or None."""

    kind: str
    settings: dict[str, Any]
    item: int | None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a rundown file says."""

    title: str
    items: tuple[PlannedItem, ...]
    promotions: tuple[PlannedPromotion, ...]


def read(path: Path) -> Plan:
    """Read a rundown file; raises UserError that names what is wrong and where."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError("error.rundown_file.unreadable", path=path, reason=error) from error
    if not isinstance(raw, dict) or not isinstance(raw.get("items"), list):
        raise UserError("error.rundown_file.no_items", path=path)
    items = tuple(_item(path, number, item) for number, item in enumerate(raw["items"], 1))
    found = raw.get("promotions", [])
    if not isinstance(found, list):
        raise UserError("error.rundown_file.bad_promotion", path=path, number=1, reason="promotions")
    promotions = tuple(_promotion(path, number, entry, len(items)) for number, entry in enumerate(found, 1))
    return Plan(title=str(raw.get("title", "")), items=items, promotions=promotions)


def _item(path: Path, number: int, raw: Any) -> PlannedItem:
    product_id = raw.get("product_id") if isinstance(raw, dict) else None
    planned_s = raw.get("planned_s") if isinstance(raw, dict) else None
    has_time = planned_s is None or (type(planned_s) is int and 1 <= planned_s <= 86_400)
    if not isinstance(product_id, str) or not product_id or not has_time:
        raise UserError("error.rundown_file.bad_item", path=path, number=number)
    return PlannedItem(product_id=product_id, planned_s=planned_s)


def _promotion(path: Path, number: int, raw: Any, items: int) -> PlannedPromotion:
    try:
        kind, settings, place = raw["kind"], dict(raw["settings"]), raw.get("item")
        from_settings(kind, settings)
        if place is not None and not (type(place) is int and 1 <= place <= items):
            raise ValueError("item")
    except (TypeError, KeyError, ValueError, UserError) as error:
        raise UserError("error.rundown_file.bad_promotion", path=path, number=number, reason=error) from error
    return PlannedPromotion(kind=kind, settings=settings, item=None if place is None else place - 1)


def write(path: Path, title: str, rundown: Rundown, promotions: tuple[Promotion, ...]) -> None:
    """Write a show's plan to a file."""
    places = {item.id: number for number, item in enumerate(rundown.items, 1)}
    plan = {
        "title": title,
        "items": [
            {"product_id": item.product.id, "title": item.product.title, "planned_s": item.planned_s}
            for item in rundown.items
        ],
        "promotions": [
            {"kind": p.kind.kind, "settings": to_settings(p.kind), "item": places.get(p.item_id or "")}
            for p in promotions
        ],
    }
    path.write_text(json.dumps(plan, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
