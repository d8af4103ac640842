"""The sections of the page, in the order in which people ask: what sold, what it cost, was it fine, what was done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from studio.core.i18n import tr
from studio.report import figures as fig
from studio.report.charts import HALF, Span, air_strip, bars, line
from studio.report.markup import Html, el, words
from studio.report.record import clip_section, log_section, recording_section
from studio.report.table import Column, fact, panel, pill, table, tile

STATE_TONE = {"live": "ok", "ended": "ok", "closed": "ok", "asked": "warn", "unconfirmed": "warn", "refused": "live"}


def sections(report: dict[str, Any]) -> list[Html | None]:
    """Every section that has something to say."""
    span = _span(report)
    half = replace(span, width=HALF)
    return [
        _header(report),
        _problems(report["problems"]),
        _tiles(report),
        _air(report, span),
        _products(report),
        _promotions(report["promotions"]),
        _comments(report["comments"], half),
        _stream(report["stream"], half),
        recording_section(report["recordings"]),
        clip_section(report["clips"]),
        log_section(report["as_run"]),
        el("footer", tr("report.footer", program=report["program"], id=report["session"]["id"])),
    ]


def _span(report: dict[str, Any]) -> Span:
    """From the first to the last thing known, so that every chart has the same time axis."""
    session = report["session"]
    known = [session["started_ms"], session["ended_ms"]]
    known += [sample["at_ms"] for sample in report["stream"]["samples"]]
    if session["started_ms"] is None:
        known += [at_ms for at_ms, _ in report["comments"]["by_minute"]]
        known += [row["at_ms"] for row in report["as_run"]["rows"]]
    times = [at_ms for at_ms in known if at_ms is not None]
    return Span(min(times), max(times)) if times else Span(0, 1)


def _header(report: dict[str, Any]) -> Html:
    session = report["session"]
    badge = (
        pill(tr("report.rehearsal"), "info") if session["is_rehearsal"] else pill(tr("report.live_show"), "live_fill")
    )
    times = tr("report.not_live")
    if session["started_ms"] is not None:
        times = (
            f"{fig.day(session['started_ms'])}  {fig.clock(session['started_ms'])} – {fig.clock(session['ended_ms'])}"
        )
        times += f"  ({fig.zone(session['started_ms'])})"
    return el(
        "header",
        el("div", badge, el("span", tr("report.kicker"), class_="kicker"), class_="badges"),
        el("h1", words(session["title"] or "—")),
        el(
            "dl",
            fact(tr("report.anchor"), words(session["anchor"] or "—")),
            fact(tr("report.time"), times),
            fact(tr("report.duration"), fig.duration(session["duration_s"])),
            fact(tr("report.room"), words(session["room_id"])) if session["room_id"] else None,
            class_="facts",
        ),
    )


def _problems(problems: list[str]) -> Html:
    if not problems:
        return el("p", tr("report.no_problems"), class_="verdict ok")
    rows = [el("li", words(problem)) for problem in problems]
    return el("section", el("h2", tr("report.problems", count=len(problems))), el("ul", *rows), class_="verdict warn")


def _tiles(report: dict[str, Any]) -> Html:
    totals, summary = report["totals"], report["promotions"]["summary"].values()
    cost, budget = sum(kind["cost_fen"] for kind in summary), sum(kind["budget_fen"] for kind in summary)
    unpaid = tr("report.of_unpaid", count=fig.count(totals["unpaid_orders"]))
    returned = tr("report.of_returned", amount=fig.money(totals["returned_fen"]))
    return el(
        "div",
        tile(tr("report.gmv"), fig.money(totals["gmv_fen"]), returned, "money"),
        tile(tr("report.orders"), fig.count(totals["orders"]), unpaid),
        tile(tr("report.commission"), fig.money(totals["commission_fen"]), tr("report.commission_hint"), "money"),
        tile(tr("report.given"), fig.money(cost), tr("report.of_budget", amount=fig.money(budget))),
        tile(tr("report.comments"), fig.count(report["comments"]["count"]), tr("report.comments_hint")),
        class_="tiles",
    )


def _air(report: dict[str, Any], span: Span) -> Html | None:
    planned = [product for product in report["products"] if product["takes"]]
    if not planned:
        return None
    drops = [row for row in report["promotions"]["rows"] if row["asked_ms"] is not None]
    legend = el(
        "p",
        el("span", "▼", class_="key warn"),
        tr("report.kind_coupon"),
        el("span", "▼", class_="key live"),
        tr("report.kind_red_envelope"),
        class_="hint",
    )
    chart = air_strip(span, planned, drops, tr("report.air_title"))
    return panel(
        tr("report.air"), el("div", chart, class_="scroll wide"), legend if drops else None, hint=tr("report.air_hint")
    )


def _products(report: dict[str, Any]) -> Html:
    columns = [
        Column(tr("report.col_number"), "num"),
        Column(tr("report.col_product"), "name"),
        Column(tr("report.col_price"), "num"),
        Column(tr("report.col_on_air"), "num"),
        Column(tr("report.col_takes"), "num"),
        Column(tr("report.col_orders"), "num"),
        Column(tr("report.col_gmv"), "num strong"),
        Column(tr("report.col_returned"), "num"),
        Column(tr("report.col_commission"), "num"),
    ]
    rows = [_product_cells(product) for product in report["products"]]
    total = report["totals"]
    on_air = fig.duration(sum(product["on_air_s"] for product in report["products"]))
    foot = ["", tr("report.total"), "", on_air, "", fig.count(total["orders"]), fig.money(total["gmv_fen"])]
    foot += [fig.money(total["returned_fen"]), fig.money(total["commission_fen"])]
    body = table(columns, rows, foot) if rows else el("p", tr("report.no_products"), class_="empty")
    return panel(tr("report.products"), body, hint=tr("report.products_hint"))


def _product_cells(product: dict[str, Any]) -> list[str]:
    rate = f" ({product['commission_bp'] / 100:g}%)" if product["commission_bp"] else ""
    planned = f" / {fig.duration(product['planned_s'])}" if product["planned_s"] is not None else ""
    return [
        fig.count(product["number"]),
        words(product["title"]),
        fig.money(product["price_fen"]),
        fig.duration(product["on_air_s"]) + planned,
        fig.count(len(product["takes"])),
        fig.count(product["orders"]),
        fig.money(product["gmv_fen"]),
        fig.money(product["returned_fen"]) if product["returned_fen"] else fig.NONE,
        fig.money(product["commission_fen"]) + rate,
    ]


def _promotions(promotions: dict[str, Any]) -> Html:
    if not promotions["rows"]:
        return panel(tr("report.promotions"), el("p", tr("report.no_promotions"), class_="empty"))
    columns = [
        Column(tr("report.col_kind"), ""),
        Column(tr("report.col_name"), "name"),
        Column(tr("report.col_state"), ""),
        Column(tr("report.col_asked"), "num"),
        Column(tr("report.col_confirmed"), "num"),
        Column(tr("report.col_claimed"), "num"),
        Column(tr("report.col_redeemed"), "num"),
        Column(tr("report.col_cost"), "num strong"),
    ]
    rows = [_promotion_cells(row) for row in promotions["rows"]]
    chips = [_summary_line(kind, sums) for kind, sums in promotions["summary"].items()]
    return panel(tr("report.promotions"), *chips, table(columns, rows), hint=tr("report.promotions_hint"))


def _summary_line(kind: str, sums: dict[str, int]) -> Html:
    return el(
        "p",
        el("b", _kind(kind)),
        " ",
        tr(
            "report.promotion_summary",
            asked=fig.count(sums["asked"]),
            confirmed=fig.count(sums["confirmed"]),
            unconfirmed=fig.count(sums["unconfirmed"]),
            claimed=fig.count(sums["claimed"]),
            cost=fig.money(sums["cost_fen"]),
            budget=fig.money(sums["budget_fen"]),
        ),
        class_="summary",
    )


def _kind(kind: str) -> str:
    known = {"coupon": tr("report.kind_coupon"), "red_envelope": tr("report.kind_red_envelope")}
    return known.get(kind, kind)


def _state(state: str) -> str:
    known = {
        "draft": tr("report.state_draft"),
        "armed": tr("report.state_armed"),
        "asked": tr("report.state_asked"),
        "live": tr("report.state_live"),
        "ended": tr("report.state_ended"),
        "closed": tr("report.state_closed"),
        "expired": tr("report.state_expired"),
        "unconfirmed": tr("report.state_unconfirmed"),
        "refused": tr("report.state_refused"),
    }
    return known.get(state, state)


def _promotion_cells(row: dict[str, Any]) -> list[str]:
    name = words(row["name"])
    if row["reason"]:
        name = Html(name + el("small", words(row["reason"])))
    share = row["cost_fen"] / row["budget_fen"] if row["budget_fen"] else 0.0
    meter = el("span", el("i", style=f"width:{min(1.0, share) * 100:.0f}%"), class_="meter")
    return [
        _kind(row["kind"]),
        name,
        pill(_state(row["state"]), STATE_TONE.get(row["state"], "quiet")),
        fig.clock(row["asked_ms"]),
        fig.clock(row["confirmed_ms"]),
        f"{fig.count(row['claimed'])} / {fig.count(row['total'])}",
        fig.count(row["redeemed"]),
        Html(f"{fig.money(row['cost_fen'])} / {fig.money(row['budget_fen'])}{meter}"),
    ]


def _comments(comments: dict[str, Any], span: Span) -> Html:
    if not comments["count"]:
        return panel(tr("report.comments"), el("p", tr("report.no_comments"), class_="empty"))
    chart = bars(span, comments["by_minute"], tr("report.comments_chart"), "info")
    most = max([1, *(request["count"] for request in comments["requests"])])
    rows = [
        el(
            "li",
            words(request["text"]),
            el("b", f"×{fig.count(request['count'])}"),
            el("span", el("i", style=f"width:{request['count'] / most * 100:.0f}%"), class_="meter"),
        )
        for request in comments["requests"][:10]
    ]
    asked = el("div", el("h3", tr("report.requests")), el("ol", *rows, class_="requests")) if rows else None
    left = el("div", el("h3", tr("report.comments_chart")), chart)
    return panel(
        tr("report.comments"),
        el("div", left, asked, class_="halves"),
        hint=tr("report.comments_count", count=fig.count(comments["count"])),
    )


def _stream(stream: dict[str, Any], span: Span) -> Html:
    if not stream["samples"]:
        return panel(tr("report.stream"), el("p", tr("report.no_stream"), class_="empty"))
    samples = stream["samples"]
    rates = [(sample["at_ms"], sample["bitrate_bps"] / 1e6) for sample in samples]
    frames = [(sample["at_ms"], sample["fps"]) for sample in samples]
    charts = el(
        "div",
        el("div", el("h3", tr("report.chart_fps")), line(span, frames, tr("report.chart_fps"), "ok", "", 30)),
        el("div", el("h3", tr("report.chart_bitrate")), line(span, rates, tr("report.chart_bitrate"), "info", "", 1)),
        class_="halves",
    )
    return panel(
        tr("report.stream"), el("dl", *_stream_facts(stream), class_="facts"), charts, hint=tr("report.stream_hint")
    )


def _stream_facts(stream: dict[str, Any]) -> list[Html]:
    facts = [
        fact(tr("report.fps_median"), tr("report.fps_value", median=stream["fps_median"], lowest=stream["fps_lowest"])),
        fact(tr("report.bitrate_mean"), fig.rate(stream["bitrate_mean_bps"])),
        fact(tr("report.frames_encoded"), fig.count(stream["frames_encoded"])),
        fact(tr("report.dropped_late"), f"{fig.count(stream['dropped'])} / {fig.count(stream['late'])}"),
    ]
    ingest = stream["ingest"]
    if ingest is None:
        return [*facts, fact(tr("report.hub_decoded"), tr("report.hub_unknown"))]
    decoded = fig.count(ingest["frames_decoded"])
    if stream["decoded_share"] is not None:
        decoded += f" ({fig.percent(stream['decoded_share'])})"
    picture = f"{ingest['width']}×{ingest['height']}" if ingest["width"] else fig.NONE
    return [
        *facts,
        fact(tr("report.hub_received"), fig.count(ingest["frames_received"])),
        fact(tr("report.hub_decoded"), decoded),
        fact(tr("report.hub_errors"), fig.count(ingest["decode_errors"])),
        fact(tr("report.hub_picture"), picture),
        fact(tr("report.hub_connects"), fig.count(ingest["connects"])),
    ]
