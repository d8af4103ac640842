"""The monitor (监看): the newest programme frame, pulled at the canvas's pace and painted only when it is new."""

from __future__ import annotations

import time
from typing import Any, Protocol

from PySide6.QtCore import QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QHideEvent, QImage, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.core.i18n import tr
from studio.ui import theme

SAME_ASPECT = 0.02
SOON_MS, SOON_LOOKS = 1, 10  # a frame that is not there when it is due is looked for so often, and so many times


class MonitorDoor(Protocol):
    """What the monitor needs of the engine: its newest frame as (sequence number, BGRA array of height × width × 4)."""

    def monitor(self, max_w: int, max_h: int) -> tuple[int, Any] | None: ...

    def picture_age_s(self) -> float: ...


class Monitor(QWidget):
    """Keeps the canvas's aspect; shows a slate while there is no picture."""

    aspect_changed = Signal()

    def __init__(self, engine: MonitorDoor | None, canvas: QSize, fps: int) -> None:
        super().__init__()
        self.engine = engine
        self._canvas = canvas
        self._image: QImage | None = None
        self._pixels: Any = None
        self._seq: int | None = None
        self.paints = 0
        self.setMinimumSize(180, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._frame_s = max(0.01, 1 / max(1, fps))
        self._looks = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.pull)
        self.relabel()

    def relabel(self) -> None:
        """Say everything again in the language of now."""
        self.setAccessibleName(tr("ui.monitor.name"))
        self.update()

    def pull(self) -> None:
        """Look for a newer frame; paint it if there is one."""
        if self.engine is None or not self.isVisible():
            return
        area = self.picture_rect()
        ratio = self.devicePixelRatioF()
        due_s = time.monotonic() - self.engine.picture_age_s() + self._frame_s
        answer = self.engine.monitor(round(area.width() * ratio), round(area.height() * ratio))
        is_new = answer is not None and answer[0] != self._seq
        self._looks = 0 if is_new else self._looks + 1
        self._timer.start(self._next_look_ms(due_s))
        if answer is None or not is_new:
            return
        self._seq, self._pixels = answer
        height, width = self._pixels.shape[:2]
        self._take_aspect(width, height)
        stride = int(self._pixels.strides[0])
        self._image = QImage(self._pixels.data, width, height, stride, QImage.Format.Format_RGB32)
        self.update(area)

    def _next_look_ms(self, due_s: float) -> int:
        """Look when the next frame is due to be there, so that it is shown at once; a late one is looked for a few times."""
        left_ms = int(1000 * (due_s - time.monotonic()))
        if left_ms > 0:
            return left_ms
        return SOON_MS if self._looks <= SOON_LOOKS else round(1000 * self._frame_s)

    def _take_aspect(self, width: int, height: int) -> None:
        """Follow the canvas that the frames really have; rounding to whole pixels is no change."""
        wanted = self._canvas.width() / self._canvas.height()
        if abs(width / height / wanted - 1) > SAME_ASPECT:
            self._canvas = QSize(width, height)
            self.update()
            self.aspect_changed.emit()

    def picture_rect(self) -> QRect:
        """Where the picture stands: as large as fits, in the middle."""
        size = self._canvas.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        return QRect(
            (self.width() - size.width()) // 2, (self.height() - size.height()) // 2, size.width(), size.height()
        )

    def width_for(self, height: int) -> int:
        """The width at which the picture fills ``height``."""
        return round(height * self._canvas.width() / self._canvas.height())

    def has_picture(self) -> bool:
        """Whether a frame was ever shown."""
        return self._image is not None

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self._timer.start(round(1000 * self._frame_s))

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        self._timer.stop()
        super().hideEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        self.paints += 1
        painter = QPainter(self)
        area = self.picture_rect()
        if not area.contains(event.rect()):
            painter.fillRect(event.rect(), QColor(theme.tokens().bg1))
        if self._image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(area, self._image)
        else:
            self._draw_slate(painter, QRectF(area))
        painter.end()

    def _draw_slate(self, painter: QPainter, area: QRectF) -> None:
        painter.fillRect(area, QColor("#0B0C0F"))
        mark = theme.icon("video-off-outline").pixmap(QSize(40, 40))
        middle = area.center()
        painter.drawPixmap(round(middle.x() - 20), round(middle.y() - 52), mark)
        painter.setPen(QColor("#F3F5F8"))
        painter.setFont(theme.font("title"))
        painter.drawText(
            area.adjusted(12, area.height() / 2, -12, 0),
            int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap),
            tr("ui.monitor.slate"),
        )
