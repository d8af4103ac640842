"""The red-envelope rain (红包雨): envelopes that fall while a red envelope can be grabbed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QRadialGradient

from studio.video.overlays import ink
from studio.video.overlays.fonts import BLACK, font
from studio.video.overlays.overlay import FORM, Positions, SpriteOverlay, scaled, unit
from studio.video.overlays.paint import blank
from studio.video.scene import Canvas

SIDE = 80  # design pixels
ANGLES = (-32, -22, -12, -4, 6, 15, 24, 34)
_SLOWEST, _FASTEST = 300, 620  # design pixels a second
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RedEnvelopeRain(SpriteOverlay):
    """``count`` envelopes at a time; the same moment always looks the same."""

    kind: ClassVar[str] = "red_envelope_rain"

    started_ms: int = field(metadata={FORM: "time_ms"})
    ends_ms: int = field(metadata={FORM: "time_ms"})
    count: int = field(default=40, metadata={FORM: "count"})

    def sprite_images(self, canvas: Canvas) -> list[QImage]:
        side, _ = scaled(canvas, SIDE, SIDE)
        return [_envelope(side, angle) for angle in ANGLES]

    def positions(self, now_ms: int, canvas: Canvas) -> Positions:
        """Rows (k, x, y); an envelope that set out before the end falls to the ground."""
        side, _ = scaled(canvas, SIDE, SIDE)
        scale = unit(canvas)
        which, speed, delay, phase, sway = habits(self.count)
        fall = speed * scale  # canvas pixels a second
        trip = (canvas.height + side) / fall
        elapsed = (now_ms - self.started_ms) / 1000 - delay
        turn = np.floor(elapsed / trip)
        fallen = (elapsed - turn * trip) * fall
        lane = (which * 0.618033988749895 + turn * 0.38196601125 + phase) % 1.0
        rows = np.empty((self.count, 3), np.int64)
        rows[:, 0] = which % len(ANGLES)
        swing = np.sin(fallen * (0.006 / scale) + phase * 6.28) * (sway * scale)
        rows[:, 1] = np.floor(lane * (canvas.width + side) - side + swing)
        rows[:, 2] = np.floor(fallen - side)
        is_falling = (elapsed >= 0) & (turn * trip + delay < (self.ends_ms - self.started_ms) / 1000)
        return rows[is_falling]


@lru_cache(maxsize=4)
def habits(count: int) -> tuple[_Floats, _Floats, _Floats, _Floats, _Floats]:
    """Each envelope's number, speed, delay in seconds, phase 0..1 and sway in design pixels, always the same."""
    random = np.random.default_rng(20_110)
    speed = random.uniform(_SLOWEST, _FASTEST, count)
    delay = random.uniform(0, 2.4, count)
    return np.arange(count, dtype=float), speed, delay, random.uniform(0, 1, count), random.uniform(6, 22, count)


def _envelope(side: int, angle: float) -> QImage:
    image = blank(side, side)
    painter = QPainter(image)
    try:
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.scale(side / SIDE, side / SIDE)
        painter.translate(SIDE / 2, SIDE / 2)
        painter.rotate(angle)
        _draw_envelope(painter)
    finally:
        painter.end()
    return image


def _draw_envelope(painter: QPainter) -> None:
    body = QRectF(-22, -29, 44, 58)
    ink.box(painter, body, 6, ink.gradient(body, "#FF4A46", "#C8101F"))
    flap = QPainterPath()
    flap.moveTo(body.left(), body.top() + 6)
    flap.quadTo(body.left(), body.top(), body.left() + 6, body.top())
    flap.lineTo(body.right() - 6, body.top())
    flap.quadTo(body.right(), body.top(), body.right(), body.top() + 6)
    flap.lineTo(body.right(), body.top() + 16)
    flap.quadTo(0, body.top() + 34, body.left(), body.top() + 16)
    flap.closeSubpath()
    painter.fillPath(flap, QColor("#E8252E"))
    painter.setPen(QPen(QColor(255, 214, 130, 130), 1.2))
    painter.drawPath(flap)
    glow = QRadialGradient(QPointF(-3, -7), 15)
    glow.setColorAt(0, QColor("#FFF3B8"))
    glow.setColorAt(1, QColor("#F5B83D"))
    painter.setPen(QPen(QColor("#E09A20"), 1))
    painter.setBrush(glow)
    painter.drawEllipse(QPointF(0, -4), 11, 11)
    painter.setFont(font(15, BLACK))
    painter.setPen(QColor("#C22A12"))
    painter.drawText(QRectF(-11, -15.5, 22, 22), Qt.AlignmentFlag.AlignCenter, "¥")
