"""What must be said: sentences that stand above the docks without stopping anybody."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QWidget

from studio.core.i18n import tr
from studio.ui import theme
from studio.ui.widgets import column, label, push_button, row

MOST = 3
STAYS_MS = {"info": 6_000, "warn": 20_000, "error": 60_000}
_WIDTH = 460


class NoticeStack(QWidget):
    """The newest few notices, over the bottom edge of the window; each goes by itself or with its ×."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self._over = parent
        self._column = column(space=8)
        self.setLayout(self._column)
        self._cards: list[QFrame] = []
        self.hide()

    def say(self, level: str, text: str) -> None:
        """Show a sentence; the same one is not shown twice at a time."""
        if any(card.accessibleName() == text for card in self._cards):
            return
        while len(self._cards) >= MOST:
            self._drop(self._cards[0])
        card = QFrame()
        card.setObjectName("popup")
        card.setProperty("look", level)
        card.setAccessibleName(text)
        close = push_button("flat", height=28)
        close.setIcon(theme.icon("close", "text2"))
        close.setAccessibleName(tr("ui.notice.close"))
        close.setToolTip(tr("ui.notice.close"))
        close.clicked.connect(lambda: self._drop(card))
        words = label("body", text=text, wraps=True)
        line = row(words, close)
        line.setStretch(0, 1)
        line.setContentsMargins(12, 8, 8, 8)
        card.setLayout(line)
        self._column.addWidget(card)
        self._cards.append(card)
        QTimer.singleShot(STAYS_MS.get(level, 6_000), card, lambda: self._drop(card))
        self.place()
        self.show()
        self.raise_()

    def texts(self) -> list[str]:
        """What is being said now."""
        return [card.accessibleName() for card in self._cards]

    def place(self) -> None:
        """Stand at the bottom, in the middle of the parent."""
        area = self._over.rect()
        width = min(_WIDTH, area.width() - 40)
        self.setFixedWidth(width)
        for card in self._cards:
            card.setFixedHeight(max(46, card.layout().heightForWidth(width)))  # type: ignore[union-attr]
        height = sum(card.height() for card in self._cards) + 8 * max(0, len(self._cards) - 1)
        self.setGeometry((area.width() - width) // 2, area.height() - height - 24, width, height)

    def _drop(self, card: QFrame) -> None:
        if card not in self._cards:
            return
        self._cards.remove(card)
        self._column.removeWidget(card)
        card.deleteLater()
        if self._cards:
            self.place()
        else:
            self.hide()
