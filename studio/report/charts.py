"""Charts as inline SVG: rates over time, comments per minute, and what was on air when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from studio.report.figures import minute
from studio.report.markup import Html, el, join

LEFT, RIGHT = 42.0, 10.0
FULL, HALF = 1080, 540
"""Widths of a chart across the page and across half of it, in pixels of a full-size page."""

GAP_S = 8.0
"""Samples further apart than this (the program was not running) are not joined by a line."""

TICKS_MS = tuple(step * 1000 for step in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600))


@dataclass(frozen=True)
class Span:
    """The stretch of time that all charts of one report share."""

    start_ms: int
    end_ms: int
    width: int = FULL

    def x(self, at_ms: float) -> float:
        """Where a time lies across the chart, kept inside it."""
        share = (at_ms - self.start_ms) / max(1, self.end_ms - self.start_ms)
        return LEFT + min(1.0, max(0.0, share)) * (self.width - LEFT - RIGHT)

    @property
    def is_short(self) -> bool:
        """Under five minutes times are told from the start, not by the clock."""
        return self.end_ms - self.start_ms < 300_000

    def ticks(self) -> list[int]:
        """Round times, about a hundred pixels apart."""
        length = max(1, self.end_ms - self.start_ms)
        step = next((ms for ms in TICKS_MS if length / ms <= self.width / 105), TICKS_MS[-1] * 2)
        first = self.start_ms if self.is_short else -(-self.start_ms // step) * step
        return list(range(first, self.end_ms + 1, step))


def ceiling(value: float) -> float:
    """The next round number (1, 2, 3, 4, 5, 6, 8 times a power of ten) that is not below ``value``."""
    if value <= 1e-6:
        return 1.0
    power = 1.0
    while power * 10 <= value:
        power *= 10
    while power > value:
        power /= 10
    return next(step * power for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * power >= value)


def _text(x: float, y: float, text: str, class_: str) -> Html:
    return el("text", text, x=f"{x:.1f}", y=f"{y:.1f}", class_=class_)


def _axes(span: Span, height: float, top: float, labels: Sequence[tuple[float, str]]) -> Html:
    """Horizontal lines with their values and the times below."""
    parts: list[str] = []
    for y, label in labels:
        parts.append(el("line", x1=LEFT, x2=span.width - RIGHT, y1=f"{y:.1f}", y2=f"{y:.1f}", class_="grid"))
        parts.append(_text(LEFT - 8, y + 4, label, "tick end"))
    for at_ms in span.ticks():
        x = span.x(at_ms)
        label = f"{(at_ms - span.start_ms) / 1000:.0f} s" if span.is_short else minute(at_ms)
        parts.append(el("line", x1=f"{x:.1f}", x2=f"{x:.1f}", y1=height, y2=height + 4, class_="grid"))
        parts.append(_text(x, height + 18, label, "tick middle"))
    parts.append(el("line", x1=LEFT, x2=span.width - RIGHT, y1=height, y2=height, class_="base"))
    return join(*parts)


def _svg(span: Span, height: float, title: str, *parts: str) -> Html:
    return el(
        "svg",
        el("title", title),
        *parts,
        viewBox=f"0 0 {span.width} {height:.0f}",
        role="img",
        aria_label=title,
        class_="chart",
    )


def line(span: Span, points: Sequence[tuple[int, float]], title: str, color: str, unit: str, at_least: float) -> Html:
    """A filled line; its scale starts at 0 and reaches at least ``at_least``."""
    top, height = 10.0, 150.0
    highest = max((value for _, value in points), default=0.0)
    most = at_least if highest <= at_least * 1.03 else ceiling(highest)

    def y(value: float) -> float:
        return height - value / most * (height - top)

    labels = [(y(most * part), f"{most * part:g}{unit}") for part in (0, 0.5, 1)]
    curves: list[str] = []
    for run in _runs(points):
        path = " ".join(f"{'M' if i == 0 else 'L'}{span.x(at):.1f} {y(value):.1f}" for i, (at, value) in enumerate(run))
        ends = f"L{span.x(run[-1][0]):.1f} {height} L{span.x(run[0][0]):.1f} {height} Z"
        curves.append(el("path", d=f"{path} {ends}", class_=f"area {color}"))
        curves.append(el("path", d=path, class_=f"curve {color}"))
    return _svg(span, height + 26, title, _axes(span, height, top, labels), *curves)


def _runs(points: Sequence[tuple[int, float]]) -> list[list[tuple[int, float]]]:
    """Points cut where the program was not running; a gap is measured against the usual distance."""
    runs: list[list[tuple[int, float]]] = []
    steps = sorted(after[0] - before[0] for before, after in zip(points, points[1:], strict=False))
    usual = steps[len(steps) // 2] if steps else 0
    for point in points:
        if not runs or point[0] - runs[-1][-1][0] > max(GAP_S * 1000, 3 * usual):
            runs.append([])
        runs[-1].append(point)
    return runs


def bars(span: Span, minutes: Sequence[tuple[int, int]], title: str, color: str) -> Html:
    """One bar a minute."""
    top, height = 10.0, 150.0
    most = ceiling(max([4, *(count for _, count in minutes)]))
    labels = [(height - part * (height - top), f"{most * part:g}") for part in (0, 0.5, 1)]
    drawn: list[str] = []
    for at_ms, count in minutes:
        x1, x2 = span.x(at_ms), span.x(at_ms + 60_000)
        tall = count / most * (height - top)
        gap = 1.0 if x2 - x1 > 4 else 0.0
        drawn.append(
            el(
                "rect",
                el("title", f"{minute(at_ms)} · {count}"),
                x=f"{x1 + gap:.1f}",
                y=f"{height - tall:.1f}",
                width=f"{max(0.8, x2 - x1 - 2 * gap):.1f}",
                height=f"{tall:.1f}",
                rx=2 if gap else 0,
                class_=f"bar {color}",
            )
        )
    return _svg(span, height + 26, title, _axes(span, height, top, labels), *drawn)


def air_strip(span: Span, products: Sequence[dict[str, Any]], drops: Sequence[dict[str, Any]], title: str) -> Html:
    """Which product was on air when, with a mark for each coupon and red envelope."""
    top, height = 26.0, 68.0
    parts: list[str] = []
    for product in products:
        for take in product["takes"]:
            x1 = span.x(take["at_ms"])
            x2 = span.x(take["until_ms"] if take["until_ms"] is not None else span.end_ms)
            number = str(product["number"])
            label = (
                _text((x1 + x2) / 2, (top + height) / 2 + 5, number, "take") if x2 - x1 > 9 * len(number) + 6 else None
            )
            tip = el("title", f"{number} · {product['title']}")
            shape = el(
                "rect",
                x=f"{x1 + 0.5:.1f}",
                y=top,
                width=f"{max(1.0, x2 - x1 - 1):.1f}",
                height=height - top,
                rx=4,
                class_=f"air tone{(product['number'] - 1) % 6}",
            )
            parts.append(el("g", tip, shape, label))
    for drop in drops:
        x = span.x(drop["asked_ms"])
        color = "live" if drop["kind"] == "red_envelope" else "warn"
        mark = el("path", d=f"M{x:.1f} {top - 2} l-6 -9 h12 Z", class_=f"mark {color}")
        stem = el("line", x1=f"{x:.1f}", x2=f"{x:.1f}", y1=top - 2, y2=height, class_=f"stem {color}")
        parts.append(el("g", el("title", drop["name"]), stem, mark))
    return _svg(span, height + 26, title, _axes(span, height, top, []), *parts)
