"""The window: the on-air bar above four columns of docks, or the village face; it is told and wishes, nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from studio.core import i18n
from studio.core.events import Bus, Event
from studio.core.i18n import tr
from studio.core.settings import Settings
from studio.ui import theme
from studio.ui.audience_dock import AudienceDock
from studio.ui.bridge import Bridge, DeskDoor
from studio.ui.confirm import ConfirmPopup
from studio.ui.hotkeys import add_hotkeys
from studio.ui.log_dock import LogDock
from studio.ui.menu import open_menu
from studio.ui.monitor import MonitorDoor
from studio.ui.notices import NoticeStack
from studio.ui.on_air_bar import OnAirBar
from studio.ui.picture_dock import PictureDock
from studio.ui.pictures import PictureShelf
from studio.ui.pool_dock import PoolDock
from studio.ui.promo_dock import PromoDock
from studio.ui.rundown_dock import RundownDock
from studio.ui.setup.place import SetupPlace
from studio.ui.trouble_strip import TroubleStrip
from studio.ui.village import VillageFace
from studio.ui.widgets import StudioDock

JOIN_MS = 50
"""Events are joined to at most 20 refreshes a second."""

CLOCK_MS = 200
SETTLE_MS = 60
FIRST_SIZE = (1366, 768)
LEAST = (310, 340, 290)
"""The least widths of pool, rundown and money, whatever the picture's form."""


class MainWindow(QMainWindow):
    """Shows ``desk.snapshot()`` and passes wishes on; ``engine`` may be None (no picture)."""

    closed = Signal()
    settings_chosen = Signal(object)
    """The user chose another language or theme; carries the new Settings, to be saved by who owns the file."""

    def __init__(self, desk: DeskDoor, engine: MonitorDoor | None, bus: Bus, settings: Settings) -> None:
        super().__init__()
        theme.apply(settings.theme)
        self.settings = settings
        self._desk = desk
        self._is_arranged_by_hand = False
        self._told_notices: set[tuple[int, str]] = set()
        self._hidden_docks: list[StudioDock] = []
        self.bridge = Bridge(desk, settings.anchor, self)
        self.shelf = PictureShelf(self.bridge, self)
        self._make_faces(engine)
        self._lay_out()
        self.notices = NoticeStack(self)
        self.bridge.noticed.connect(self.notices.say)
        add_hotkeys(self, self.bridge)
        self._start_timers()
        self._stop_listening = bus.subscribe(self._heard)
        self._fit_screen()
        self.pool.search.setFocus()
        self.refresh()

    def _make_faces(self, engine: MonitorDoor | None) -> None:
        canvas, fps = _canvas_size(self.settings.canvas), self.settings.fps
        self.bar = OnAirBar(self.bridge)
        self.bar.menu_button.clicked.connect(lambda: open_menu(self, self.settings))
        self.pool = PoolDock(self.bridge, self.shelf)
        self.picture = PictureDock(self.bridge, engine, canvas, fps)
        self.picture.monitor.aspect_changed.connect(self.arrange)
        self.rundown = RundownDock(self.bridge, self.shelf)
        self.promo = PromoDock(self.bridge)
        self.audience = AudienceDock(self.bridge)
        self.log = LogDock(self.bridge)
        self.docks: tuple[StudioDock, ...] = (
            self.pool,
            self.picture,
            self.rundown,
            self.promo,
            self.audience,
            self.log,
        )
        self.village = VillageFace(self.bridge, self.shelf, engine, canvas, fps)
        self.setup = SetupPlace(self, engine)
        self.picture.setup_wanted.connect(self.setup.toggle)
        self.trouble = TroubleStrip()
        self.trouble.mend_wanted.connect(self.setup.open)
        self.trouble.gone.connect(self.arrange_soon)
        self.village.operator_wanted.connect(lambda: self.set_face(is_village=False))
        self.village.setParent(self)
        self.village.hide()

    def _start_timers(self) -> None:
        self._joiner = QTimer(self)
        self._joiner.setSingleShot(True)
        self._joiner.setInterval(JOIN_MS)
        self._joiner.timeout.connect(self.refresh)
        self._clock = QTimer(self)
        self._clock.setInterval(CLOCK_MS)
        self._clock.timeout.connect(self.refresh)
        self._clock.start()

    def refresh(self) -> None:
        """Show the show as it is now; every part touches only what changed."""
        snapshot = self._desk.snapshot()
        self._show_title(snapshot["room_title"])
        if self.village.isVisible():
            self.village.refresh(snapshot)
        else:
            self.bar.refresh(snapshot)
            self.trouble.refresh(snapshot)
            self.bar.sentence.setVisible(self.trouble.isHidden())
            for dock in (*self.docks, *self.setup.docks()):
                dock.refresh(snapshot)
        self._tell_notices(snapshot["notices"], snapshot["now_ms"])

    def _show_title(self, room_title: str | None) -> None:
        program = tr("ui.window.title")
        title = f"{room_title} · {program}" if room_title else program
        if title != self.windowTitle():
            self.setWindowTitle(title)

    def relabel(self) -> None:
        """Say everything again, in the language and colours of now."""
        self.bar.relabel()
        self.trouble.relabel()
        self.village.relabel()
        for dock in (*self.docks, *self.setup.docks()):
            dock.relabel()
        self.refresh()
        QTimer.singleShot(0, self, self.arrange)

    def set_language(self, language: str) -> None:
        """Switch the language while the show runs."""
        i18n.set_language(language)
        self._choose(replace(self.settings, language=language))

    def set_theme(self, name: str) -> None:
        """Switch between dark and light while the show runs."""
        theme.apply(name)
        self._choose(replace(self.settings, theme=name))

    def set_face(self, *, is_village: bool) -> None:
        """Show the village face or the operator's."""
        if is_village == self.village.isVisible():
            return
        if is_village:
            self.village.refresh(self._desk.snapshot())
            self._frame.hide()
            self._hidden_docks = [dock for dock in (*self.docks, *self.setup.docks()) if not dock.isHidden()]
            for dock in self._hidden_docks:
                dock.hide()
            self.setCentralWidget(self.village)
        else:
            self.takeCentralWidget()
            self.village.setParent(self)
            for dock in self._hidden_docks:
                dock.show()
        self.village.setVisible(is_village)
        self._frame.setVisible(not is_village)
        self.refresh()
        QTimer.singleShot(0, self, self.arrange)

    def arrange(self) -> None:
        """Give the columns their widths: the picture as tall as fits, the rest to rundown and lists."""
        if self._is_arranged_by_hand or self.village.isVisible():
            return
        width = self.width() - 2 * 10 - 3 * 8
        wanted = self.picture.wanted_width()
        first = self.setup.column()
        least = max(LEAST[0], self.setup.least_width())
        picture = max(300, min(wanted, width * 45 // 100, width - least - sum(LEAST[1:])))
        rest = width - picture
        left, money = max(least, rest * 30 // 100), max(LEAST[2], rest * 28 // 100)
        columns = [first, self.picture, self.rundown, self.promo]
        widths = [left, picture, max(1, rest - left - money), money]
        self.resizeDocks(columns, widths, Qt.Orientation.Horizontal)
        height = max(100, first.height())
        parts = [height * 47 // 100, height * 30 // 100, height * 23 // 100]
        self.resizeDocks([self.promo, self.audience, self.log], parts, Qt.Orientation.Vertical)

    def arrange_soon(self) -> None:
        """Arrange once the docks have their new heights."""
        QTimer.singleShot(SETTLE_MS, self, self.arrange)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self.notices.place()
        QTimer.singleShot(0, self, self.arrange)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonPress:
            at = event.position().toPoint()
            is_below_bar = at.y() > self.bar.geometry().bottom() + 10
            if is_below_bar and self.childAt(at) is None:  # a line between docks: no widget of its own
                self._is_arranged_by_hand = True
        return super().event(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        if event.spontaneous() and not self.may_close():
            event.ignore()
            return
        self._clock.stop()
        self._joiner.stop()
        self._stop_listening()
        self.closed.emit()
        super().closeEvent(event)

    def is_settled(self) -> bool:
        """Whether nothing that was asked is still on its way."""
        return not self.bridge.is_busy() and not self._joiner.isActive()

    def may_close(self) -> bool:
        """Whether a person may close the window now; while the show is live they are asked first."""
        session = self._desk.snapshot()["session"]
        if session is None or session["state"] != "live":
            return True
        anchor = self.village.operator_button if self.village.isVisible() else self.bar.menu_button
        ConfirmPopup.ask(anchor, tr("ui.window.close_question"), tr("ui.window.close"), self._close_now)
        return False

    def _fit_screen(self) -> None:
        """Fill a small screen, stand on a large one."""
        area = self.screen().availableSize()
        self.resize(QSize(*FIRST_SIZE).boundedTo(area))
        if area.width() < FIRST_SIZE[0] + 80 or area.height() < FIRST_SIZE[1] + 60:
            self.setWindowState(Qt.WindowState.WindowMaximized)

    def _close_now(self) -> None:
        self.close()

    def _heard(self, _event: Event) -> None:
        if not self._joiner.isActive():
            self._joiner.start()

    def _choose(self, settings: Settings) -> None:
        self.settings = settings
        self.relabel()
        self.settings_chosen.emit(settings)

    def _tell_notices(self, notices: list[dict[str, Any]], now_ms: int) -> None:
        for notice in notices:
            key = (notice["at_ms"], notice["text"])
            if key in self._told_notices:
                continue
            self._told_notices.add(key)
            if now_ms - notice["at_ms"] < 60_000:
                self.notices.say(notice["level"], notice["text"])

    def _lay_out(self) -> None:
        self._frame = frame = QWidget()
        around = QVBoxLayout(frame)
        around.setContentsMargins(0, 10, 0, 6)
        around.addWidget(self.bar)
        around.addWidget(self.trouble)
        self.setMenuWidget(frame)
        self.setContentsMargins(10, 0, 10, 10)
        self.setDockNestingEnabled(True)
        self._lay_out_docks()
        for dock in self.docks:
            dock.topLevelChanged.connect(self._moved_by_hand)

    def _moved_by_hand(self) -> None:
        self._is_arranged_by_hand = True

    def arrange_again(self) -> None:
        """Back to the four columns, all docks in their places."""
        self.setup.close()
        for dock in self.docks:
            dock.setFloating(False)
            dock.show()
        self._is_arranged_by_hand = False
        self._lay_out_docks()
        self.arrange()

    def _lay_out_docks(self) -> None:
        left = Qt.DockWidgetArea.LeftDockWidgetArea
        self.addDockWidget(left, self.pool)
        for before, after in ((self.pool, self.picture), (self.picture, self.rundown), (self.rundown, self.promo)):
            self.splitDockWidget(before, after, Qt.Orientation.Horizontal)
        self.splitDockWidget(self.promo, self.audience, Qt.Orientation.Vertical)
        self.splitDockWidget(self.audience, self.log, Qt.Orientation.Vertical)


def _canvas_size(text: str) -> QSize:
    width, height = (int(part) for part in text.lower().split("x"))
    return QSize(width, height)
