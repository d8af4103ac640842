"""The price tag (价格贴): one price, large, on a red sticker."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from studio.video.overlays import ink
from studio.video.overlays.fonts import BLACK, BOLD, REGULAR, clean, font
from studio.video.overlays.overlay import FORM, Overlay, even, scaled, unit
from studio.video.scene import Canvas

_WIDTH, _HEIGHT, _SHADOW = 284, 184, 12
_CARD_TOP = 248 + 4  # the product card's height and a gap


@dataclass(frozen=True)
class PriceTag(Overlay):
    """The live price alone, for a picture without a product card or above it."""

    kind: ClassVar[str] = "price_tag"

    price_fen: int = field(metadata={FORM: "money_fen"})
    was_fen: int | None = field(default=None, metadata={FORM: "money_fen"})
    label: str = ""

    def size(self, canvas: Canvas) -> tuple[int, int]:
        return scaled(canvas, _WIDTH, _HEIGHT)

    def place(self, canvas: Canvas) -> tuple[int, int]:
        """Portrait: right, above the product card; landscape: lower right."""
        scale, (width, height) = unit(canvas), self.size(canvas)
        if canvas.is_portrait:
            return (
                even(canvas.width * 0.88 - width + _SHADOW * scale),
                even(canvas.height * 0.88 - _CARD_TOP * scale - height + 2 * _SHADOW * scale),
            )
        return even(canvas.width - width - 28 * scale), even(canvas.height * 0.95 - height + _SHADOW * scale)

    def draw(self, painter: QPainter, width: int, height: int, now_ms: int) -> None:
        painter.scale(width / _WIDTH, width / _WIDTH)
        tag = QRectF(_SHADOW, _SHADOW, _WIDTH - 2 * _SHADOW, _HEIGHT - 2 * _SHADOW)
        ink.shadowed(painter, tag, 20)
        ink.box(painter, tag, 20, ink.gradient(tag, "#FF4B5C", "#D9102B"))
        top = QRectF(tag.left(), tag.top() + 10, tag.width(), 40)
        label = clean(self.label)
        if label:
            face = font(24, BOLD)
            painter.setFont(face)
            painter.setPen(ink.GOLD)
            painter.drawText(top, Qt.AlignmentFlag.AlignCenter, ink.elided(face, label, tag.width() - 24))
        self._draw_price(painter, tag, bool(label))

    def _draw_price(self, painter: QPainter, tag: QRectF, has_label: bool) -> None:
        whole, rest = ink.yuan_parts(self.price_fen)
        was = ink.yuan(self.was_fen) if self.was_fen is not None and self.was_fen > self.price_fen else ""
        size = 66.0
        big, small = font(size, BLACK), font(size * 0.58, BOLD)
        needed = ink.width_of(small, "¥" + rest) + ink.width_of(big, whole) + 2
        if needed > tag.width() - 28:
            size *= (tag.width() - 28) / needed
            big, small = font(size, BLACK), font(size * 0.58, BOLD)
            needed = tag.width() - 28
        middle = tag.center().y() + (18 if has_label else 0) - (14 if was else 0)
        baseline = middle + size * 0.36
        x = tag.center().x() - needed / 2
        x += ink.write(painter, x, baseline, "¥", small, ink.WHITE) + 2
        x += ink.write(painter, x, baseline, whole, big, ink.WHITE)
        ink.write(painter, x, baseline, rest, small, ink.WHITE)
        if was:
            face, colour = font(21, REGULAR), QColor(255, 255, 255, 200)
            wide = ink.width_of(face, was)
            x, baseline = tag.center().x() - wide / 2, tag.bottom() - 16
            ink.write(painter, x, baseline, was, face, colour)
            painter.setPen(QPen(colour, 2))
            painter.drawLine(QLineF(x - 2, baseline - 7.5, x + wide + 2, baseline - 7.5))
