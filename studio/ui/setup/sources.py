"""The sources page (采集源): what the picture comes from, how it lies on the canvas, and what is wrong with it."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QMenu, QWidget

from studio.core.i18n import tr
from studio.ui import theme
from studio.ui.action_button import action_button
from studio.ui.bridge import Bridge
from studio.ui.setup.controls import Chips, NamedSlider, RowButton, field, switch
from studio.ui.setup.devices import Device, DeviceList, open_menu, without_format
from studio.ui.setup.page import SetupPage, ask_for_file
from studio.ui.setup.wisher import Wisher
from studio.ui.widgets import ElideLabel, column, label, push_button, row, set_look, set_text

MODES = ("cover", "contain")
TURNS = (0, 90, 180, 270)
GROUPS = {"cameras": "video-outline", "screens": "monitor"}
"""What is listed row by row; windows are many and stand in a menu."""
SIDES = ("left", "top", "right", "bottom")
MOST_CROPPED = 45
TEST = "test"


class SourcesPage(SetupPage):
    """Wishes ``picture.source`` and ``picture.restart``."""

    def __init__(self, bridge: Bridge, devices: DeviceList) -> None:
        super().__init__(bridge)
        self._picture: dict[str, Any] = {}
        self._devices = devices
        self.rows: dict[str, RowButton] = {}
        self.name, self.state = ElideLabel("title"), label("strong")
        self.reason = label("body", "warn", wraps=True)
        self.restart = action_button(bridge, "picture.restart")
        self.resolution = label("fact", "text2")
        self.format = push_button("flat", "strong", 28)
        self.format.clicked.connect(self.choose_format)
        top = row(self.name, self.state)
        top.setStretch(0, 1)
        self.card("ui.setup.sources.now", top, self.reason, row(self.resolution, self.format, None, self.restart))
        self._make_list()
        self._make_fit()
        self._wisher = Wisher(self._wish_crop, self)
        devices.changed.connect(self._show_list)

    def _make_list(self) -> None:
        self.refresh_button = push_button("flat", "strong", 28)
        self.refresh_button.clicked.connect(self._devices.look)
        self.name_button(self.refresh_button, "ui.setup.sources.look_again")
        self.list = column(space=4)
        self.trouble = label("fact", "warn", wraps=True)
        self.trouble.hide()
        self.window_button = RowButton("application-outline")
        self.window_button.clicked.connect(self.choose_window)
        self.file_button, self.test_button = RowButton("file-video-outline"), RowButton("television-guide")
        self.file_button.clicked.connect(self._ask_for_file)
        self.test_button.clicked.connect(lambda: self._choose(TEST))
        self.phone = field("picture.source.phone")
        self.say(self.phone.setPlaceholderText, "ui.setup.sources.phone_hint")
        self.say(self.phone.setAccessibleName, "ui.setup.sources.phone")
        self.phone.returnPressed.connect(self._use_phone)
        self.phone_button = push_button("", "strong", theme.BUTTON_HEIGHT)
        self.name_button(self.phone_button, "ui.setup.use")
        self.phone_button.clicked.connect(self._use_phone)
        phone = label("strong", "text2")
        self.say(phone.setText, "ui.setup.sources.phone")
        line = row(self.phone, self.phone_button)
        line.setStretch(0, 1)
        files = column(self.window_button, self.file_button, self.test_button, space=4)
        parts = (self.list, self.trouble, files, phone, line, self.hint("ui.setup.sources.phone_help"))
        self.card("ui.setup.sources.choose", *parts, aside=self.refresh_button)

    def _make_fit(self) -> None:
        self.mode, self.turn = Chips(MODES), Chips(TURNS)
        self.mode.chosen.connect(lambda value: self._wish(mode=value))
        self.turn.chosen.connect(lambda value: self._wish(rotate=value))
        self.mirror = switch()
        self.mirror.clicked.connect(lambda is_on: self._wish(mirror=is_on))
        self.name_button(self.mirror, "ui.setup.sources.mirror")
        self.crops = {side: NamedSlider(0, MOST_CROPPED, shown=lambda value: f"{value}%") for side in SIDES}
        for each in self.crops.values():
            each.moved.connect(lambda: self._wisher.ask())
            each.released.connect(lambda: self._wisher.flush())
        self.whole = push_button("flat", "strong", 28)
        self.name_button(self.whole, "ui.setup.sources.whole")
        self.whole.clicked.connect(self._uncrop)
        crop = label("strong", "text2")
        self.say(crop.setText, "ui.setup.sources.crop")
        fit = row(self.mode, self.mirror, None, space=4)
        self.card("ui.setup.sources.fit", fit, self.turn, row(crop, None, self.whole), *self.crops.values(), space=6)

    def relabel(self) -> None:
        super().relabel()
        set_text(self.format, tr("ui.setup.sources.format"))
        self.mode.name(tr("ui.setup.sources.fit"), {mode: tr(f"ui.setup.sources.mode_{mode}") for mode in MODES})
        self.turn.name(tr("ui.setup.sources.turn"), {turn: f"{turn}°" for turn in TURNS})
        for side, each in self.crops.items():
            each.name(tr(f"ui.setup.sources.side_{side}"))
        self.restart.name(tr("ui.setup.sources.restart"), icon="restart")
        self.refresh_button.setIcon(theme.icon("refresh", "text2"))
        self.file_button.name(tr("ui.setup.sources.file"))
        self.window_button.name(tr("ui.setup.sources.window"))
        self.test_button.name(tr("ui.setup.sources.test"))
        self._show_list()

    def refresh(self, snapshot: dict[str, Any]) -> None:
        self._picture = picture = snapshot["setup"]["picture"]
        self.mode.follow(picture["mode"])
        self.turn.follow(picture["rotate"])
        self.mirror.setChecked(picture["mirror"])
        if not self._wisher.is_holding():
            for side, share in zip(SIDES, shares(picture["crop"]), strict=True):
                self.crops[side].follow(round(share * 100))
        self.whole.setEnabled(bool(picture["crop"]))
        self._mark_chosen()
        self._show_state(snapshot["health"])

    def _show_state(self, health: dict[str, Any] | None) -> None:
        source = health["source"] if health is not None else None
        state = source["state"] if source is not None else "starting"
        self.name.setText(self._name_of(self._picture["source"]) or (source["name"] if source is not None else ""))
        self.state.setText(tr(f"ui.setup.sources.state_{state}"))
        set_look(self.state, "tone", "ok" if state == "ok" else "text2" if state == "starting" else "warn")
        reason = source.get("reason_key") if source is not None else ""
        is_wrong = state not in ("ok", "starting")
        self.reason.setVisible(is_wrong)
        if is_wrong and source is not None:
            self.reason.setText(tr(reason or f"health.source_{state}", name=source["name"]))
        width = source.get("width") if source is not None else 0
        self.resolution.setText(f"{width}×{source['height']}" if source is not None and width else "")

    def _show_list(self) -> None:
        """A heading per kind, a row per device, and what to do where there is none."""
        while (old := self.list.takeAt(0)) is not None:
            gone: QWidget | None = old.widget()
            if gone is not None:
                gone.hide()
                gone.deleteLater()
        self.rows = {}
        self.refresh_button.setEnabled(not self._devices.is_looking)
        self.trouble.setText(self._devices.trouble)
        self.trouble.setVisible(bool(self._devices.trouble))
        for group, icon in GROUPS.items():
            self.list.addWidget(label("strong", "text2", tr(f"ui.setup.sources.{group}")))
            found = self._devices.of(group)
            for device in found:
                self.list.addWidget(self._row(device, icon))
            if not found or self._devices.reason(group):
                self.list.addWidget(label("fact", "text2", self._why(group), wraps=True))
        self._mark_chosen()

    def _why(self, group: str) -> str:
        """Why a list is empty or may be old, and what to do."""
        if self._devices.is_looking:
            return tr("ui.setup.looking")
        return self._devices.reason(group) or tr(f"ui.setup.sources.no_{group}")

    def choose_format(self) -> QMenu:
        """The formats that the camera in use offers."""
        address = self._picture["source"]
        camera = self._devices.camera(address)
        formats = [(each["address"], each["text"]) for each in camera["formats"]] if camera is not None else []
        by_itself = [(without_format(address), tr("ui.setup.sources.format_by_itself"))]
        return open_menu(self.format, by_itself + formats, "", self._choose)

    def choose_window(self) -> QMenu:
        """The windows of other programs."""
        self._mark_chosen()
        return open_menu(self.window_button, windows_of(self._devices), self._why("windows"), self._choose)

    def _row(self, device: Device, icon: str) -> RowButton:
        made = RowButton(icon)
        address = device["address"]
        made.setObjectName(f"source:{address}")
        made.name(device["name"])
        made.clicked.connect(lambda: self._choose(address))
        self.rows[address] = made
        return made

    def _mark_chosen(self) -> None:
        """Only what is in use is marked, also when a row was just pressed and refused."""
        now = self._picture.get("source", "")
        for address, button in self.rows.items():
            button.setChecked(address == without_format(now))
        self.test_button.setChecked(now == TEST)
        self.window_button.setChecked(now.startswith("window:"))
        self.file_button.setChecked(is_file(now))
        camera = self._devices.camera(now)
        self.format.setVisible(camera is not None and bool(camera["formats"]))
        if "://" in now and not self.phone.hasFocus() and not self.phone.text():
            self.phone.setText(now)

    def _name_of(self, address: str) -> str:
        if address == TEST:
            return tr("ui.setup.sources.test")
        row_button = self.rows.get(without_format(address))
        return row_button.accessibleName() if row_button is not None else ""

    def _choose(self, address: str) -> None:
        self._mark_chosen()
        self._wish(address=address)

    def _ask_for_file(self) -> None:
        self._mark_chosen()
        ask_for_file(self, tr("ui.setup.sources.file"), tr("ui.setup.sources.kinds"), self._choose)

    def _use_phone(self) -> None:
        address = self.phone.text().strip()
        if address:
            self._choose(address)

    def _uncrop(self) -> None:
        self._wisher.let_go()
        self._wish(crop="")

    def _wish_crop(self) -> None:
        parts = [self.crops[side].value() for side in SIDES]
        self._wish(crop=",".join(f"{part / 100:g}" for part in parts) if any(parts) else "")

    def _wish(self, **changes: Any) -> None:
        now = {name: self._picture[name] for name in ("mode", "mirror", "rotate", "crop")}
        self.bridge.say("picture.source", **({"address": self._picture["source"]} | now | changes))


def shares(crop: str) -> tuple[float, float, float, float]:
    """What is cut off left, top, right and bottom, as ``picture.source`` takes it; nothing for an empty text."""
    if not crop:
        return 0.0, 0.0, 0.0, 0.0
    left, top, right, bottom = (float(part) for part in crop.split(","))
    return left, top, right, bottom


def is_file(address: str) -> bool:
    """Whether a source is a file: no device, screen, window, stream or test pattern."""
    kind = address.partition(":")[0]
    return bool(address) and address != TEST and "://" not in address and kind not in ("device", "screen", "window")


def windows_of(devices: DeviceList) -> list[tuple[str, str]]:
    """The windows as (address, what people read)."""
    return [(each["address"], f"{each['name']} · {each['app']}") for each in devices.of("windows")]
