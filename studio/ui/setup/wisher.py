"""Wishes of a finger that moves: the newest value, a few times a second, and always the last one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QObject, QTimer

EVERY_MS = 100
HOLD_MS = 1500
"""So long after a wish the snapshot may still be older than what the finger shows."""


class Wisher(QObject):
    """Sends at once, then at most every ``EVERY_MS``; what was asked meanwhile goes out as one wish at the end."""

    def __init__(self, send: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._send_now = send
        self._is_due = False
        self._since = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._rested)

    def ask(self) -> None:
        """Something changed under the finger."""
        self._since.start()
        if self._timer.isActive():
            self._is_due = True
        else:
            self._send()

    def flush(self) -> None:
        """The finger let go: the last value goes out now."""
        if self._is_due:
            self._timer.stop()
            self._send()

    def is_holding(self) -> bool:
        """Whether what is shown comes from a finger that was here just now, and must not be overwritten."""
        return self._is_due or (self._since.isValid() and self._since.elapsed() < HOLD_MS)

    def let_go(self) -> None:
        """Follow the snapshot again from now on."""
        self._is_due = False
        self._timer.stop()
        self._since.invalidate()

    def _send(self) -> None:
        self._is_due = False
        self._timer.start()
        self._send_now()

    def _rested(self) -> None:
        if self._is_due:
            self._send()
