"""From what happened to one JSON-able document: sums, promotions, health, log, problems."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import studio
from studio.core import i18n
from studio.core.i18n import tr
from studio.report.data import ChainFacts, ItemFacts, PromotionFacts, SessionFacts, ShowData
from studio.report.sales import Sales, by_product
from studio.report.stream import stream

FORMAT = "anchor-studio.report"
FORMAT_VERSION = 1
CONFIRMED = ("live", "ended", "closed")
UNSURE = ("asked", "unconfirmed")
DECODED_AT_LEAST = 0.95
MISSED_FRAMES = 300
"""A push comes up a moment after the encoder: fewer frames than this are no trouble of the picture."""


def build(data: ShowData) -> dict[str, Any]:
    """The report of one show as plain values; sentences are in the language in use."""
    products, total = _products(data)
    report: dict[str, Any] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "program": f"Anchor Studio {studio.__version__}",
        "language": i18n.language(),
        "session": _session(data.session),
        "totals": total.to_dict(),
        "products": products,
        "promotions": {
            "rows": [_promotion(promotion) for promotion in data.promotions],
            "summary": _summary(data.promotions),
        },
        "comments": asdict(data.comments),
        "stream": stream(data.health, data.ingest),
        "recordings": [asdict(recording) for recording in data.recordings],
        "clips": [asdict(clip) for clip in data.clips],
        "as_run": {
            "rows": [asdict(row) for row in data.as_run],
            "chain": {**asdict(data.chain), "verdict": _verdict(data.chain, len(data.as_run))},
        },
    }
    report["problems"] = _problems(data, report)
    return report


def _session(session: SessionFacts) -> dict[str, Any]:
    seconds = None
    if session.started_ms is not None and session.ended_ms is not None:
        seconds = round((session.ended_ms - session.started_ms) / 1000, 1)
    return {**asdict(session), "duration_s": seconds}


def _products(data: ShowData) -> tuple[list[dict[str, Any]], Sales]:
    rates = {item.product_id: item.commission_bp for item in data.items}
    sums = by_product(data.orders, rates)
    total = Sales()
    for sales in sums.values():
        total += sales
    rows = [_product(number, item, sums.pop(item.product_id, Sales())) for number, item in enumerate(data.items, 1)]
    for product_id, sales in sums.items():
        rows.append(_unplanned(product_id, sales))
    return rows, total


def _product(number: int, item: ItemFacts, sales: Sales) -> dict[str, Any]:
    return {
        "number": number,
        "item_id": item.item_id,
        "product_id": item.product_id,
        "title": item.title,
        "price_fen": item.price_fen,
        "planned_s": item.planned_s,
        "on_air_s": round(item.on_air_s, 1),
        "commission_bp": item.commission_bp,
        "takes": [asdict(take) for take in item.takes],
        **sales.to_dict(),
    }


def _unplanned(product_id: str, sales: Sales) -> dict[str, Any]:
    """Orders for a product that is not in the rundown still belong to the show's sums."""
    return {
        "number": None,
        "item_id": None,
        "product_id": product_id,
        "title": tr("report.not_in_rundown", id=product_id or "—"),
        "price_fen": None,
        "planned_s": None,
        "on_air_s": 0.0,
        "commission_bp": 0,
        "takes": [],
        **sales.to_dict(),
    }


def _promotion(promotion: PromotionFacts) -> dict[str, Any]:
    return {
        **asdict(promotion),
        "was_asked": promotion.asked_ms is not None,
        "is_confirmed": promotion.state in CONFIRMED,
        "is_unconfirmed": promotion.state in UNSURE,
    }


def _summary(promotions: tuple[PromotionFacts, ...]) -> dict[str, dict[str, int]]:
    kinds: dict[str, dict[str, int]] = {}
    for promotion in promotions:
        sums = kinds.setdefault(
            promotion.kind,
            dict.fromkeys(
                ("count", "asked", "confirmed", "unconfirmed", "claimed", "redeemed", "cost_fen", "budget_fen"), 0
            ),
        )
        sums["count"] += 1
        sums["asked"] += promotion.asked_ms is not None
        sums["confirmed"] += promotion.state in CONFIRMED
        sums["unconfirmed"] += promotion.state in UNSURE
        sums["claimed"] += promotion.claimed
        sums["redeemed"] += promotion.redeemed
        sums["cost_fen"] += promotion.cost_fen
        sums["budget_fen"] += promotion.budget_fen if promotion.state in (*CONFIRMED, *UNSURE) else 0
    return kinds


def _verdict(chain: ChainFacts, rows: int) -> str:
    """``ok``, ``broken``, ``mismatch`` (the hub kept another head), ``unwitnessed`` (nobody outside kept one) or ``empty``."""
    if chain.broken_at is not None:
        return "broken"
    if any(not witness.is_ok for witness in chain.witnesses):
        return "mismatch"
    if not chain.is_ok:
        return "broken"
    if not rows:
        return "empty"
    return "ok" if chain.witnesses else "unwitnessed"


def _problems(data: ShowData, report: dict[str, Any]) -> list[str]:
    found = list(data.problems)
    chain = report["as_run"]["chain"]
    if chain["verdict"] == "broken":
        found.append(
            tr("report.problem_chain_broken", row=chain["broken_at"] if chain["broken_at"] is not None else "?")
        )
    if chain["verdict"] == "mismatch":
        rows = ", ".join(str(witness.seq) for witness in data.chain.witnesses if not witness.is_ok)
        found.append(tr("report.problem_chain_mismatch", rows=rows))
    unsure = [promotion.name for promotion in data.promotions if promotion.state in UNSURE]
    if unsure:
        found.append(tr("report.problem_unconfirmed", count=len(unsure), names=tr("report.list_comma").join(unsure)))
    for promotion in data.promotions:
        if promotion.cost_fen > promotion.budget_fen:
            found.append(tr("report.problem_over_budget", name=promotion.name))
    share, missed = report["stream"]["decoded_share"], report["stream"]["missed_frames"]
    if share is not None and share < DECODED_AT_LEAST and (missed >= MISSED_FRAMES or share == 0):
        found.append(tr("report.problem_decoded", percent=f"{share:.1%}"))
    if data.session.started_ms is not None and not any(recording.bytes for recording in data.recordings):
        found.append(tr("report.problem_no_recording"))
    return list(dict.fromkeys(found))
