"""Hotkeys (快捷键): one per verb that needs no argument; guarded verbs are asked about first."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from studio.ui.action_button import ActionButton, GuardedButton
from studio.ui.bridge import Bridge

_MODIFIERS = ("Ctrl", "Shift", "Alt", "Meta")


def add_hotkeys(window: QWidget, bridge: Bridge) -> None:
    """Give the window the hotkeys of the desk's verbs; a bare modifier is no hotkey."""
    for verb, spec in bridge.desk.actions.items():
        needs = set(spec.args) - set(spec.optional)
        if not spec.shortcut or needs or spec.shortcut in _MODIFIERS:
            continue
        shortcut = QShortcut(QKeySequence(spec.shortcut), window)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(partial(press, window, bridge, verb))


def press(window: QWidget, bridge: Bridge, verb: str) -> None:
    """Press the verb's button where one is seen; without one wish it, unless it is guarded."""
    for button in window.findChildren(ActionButton, verb):
        if button.isVisible():
            button.ask_first() if isinstance(button, GuardedButton) else button.fire()
            return
    spec = bridge.spec(verb)
    if spec is not None and not spec.is_money and not spec.is_stream:
        bridge.say(verb)
