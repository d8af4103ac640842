"""The devices of this computer as the pages list them: asked for once, and again when somebody plugs one in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu, QWidget

from studio.core.errors import UserError
from studio.core.i18n import tr
from studio.desk.queries import ListDevices
from studio.ui import theme
from studio.ui.bridge import Bridge

Device = dict[str, Any]
"""At least ``address`` (what a wish takes) and ``name`` (what people read)."""


class DeviceList(QObject):
    """What was found by group; ``trouble`` says why nothing could be found at all."""

    changed = Signal()

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._found_now: dict[str, Any] = {}
        self.trouble = ""
        self.is_looking = False

    def look(self) -> None:
        """Ask the desk which devices there are now."""
        if not self.is_looking:
            self.is_looking = True
            self._bridge.read(ListDevices(), self._found, self._not_found)
            self.changed.emit()

    def of(self, group: str) -> list[Device]:
        """The devices of a group."""
        found: list[Device] = self._found_now.get(group, [])
        return found

    def reason(self, group: str) -> str:
        """Why a group is empty or may be old, in the user's language; nothing when all is well."""
        reasons: dict[str, str] = self._found_now.get("reasons", {})
        return reasons.get(group, "")

    def camera(self, address: str) -> Device | None:
        """The camera of an address, whatever its format."""
        plain = without_format(address)
        return next((each for each in self.of("cameras") if each["address"] == plain), None)

    def _found(self, found: dict[str, Any]) -> None:
        self._found_now, self.trouble, self.is_looking = found, "", False
        self.changed.emit()

    def _not_found(self, error: UserError) -> None:
        self.trouble, self.is_looking = str(error), False
        self.changed.emit()


def without_format(address: str) -> str:
    """A camera's address without the format it is asked for; other addresses stay as they are."""
    return address.partition("?")[0] if address.startswith("device:") else address


def open_menu(anchor: QWidget, entries: list[tuple[str, str]], nothing: str, then: Callable[[str], None]) -> QMenu:
    """Let one of (address, name) be chosen under ``anchor``; ``nothing`` is said where there is none."""
    menu = QMenu(anchor)
    menu.setFont(theme.font("body"))
    for address, name in entries:
        menu.addAction(name.replace("&", "&&"), partial(then, address))
    if not entries:
        menu.addAction(nothing or tr("ui.setup.nothing_found")).setEnabled(False)
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(anchor.mapToGlobal(anchor.rect().bottomLeft()))
    return menu
