"""The sound page (声音): what is loud, what is heard, and whether it fits the picture."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QMenu

from studio.core.i18n import tr
from studio.ui import theme
from studio.ui.bridge import Bridge
from studio.ui.level_meter import LevelMeter
from studio.ui.setup.devices import DeviceList
from studio.ui.setup.page import SetupPage, ask_for_file
from studio.ui.setup.sound_strip import SoundStrip, decibels
from studio.ui.widgets import column, label, push_button, row, set_look, set_text

PULL_MS = 70
"""About fourteen times a second: lively, and next to nothing for the processor."""
WIDEST_OFFSET_MS = 40
SILENT_LUFS, QUIET_LUFS, LOUD_LUFS = -60.0, -30.0, -9.0
CAMERA, FILE = "camera", "file:"


class SoundPage(SetupPage):
    """Wishes ``sound.add``, ``.remove`` and ``.set``; pulls levels only while it is seen."""

    def __init__(self, bridge: Bridge, devices: DeviceList, engine: Any) -> None:
        super().__init__(bridge)
        self._devices = devices
        self._pull_levels = getattr(engine, "sound_levels", None)
        self.strips: dict[str, SoundStrip] = {}
        self.total = LevelMeter(16)
        self.loudness, self.limiter, self.offset = label("strong"), label("fact"), label("fact")
        facts = row(self.loudness, None, self.limiter, space=6)
        self.card("ui.setup.sound.total", self.total, facts, self.offset, space=6)
        self.add_button = push_button("", "strong", 30)
        self.add_button.clicked.connect(self.open_choices)
        self.list = column(space=8)
        self.nothing = label("body", "text2", wraps=True)
        self.cards.addLayout(self.list)
        self.cards.addWidget(self.nothing)
        self.cards.addLayout(row(self.add_button, None))
        self._timer = QTimer(self)
        self._timer.setInterval(PULL_MS)
        self._timer.timeout.connect(self.pull)

    def relabel(self) -> None:
        super().relabel()
        self.total.setAccessibleName(tr("ui.setup.sound.total"))
        self.nothing.setText(tr("ui.setup.sound.nothing"))
        set_text(self.add_button, tr("ui.setup.sound.add"))
        self.add_button.setIcon(theme.icon("plus"))
        for strip in self.strips.values():
            strip.relabel()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        self._timer.stop()
        super().hideEvent(event)

    def pull(self) -> None:
        """Show the levels of now: the engine's own where it tells them, else those of the last second."""
        now_s = time.monotonic()
        health = (self.snapshot.get("health") or {}).get("sound")
        levels: dict[str, float | None] = {}
        if self._pull_levels is not None:
            now = self._pull_levels()
            levels = {"total": now.level_db} | {each.id: each.level_db for each in now.inputs}
        elif health is not None:
            levels = {"total": health["peak_db"]} | {each["id"]: each["peak_db"] for each in health["inputs"]}
        self.total.hear(levels.get("total"), now_s)
        for input_id, strip in self.strips.items():
            strip.meter.hear(levels.get(input_id), now_s)

    def refresh(self, snapshot: dict[str, Any]) -> None:
        self.snapshot = snapshot
        sound = snapshot["setup"]["sound"]
        inputs = sound["inputs"]
        health = snapshot["health"]
        if [each["id"] for each in inputs] != list(self.strips):
            self._make_strips(inputs)
        states = {each["id"]: each["state"] for each in health["sound"]["inputs"]} if health is not None else {}
        for each in inputs:
            self.strips[each["id"]].refresh(each, states.get(each["id"]), sound["denoise_reason"])
        self.nothing.setVisible(not inputs)
        self._show_total(health)

    def open_choices(self) -> QMenu:
        """What can be added: the camera's own sound, microphones, the computer's sound, a file."""
        menu = QMenu(self)
        menu.setFont(theme.font("body"))
        menu.addAction(tr("ui.setup.sound.camera"), lambda: self._add(CAMERA))
        for group in ("microphones", "desktop_sounds"):
            menu.addSection(tr(f"ui.setup.sound.{group}"))
            found = self._devices.of(group)
            for device in found:
                name = device["name"].replace("&", "&&")
                menu.addAction(name, partial(self._add, device["address"]))
            if not found:
                menu.addAction(self._devices.reason(group) or tr(f"ui.setup.sound.no_{group}")).setEnabled(False)
        menu.addSeparator()
        menu.addAction(tr("ui.setup.sound.file"), self._ask_for_file)
        menu.addAction(tr("ui.setup.sources.look_again"), self._devices.look)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.add_button.mapToGlobal(self.add_button.rect().bottomLeft()))
        return menu

    def _make_strips(self, inputs: list[dict[str, Any]]) -> None:
        """Keep the strips that stay, so that a finger on one is not disturbed by another."""
        kept = {each["id"]: self.strips.pop(each["id"], None) for each in inputs}
        for strip in self.strips.values():
            self.list.removeWidget(strip)
            strip.hide()
            strip.deleteLater()
        self.strips = {}
        for place, each in enumerate(inputs):
            strip = kept[each["id"]] or SoundStrip(self.bridge, each)
            self.list.insertWidget(place, strip)
            self.strips[each["id"]] = strip

    def _show_total(self, health: dict[str, Any] | None) -> None:
        sound = health["sound"] if health is not None else None
        loudness = sound["loudness_lufs"] if sound is not None else None
        if loudness is None or loudness <= SILENT_LUFS:
            self.loudness.setText(tr("ui.setup.sound.no_loudness"))
            set_look(self.loudness, "tone", "warn" if loudness is not None else "text2")
        else:
            key = "quiet" if loudness < QUIET_LUFS else "loud" if loudness > LOUD_LUFS else "fine"
            self.loudness.setText(tr(f"ui.setup.sound.loudness_{key}", lufs=f"{loudness:.0f}".replace("-", "−")))
            set_look(self.loudness, "tone", "ok" if key == "fine" else "warn")
        limited = (sound.get("limiter_db") or 0.0) if sound is not None else 0.0
        self.limiter.setText(tr("ui.setup.sound.limiter", db=decibels(-abs(limited))) if abs(limited) >= 0.1 else "")
        set_look(self.limiter, "tone", "warn")
        offset_ms = health.get("av_offset_ms") if health is not None else None
        if offset_ms is None:
            self.offset.setText("")
            return
        signed = f"{offset_ms:+.0f}".replace("-", "−")
        is_wide = abs(offset_ms) >= WIDEST_OFFSET_MS
        self.offset.setText(tr("ui.setup.sound.offset_wide" if is_wide else "ui.setup.sound.offset", ms=signed))
        set_look(self.offset, "tone", "warn" if is_wide else "text2")

    def _ask_for_file(self) -> None:
        ask_for_file(self, tr("ui.setup.sound.file"), tr("ui.setup.sound.kinds"), lambda path: self._add(FILE + path))

    def _add(self, address: str) -> None:
        self.bridge.say("sound.add", address=address)
