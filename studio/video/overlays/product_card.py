"""The product card (商品卡): picture, title, selling point, live price, stock and link number on a white card."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from studio.core.i18n import tr
from studio.video.overlays import ink
from studio.video.overlays.fonts import BLACK, BOLD, MEDIUM, REGULAR, clean, font
from studio.video.overlays.overlay import FORM, Overlay, even, scaled, unit
from studio.video.scene import Canvas

_WIDTH, _HEIGHT, _SHADOW = 624, 248, 12  # design pixels, shadow included
_PICTURE = 188
_STRIP = 38  # where the stock stands, at the picture's lower edge
_TEXT_X = _SHADOW + 18 + _PICTURE + 20
_TEXT_RIGHT = _WIDTH - _SHADOW - 20
_FEW = 50
_TILES = (("#F0803C", "#8A3D12"), ("#D9A441", "#7A5312"), ("#7DA650", "#33551C"), ("#C4505A", "#6B1B25"))


@dataclass(frozen=True)
class ProductCard(Overlay):
    """What is being sold now, and for how much."""

    kind: ClassVar[str] = "product_card"

    title: str
    live_price_fen: int = field(metadata={FORM: "money_fen"})
    list_price_fen: int | None = field(default=None, metadata={FORM: "money_fen"})
    stock: int | None = field(default=None, metadata={FORM: "count"})
    number: int | None = field(default=None, metadata={FORM: "count"})
    picture: bytes | None = field(default=None, metadata={FORM: "picture"}, repr=False)
    selling_point: str = ""

    def size(self, canvas: Canvas) -> tuple[int, int]:
        return scaled(canvas, _WIDTH, _HEIGHT)

    def place(self, canvas: Canvas) -> tuple[int, int]:
        """Portrait: above the platform's own buttons (12 % below and at the right); landscape: lower left."""
        scale, (_, height) = unit(canvas), self.size(canvas)
        bottom = canvas.height * (0.88 if canvas.is_portrait else 0.95)
        left = (20 if canvas.is_portrait else 40) * scale
        return even(left - _SHADOW * scale + 8 * scale), even(bottom - height + _SHADOW * scale)

    def draw(self, painter: QPainter, width: int, height: int, now_ms: int) -> None:
        painter.scale(width / _WIDTH, width / _WIDTH)
        card = QRectF(_SHADOW, _SHADOW, _WIDTH - 2 * _SHADOW, _HEIGHT - 2 * _SHADOW)
        ink.shadowed(painter, card, 24)
        ink.box(painter, card, 24, ink.WHITE)
        self._draw_picture(painter, QRectF(_SHADOW + 18, _SHADOW + 18, _PICTURE, _PICTURE))
        self._draw_words(painter)
        self._draw_price(painter)

    def _draw_picture(self, painter: QPainter, place: QRectF) -> None:
        image = ink.picture(self.picture, 2 * _PICTURE) if self.picture else None
        if image is not None:
            ink.place_picture(painter, place, 16, image)
        else:
            first = clean(self.title)[:1]
            tile = _TILES[ord(first or " ") % len(_TILES)]
            ink.box(painter, place, 16, ink.gradient(place, *tile))
            painter.setFont(font(92, BOLD))
            painter.setPen(QColor(255, 255, 255, 235))
            above_stock = place.adjusted(0, 0, 0, 0 if self.stock is None else -_STRIP)
            painter.drawText(above_stock, Qt.AlignmentFlag.AlignCenter, first)
        self._draw_stock(painter, place)

    def _draw_stock(self, painter: QPainter, picture: QRectF) -> None:
        if self.stock is None:
            return
        if self.stock <= 0:
            text, colour = tr("overlay.product_card.sold_out"), QColor(40, 42, 48, 225)
        elif self.stock <= _FEW:
            text, colour = tr("overlay.product_card.few", stock=f"{self.stock:,}"), QColor(225, 29, 51, 225)
        else:
            text, colour = tr("overlay.product_card.stock", stock=f"{self.stock:,}"), QColor(0, 0, 0, 140)
        strip = QRectF(picture.left(), picture.bottom() - _STRIP, picture.width(), _STRIP)
        painter.save()
        painter.setClipRect(strip, Qt.ClipOperation.IntersectClip)
        ink.box(painter, strip.adjusted(0, -20, 0, 0), 16, colour)
        painter.restore()
        face = font(21, MEDIUM)
        painter.setFont(face)
        painter.setPen(ink.WHITE)
        painter.drawText(strip, Qt.AlignmentFlag.AlignCenter, ink.elided(face, text, strip.width() - 12))

    def _draw_words(self, painter: QPainter) -> None:
        room = _TEXT_RIGHT - _TEXT_X
        face = font(31, BOLD)
        baseline = 60.0
        for line in ink.wrapped(face, clean(self.title), room, 2):
            ink.write(painter, _TEXT_X, baseline, line, face, ink.DARK)
            baseline += 41
        point = clean(self.selling_point)
        if point:
            face = font(23, REGULAR)
            ink.write(painter, _TEXT_X, baseline, ink.elided(face, point, room), face, ink.GREY)

    def _draw_price(self, painter: QPainter) -> None:
        baseline, right = _HEIGHT - _SHADOW - 30.0, float(_TEXT_RIGHT)
        right -= self._draw_number(painter, right, baseline)
        x = float(_TEXT_X)
        whole, rest = ink.yuan_parts(self.live_price_fen)
        big, small = font(56, BLACK), font(34, BOLD)
        needed = ink.width_of(small, "¥" + rest) + ink.width_of(big, whole) + 4
        if needed > right - x:
            shrink = (right - x) / needed
            big, small = font(56 * shrink, BLACK), font(34 * shrink, BOLD)
        x += ink.write(painter, x, baseline, "¥", small, ink.RED) + 2
        x += ink.write(painter, x, baseline, whole, big, ink.RED)
        x += ink.write(painter, x, baseline, rest, small, ink.RED) + 12
        if self.list_price_fen is None or self.list_price_fen <= self.live_price_fen:
            return
        was, face = ink.yuan(self.list_price_fen), font(23, REGULAR)
        if x + ink.width_of(face, was) > right:
            return
        end = x + ink.write(painter, x, baseline, was, face, ink.GREY)
        painter.setPen(QPen(ink.GREY, 2))
        painter.drawLine(QLineF(x - 2, baseline - 8, end + 2, baseline - 8))

    def _draw_number(self, painter: QPainter, right: float, baseline: float) -> float:
        """The orange chip; returns the width it takes."""
        if self.number is None:
            return 0
        face = font(22, BOLD)
        text = tr("overlay.product_card.number", number=self.number)
        wide = ink.width_of(face, text) + 36
        chip = QRectF(right - wide, baseline - 35, wide, 44)
        ink.box(painter, chip, 22, ink.gradient(chip, "#FF9233", "#FF5A14"))
        painter.setFont(face)
        painter.setPen(ink.WHITE)
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)
        return wide + 12
