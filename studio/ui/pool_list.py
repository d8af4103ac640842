"""The list of hits: a model of products and the delegate that paints them as cards."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.core.goods import Product
from studio.core.i18n import tr
from studio.ui import figures, text_lines, theme
from studio.ui.pictures import PictureShelf

PRODUCT = Qt.ItemDataRole.UserRole
WARNING = Qt.ItemDataRole.UserRole + 1
IS_IN = Qt.ItemDataRole.UserRole + 2

HIGH_RETURN_BP = 800
"""A return rate that is worth a word when there is nothing to compare it with."""

_PICTURE, _PAD, _GAP, _PLUS = 44, 8, 7, 28
Index = QModelIndex | QPersistentModelIndex


class PoolModel(QAbstractListModel):
    """The products found, in order, and which of them are in the rundown already."""

    def __init__(self) -> None:
        super().__init__()
        self._products: tuple[Product, ...] = ()
        self._in_rundown: frozenset[str] = frozenset()
        self._usual: dict[str, float] = {}

    def show(self, products: tuple[Product, ...]) -> None:
        """Show these products; when they only continue the present ones, rows are appended."""
        known = len(self._products)
        self._usual = _usual_returns(products)
        if known and products[:known] == self._products:
            if len(products) > known:
                self.beginInsertRows(QModelIndex(), known, len(products) - 1)
                self._products = products
                self.endInsertRows()
            return
        self.beginResetModel()
        self._products = products
        self.endResetModel()

    def mark(self, product_ids: frozenset[str]) -> None:
        """Say which products the rundown has."""
        changed = self._in_rundown ^ product_ids
        self._in_rundown = product_ids
        for number, product in enumerate(self._products):
            if product.id in changed:
                self.dataChanged.emit(self.index(number), self.index(number), [int(IS_IN)])

    def repaint(self, product_id: str) -> None:
        """A picture arrived."""
        for number, product in enumerate(self._products):
            if product.id == product_id:
                self.dataChanged.emit(self.index(number), self.index(number), [int(Qt.ItemDataRole.DecorationRole)])

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802 - Qt's name
        return 0 if parent.isValid() else len(self._products)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        product = self._products[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return product.title
        if role == PRODUCT:
            return product
        if role == IS_IN:
            return product.id in self._in_rundown
        if role == WARNING:
            return self._warning(product)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{product.title} {product.price} {tr('ui.pool.commission', rate=figures.percent(product.commission_bp))}"
        if role == Qt.ItemDataRole.ToolTipRole:
            stock = tr("ui.pool.stock", count=figures.count(product.stock))
            parts = (product.title, product.shop, " · ".join(product.selling_points), stock)
            return "\n".join(part for part in parts if part)
        return None

    def _warning(self, product: Product) -> str:
        rate = product.return_rate_bp
        usual = self._usual.get(product.category)
        if rate is None:
            return ""
        if usual is not None and rate >= 500 and rate >= 1.5 * usual:
            return tr("ui.pool.returns_usual", rate=figures.percent(rate), usual=figures.percent(round(usual)))
        return tr("ui.pool.returns", rate=figures.percent(rate)) if usual is None and rate >= HIGH_RETURN_BP else ""


def _usual_returns(products: tuple[Product, ...]) -> dict[str, float]:
    """The middle return rate by category, where at least five products of the hits tell theirs."""
    rates: dict[str, list[int]] = defaultdict(list)
    for product in products:
        if product.return_rate_bp is not None:
            rates[product.category].append(product.return_rate_bp)
    return {category: median(known) for category, known in rates.items() if len(known) >= 5}


def stock_words(product: Product, room: float) -> str:
    """What is in stock, in as many words as there is room for: all, the number, or none."""
    full = tr("ui.pool.stock", count=figures.count(product.stock)) if product.stock > 0 else tr("ui.pool.sold_out")
    metrics = QFontMetrics(theme.font("fact"))
    for words in (full, figures.count(product.stock)):
        if metrics.horizontalAdvance(words) <= room:
            return words
    return ""


class ProductDelegate(QStyledItemDelegate):
    """Paints a product as a card with picture, title, price, commission, stock, a warning and a plus."""

    plus_pressed = Signal(object)

    def __init__(self, shelf: PictureShelf) -> None:
        super().__init__()
        self._shelf = shelf

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        width = option.widget.viewport().width() if option.widget is not None else 290  # type: ignore[attr-defined]
        titles = len(text_lines.lines(index.data(PRODUCT).title, theme.font("title"), self._text_width(width)))
        height = titles * text_lines.height(theme.font("title")) + text_lines.height(theme.font("price")) + 2
        if index.data(WARNING):
            height += text_lines.height(theme.font("strong")) + 2
        return QSize(width, max(height, _PICTURE) + 2 * _PAD + _GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours = theme.tokens()
        card = QRectF(option.rect).adjusted(0, 0, 0, -_GAP)
        state = option.state
        product: Product = index.data(PRODUCT)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.bg3 if state & QStyle.StateFlag.State_MouseOver else colours.bg2))
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(QColor(colours.info), 1))
        painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS_CARD, theme.RADIUS_CARD)
        middle = card.center().y()
        picture = QRectF(card.left() + _PAD, middle - _PICTURE / 2, _PICTURE, _PICTURE)
        self._shelf.draw(painter, picture, product.id, product.title)
        self._draw_text(painter, card, product, index.data(WARNING))
        plus = self._plus_rect(option.rect)
        name, token = ("check-circle", "ok") if index.data(IS_IN) else ("plus-circle-outline", "text1")
        theme.icon(name, token).paint(painter, QRect(plus.center().x() - 9, plus.center().y() - 9, 18, 18))
        painter.restore()

    def editorEvent(  # noqa: N802 - Qt's name
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        is_release = isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease
        if is_release and self._plus_rect(option.rect).contains(event.position().toPoint()):  # type: ignore[attr-defined]
            self.plus_pressed.emit(index.data(PRODUCT))
            return True
        return super().editorEvent(event, model, option, index)

    def _draw_text(self, painter: QPainter, card: QRectF, product: Product, warning: str) -> None:
        colours = theme.tokens()
        left, width = card.left() + 2 * _PAD + _PICTURE, self._text_width(int(card.width()))
        titles = text_lines.lines(product.title, theme.font("title"), width)
        heights = [text_lines.height(theme.font("title"))] * len(titles) + [text_lines.height(theme.font("price")) + 2]
        heights += [text_lines.height(theme.font("strong")) + 2] if warning else []
        y = card.center().y() - sum(heights) / 2
        for line, height in zip(titles, heights, strict=False):
            text_lines.draw_line(painter, QPointF(left, y), line, theme.font("title"), colours.text1)
            y += height
        right = left + width
        x = (
            left
            + text_lines.draw_line(painter, QPointF(left, y), str(product.price), theme.font("price"), colours.money)
            + 8
        )
        y += 3
        commission = tr("ui.pool.commission", rate=figures.percent(product.commission_bp))
        x += text_lines.draw_line(painter, QPointF(x, y), commission, theme.font("strong"), colours.ok, right - x) + 8
        stock = stock_words(product, right - x)
        tone = colours.text2 if product.stock > 0 else colours.warn
        text_lines.draw_line(painter, QPointF(x, y), stock, theme.font("fact"), tone, right - x)
        if warning:
            y += heights[-2] - 1
            theme.icon("alert-outline", "warn").paint(painter, QRect(int(left), int(y) + 2, 14, 14))
            text_lines.draw_line(
                painter, QPointF(left + 18, y), warning, theme.font("strong"), colours.warn, width - 18
            )

    @staticmethod
    def _text_width(width: int) -> int:
        return width - 2 * _PAD - _PICTURE - _PLUS

    @staticmethod
    def _plus_rect(rect: QRect) -> QRect:
        return QRect(rect.right() - _PLUS - 4, rect.top(), _PLUS + 4, rect.height() - _GAP)
