"""From an overlay to pixels: the only place where a QImage becomes an array."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from studio.video.overlays.overlay import Overlay, SpriteOverlay
from studio.video.scene import Canvas

_HINTS = (
    QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing | QPainter.RenderHint.SmoothPixmapTransform
)


def blank(width: int, height: int) -> QImage:
    """A transparent picture."""
    image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    if image.isNull():
        raise ValueError(f"no picture of {width}x{height} can be made")
    image.fill(Qt.GlobalColor.transparent)
    return image


def pixels(image: QImage) -> npt.NDArray[np.uint8]:
    """A copy of the picture as premultiplied B, G, R, A of shape (height, width, 4)."""
    if image.format() != QImage.Format.Format_ARGB32_Premultiplied:
        image = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 4].reshape(image.height(), image.width(), 4).copy()


def painted(overlay: Overlay, canvas: Canvas, now_ms: int) -> list[npt.NDArray[np.uint8]]:
    """The drawing of an overlay, or all pictures of a sprite overlay."""
    if isinstance(overlay, SpriteOverlay):
        return [pixels(image) for image in overlay.sprite_images(canvas)]
    width, height = overlay.size(canvas)
    image = blank(width, height)
    painter = QPainter(image)
    try:
        painter.setRenderHints(_HINTS)
        painter.setClipRect(QRectF(0, 0, width, height))
        overlay.draw(painter, width, height, now_ms)
    finally:
        painter.end()
    return [pixels(image)]
