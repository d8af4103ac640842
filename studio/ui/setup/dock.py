"""The panel itself: five pages behind five tabs; only the page that is seen is made and kept up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QPushButton, QStackedWidget

from studio.core.i18n import tr
from studio.ui import theme
from studio.ui.bridge import Bridge
from studio.ui.setup.devices import DeviceList
from studio.ui.setup.look import LookPage
from studio.ui.setup.outputs import OutputsPage
from studio.ui.setup.page import SetupPage
from studio.ui.setup.quality import QualityPage
from studio.ui.setup.sound import SoundPage
from studio.ui.setup.sources import SourcesPage
from studio.ui.widgets import StudioDock, push_button, row, set_text

PAGES = ("sources", "look", "sound", "outputs", "quality")


class SetupDock(StudioDock):
    """画面与声音: how the studio is set up, beside the running show."""

    name = "setup"
    closed_by_hand = Signal()

    def __init__(self, bridge: Bridge, engine: Any) -> None:
        super().__init__(bridge)
        self.devices = DeviceList(bridge, self)
        self._makers: dict[str, Callable[[], SetupPage]] = {
            "sources": lambda: SourcesPage(bridge, self.devices),
            "look": lambda: LookPage(bridge, self.devices),
            "sound": lambda: SoundPage(bridge, self.devices, engine),
            "outputs": lambda: OutputsPage(bridge),
            "quality": lambda: QualityPage(bridge),
        }
        self.pages: dict[str, SetupPage] = {}
        self._snapshot: dict[str, Any] = {}
        self._stack = QStackedWidget()
        self.close_button = push_button("flat", "strong", 26)
        self.close_button.clicked.connect(self.closed_by_hand)
        self.header_row.addWidget(self.close_button)
        self.aside.hide()
        self.tabs: dict[str, QPushButton] = {}
        self._make_tabs()
        self.body_column.addWidget(self._stack, 1)
        self.body_column.setContentsMargins(10, 4, 6, 8)
        self.page = ""
        self.devices.look()
        self.relabel()

    def _make_tabs(self) -> None:
        group = QButtonGroup(self)
        line = row(space=4)
        for name in PAGES:
            tab = self.tabs[name] = push_button("tab", "strong", 32)
            tab.setCheckable(True)
            tab.setObjectName(f"setup:{name}")
            tab.clicked.connect(lambda _on, which=name: self.open_page(which))
            group.addButton(tab)
            line.addWidget(tab, 1)
        self.body_column.addLayout(line)

    def open_page(self, name: str) -> None:
        """Show a page; it is made when it is wanted for the first time."""
        if name not in self.pages:
            page = self.pages[name] = self._makers[name]()
            self._stack.addWidget(page)
            page.relabel()
        self.page = name
        self._stack.setCurrentWidget(self.pages[name])
        self.tabs[name].setChecked(True)
        if self._snapshot:
            self.refresh(self._snapshot)

    def relabel(self) -> None:
        self.set_title(tr("ui.setup.title"))
        for name, tab in self.tabs.items():
            set_text(tab, tr(f"ui.setup.tab_{name}"))
        self.close_button.setIcon(theme.icon("close", "text2"))
        self.close_button.setAccessibleName(tr("ui.setup.close"))
        self.close_button.setToolTip(tr("ui.setup.close"))
        for page in self.pages.values():
            page.relabel()

    def refresh(self, snapshot: dict[str, Any]) -> None:
        self._snapshot = snapshot
        if self.page and not self.isHidden():
            self.pages[self.page].refresh(snapshot)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() == Qt.Key.Key_Escape:
            self.closed_by_hand.emit()
            return
        super().keyPressEvent(event)
