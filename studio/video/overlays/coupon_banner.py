"""The coupon banner (优惠券横幅): what the coupon gives, how long and how many are left, drawn as a ticket."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import ClassVar

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from studio.core.i18n import tr
from studio.video.overlays import ink
from studio.video.overlays.fonts import BOLD, MEDIUM, clean, font
from studio.video.overlays.overlay import FORM, Overlay, even, scaled, unit
from studio.video.scene import Canvas

_WIDTH, _HEIGHT, _SHADOW = 376, 136, 12
_STUB = 112  # the ticket's right part
_NOTCH = 11


@dataclass(frozen=True)
class CouponBanner(Overlay):
    """A coupon that can be claimed now."""

    kind: ClassVar[str] = "coupon_banner"

    title: str
    ends_ms: int | None = field(default=None, metadata={FORM: "time_ms"})
    left: int | None = field(default=None, metadata={FORM: "count"})

    def size(self, canvas: Canvas) -> tuple[int, int]:
        return scaled(canvas, _WIDTH, _HEIGHT)

    def place(self, canvas: Canvas) -> tuple[int, int]:
        """Upper right; portrait: below the platform's own row and left of its buttons."""
        scale, (width, _) = unit(canvas), self.size(canvas)
        if canvas.is_portrait:
            return even(canvas.width * 0.94 - width + _SHADOW * scale), even(canvas.height * 0.115)
        return even(canvas.width - width - 28 * scale), even(28 * scale)

    def content_key(self, now_ms: int) -> Hashable:
        return None if self.ends_ms is None else ink.seconds_left(self.ends_ms, now_ms)

    def draw(self, painter: QPainter, width: int, height: int, now_ms: int) -> None:
        painter.scale(width / _WIDTH, width / _WIDTH)
        ticket = QRectF(_SHADOW, _SHADOW, _WIDTH - 2 * _SHADOW, _HEIGHT - 2 * _SHADOW)
        has_stub = self.left is not None
        tear = ticket.right() - _STUB
        ink.shadowed(painter, ticket, 18)
        if has_stub:
            self._cut_notches(painter, ticket, tear)
        self._fill(painter, ticket, tear, has_stub)
        self._draw_words(painter, ticket, (tear if has_stub else ticket.right()) - ticket.left() - 36, now_ms)
        if has_stub:
            self._draw_stub(painter, ticket, tear)

    @staticmethod
    def _notches(ticket: QRectF, tear: float) -> QPainterPath:
        holes = QPainterPath()
        for y in (ticket.top(), ticket.bottom()):
            holes.addEllipse(QPointF(tear, y), _NOTCH, _NOTCH)
        inside = QPainterPath()
        inside.addRect(ticket)
        return holes.intersected(inside)

    def _cut_notches(self, painter: QPainter, ticket: QRectF, tear: float) -> None:
        """Let the picture be seen through the notches: no shadow there."""
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
        painter.fillPath(self._notches(ticket, tear), Qt.GlobalColor.black)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)

    def _fill(self, painter: QPainter, ticket: QRectF, tear: float, has_stub: bool) -> None:
        shape = QPainterPath()
        shape.addRoundedRect(ticket, 18, 18)
        if has_stub:
            shape = shape.subtracted(self._notches(ticket, tear))
        painter.fillPath(shape, ink.gradient(ticket, "#FF5364", "#DB1330"))

    def _draw_words(self, painter: QPainter, ticket: QRectF, room: float, now_ms: int) -> None:
        face = font(30, BOLD)
        title = clean(self.title)
        while ink.width_of(face, title) > room and face.pixelSize() > 23:
            face = font(face.pixelSize() - 1, BOLD)
        x = ticket.left() + 20
        has_end = self.ends_ms is not None
        ink.write(painter, x, ticket.top() + (49 if has_end else 67), ink.elided(face, title, room), face, ink.WHITE)
        if self.ends_ms is None:
            return
        left = ink.seconds_left(self.ends_ms, now_ms)
        text = (
            tr("overlay.coupon_banner.time_left", time=ink.time_left(left))
            if left
            else tr("overlay.coupon_banner.ended")
        )
        face = font(25, MEDIUM)
        ink.write(painter, x, ticket.top() + 89, ink.elided(face, text, room), face, ink.GOLD)

    def _draw_stub(self, painter: QPainter, ticket: QRectF, tear: float) -> None:
        pen = QPen(QColor(255, 255, 255, 150), 2, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawLine(QPointF(tear, ticket.top() + 20), QPointF(tear, ticket.bottom() - 18))
        stub = QRectF(tear, ticket.top(), _STUB, ticket.height())
        left = max(0, self.left or 0)
        count = f"{left:,}" if left < 100_000 else tr("overlay.many", ten_thousands=f"{left // 10_000:,}")
        face = font(34, BOLD)
        while ink.width_of(face, count) > _STUB - 16 and face.pixelSize() > 14:
            face = font(face.pixelSize() - 1, BOLD)
        painter.setFont(face)
        painter.setPen(ink.WHITE)
        painter.drawText(stub.adjusted(0, 38, 0, -8), Qt.AlignmentFlag.AlignCenter, count)
        painter.setFont(font(21, MEDIUM))
        painter.setPen(QColor(255, 255, 255, 215))
        painter.drawText(stub.adjusted(0, 14, 0, -58), Qt.AlignmentFlag.AlignCenter, tr("overlay.coupon_banner.left"))
