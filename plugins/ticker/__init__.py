"""Ticker (轮播字幕): a line of text along the bottom of the picture that changes every few seconds."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import ClassVar

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath

from studio.api import Canvas, Overlay, PluginApi, UserError, tr

BETWEEN = "｜"
LONGEST_LINE = 200
SLIDE_MS, SLIDE_STEPS = 360, 12
HEIGHT, BAR, MARGIN = 46.0, 6.0, 16.0
LOW = 34.0
"""Its height on a wide picture, where less is free below the product card."""

SIZE_PX, SMALLEST_PX = 25, 17


@dataclass(frozen=True)
class Ticker(Overlay):
    """Lines shown one after the other; a new one slides in from below."""

    kind: ClassVar[str] = "ticker"

    text: str
    seconds: int = field(default=6, metadata={"form": "count"})

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines between ``｜`` or line ends, without what cannot be drawn."""
        parts = self.text.replace("|", BETWEEN).replace("\n", BETWEEN).split(BETWEEN)
        plain = ("".join(char for char in part if char.isprintable()).strip()[:LONGEST_LINE] for part in parts)
        return tuple(part for part in plain if part)

    def size(self, canvas: Canvas) -> tuple[int, int]:
        scale = min(canvas.width, canvas.height) / 720
        height = (HEIGHT if canvas.is_portrait else LOW) * scale
        return max(2, round((canvas.width - 56 * scale) / 2) * 2), max(2, round(height / 2) * 2)

    def place(self, canvas: Canvas) -> tuple[int, int]:
        """Below the product card."""
        width, height = self.size(canvas)
        lowest = canvas.height - height
        top = min(round(canvas.height * 0.895 / 2) * 2, lowest) if canvas.is_portrait else lowest
        return round((canvas.width - width) / 4) * 2, top

    def content_key(self, now_ms: int) -> Hashable:
        return self._turn(now_ms)

    def draw(self, painter: QPainter, width: int, height: int, now_ms: int) -> None:
        lines = self.lines
        if not lines:
            return
        scale = height / HEIGHT
        painter.scale(scale, scale)
        box = QRectF(0, 0, width / scale, HEIGHT)
        path = QPainterPath()
        path.addRoundedRect(box, 10, 10)
        painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
        painter.fillRect(box, QColor(12, 14, 18, 150))
        painter.fillRect(QRectF(0, 0, BAR, HEIGHT), QColor("#FF7A1A"))
        index, step = self._turn(now_ms)
        moved = (1 - step / SLIDE_STEPS) ** 3
        room = QRectF(BAR + MARGIN, 0, box.width() - BAR - 2 * MARGIN, HEIGHT - 1)
        _write(painter, room.translated(0, HEIGHT * moved), lines[index])
        if moved and len(lines) > 1:
            _write(painter, room.translated(0, HEIGHT * (moved - 1)), lines[index - 1])

    def _turn(self, now_ms: int) -> tuple[int, int]:
        """Which line it is, and how far it has slid in."""
        count = len(self.lines)
        if count < 2:
            return 0, SLIDE_STEPS
        turn, since_ms = divmod(now_ms, max(1, self.seconds) * 1000)
        return turn % count, min(SLIDE_STEPS, since_ms * SLIDE_STEPS // SLIDE_MS)


def _write(painter: QPainter, room: QRectF, line: str) -> None:
    face = _font(SIZE_PX)
    while QFontMetricsF(face).horizontalAdvance(line) > room.width() and face.pixelSize() > SMALLEST_PX:
        face = _font(face.pixelSize() - 2)
    painter.setFont(face)
    painter.setPen(QColor("#FFFFFF"))
    shown = QFontMetricsF(face).elidedText(line, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


def _font(size_px: int) -> QFont:
    """The studio's own face: the painter loads it; its weight is only found by the axis."""
    face = QFont("Noto Sans CJK SC")
    face.setPixelSize(size_px)
    face.setVariableAxis(QFont.Tag("wght"), 500)
    face.setFeature(QFont.Tag("tnum"), 1)
    return face


def enable(api: PluginApi) -> None:
    """Register the overlay and put it on the picture: shown when the user has written a text, hidden until then."""
    settings = api.settings("ticker")
    text, seconds = settings.get("text", ""), settings.get("seconds", 6)
    if not isinstance(text, str):
        raise UserError("plugin.ticker.bad_setting", name="text")
    if type(seconds) is not int or not 2 <= seconds <= 120:
        raise UserError("plugin.ticker.bad_setting", name="seconds")
    api.add_overlay(Ticker)
    shown = Ticker(text=text or tr("plugin.ticker.default_text"), seconds=seconds)
    api.add_layer("ticker", shown, is_visible=bool(text))
