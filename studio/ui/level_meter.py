"""A level meter (电平表): how loud it is, the loudest of the last moment, and a light for what was too loud."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui import theme

FLOOR_DB, WARM_DB, HOT_DB, CLIP_DB = -60.0, -18.0, -6.0, -0.2
FALLS_DB_PER_S = 24.0
HOLDS_S, CLIP_LIT_S = 1.5, 3.0
_LIGHT = 10


class LevelMeter(QWidget):
    """Rises at once, falls evenly; painted again only when a pixel changes."""

    def __init__(self, height: int = 12) -> None:
        super().__init__()
        self.level_db = self.held_db = FLOOR_DB
        self.is_clipped = False
        self.is_muted = False
        self._held_s = self._clipped_s = self._at_s = float("-inf")
        self._painted: tuple[int, int, bool, bool] | None = None
        self._height = height
        self.setFixedHeight(height)
        self.setMinimumWidth(60)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(120, self._height)

    def hear(self, peak_db: float | None, now_s: float) -> None:
        """The loudest since the last call, in dBFS (None: nothing is known), at a monotonic time."""
        peak_db = FLOOR_DB if peak_db is None else peak_db
        passed_s = min(1.0, max(0.0, now_s - self._at_s))
        self._at_s = now_s
        self.level_db = max(FLOOR_DB, peak_db, self.level_db - FALLS_DB_PER_S * passed_s)
        if peak_db >= self.held_db or now_s - self._held_s > HOLDS_S:
            self.held_db, self._held_s = max(FLOOR_DB, peak_db), now_s
        if peak_db >= CLIP_DB:
            self._clipped_s = now_s
        self.is_clipped = now_s - self._clipped_s < CLIP_LIT_S
        if self._shape() != self._painted:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        colours = theme.tokens()
        self._painted = lit, held, is_clipped, _ = self._shape()
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        end = self._end()
        painter.setBrush(QColor(colours.bg3))
        painter.drawRoundedRect(QRectF(0, 0, end, self.height()), 3, 3)
        for start, stop, tone in self._zones():
            if lit > start:
                colour = colours.text3 if self.is_muted else tone
                painter.fillRect(QRectF(start, 1, min(lit, stop) - start, self.height() - 2), QColor(colour))
        if held > 2:
            painter.fillRect(QRectF(held - 2, 0, 2, self.height()), QColor(colours.text1))
        painter.setBrush(QColor(colours.live if is_clipped else colours.bg3))
        painter.drawRoundedRect(QRectF(self.width() - _LIGHT, 0, _LIGHT, self.height()), 3, 3)
        painter.end()

    def _zones(self) -> tuple[tuple[int, int, str], ...]:
        colours = theme.tokens()
        warm, hot, end = self._place(WARM_DB), self._place(HOT_DB), self._end()
        return (0, warm, colours.ok), (warm, hot, colours.warn), (hot, end, colours.live)

    def _shape(self) -> tuple[int, int, bool, bool]:
        return self._place(self.level_db), self._place(self.held_db), self.is_clipped, self.is_muted

    def _end(self) -> int:
        return self.width() - _LIGHT - 4

    def _place(self, level_db: float) -> int:
        share = (min(0.0, level_db) - FLOOR_DB) / -FLOOR_DB
        return round(self._end() * max(0.0, share))
