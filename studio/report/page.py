"""The whole HTML file: self-contained, printable, without scripts and without any address."""

from __future__ import annotations

from typing import Any

from studio.core import paths
from studio.core.i18n import language, tr
from studio.report.markup import Html, clean, el
from studio.report.sections import sections

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Even if a text of the show got through as markup, the browser would fetch and run nothing."""


def render_html(report: dict[str, Any]) -> str:
    """One HTML document from a report of ``build``, in the language in use."""
    name = tr("report.page_title", title=clean(report["session"]["title"]))
    style = (paths.resources() / "report" / "page.css").read_text(encoding="utf-8")
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", http_equiv="Content-Security-Policy", content=POLICY),
        el("meta", name="generator", content=report["program"]),
        el("title", name),
        el("style", Html(style)),
    )
    body = el("body", el("main", *sections(report)))
    return f"<!DOCTYPE html>\n{el('html', head, body, lang=language().replace('_', '-'))}\n"
