"""A question beside the button it came from; not modal, and No is the answer that comes first."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QPushButton, QWidget

from studio.core.i18n import tr
from studio.ui.widgets import column, label, place_beside, push_button, row, set_text

_WIDTH = 300


class ConfirmPopup(QFrame):
    """Asks once; goes away on No, Escape, or when another thing gets the focus."""

    _open: ConfirmPopup | None = None

    def __init__(self, anchor: QWidget, question: str, yes: str, on_yes: Callable[[], None]) -> None:
        super().__init__(anchor.window())
        self.setObjectName("popup")
        self.setAccessibleName(question)
        self._on_yes = on_yes
        self._anchor = anchor
        text = label("body", text=question, wraps=True)
        self.no_button = push_button()
        self.no_button.setObjectName("confirm_no")
        set_text(self.no_button, tr("ui.confirm.no"))
        self.yes_button = push_button("live")
        self.yes_button.setObjectName("confirm_yes")
        set_text(self.yes_button, yes)
        self.no_button.clicked.connect(self.dismiss)
        self.yes_button.clicked.connect(self._say_yes)
        self.setLayout(column(text, row(None, self.no_button, self.yes_button), space=10, margin=12))
        QApplication.instance().focusChanged.connect(self._focus_moved)  # type: ignore[union-attr]

    @classmethod
    def ask(cls, anchor: QWidget, question: str, yes: str, on_yes: Callable[[], None]) -> ConfirmPopup:
        """Show the question beside ``anchor``; one that was open goes away."""
        if cls._open is not None:
            cls._open.dismiss()
        popup = cls(anchor, question, yes, on_yes)
        cls._open = popup
        place_beside(popup, anchor, _WIDTH)
        popup.show()
        popup.raise_()
        popup.no_button.setFocus()
        return popup

    @classmethod
    def current(cls) -> ConfirmPopup | None:
        """The question that is open, if any."""
        return cls._open

    def dismiss(self) -> None:
        """Go away; nothing happens."""
        if ConfirmPopup._open is self:
            ConfirmPopup._open = None
            QApplication.instance().focusChanged.disconnect(self._focus_moved)  # type: ignore[union-attr]
            had_focus = self.isAncestorOf(QApplication.focusWidget() or self._anchor)
            self.hide()
            if had_focus:
                self._anchor.setFocus()
            self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        focused = QApplication.focusWidget()
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            (self.yes_button if focused is self.no_button else self.no_button).setFocus()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            if isinstance(focused, QPushButton):
                focused.click()
        else:
            super().keyPressEvent(event)

    def _say_yes(self) -> None:
        self.dismiss()
        self._on_yes()

    def _focus_moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is not None and new is not self and not self.isAncestorOf(new):
            self.dismiss()
