"""The list of items: a model that mirrors the desk's rundown and the delegate that paints items as cards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.core.i18n import tr
from studio.ui import figures, text_lines, theme
from studio.ui.pictures import PictureShelf

ITEM = Qt.ItemDataRole.UserRole
MIME = "application/x-anchor-studio-item"
_PICTURE, _PAD, _GAP, _NUMBER, _ASIDE = 36, 7, 6, 26, 84
Index = QModelIndex | QPersistentModelIndex


class RundownModel(QAbstractListModel):
    """Items as the desk tells them; a drag only wishes (``move_wished(item_id, place)``), the desk moves."""

    move_wished = Signal(str, int)

    def __init__(self) -> None:
        super().__init__()
        self.items: list[dict[str, Any]] = []

    def show(self, items: list[dict[str, Any]]) -> None:
        """Show these items; rows that did not change are left alone."""
        before = self.items
        if [item["id"] for item in before] != [item["id"] for item in items]:
            self._reshape(items)
            return
        self.items = items
        for number, (old, new) in enumerate(zip(before, items, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(number), self.index(number))

    def _reshape(self, items: list[dict[str, Any]]) -> None:
        """Take a new order or length, keeping what views hold on to (selection, scroll place)."""
        self.layoutAboutToBeChanged.emit()
        place = {item["id"]: number for number, item in enumerate(items)}
        old = self.persistentIndexList()
        ids = [self.items[index.row()]["id"] for index in old]
        self.items = items
        new = [self.createIndex(place[each], 0) if each in place else QModelIndex() for each in ids]
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def row_of(self, item_id: str | None) -> int:
        """The row of an item, -1 when it is not here."""
        return next((number for number, item in enumerate(self.items) if item["id"] == item_id), -1)

    def repaint(self, product_id: str) -> None:
        """A picture arrived."""
        for number, item in enumerate(self.items):
            if item["product_id"] == product_id:
                self.dataChanged.emit(self.index(number), self.index(number))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802 - Qt's name
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.items):
            return None
        item = self.items[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return item["title"]
        if role == ITEM:
            return item
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{item['number']} {item['title']} {tr('ui.rundown.state_' + item['state'])}"
        return item["title"] if role == Qt.ItemDataRole.ToolTipRole else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled

    def supportedDropActions(self) -> Qt.DropAction:  # noqa: N802 - Qt's name
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:  # noqa: N802 - Qt's name
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:  # noqa: N802 - Qt's name
        data = QMimeData()
        if indexes:
            data.setData(MIME, self.items[indexes[0].row()]["id"].encode())
        return data

    def dropMimeData(  # noqa: N802 - Qt's name
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        item_id = bytes(data.data(MIME).data()).decode()
        if parent.isValid():
            row = parent.row()
        self.wish_move(self.row_of(item_id), len(self.items) if row < 0 else row)
        return False  # the view must not remove the row: the desk moves it

    def moveRows(  # noqa: N802 - Qt's name
        self, source: Index, row: int, how_many: int, target: Index, before: int
    ) -> bool:
        self.wish_move(row, before)
        return True

    def wish_move(self, row: int, before: int) -> None:
        """Wish that the item of ``row`` stands before the one that is now at ``before``."""
        place = before - 1 if before > row else before
        if 0 <= row < len(self.items) and place != row:
            self.move_wished.emit(self.items[row]["id"], place)


class ItemDelegate(QStyledItemDelegate):
    """Paints an item as a card; on air and next have an edge, a tint and words."""

    def __init__(self, shelf: PictureShelf) -> None:
        super().__init__()
        self._shelf = shelf
        self.now_ms = 0

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        width = option.widget.viewport().width() if option.widget is not None else 360  # type: ignore[attr-defined]
        item = index.data(ITEM)
        titles = len(text_lines.lines(item["title"], theme.font("title"), self._text_width(width)))
        height = titles * text_lines.height(theme.font("title")) + text_lines.height(theme.font("fact")) + 2
        bar = 8 if item["state"] == "on_air" else 0
        return QSize(width, max(_PICTURE, height) + 2 * _PAD + bar + _GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours = theme.tokens()
        item = index.data(ITEM)
        state = option.state
        card = QRectF(option.rect).adjusted(0, 0, 0, -_GAP)
        tint = {"on_air": colours.tint_live, "standby": colours.tint_next}.get(item["state"], colours.bg2)
        edge = {"on_air": colours.live, "standby": colours.ok}.get(item["state"])
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        shape.addRoundedRect(card, theme.RADIUS_CARD, theme.RADIUS_CARD)
        is_hovered = bool(state & QStyle.StateFlag.State_MouseOver) and edge is None
        painter.fillPath(shape, QColor(colours.bg3 if is_hovered else tint))
        if edge is not None:
            stripe = QPainterPath()
            stripe.addRect(QRectF(card.left(), card.top(), 4, card.height()))
            painter.fillPath(shape.intersected(stripe), QColor(edge))
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(QColor(colours.info), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS_CARD, theme.RADIUS_CARD)
        self._draw(painter, card, item)
        painter.restore()

    def _draw(self, painter: QPainter, card: QRectF, item: dict[str, Any]) -> None:
        colours, is_on_air = theme.tokens(), item["state"] == "on_air"
        inner = card.adjusted(_PAD + 3, _PAD, -_PAD - 2, -_PAD - (8 if is_on_air else 0))
        middle = inner.center().y()
        number_font = theme.font("strong")
        top = middle - text_lines.height(number_font) / 2
        number = str(item["number"])
        text_lines.draw_line(painter, QPointF(inner.left(), top), number, number_font, colours.text2)
        picture = QRectF(inner.left() + _NUMBER, middle - _PICTURE / 2, _PICTURE, _PICTURE)
        self._shelf.draw(painter, picture, item["product_id"], item["title"])
        left, width = picture.right() + 9, self._text_width(int(card.width()))
        titles = text_lines.lines(item["title"], theme.font("title"), width)
        line, fact_line = text_lines.height(theme.font("title")), text_lines.height(theme.font("fact")) + 2
        y = middle - (len(titles) * line + fact_line) / 2
        is_done = item["state"] == "done"
        for each in titles:
            tone = colours.text2 if is_done else colours.text1
            text_lines.draw_line(painter, QPointF(left, y), each, theme.font("title"), tone)
            y += line
        self._draw_facts(painter, QPointF(left, y + 1), width, item)
        self._draw_times(painter, inner, item)
        if is_on_air:
            self._draw_progress(painter, QRectF(inner.left(), inner.bottom() + 5, inner.width(), 4), item)

    def _draw_facts(self, painter: QPainter, at: QPointF, width: float, item: dict[str, Any]) -> None:
        colours = theme.tokens()
        price = figures.money(item["live_price_fen"])
        x = at.x() + text_lines.draw_line(painter, at, price, theme.font("strong"), colours.money) + 6
        facts = [tr("ui.rundown.state_" + item["state"])] if item["state"] in ("on_air", "standby", "done") else []
        if item.get("is_stale"):
            facts.append(tr("ui.rundown.stale"))
        elif item["stock"] <= 0:
            facts.append(tr("ui.pool.sold_out"))
        if item["promotion_note"]:
            facts.append(item["promotion_note"])
        tone = {"on_air": colours.text1, "standby": colours.ok}.get(item["state"], colours.text2)
        if item["state"] != "on_air" and (item["stock"] <= 0 or item.get("is_stale")):
            tone = colours.warn
        rest = at.x() + width - x
        text_lines.draw_line(painter, QPointF(x, at.y()), " · ".join(facts), theme.font("fact"), tone, rest)

    def _draw_times(self, painter: QPainter, inner: QRectF, item: dict[str, Any]) -> None:
        colours = theme.tokens()
        elapsed, is_over = self.elapsed_s(item), self.is_over(item)
        planned_s = item["planned_s"]
        plan = tr("ui.rundown.planned", time=figures.duration(planned_s))
        if is_over:
            plan = tr("ui.rundown.overtime", time=figures.duration(elapsed - planned_s))
        big, small = theme.font("title"), theme.font("fact")
        y = inner.center().y() - (text_lines.height(big) + text_lines.height(small)) / 2
        box = QRectF(inner.left(), y, inner.width(), inner.height())
        shown = figures.duration(elapsed) if elapsed else "—"
        tone = colours.text1 if item["state"] == "on_air" else colours.text2
        text_lines.draw_right(painter, box, shown, big if item["state"] == "on_air" else small, tone)
        box.translate(0, text_lines.height(big))
        text_lines.draw_right(painter, box, plan, small, colours.text1 if is_over else colours.text2)

    def _draw_progress(self, painter: QPainter, box: QRectF, item: dict[str, Any]) -> None:
        colours = theme.tokens()
        part = min(1.0, self.elapsed_s(item) / max(1, item["planned_s"]))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.line))
        painter.drawRoundedRect(box, 2, 2)
        painter.setBrush(QColor(colours.warn if self.is_over(item) else colours.live))
        painter.drawRoundedRect(QRectF(box.left(), box.top(), box.width() * part, box.height()), 2, 2)

    def elapsed_s(self, item: dict[str, Any]) -> float:
        """How long the item is or was on air: the present take, or all takes of one that is done."""
        if item["state"] == "on_air" and item["taken_ms"] is not None:
            return max(0.0, (self.now_ms - int(item["taken_ms"])) / 1000)
        return float(item["aired_ms"] or 0) / 1000

    def is_over(self, item: dict[str, Any]) -> bool:
        """Whether the item on air has used up its planned time."""
        return bool(item["state"] == "on_air" and self.elapsed_s(item) > item["planned_s"])

    @staticmethod
    def _text_width(width: int) -> int:
        return width - 2 * _PAD - 5 - _NUMBER - _PICTURE - 9 - _ASIDE
