"""The rundown (串词单): what is on air, what comes next, and in which order the rest follows."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QItemSelectionModel, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStackedLayout

from studio.core.i18n import tr
from studio.ui import figures
from studio.ui.action_button import action_button
from studio.ui.bridge import Bridge
from studio.ui.flow_layout import FlowLayout
from studio.ui.pictures import PictureShelf
from studio.ui.rundown_list import ItemDelegate, RundownModel
from studio.ui.widgets import StudioDock, label, set_look

OFFSET_WORTH_SAYING_S = 30


class ItemList(QListView):
    """The items; Alt+Up and Alt+Down move the chosen one."""

    nudged = Signal(int)
    resized = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setMouseTracking(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is not None and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.nudged.emit(step)
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.scheduleDelayedItemsLayout()
        self.resized.emit()


class RundownDock(StudioDock):
    """Shows the plan and changes it."""

    name = "rundown"

    def __init__(self, bridge: Bridge, shelf: PictureShelf) -> None:
        super().__init__(bridge)
        self._rundown: dict[str, Any] = {}
        self._on_air_id: str | None = None
        self.model = RundownModel()
        self.model.move_wished.connect(self._move)
        shelf.arrived.connect(self.model.repaint)
        self.list = ItemList()
        self.list.setModel(self.model)
        self.delegate = ItemDelegate(shelf)
        self.list.setItemDelegate(self.delegate)
        self.list.nudged.connect(self._nudge)
        keep_in_view = QTimer(self)
        keep_in_view.setSingleShot(True)
        keep_in_view.timeout.connect(lambda: self._bring_into_view(self.model.row_of(self._on_air_id)))
        self.list.resized.connect(keep_in_view.start)
        self.list.selectionModel().currentChanged.connect(lambda *_: self._allow())
        self.take_button = action_button(bridge, "show.take", self._chosen)
        self.standby_button = action_button(bridge, "rundown.standby", self._chosen)
        self.remove_button = action_button(bridge, "rundown.remove", self._chosen, look="flat")
        self.clip_button = action_button(bridge, "clip.cut", self._chosen, look="flat")
        self.empty = label("body", "text2", wraps=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._build()
        self.relabel()

    def _build(self) -> None:
        self._pages = QStackedLayout()
        self._pages.addWidget(self.list)
        self._pages.addWidget(self.empty)
        self.body_column.addLayout(self._pages, 1)
        buttons = FlowLayout(6)
        for button in (self.take_button, self.standby_button, self.clip_button, self.remove_button):
            buttons.addWidget(button)
        self.body_column.addLayout(buttons)

    def relabel(self) -> None:
        self.set_title(tr("ui.rundown.title"))
        self.list.setAccessibleName(tr("ui.rundown.list_name"))
        self.empty.setText(tr("ui.rundown.empty"))
        for button in (self.take_button, self.standby_button, self.clip_button):
            button.name(button.title())
        self.remove_button.name("", accessible=self.remove_button.title())
        self._show_head()
        self._allow()
        self.list.scheduleDelayedItemsLayout()
        self.list.viewport().update()

    def refresh(self, snapshot: dict[str, Any]) -> None:
        self.delegate.now_ms = snapshot["now_ms"]
        before, self._rundown = self._rundown, snapshot["rundown"]
        self.model.show(self._rundown["items"])
        self._pages.setCurrentIndex(0 if self.model.items else 1)
        on_air = self.model.row_of(self._rundown["on_air_id"])
        if on_air >= 0:
            self.list.update(self.model.index(on_air))
        if self._rundown["on_air_id"] != self._on_air_id:
            self._on_air_id = self._rundown["on_air_id"]
            self._bring_into_view(on_air)
        if before.get("version") != self._rundown["version"]:
            self._allow()
        self._show_head()

    def _bring_into_view(self, on_air: int) -> None:
        """Scroll as little as it takes from the top to show what is on air and what comes next."""
        if on_air < 0:
            return
        self.list.scrollToTop()
        standby = self.model.row_of(self._rundown["standby_id"])
        if standby >= 0:
            self.list.scrollTo(self.model.index(standby))
        self.list.scrollTo(self.model.index(max(0, on_air - 1)))
        self.list.scrollTo(self.model.index(on_air))

    def _show_head(self) -> None:
        items = self._rundown.get("items", [])
        done = sum(item["state"] == "done" for item in items)
        self.note.setText(tr("ui.rundown.count", count=len(items), done=done) if items else "")
        end_ms, offset_s = self._rundown.get("expected_end_ms"), self._rundown.get("offset_s")
        if end_ms is None or not items:
            self.aside.setText("")
            return
        text, tone = tr("ui.rundown.ends", time=figures.short_time(end_ms)), "text2"
        if offset_s is not None:
            minutes = max(1, round(abs(offset_s) / 60))
            if abs(offset_s) < OFFSET_WORTH_SAYING_S:
                text, tone = text + " · " + tr("ui.rundown.on_time"), "ok"
            elif offset_s > 0:
                text, tone = text + " · " + tr("ui.rundown.late", minutes=minutes), "warn"
            else:
                text = text + " · " + tr("ui.rundown.early", minutes=minutes)
        self.aside.setText(text)
        set_look(self.aside, "tone", tone)

    def _chosen(self) -> dict[str, Any]:
        index = self.list.currentIndex()
        return {"item_id": self.model.items[index.row()]["id"]} if index.isValid() else {}

    def _allow(self) -> None:
        index = self.list.currentIndex()
        is_chosen = index.isValid() and index.row() < len(self.model.items)
        state = self.model.items[index.row()]["state"] if is_chosen else ""
        why = tr("ui.rundown.choose_first")
        on_air = tr("ui.rundown.is_on_air")
        for button in (self.take_button, self.standby_button, self.remove_button):
            button.allow(is_chosen and state != "on_air", on_air if is_chosen else why)
        was_aired = is_chosen and state in ("on_air", "done")
        self.clip_button.allow(was_aired, tr("ui.rundown.not_aired") if is_chosen else why)

    def _move(self, item_id: str, place: int) -> None:
        version = self._rundown.get("version")
        self.bridge.say("rundown.move", seen_version=version, item_id=item_id, to=place)
        row = self.model.row_of(item_id)
        self.list.selectionModel().setCurrentIndex(
            self.model.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect
        )

    def _nudge(self, step: int) -> None:
        index = self.list.currentIndex()
        place = index.row() + step
        if index.isValid() and 0 <= place < len(self.model.items):
            self._move(self.model.items[index.row()]["id"], place)
