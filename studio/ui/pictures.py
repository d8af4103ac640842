"""Product pictures for lists: fetched through the desk a few at a time, kept small, drawn with round corners."""

from __future__ import annotations

from collections import OrderedDict, deque
from functools import partial

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPainterPath, QPixmap

from studio.core.errors import UserError
from studio.desk.queries import PictureOf
from studio.ui import theme
from studio.ui.bridge import Bridge

MOST_KEPT = 600
MOST_AT_ONCE = 3
SIDE = 132
"""Pixels kept per picture: 44 logical pixels on a screen of three times the density."""

_GROUNDS = ("#B5652F", "#A67B23", "#5C8738", "#4E78A0", "#7C4E93", "#A33B40", "#2F7F79", "#8A5A3C")


class PictureShelf(QObject):
    """Gives a picture at once if it is there, else a drawn stand-in, and says when the real one arrives."""

    arrived = Signal(str)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._kept: OrderedDict[str, QPixmap | None] = OrderedDict()
        self._wanted: deque[str] = deque()
        self._asked: set[str] = set()

    def draw(self, painter: QPainter, box: QRectF, product_id: str, title: str) -> None:
        """Draw a product's picture into ``box``."""
        shape = QPainterPath()
        shape.addRoundedRect(box, theme.RADIUS_CARD, theme.RADIUS_CARD)
        pixmap = self._get(product_id)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setClipPath(shape)
        if pixmap is not None:
            painter.drawPixmap(box, pixmap, QRectF(pixmap.rect()))
        else:
            _draw_stand_in(painter, box, title)
        painter.restore()

    def _get(self, product_id: str) -> QPixmap | None:
        if product_id in self._kept:
            self._kept.move_to_end(product_id)
            return self._kept[product_id]
        if product_id and product_id not in self._asked and product_id not in self._wanted:
            self._wanted.append(product_id)
            while len(self._wanted) > 40:  # scrolled past: what is asked last is looked at now
                self._wanted.popleft()
            self._fetch()
        return None

    def _fetch(self) -> None:
        while self._wanted and len(self._asked) < MOST_AT_ONCE:
            product_id = self._wanted.pop()
            self._asked.add(product_id)
            keep = partial(self._keep, product_id)
            self._bridge.read(PictureOf(product_id), keep, keep)

    def _keep(self, product_id: str, data: bytes | UserError | None) -> None:
        pixmap = QPixmap()
        if isinstance(data, bytes) and pixmap.loadFromData(data):
            fit = Qt.AspectRatioMode.KeepAspectRatioByExpanding
            pixmap = pixmap.scaled(SIDE, SIDE, fit, Qt.TransformationMode.SmoothTransformation)
            side = min(pixmap.width(), pixmap.height())
            pixmap = pixmap.copy((pixmap.width() - side) // 2, (pixmap.height() - side) // 2, side, side)
        self._kept[product_id] = None if pixmap.isNull() else pixmap
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        self._asked.discard(product_id)
        self.arrived.emit(product_id)
        self._fetch()


def _draw_stand_in(painter: QPainter, box: QRectF, title: str) -> None:
    ground = QColor(_GROUNDS[sum(map(ord, title)) % len(_GROUNDS)])
    fade = QLinearGradient(box.topLeft(), box.bottomRight())
    fade.setColorAt(0, ground)
    fade.setColorAt(1, ground.darker(160))
    painter.fillRect(box, fade)
    painter.setPen(QColor("#FFFFFF"))
    letters = [letter for letter in title if letter.isalpha()]
    painter.setFont(theme.font("big_button"))
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), letters[0] if letters else "·")
