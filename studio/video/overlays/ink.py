"""Shapes and words that several overlays draw: text in a width, prices, rounded boxes, pictures, time left."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QImageReader,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QTextLayout,
    QTextOption,
)

RED, ORANGE, GOLD = QColor("#E11D33"), QColor("#FF7A1A"), QColor("#FFE08A")
WHITE, DARK, GREY = QColor("#FFFFFF"), QColor("#16181D"), QColor("#6B717C")

_FORMATS = {b"\x89PNG": b"png", b"\xff\xd8\xff": b"jpeg", b"RIFF": b"webp"}
_LARGEST_PICTURE = 8192


def width_of(font: QFont, text: str) -> float:
    """How wide ``text`` is in design pixels."""
    return QFontMetricsF(font).horizontalAdvance(text)


def elided(font: QFont, text: str, width: float) -> str:
    """``text`` cut with an ellipsis to fit ``width``."""
    return QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, width)


def write(painter: QPainter, x: float, baseline: float, text: str, font: QFont, colour: QColor) -> float:
    """Draw one line, left aligned on its baseline; returns its width."""
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(QPointF(x, baseline), text)
    return width_of(font, text)


def wrapped(font: QFont, text: str, width: float, most: int) -> list[str]:
    """``text`` in at most ``most`` lines, the last one cut with an ellipsis."""
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    units = text.encode("utf-16-le")
    lines: list[str] = []
    layout.beginLayout()
    while len(lines) < most:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        first, length = line.textStart(), line.textLength()
        if len(lines) == most - 1:
            rest = units[first * 2 :].decode("utf-16-le", "ignore")
            lines.append(elided(font, rest.strip(), width))
        else:
            lines.append(units[first * 2 : (first + length) * 2].decode("utf-16-le", "ignore").strip())
    layout.endLayout()
    return lines


def box(painter: QPainter, rect: QRectF, radius: float, fill: QColor | QBrush | QLinearGradient) -> None:
    """A rounded box without a border."""
    path = QPainterPath()
    path.addRoundedRect(rect, radius, radius)
    painter.fillPath(path, QBrush(fill))


def shadowed(painter: QPainter, rect: QRectF, radius: float, depth: int = 10) -> None:
    """A soft shadow around a rounded box, ``depth`` design pixels wide."""
    for step in range(depth, 0, -1):
        colour = QColor(0, 0, 0, max(1, round(26 * (1 - step / (depth + 1)) ** 2)))
        grown = rect.adjusted(-step, -step + 3, step, step + 3)
        box(painter, grown, radius + step, colour)


def gradient(rect: QRectF, first: str, last: str) -> QLinearGradient:
    """From the upper left to the lower right corner."""
    made = QLinearGradient(rect.topLeft(), rect.bottomRight())
    made.setColorAt(0, QColor(first))
    made.setColorAt(1, QColor(last))
    return made


@lru_cache(maxsize=32)
def picture(encoded: bytes, side: int) -> QImage | None:
    """A PNG, JPEG or WebP picture scaled to cover ``side`` x ``side``; None when it cannot be read."""
    form = next((form for magic, form in _FORMATS.items() if encoded.startswith(magic)), None)
    if form is None:
        return None
    bytes_ = QByteArray(encoded)
    buffer = QBuffer(bytes_)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(form))
    reader.setAutoTransform(True)
    size = reader.size()
    if not size.isValid() or max(size.width(), size.height()) > _LARGEST_PICTURE:
        return None
    reader.setScaledSize(size.scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatioByExpanding))
    image = reader.read()
    if image.isNull():
        return None
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def place_picture(painter: QPainter, rect: QRectF, radius: float, image: QImage) -> None:
    """Draw the middle of ``image`` so that it covers the rounded ``rect``."""
    side = min(image.width() / rect.width(), image.height() / rect.height())
    source = QRectF(0, 0, rect.width() * side, rect.height() * side)
    source.moveCenter(QRectF(image.rect()).center())
    path = QPainterPath()
    path.addRoundedRect(rect, radius, radius)
    painter.save()
    painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
    painter.drawImage(rect, image, source)
    painter.restore()


def yuan_parts(fen: int) -> tuple[str, str]:
    """An amount as people write prices: ``("1,234", ".5")``, no needless zeros."""
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    return f"{sign}{yuan:,}", f".{rest:02d}".rstrip("0").rstrip(".")


def yuan(fen: int) -> str:
    """``"¥29.9"``."""
    return "¥" + "".join(yuan_parts(fen))


def seconds_left(ends_ms: int, now_ms: int) -> int:
    """Whole seconds until the end, the running one counted; 0 when it is over."""
    return max(0, -(-(ends_ms - now_ms) // 1000))


def time_left(seconds: int) -> str:
    """``"01:24"`` or ``"2:03:04"``."""
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"
