"""The picture page (画面): brightness and colours, green screen, picture in picture, transition."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QLayout, QMenu, QWidget

from studio.core.i18n import tr
from studio.ui.action_button import action_button
from studio.ui.bridge import Bridge
from studio.ui.setup.controls import Chips, NamedSlider, RowButton, switch
from studio.ui.setup.devices import DeviceList, open_menu, without_format
from studio.ui.setup.page import SetupPage, ask_for_file
from studio.ui.setup.sources import GROUPS, is_file, windows_of
from studio.ui.setup.wisher import Wisher
from studio.ui.widgets import column, push_button, row

LOOK = {"brightness": -100, "contrast": -100, "warmth": -100, "tint": -100, "smoothing": 0}
"""The sliders of the look and where each begins; all end at 100."""
KEY = {"similarity": 45, "smoothness": 25, "spill": 60}
COLORS = ("green", "blue")
CORNERS = {"left_top": (0, 0), "right_top": (1, 0), "left_bottom": (0, 1), "right_bottom": (1, 1)}
EDGE_X, EDGE_Y = 0.05, 0.05
WIDEST_INSET, LEAST_INSET = 60, 15
LONGEST_MS = 3000


class LookPage(SetupPage):
    """Wishes ``picture.look``, ``.balance``, ``.key``, ``.inset`` and ``.transition``; sliders at most ten times a second."""

    def __init__(self, bridge: Bridge, devices: DeviceList) -> None:
        super().__init__(bridge)
        self._picture: dict[str, Any] = {}
        self._devices = devices
        self._make_look()
        self._make_key()
        self._make_inset()
        self.transition = NamedSlider(0, LONGEST_MS, step=50, first=300, shown=_milliseconds)
        self._transition_wisher = self._wisher_of(self._wish_transition, self.transition)
        self.card("ui.setup.look.transition", self.transition)

    def _make_look(self) -> None:
        self.sliders = {name: NamedSlider(low, 100) for name, low in LOOK.items()}
        self._look_wisher = self._wisher_of(self._wish_look, *self.sliders.values())
        self.balance = action_button(self.bridge, "picture.balance", role="strong")
        self.reset = push_button("flat", "strong", 28)
        self.reset.clicked.connect(self._reset)
        self.name_button(self.reset, "ui.setup.look.reset")
        self.card("ui.setup.look.colours", *self.sliders.values(), row(self.balance, None, self.reset), space=6)

    def _make_key(self) -> None:
        self.key_on = switch()
        self.key_on.clicked.connect(lambda is_on: self._wish_key(is_on=is_on))
        self.name_button(self.key_on, "ui.setup.on")
        self.color = Chips(COLORS)
        self.color.chosen.connect(lambda value: self._wish_key(color=value))
        self.key_sliders = {name: NamedSlider(0, 100, first=first, shown=str) for name, first in KEY.items()}
        self._key_wisher = self._wisher_of(self._wish_key, *self.key_sliders.values())
        self.backdrop = RowButton("image-outline")
        self.backdrop.clicked.connect(self._ask_for_backdrop)
        self.no_backdrop = push_button("flat", "strong", 28)
        self.name_button(self.no_backdrop, "ui.setup.take_away")
        self.no_backdrop.clicked.connect(lambda: self._wish_key(backdrop=""))
        behind = row(self.backdrop, self.no_backdrop, space=4)
        behind.setStretch(0, 1)
        parts: list[QWidget | QLayout] = [self.color, *self.key_sliders.values(), behind]
        self.card("ui.setup.look.key", self.hint("ui.setup.look.key_help"), *parts, aside=self.key_on, space=6)

    def _make_inset(self) -> None:
        self.inset_list = column(space=4)
        self._inset_rows: dict[str, RowButton] = {}
        self.inset_window = RowButton("application-outline")
        self.inset_window.clicked.connect(self.choose_window)
        self.inset_file = RowButton("file-video-outline")
        self.inset_file.clicked.connect(self._ask_for_inset)
        self.inset_off = push_button("flat", "strong", 28)
        self.inset_off.clicked.connect(lambda: self._wish_inset(address=""))
        self.name_button(self.inset_off, "ui.setup.look.inset_off")
        self.corner = Chips(CORNERS)
        self.corner.chosen.connect(lambda _value: self._wish_inset())
        self.inset_size = NamedSlider(LEAST_INSET, WIDEST_INSET, first=33, shown=lambda value: f"{value}%")
        self._inset_wisher = self._wisher_of(self._wish_inset, self.inset_size)
        self._inset_parts: tuple[QWidget, ...] = (self.corner, self.inset_size)
        parts: list[QWidget | QLayout] = [
            self.inset_list,
            column(self.inset_window, self.inset_file, space=4),
            *self._inset_parts,
        ]
        self.card("ui.setup.look.inset", self.hint("ui.setup.look.inset_help"), *parts, aside=self.inset_off, space=6)
        self._devices.changed.connect(self._show_devices)
        self._show_devices()

    def _wisher_of(self, send: Any, *sliders: NamedSlider) -> Wisher:
        wisher = Wisher(send, self)
        for each in sliders:
            each.moved.connect(wisher.ask)
            each.released.connect(wisher.flush)
        return wisher

    def relabel(self) -> None:
        super().relabel()
        for name, slider in (self.sliders | self.key_sliders).items():
            slider.name(tr(f"ui.setup.look.{name}"))
        self.transition.name(tr("ui.setup.look.length"))
        self.inset_size.name(tr("ui.setup.look.size"))
        self.balance.name(tr("ui.setup.look.balance"), icon="white-balance-auto")
        self.color.name(tr("ui.setup.look.key_color"), {each: tr(f"ui.setup.look.color_{each}") for each in COLORS})
        self.corner.name(tr("ui.setup.look.corner"), {each: tr(f"ui.setup.look.corner_{each}") for each in CORNERS})
        self.inset_window.name(tr("ui.setup.sources.window"))
        self.inset_file.name(tr("ui.setup.look.inset_file"))
        self._show_backdrop()

    def refresh(self, snapshot: dict[str, Any]) -> None:
        self._picture = picture = snapshot["setup"]["picture"]
        if not self._look_wisher.is_holding():
            for name, slider in self.sliders.items():
                slider.follow(picture["look"][name])
        self.reset.setEnabled(any(slider.value() for slider in self.sliders.values()))
        key = picture["key"]
        self.key_on.setChecked(key["is_on"])
        self.color.follow(key["color"])
        if not self._key_wisher.is_holding():
            for name, slider in self.key_sliders.items():
                slider.follow(key[name])
        self._show_backdrop()
        if not self._transition_wisher.is_holding():
            self.transition.follow(picture["transition_ms"])
        self._show_inset(picture["inset"])

    def _show_backdrop(self) -> None:
        backdrop = self._picture["key"]["backdrop"] if self._picture else ""
        self.backdrop.setChecked(bool(backdrop))
        self.backdrop.name(Path(backdrop).name if backdrop else tr("ui.setup.look.backdrop"))
        self.no_backdrop.setVisible(bool(backdrop))

    def _show_inset(self, inset: dict[str, Any]) -> None:
        address = inset["address"]
        for each, button in self._inset_rows.items():
            button.setChecked(each == without_format(address))
        self.inset_window.setChecked(address.startswith("window:"))
        self.inset_file.setChecked(is_file(address))
        self.inset_file.name(Path(address).name if is_file(address) else tr("ui.setup.look.inset_file"))
        self.inset_off.setEnabled(bool(address))
        for part in self._inset_parts:
            part.setVisible(bool(address))
        if address and not self._inset_wisher.is_holding():
            self.inset_size.follow(round(inset["width"] * 100))
            self.corner.follow(corner_of(inset))

    def _show_devices(self) -> None:
        for gone in self._inset_rows.values():
            self.inset_list.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        self._inset_rows = {}
        for group, icon in GROUPS.items():
            for device in self._devices.of(group):
                made = self._inset_rows[device["address"]] = RowButton(icon)
                made.name(device["name"])
                made.clicked.connect(lambda _on, which=device["address"]: self._choose_inset(which))
                self.inset_list.addWidget(made)
        if self._picture:
            self._show_inset(self._picture["inset"])

    def choose_window(self) -> QMenu:
        """The windows of other programs."""
        self._show_inset(self._picture["inset"])
        why = self._devices.reason("windows")
        return open_menu(self.inset_window, windows_of(self._devices), why, self._choose_inset)

    def _choose_inset(self, address: str) -> None:
        self._show_inset(self._picture["inset"])
        self._wish_inset(address=address)

    def _ask_for_inset(self) -> None:
        self._show_inset(self._picture["inset"])
        ask_for_file(self, tr("ui.setup.look.inset_file"), tr("ui.setup.sources.kinds"), self._choose_inset)

    def _ask_for_backdrop(self) -> None:
        self._show_backdrop()
        kinds = tr("ui.setup.look.backdrop_kinds")
        ask_for_file(self, tr("ui.setup.look.backdrop"), kinds, lambda path: self._wish_key(backdrop=path))

    def _reset(self) -> None:
        self._look_wisher.let_go()
        self.bridge.say("picture.look", **dict.fromkeys(LOOK, 0))

    def _wish_look(self) -> None:
        self.bridge.say("picture.look", **{name: slider.value() for name, slider in self.sliders.items()})

    def _wish_key(self, **changes: Any) -> None:
        now = {name: self._picture["key"][name] for name in ("is_on", "color", "backdrop")}
        now |= {name: slider.value() for name, slider in self.key_sliders.items()}
        self.bridge.say("picture.key", **(now | changes))

    def _wish_inset(self, address: str | None = None) -> None:
        inset = self._picture["inset"]
        wanted = inset["address"] if address is None else address
        if not wanted:
            self.bridge.say("picture.inset", address="")
            return
        width = self.inset_size.value() / 100
        x, y = place_of(self.corner.value() or corner_of(inset), width, self._height_of(width))
        self.bridge.say("picture.inset", address=wanted, x=x, y=y, width=width, height=self._height_of(width))

    def _height_of(self, width: float) -> float:
        """The inset keeps the form it has."""
        inset = self._picture["inset"]
        return round(float(width * inset["height"] / inset["width"]), 4)

    def _wish_transition(self) -> None:
        self.bridge.say("picture.transition", ms=self.transition.value())


def corner_of(inset: dict[str, Any]) -> str:
    """The corner that an inset stands nearest to."""
    is_right = inset["x"] + inset["width"] / 2 > 0.5
    is_low = inset["y"] + inset["height"] / 2 > 0.5
    return ("right" if is_right else "left") + ("_bottom" if is_low else "_top")


def place_of(corner: str, width: float, height: float) -> tuple[float, float]:
    """Where an inset's upper left stands, as shares of the canvas."""
    is_right, is_low = CORNERS[corner]
    x = 1 - EDGE_X - width if is_right else EDGE_X
    y = 1 - EDGE_Y - height if is_low else EDGE_Y
    return round(x, 4), round(max(0.0, y), 4)


def _milliseconds(value: int) -> str:
    return tr("ui.setup.look.cut") if value == 0 else f"{value / 1000:g} s"
