"""Everything on air as one dict of plain values: the same for the window, phones and control surfaces."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from studio.core.i18n import tr
from studio.desk.snapshot_health import health_of
from studio.desk.snapshot_setup import setup_of
from studio.promo.kinds import to_settings
from studio.promo.promotion import Promotion, PromotionState, committed, spent
from studio.show import timing
from studio.show.rundown import Item
from studio.show.session import SessionState
from studio.store.as_run import AsRunRow

if TYPE_CHECKING:
    from studio.desk.desk import Desk

LOG_ROWS = 60


def snapshot(desk: Desk) -> dict[str, Any]:
    """The whole show as it is now; absent things are None, money in fen, times in ms since the epoch."""
    state, now_ms = desk.state, desk.clock.now_ms()
    session = state.session
    return {
        "version": state.version,
        "now_ms": now_ms,
        "anchor": session.anchor,
        "room_title": session.title,
        "is_rehearsal": session.is_rehearsal,
        "session": {
            "id": session.id,
            "title": session.title,
            "state": session.state.value,
            "started_ms": session.started_ms,
            "ended_ms": session.ended_ms,
            "room_id": session.room_id,
        },
        "rundown": _rundown(desk, now_ms),
        "promotions": [_promotion(desk, promotion) for promotion in state.all_promotions()],
        "budget": {
            "cap_fen": desk.settings.budget_fen,
            "committed_fen": committed(state.all_promotions()).fen,
            "spent_fen": spent(state.all_promotions()).fen,
        },
        "overlays": _overlays(desk),
        "audience": {
            "viewers": session.viewers,
            "comments": state.comment_count,
            "requests": desk.audience.requests(now_ms),
            "last": desk.audience.last(20),
        },
        "sales": {"orders": state.orders, "gmv_fen": state.gmv_fen},
        "health": health_of(desk),
        "setup": setup_of(desk),
        "clips": [vars(clip).copy() for clip in state.clips.values()],
        "log": [{"seq": row.seq, "at_ms": row.at_ms, "text": log_text(row)} for row in _log(desk)],
        "pool": vars(state.pool).copy() | {"featured_id": state.featured_id},
        "notices": [vars(notice).copy() for notice in state.notices],
    }


def _rundown(desk: Desk, now_ms: int) -> dict[str, Any]:
    rundown, session = desk.state.rundown, desk.state.session
    started_ms = session.started_ms if session.state is SessionState.LIVE else None
    return {
        "id": rundown.id,
        "title": rundown.title,
        "version": rundown.version,
        "items": [_item(desk, number, item, now_ms) for number, item in enumerate(rundown.items, 1)],
        "on_air_id": rundown.on_air.item_id if rundown.on_air else None,
        "standby_id": rundown.standby_id,
        "remaining_ms": timing.remaining_ms(rundown, now_ms),
        "expected_end_ms": timing.expected_end_ms(rundown, now_ms) if rundown.items else None,
        "offset_s": timing.offset_s(rundown, started_ms, now_ms) if started_ms else None,
    }


def _item(desk: Desk, number: int, item: Item, now_ms: int) -> dict[str, Any]:
    rundown = desk.state.rundown
    on_air = rundown.on_air if rundown.on_air and rundown.on_air.item_id == item.id else None
    price = on_air.live_price if on_air else item.live_price
    notes = [p.kind.name for p in desk.state.all_promotions() if p.item_id == item.id]
    return {
        "id": item.id,
        "number": number,
        "title": item.product.title,
        "product_id": item.product.id,
        "live_price_fen": price.fen,
        "list_price_fen": item.product.list_price.fen,
        "stock": item.product.stock,
        "commission_bp": item.product.commission_bp,
        "planned_s": item.planned_s,
        "state": rundown.state(item).value,
        "taken_ms": on_air.taken_ms if on_air else None,
        "aired_ms": timing.aired_ms(rundown, item, now_ms),
        "promotion_note": " · ".join(notes),
        "is_stale": bool(on_air) and item.product.id in desk.state.stale_ids,
    }


def _promotion(desk: Desk, promotion: Promotion) -> dict[str, Any]:
    from studio.desk.promo_verbs import preflight

    is_open = promotion.state in (PromotionState.DRAFT, PromotionState.ARMED)
    found = preflight(desk, promotion) if is_open else ()
    return {
        "id": promotion.id,
        "kind": promotion.kind.kind,
        "name": promotion.kind.name,
        "item_id": promotion.item_id,
        "state": promotion.state.value,
        "checks": [{"key": check.key, "is_ok": check.is_ok} for check in found],
        "budget_fen": promotion.budget.fen,
        "cost_fen": promotion.cost.fen,
        "total": promotion.kind.total,
        "claimed": promotion.claimed,
        "redeemed": promotion.redeemed,
        "drop_by_ms": promotion.not_after_ms,
        "ends_ms": promotion.ends_ms,
        "settings": to_settings(promotion.kind),
        "reason": promotion.reason,
    }


def _overlays(desk: Desk) -> list[dict[str, Any]]:
    from studio.desk.scene import LAYERS, kind_of

    hidden = desk.state.session.hidden_layers
    layers = [(name, name) for name in LAYERS] + [(layer.id, kind_of(layer)) for layer in desk.extra_layers]
    return [{"id": name, "kind": kind, "is_visible": name not in hidden} for name, kind in layers]


def _log(desk: Desk) -> tuple[AsRunRow, ...]:
    return desk.recent_log(LOG_ROWS)


def log_text(row: AsRunRow) -> str:
    """An as-run row as a sentence in the user's language."""
    payload = json.loads(row.payload)
    return tr("log." + row.verb.replace(".", "_"), **{"by": json.loads(row.by)["name"], **payload})
