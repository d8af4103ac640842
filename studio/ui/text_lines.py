"""Text on painted cards: up to two lines, broken anywhere in Chinese, elided only when there is no room."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QTextLayout, QTextOption


def lines(text: str, font: QFont, width: int, most: int = 2) -> list[str]:
    """Break ``text`` into at most ``most`` lines of ``width`` pixels; the last one is elided if it must be."""
    if width <= 0:
        return []
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    starts: list[int] = []
    while len(starts) <= most:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        starts.append(line.textStart())
    layout.endLayout()
    ends = [*starts[1:], len(text)]
    broken = [text[start:end].strip() for start, end in zip(starts, ends, strict=False)]
    if len(broken) > most:
        rest = text[starts[most - 1] :]
        broken = [*broken[: most - 1], QFontMetrics(font).elidedText(rest, Qt.TextElideMode.ElideRight, width)]
    return broken


def draw_line(painter: QPainter, at: QPointF, text: str, font: QFont, colour: str, width: float = 4000.0) -> float:
    """Draw one line with its top left at ``at``, elided to ``width``; returns the width it took."""
    metrics = QFontMetrics(font)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, int(width)))
    painter.setFont(font)
    painter.setPen(QColor(colour))
    painter.drawText(QPointF(at.x(), at.y() + metrics.ascent()), shown)
    return float(metrics.horizontalAdvance(shown))


def draw_right(painter: QPainter, box: QRectF, text: str, font: QFont, colour: str) -> None:
    """Draw one line at the right edge of ``box``, its top at the box's top."""
    metrics = QFontMetrics(font)
    width = metrics.horizontalAdvance(text)
    draw_line(painter, QPointF(box.right() - width, box.top()), text, font, colour)


def height(font: QFont) -> int:
    """The height of one line."""
    return QFontMetrics(font).height()
