"""A page of the set-up panel: cards below each other, in a list that scrolls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.ui.bridge import Bridge
from studio.ui.widgets import Card, column, label, row, set_text

Say = Callable[[str], None]


class SetupPage(QScrollArea):
    """Subclasses fill cards, say their texts in ``relabel`` and follow the snapshot in ``refresh``."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.bridge = bridge
        self.snapshot: dict[str, Any] = {}
        self._words: list[tuple[Say, str]] = []
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner = QWidget()
        inner.setObjectName("plain")
        self.cards = column(space=8)
        self.cards.setContentsMargins(0, 0, 4, 0)
        whole = column(self.cards, None, space=0)
        inner.setLayout(whole)
        self.setWidget(inner)
        self.viewport().setAutoFillBackground(False)
        inner.setAutoFillBackground(False)

    def card(
        self, key: str, *parts: QWidget | QLayout | int | None, aside: QWidget | None = None, space: int = 8
    ) -> QVBoxLayout:
        """A card with a title and what stands at its right; gives its column."""
        made = Card()
        title = label("title")
        self.say(title.setText, key)
        head = row(title, None) if aside is None else row(title, None, aside)
        inner = column(head, *parts, space=space)
        inner.setContentsMargins(10, 8, 10, 10)
        made.setLayout(inner)
        self.cards.addWidget(made)
        return inner

    def say(self, say: Say, key: str) -> None:
        """A text that is said again in each language."""
        self._words.append((say, key))

    def name_button(self, button: QPushButton, key: str) -> None:
        """A button whose text is always the same."""
        self.say(lambda text: set_text(button, text), key)

    def hint(self, key: str) -> QLabel:
        """A sentence in small type."""
        made = label("hint", "text2", wraps=True)
        self.say(made.setText, key)
        return made

    def relabel(self) -> None:
        """Say everything again, in the language and colours of now."""
        for say, key in self._words:
            say(tr(key))

    def refresh(self, snapshot: dict[str, Any]) -> None:
        """Show a snapshot; called only while the page is seen."""
        raise NotImplementedError


def ask_for_file(parent: QWidget, title: str, kinds: str, then: Callable[[str], None]) -> QFileDialog:
    """Let a file be chosen while the show runs on behind; nothing happens when none is."""
    dialog = QFileDialog(parent.window(), title)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilter(kinds)
    dialog.setModal(False)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(then)
    dialog.show()
    return dialog
