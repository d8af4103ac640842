"""Where the panel stands: in the pool's column, beside the picture it changes, so that nothing of the show is covered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QKeySequence, QShortcut

from studio.ui.widgets import StudioDock

if TYPE_CHECKING:
    from studio.ui.setup.dock import SetupDock
    from studio.ui.window import MainWindow

SHORTCUT = "F9"
LEAST_WIDTH = 352
FIRST_PAGE = "sources"


class SetupPlace:
    """Makes the panel when it is opened for the first time; gives the column back to the pool when it is closed."""

    def __init__(self, window: MainWindow, engine: Any) -> None:
        self._window = window
        self._engine = engine
        self._had_pool = True
        self.dock: SetupDock | None = None
        shortcut = QShortcut(QKeySequence(SHORTCUT), window)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(self.toggle)

    def is_open(self) -> bool:
        """Whether the panel is seen."""
        return self.dock is not None and not self.dock.isHidden()

    def column(self) -> StudioDock:
        """The dock that has the first column now."""
        return (
            self.dock if self.dock is not None and self.is_open() and not self.dock.isFloating() else self._window.pool
        )

    def least_width(self) -> int:
        """What the first column needs for the panel; 0 while the pool has it."""
        return LEAST_WIDTH if self.column() is self.dock else 0

    def toggle(self) -> None:
        """Open the panel, or close it."""
        if self.is_open():
            self.close()
        else:
            self.open()

    def open(self, page: str = "") -> None:
        """Show the panel, on a page or on the one it had last."""
        window = self._window
        if window.village.isVisible():
            return
        dock = self.dock or self._make()
        dock.open_page(page or dock.page or FIRST_PAGE)
        if not self.is_open():
            self._had_pool = not window.pool.isHidden()
            dock.show()
            if not dock.isFloating():
                window.pool.hide()
        dock.raise_()
        dock.tabs[dock.page].setFocus()
        window.refresh()

    def close(self) -> None:
        """Hide the panel; the pool has its column again."""
        window = self._window
        if self.dock is None or self.dock.isHidden():
            return
        self.dock.hide()
        if self._had_pool:
            window.pool.show()
        window.picture.setup_button.setFocus()

    def docks(self) -> tuple[StudioDock, ...]:
        """The panel, once it was made."""
        return (self.dock,) if self.dock is not None else ()

    def _make(self) -> SetupDock:
        from studio.ui.setup.dock import SetupDock  # not before it is wanted: the window opens without it

        window = self._window
        dock = self.dock = SetupDock(window.bridge, self._engine)
        dock.closed_by_hand.connect(self.close)
        dock.topLevelChanged.connect(self._floats)
        dock.visibilityChanged.connect(lambda _is_seen: window.arrange_soon())
        window.tabifyDockWidget(window.pool, dock)
        dock.hide()
        return dock

    def _floats(self, is_floating: bool) -> None:
        """A panel that was pulled out leaves the column to the pool."""
        if self.is_open() and self._had_pool:
            self._window.pool.setVisible(is_floating)
