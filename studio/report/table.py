"""Pieces that several sections are made of: panels, tables, facts, tiles, pills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studio.report.markup import Html, el


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading and its style (``num`` right-aligned, ``name`` the wide one)."""

    title: str
    style: str


def panel(title: str, *children: str | None, hint: str | None = None) -> Html:
    """One section of the page."""
    note = el("span", hint, class_="hint") if hint else None
    return el("section", el("h2", title, note), *children, class_="panel")


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], foot: Sequence[str] = ()) -> Html:
    """A table that becomes a list of cards on a phone (each cell then carries its column's title)."""
    head = el("thead", el("tr", *(el("th", column.title, class_=column.style, scope="col") for column in columns)))
    body = el("tbody", *(_row(columns, row) for row in rows))
    last = el("tfoot", _row(columns, foot)) if foot else None
    return el("div", el("table", head, body, last), class_="scroll")


def _row(columns: Sequence[Column], cells: Sequence[str]) -> Html:
    return el(
        "tr",
        *(
            el("td", el("span", cell), class_=column.style, data_label=column.title if cell else None)
            for column, cell in zip(columns, cells, strict=True)
        ),
    )


def fact(name: str, value: str) -> Html:
    """A name with its value, inside a ``dl``."""
    return el("div", el("dt", name), el("dd", value))


def tile(name: str, value: str, hint: str, tone: str = "") -> Html:
    """A large figure."""
    return el("div", el("span", name, class_="label"), el("b", value, class_=tone), el("small", hint), class_="tile")


def pill(text: str, tone: str) -> Html:
    """A short state, coloured and in words."""
    return el("span", text, class_=f"pill {tone}")
