"""Buttons made from the registry of verbs; those that give money away or go live are guarded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QPushButton

from studio.core.i18n import tr
from studio.ui import theme
from studio.ui.bridge import Bridge
from studio.ui.confirm import ConfirmPopup
from studio.ui.widgets import set_text

HOLD_MS = 1000
NO_ICON = "none"
PRESS_KEYS = frozenset({Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Select})

Args = Callable[[], dict[str, Any]]


class ActionButton(QPushButton):
    """A button that wishes for one verb; its objectName is the verb. A grey one says why in its tooltip."""

    def __init__(self, bridge: Bridge, verb: str, args: Args | None = None, *, look: str = "", role: str = "button"):
        super().__init__()
        self.setObjectName(verb)
        self.setFont(theme.font(role))
        self.setMinimumHeight(theme.BUTTON_HEIGHT)
        self.setAutoDefault(False)
        self.setProperty("look", look)
        self.bridge = bridge
        self.verb = verb
        self.spec = bridge.spec(verb)
        self._args = args or (lambda: {})
        self._is_allowed = True
        self._why = ""
        self._is_under_way = False
        self.clicked.connect(self.pressed_by_hand)
        bridge.settled.connect(self._settled)
        self._sync()

    def name(self, text: str, *, icon: str = "", token: str = "text1", accessible: str = "") -> None:
        """Give the button its text and icon (the verb's own unless another is named)."""
        set_text(self, text, accessible or text.replace("\n", " ") or self.title())
        shown = icon or (self.spec.icon if self.spec is not None else "")
        if shown and icon != NO_ICON:
            self.setIcon(theme.icon(shown, token))
        self._sync()

    def title(self) -> str:
        """What the verb is called."""
        return tr("verb." + self.verb.replace(".", "_"))

    def allow(self, is_allowed: bool, why: str = "") -> None:
        """Enable the button, or grey it and say why."""
        self._is_allowed, self._why = is_allowed, why
        self._sync()

    def pressed_by_hand(self) -> None:
        """The button was clicked."""
        self.fire()

    def fire(self) -> None:
        """Wish for the verb, once until the answer is there."""
        if not self.isEnabled():
            return
        self._is_under_way = True
        self._sync()
        self.bridge.say(self.verb, **self._args())

    def _settled(self, verb: str) -> None:
        if verb == self.verb and self._is_under_way:
            self._is_under_way = False
            self._sync()

    def _sync(self) -> None:
        if self.spec is None:
            why = tr("ui.button.not_here")
        elif not self._is_allowed:
            why = self._why
        else:
            keys = f" ({self.spec.shortcut})" if self.spec.shortcut else ""
            why = (self.accessibleName() or self.title()) + keys
        self.setToolTip(why)
        self.setEnabled(self.spec is not None and self._is_allowed and not self._is_under_way)


class GuardedButton(ActionButton):
    """Fires after being held for one second; a click or a key only asks, and the answer that comes first is No."""

    def __init__(
        self,
        bridge: Bridge,
        verb: str,
        args: Args | None = None,
        *,
        question: Callable[[], str] | None = None,
        look: str = "live",
        role: str = "button",
    ) -> None:
        self._question = question or (lambda: tr("ui.confirm.sure", what=self.text()))
        self._timer = QTimer()
        self._elapsed = QElapsedTimer()
        super().__init__(bridge, verb, args, look=look, role=role)
        self._timer.setParent(self)
        self._timer.setInterval(15)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._held)
        self.installEventFilter(self)

    def pressed_by_hand(self) -> None:
        """A click that was no hold: ask first."""
        self.ask_first()

    def ask_first(self) -> None:
        """Open the question beside the button."""
        if self.isEnabled():
            yes = self.text().replace("&&", "&").replace("\n", " · ").rstrip("….· ")
            ConfirmPopup.ask(self, self._question(), yes, self.fire)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if isinstance(event, QKeyEvent) and event.key() in PRESS_KEYS:
            if event.type() == QEvent.Type.KeyPress and not event.isAutoRepeat():
                self.ask_first()
            return event.type() in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease)
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self.isEnabled():
            self._elapsed.start()
            self._timer.start()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        super().mouseMoveEvent(event)
        if not self.rect().contains(event.position().toPoint()):
            self._let_go()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._let_go()
        super().mouseReleaseEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        self._let_go()
        super().hideEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        if not self._timer.isActive():
            return
        part = min(1.0, self._elapsed.elapsed() / HOLD_MS)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), theme.RADIUS_CARD, theme.RADIUS_CARD)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipPath(shape)
        painter.fillRect(QRectF(0, 0, self.width() * part, self.height()), QColor(255, 255, 255, 90))
        painter.end()

    def _held(self) -> None:
        if not self.isEnabled():
            self._let_go()
        elif self._elapsed.elapsed() >= HOLD_MS:
            self._let_go()
            self.setDown(False)  # so that the release that follows is no click
            self.fire()
        else:
            self.update()

    def _let_go(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self.update()


def action_button(
    bridge: Bridge,
    verb: str,
    args: Args | None = None,
    *,
    question: Callable[[], str] | None = None,
    look: str = "",
    role: str = "button",
) -> ActionButton:
    """The right button for a verb: guarded when it gives money away or touches the stream."""
    spec = bridge.spec(verb)
    if spec is not None and (spec.is_money or spec.is_stream):
        return GuardedButton(bridge, verb, args, question=question, look=look, role=role)
    return ActionButton(bridge, verb, args, look=look, role=role)
