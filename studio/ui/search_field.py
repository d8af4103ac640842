"""The search field: it speaks once the typing rests, and never of a text that an input method is still composing."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QLineEdit

from studio.ui import theme

DEBOUNCE_MS = 150


class SearchField(QLineEdit):
    """Emits ``rested(text)`` after ``DEBOUNCE_MS`` without a key, at once on Enter, never while Pinyin is half typed."""

    rested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setFont(theme.font("body"))
        self.setClearButtonEnabled(True)
        self._is_composing = False
        self._said: str | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self._say)
        self.textChanged.connect(self._changed)
        self.returnPressed.connect(self._say)
        self._icon_action = self.addAction(theme.icon("magnify", "text3"), QLineEdit.ActionPosition.LeadingPosition)

    def relabel(self, hint: str) -> None:
        """Say everything again in the language and colours of now."""
        self.setPlaceholderText(hint)
        self.setAccessibleName(hint)
        self._icon_action.setIcon(theme.icon("magnify", "text3"))

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:  # noqa: N802 - Qt's name
        self._is_composing = bool(event.preeditString())
        if self._is_composing:
            self._timer.stop()
        super().inputMethodEvent(event)
        if not self._is_composing and self.text().strip() != self._said:
            self._timer.start()

    def _changed(self) -> None:
        if not self._is_composing:
            self._timer.start()

    def _say(self) -> None:
        text = self.text().strip()
        if self._is_composing or text == self._said:
            return
        self._timer.stop()
        self._said = text
        self.rested.emit(text)
