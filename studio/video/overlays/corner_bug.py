"""The corner bug (角标): the room's title, a logo, or both, in the upper left corner."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from studio.video.overlays import ink
from studio.video.overlays.fonts import MEDIUM, clean, font
from studio.video.overlays.overlay import FORM, Overlay, even, scaled, unit
from studio.video.scene import Canvas

_WIDTH, _HEIGHT = 420, 64
_LOGO = 48


@dataclass(frozen=True)
class CornerBug(Overlay):
    """Whose room this is."""

    kind: ClassVar[str] = "corner_bug"

    text: str = ""
    picture: bytes | None = field(default=None, metadata={FORM: "picture"}, repr=False)

    def size(self, canvas: Canvas) -> tuple[int, int]:
        return scaled(canvas, _WIDTH, _HEIGHT)

    def place(self, canvas: Canvas) -> tuple[int, int]:
        scale = unit(canvas)
        return even(28 * scale), even((40 if canvas.is_portrait else 36) * scale)

    def draw(self, painter: QPainter, width: int, height: int, now_ms: int) -> None:
        painter.scale(width / _WIDTH, width / _WIDTH)
        logo = ink.picture(self.picture, 2 * _LOGO) if self.picture else None
        face = font(28, MEDIUM)
        text_x = 8 + _LOGO + 12 if logo else 22
        text = ink.elided(face, clean(self.text), _WIDTH - text_x - 22)
        if not text and logo is None:
            return
        wide = text_x + ink.width_of(face, text) + 22 if text else _LOGO + 16
        pill = QRectF(0, 0, wide, _HEIGHT)
        ink.box(painter, pill, _HEIGHT / 2, QColor(12, 14, 18, 128))
        if logo is not None:
            ink.place_picture(painter, QRectF(8, 8, _LOGO, _LOGO), _LOGO / 2, logo)
        painter.setFont(face)
        painter.setPen(ink.WHITE)
        painter.drawText(
            QRectF(text_x, 0, wide, _HEIGHT - 1), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text
        )
