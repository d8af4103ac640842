"""The countdown (倒计时): a label and the time left, once a second."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import ClassVar

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from studio.core.i18n import tr
from studio.video.overlays import ink
from studio.video.overlays.fonts import BOLD, MEDIUM, clean, font
from studio.video.overlays.overlay import FORM, Overlay, even, scaled, unit
from studio.video.scene import Canvas

_WIDTH, _HEIGHT = 252, 116
_CARD_TOP = 248 + 4
_LAST_SECONDS = 10


@dataclass(frozen=True)
class Countdown(Overlay):
    """How long something lasts; red in its last seconds."""

    kind: ClassVar[str] = "countdown"

    ends_ms: int = field(metadata={FORM: "time_ms"})
    label: str = ""

    def size(self, canvas: Canvas) -> tuple[int, int]:
        return scaled(canvas, _WIDTH, _HEIGHT)

    def place(self, canvas: Canvas) -> tuple[int, int]:
        """Portrait: left, above the product card; landscape: top centre."""
        scale, (width, height) = unit(canvas), self.size(canvas)
        if canvas.is_portrait:
            return even(28 * scale), even(canvas.height * 0.88 - _CARD_TOP * scale - height + 12 * scale)
        return even((canvas.width - width) / 2), even(40 * scale)

    def content_key(self, now_ms: int) -> Hashable:
        return ink.seconds_left(self.ends_ms, now_ms)

    def draw(self, painter: QPainter, width: int, height: int, now_ms: int) -> None:
        painter.scale(width / _WIDTH, width / _WIDTH)
        left = ink.seconds_left(self.ends_ms, now_ms)
        panel = QRectF(0, 0, _WIDTH, _HEIGHT)
        ink.box(painter, panel, 18, QColor(18, 20, 26, 205))
        face = font(23, MEDIUM)
        label = clean(self.label) or tr("overlay.countdown.label")
        painter.setFont(face)
        painter.setPen(QColor(255, 255, 255, 225))
        top = QRectF(0, 8, _WIDTH, 34)
        painter.drawText(top, Qt.AlignmentFlag.AlignCenter, ink.elided(face, label, _WIDTH - 28))
        text = ink.time_left(left) if left else tr("overlay.countdown.ended")
        face = font(46, BOLD)
        while ink.width_of(face, text) > _WIDTH - 24 and face.pixelSize() > 12:
            face = font(face.pixelSize() - 2, BOLD)
        painter.setFont(face)
        painter.setPen(QColor("#FF5A67") if left <= _LAST_SECONDS else ink.GOLD)
        painter.drawText(QRectF(0, 40, _WIDTH, 68), Qt.AlignmentFlag.AlignCenter, text)
