"""The as-run log (播出日志): what was done and when, newest first, and a line for a remark."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QListView, QStyledItemDelegate, QStyleOptionViewItem

from studio.core.i18n import tr
from studio.ui import figures, text_lines, theme
from studio.ui.bridge import Bridge
from studio.ui.widgets import StudioDock

ROW = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


class LogModel(QAbstractListModel):
    """Rows newest first; new ones are put on top, the rest is left alone."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[str, Any]] = []

    def show(self, rows: list[dict[str, Any]]) -> None:
        """Show these rows in any order."""
        newest_first = sorted(rows, key=lambda each: -int(each["seq"]))
        if newest_first != self.rows:
            self.beginResetModel()
            self.rows = newest_first
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802 - Qt's name
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        entry = self.rows[index.row()]
        if role == ROW:
            return entry
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return f"{figures.clock_time(entry['at_ms'])}  {entry['text']}"
        return None


class LogDelegate(QStyledItemDelegate):
    """Paints the time in a quiet colour and the sentence after it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        return QSize(80, line_height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours, entry, rect = theme.tokens(), index.data(ROW), option.rect
        font = theme.font("fact")
        at = QPointF(rect.left(), rect.top())
        width = text_lines.draw_line(painter, at, figures.clock_time(entry["at_ms"]), font, colours.text3) + 10
        text_lines.draw_line(painter, at + QPointF(width, 0), entry["text"], font, colours.text2, rect.width() - width)


class LogList(QListView):
    """Shows whole lines only."""

    def __init__(self) -> None:
        super().__init__()
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        inner = self.height() - 2 * self.frameWidth()
        rest = inner % line_height()
        if self.viewportMargins().bottom() != rest and inner > line_height():
            self.setViewportMargins(0, 0, 0, rest)
        super().resizeEvent(event)


def line_height() -> int:
    """The height of one row of the log."""
    return text_lines.height(theme.font("fact")) + 1


class LogDock(StudioDock):
    """Shows the log and takes remarks."""

    name = "log"

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self.model = LogModel()
        self.list = LogList()
        self.list.setModel(self.model)
        self.delegate = LogDelegate()
        self.list.setItemDelegate(self.delegate)
        self.note_field = QLineEdit()
        self.note_field.setObjectName("log.note")
        self.note_field.setFont(theme.font("body"))
        self.note_field.setMaxLength(500)
        self.note_field.returnPressed.connect(self._write)
        self.note_field.setEnabled(bridge.spec("log.note") is not None)
        self.body_column.addWidget(self.list, 1)
        self.body_column.addWidget(self.note_field)
        self.relabel()

    def relabel(self) -> None:
        self.set_title(tr("ui.log.title"))
        self.list.setAccessibleName(tr("ui.log.title"))
        self.note_field.setPlaceholderText(tr("ui.log.note_hint"))
        self.note_field.setAccessibleName(tr("ui.log.note_hint"))
        self.list.viewport().update()

    def refresh(self, snapshot: dict[str, Any]) -> None:
        self.model.show(snapshot["log"])
        count = len(snapshot["log"])
        self.aside.setText(tr("ui.log.chained") if count else "")

    def _write(self) -> None:
        text = self.note_field.text().strip()
        if text:
            self.bridge.say("log.note", text=text)
            self.note_field.clear()
