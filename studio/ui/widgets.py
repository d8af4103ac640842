"""Small widgets that every dock is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from studio.ui import theme
from studio.ui.bridge import Bridge

HEADER_HEIGHT = 34


def restyle(widget: QWidget) -> None:
    """Let the style sheet look at a widget's properties again."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def set_look(widget: QWidget, name: str, value: str) -> None:
    """Set a property that the style sheet reads (``tone``, ``look``, ``pill``)."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        restyle(widget)


def label(role: str = "body", tone: str = "text1", text: str = "", *, wraps: bool = False) -> QLabel:
    """A label in a role's font and a tone's colour."""
    made = QLabel(text)
    made.setFont(theme.font(role))
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("tone", tone)
    made.setWordWrap(wraps)
    return made


def row(*things: QWidget | QLayout | int | None, space: int = 8) -> QHBoxLayout:
    """A horizontal layout; None is a stretch, an int a gap in pixels."""
    layout = QHBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(space)
    for thing in things:
        if thing is None:
            layout.addStretch(1)
        elif isinstance(thing, int):
            layout.addSpacing(thing)
        elif isinstance(thing, QWidget):
            layout.addWidget(thing)
        else:
            layout.addLayout(thing)
    return layout


def column(*things: QWidget | QLayout | int | None, space: int = 6, margin: int = 0) -> QVBoxLayout:
    """A vertical layout; None is a stretch, an int a gap in pixels."""
    layout = QVBoxLayout()
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(space)
    for thing in things:
        if thing is None:
            layout.addStretch(1)
        elif isinstance(thing, int):
            layout.addSpacing(thing)
        elif isinstance(thing, QWidget):
            layout.addWidget(thing)
        else:
            layout.addLayout(thing)
    return layout


def push_button(look: str = "", role: str = "button", height: int = theme.BUTTON_HEIGHT) -> QPushButton:
    """A button without a text yet; mnemonics and auto-default are off, so that no stray key presses it."""
    made = QPushButton()
    made.setFont(theme.font(role))
    made.setMinimumHeight(height)
    made.setAutoDefault(False)
    made.setProperty("look", look)
    return made


def set_text(button: QPushButton, text: str, name: str = "") -> None:
    """Give a button its text (an ampersand is a letter here) and its accessible name."""
    shown = text.replace("&", "&&")
    if button.text() != shown:
        button.setText(shown)
    button.setAccessibleName(name or text)


def place_beside(popup: QWidget, anchor: QWidget, width: int) -> None:
    """Put a child of the window under ``anchor``, or above it where there is no room, inside the window."""
    window = anchor.window()
    layout = popup.layout()
    popup.setFixedWidth(width)
    if layout is not None:
        layout.activate()
        popup.setFixedHeight(max(layout.totalHeightForWidth(width), layout.totalSizeHint().height()))
    below = anchor.mapTo(window, QPoint(0, anchor.height() + 6))
    if below.y() + popup.height() > window.height():
        below.setY(max(8, below.y() - anchor.height() - 12 - popup.height()))
    below.setX(max(8, min(below.x(), window.width() - width - 8)))
    popup.move(below)


def open_folder(path: str) -> None:
    """Show the folder of a file in the system's own file window."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(path).parent)))


class ElideLabel(QLabel):
    """One line that gives way when there is no room; the whole text is in the tooltip."""

    def __init__(self, role: str = "body", tone: str = "text1") -> None:
        super().__init__()
        self.setFont(theme.font(role))
        self.setProperty("tone", tone)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        shown = QFontMetrics(self.font()).elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        whole = self.text() if shown != self.text() else ""
        if self.toolTip() != whole:
            self.setToolTip(whole)
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
        painter.end()


class Card(QFrame):
    """A row as a card."""

    def __init__(self, look: str = "") -> None:
        super().__init__()
        self.setObjectName("card")
        self.setProperty("look", look)


class StudioDock(QDockWidget):
    """A column or a part of one: a header that is also the handle, and a body; subclasses fill and refresh it."""

    name = "dock"

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName(f"{self.name}_dock")
        self.bridge = bridge
        self.title = label("title")
        self.note = ElideLabel("fact", "text3")
        self.aside = label("strong", "text3")
        header = QFrame()
        header.setObjectName("header")
        self.header_row = row(self.title, self.note, None, self.aside)
        self.header_row.setContentsMargins(10, 4, 10, 0)
        self.header_row.addStrut(HEADER_HEIGHT - 4)
        header.setLayout(self.header_row)
        self.setTitleBarWidget(header)
        self.body = QFrame()
        self.body.setObjectName("body")
        self.body_column = column(space=8)
        self.body_column.setContentsMargins(10, 4, 10, 10)
        self.body.setLayout(self.body_column)
        self.setWidget(self.body)
        self.setAllowedAreas(Qt.DockWidgetArea.AllDockWidgetAreas)

    def set_title(self, text: str) -> None:
        """Name the dock for people and for screen readers."""
        self.title.setText(text)
        self.setWindowTitle(text)
        self.body.setAccessibleName(text)

    def refresh(self, snapshot: dict[str, Any]) -> None:
        """Show a snapshot; only what changed is touched."""
        raise NotImplementedError

    def relabel(self) -> None:
        """Say everything again, in the language and colours of now."""
        raise NotImplementedError
