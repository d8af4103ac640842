"""The window's menu: language, appearance, which docks are shown, which face."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from studio.core import i18n
from studio.core.i18n import tr
from studio.core.settings import Settings
from studio.ui import theme
from studio.ui.setup.place import SHORTCUT

if TYPE_CHECKING:
    from studio.ui.window import MainWindow

LANGUAGE_NAMES = {"zh_CN": "中文", "en": "English"}


def open_menu(window: MainWindow, settings: Settings) -> QMenu:
    """Open the menu under its button; it does not stop anything."""
    menu = QMenu(window)
    menu.setFont(theme.font("body"))
    _add_choices(menu, tr("ui.menu.language"), LANGUAGE_NAMES, i18n.language(), window.set_language)
    names = {name: tr(f"ui.menu.theme_{name}") for name in theme.THEMES}
    _add_choices(menu, tr("ui.menu.theme"), names, settings.theme, window.set_theme)
    menu.addSeparator()
    setup = menu.addAction(tr("ui.setup.title"), window.setup.toggle)
    setup.setShortcut(QKeySequence(SHORTCUT))
    setup.setCheckable(True)
    setup.setChecked(window.setup.is_open())
    for dock in window.docks:
        menu.addAction(dock.toggleViewAction())
    menu.addAction(tr("ui.menu.arrange"), window.arrange_again)
    menu.addAction(tr("ui.menu.village"), lambda: window.set_face(is_village=True))
    anchor = window.bar.menu_button
    menu.popup(anchor.mapToGlobal(anchor.rect().bottomLeft()))
    menu.aboutToHide.connect(menu.deleteLater)
    return menu


def _add_choices(menu: QMenu, title: str, names: dict[str, str], now: str, choose: Callable[[str], None]) -> None:
    part = menu.addMenu(title)
    part.setFont(theme.font("body"))
    group = QActionGroup(part)
    for value, name in names.items():
        action = QAction(name, part)
        action.setCheckable(True)
        action.setChecked(value == now)
        action.triggered.connect(lambda _on, which=value: choose(which))
        group.addAction(action)
        part.addAction(action)
