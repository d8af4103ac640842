"""What is kept of the show: recordings, and the as-run log with the proof that nobody changed it."""

from __future__ import annotations

import json
import logging
from typing import Any

from studio.core import i18n
from studio.core.i18n import tr
from studio.report import figures as fig
from studio.report.markup import Html, el, words
from studio.report.table import Column, panel, table

_log = logging.getLogger(__name__)

LONGEST_PAYLOAD = 240
SHORT_HASH = 10


def recording_section(recordings: list[dict[str, Any]]) -> Html:
    """Every file with its length and size."""
    if not recordings:
        return panel(tr("report.recordings"), el("p", tr("report.no_recordings"), class_="empty"))
    columns = [
        Column(tr("report.col_file"), "name path"),
        Column(tr("report.col_length"), "num"),
        Column(tr("report.col_size"), "num"),
    ]
    rows = [[words(row["path"]), fig.duration(row["seconds"]), fig.size(row["bytes"])] for row in recordings]
    return panel(tr("report.recordings"), table(columns, rows))


def clip_section(clips: list[dict[str, Any]]) -> Html | None:
    """Every clip with its cover, length and place; nothing when none was cut."""
    if not clips:
        return None
    columns = [
        Column(tr("report.col_cover"), ""),
        Column(tr("report.col_number"), "num"),
        Column(tr("report.col_product"), "name"),
        Column(tr("report.col_length"), "num"),
        Column(tr("report.col_file"), "path"),
    ]
    hint = tr("report.clips_hint", count=len(clips), length=fig.duration(sum(row["seconds"] for row in clips)))
    return panel(tr("report.clips"), table(columns, [_clip_cells(row) for row in clips]), hint=hint)


def _clip_cells(row: dict[str, Any]) -> list[str]:
    picture = el("img", src=f"data:image/jpeg;base64,{row['thumbnail']}", alt="", class_="cover")
    is_part = row["kind"] == "item" and row["part"] > 1
    note = tr("report.clip_part", part=row["part"]) if is_part else ""
    return [
        picture if row["thumbnail"] else fig.NONE,
        fig.count(row["number"]),
        Html(words(row["title"]) + el("small", note, class_="quiet")) if note else words(row["title"]),
        fig.duration(row["seconds"]),
        words(row["path"]),
    ]


def log_section(as_run: dict[str, Any]) -> Html:
    """The as-run log, its verdict above it."""
    columns = [
        Column(tr("report.col_row"), "num"),
        Column(tr("report.col_time"), "num"),
        Column(tr("report.col_action"), "name"),
        Column(tr("report.col_by"), ""),
        Column(tr("report.col_hash"), "mono"),
    ]
    rows = [_cells(row) for row in as_run["rows"]]
    body = table(columns, rows) if rows else el("p", tr("report.no_log"), class_="empty")
    return panel(tr("report.log"), _verdict(as_run), body, hint=tr("report.log_hint"))


def _verdict(as_run: dict[str, Any]) -> Html:
    chain, rows = as_run["chain"], as_run["rows"]
    heads = len(chain["witnesses"])
    text, tone = {
        "ok": (tr("report.chain_ok", rows=len(rows), heads=heads), "ok"),
        "unwitnessed": (tr("report.chain_unwitnessed", rows=len(rows)), "warn"),
        "empty": (tr("report.chain_empty"), "quiet"),
        "broken": (tr("report.chain_broken", row="?" if chain["broken_at"] is None else chain["broken_at"]), "live"),
        "mismatch": (tr("report.chain_mismatch"), "live"),
    }[chain["verdict"]]
    heads_shown = [_witness(witness) for witness in chain["witnesses"]]
    details = el("ul", *heads_shown, class_="heads") if heads_shown else None
    return el("div", el("p", text), details, class_=f"chain {tone}")


def _witness(witness: dict[str, Any]) -> Html:
    state = tr("report.witness_ok") if witness["is_ok"] else tr("report.witness_wrong")
    where = tr("report.witness_row", row=witness["seq"])
    return el(
        "li",
        f"{where} ",
        el("code", str(witness["head"])[:SHORT_HASH]),
        f" {state}",
        class_=None if witness["is_ok"] else "bad",
    )


def _cells(row: dict[str, Any]) -> list[str]:
    return [
        fig.count(row["seq"]),
        fig.clock(row["at_ms"]),
        _action(row),
        words(_by(row["by"])),
        str(row["hash"])[:SHORT_HASH],
    ]


def _action(row: dict[str, Any]) -> Html:
    """What was done as a sentence; a verb that has none is shown with all that was stored."""
    payload = _read(row["payload"])
    sentence = i18n.texts(i18n.language()).get(f"log.{row['verb'].replace('.', '_')}")
    if sentence is not None and isinstance(payload, dict):
        try:
            return words(sentence.format(**{name: _value(value) for name, value in payload.items()}))
        except (KeyError, IndexError, ValueError) as error:
            _log.info("row %s has no %s for its sentence", row["seq"], error)
    return Html(words(row["verb"]) + el("small", words(_details(row["payload"])), class_="quiet"))


def _by(text: str) -> str:
    """The name of whoever did it; the stored text where it is no JSON object."""
    by = _read(text)
    return str(by.get("name") or by.get("role") or text) if isinstance(by, dict) else text


def _details(text: str) -> str:
    """The payload as ``name value`` pairs; long ones are cut, the JSON report has them whole."""
    payload = _read(text)
    shown = (
        " · ".join(f"{name} {_value(value)}" for name, value in payload.items()) if isinstance(payload, dict) else text
    )
    return shown if len(shown) <= LONGEST_PAYLOAD else shown[: LONGEST_PAYLOAD - 1] + "…"


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _read(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
