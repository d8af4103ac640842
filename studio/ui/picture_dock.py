"""The picture (播出画面): the monitor, the one button pressed most, overlays on and off, and the sound."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QPushButton

from studio.core.i18n import language, texts, tr
from studio.ui import theme
from studio.ui.action_button import action_button
from studio.ui.bridge import Bridge
from studio.ui.flow_layout import FlowLayout
from studio.ui.monitor import Monitor, MonitorDoor
from studio.ui.widgets import StudioDock, label, open_folder, push_button, row, set_look, set_text

HEADER_BUTTON = 28
REPLAY_S = 30
QUIET_DB = -60.0
LOUD_DB = -1.0


def overlay_name(kind: str) -> str:
    """What an overlay kind is called; a plugin's own kind goes by its text ``overlay.kind.<kind>`` or its name."""
    known = texts(language())
    for key in (f"ui.overlay.{kind}", f"overlay.kind.{kind}"):
        if key in known:
            return tr(key)
    return kind.replace("_", " ")


class PictureDock(StudioDock):
    """The programme as it leaves the machine, and what stands on it."""

    name = "picture"
    setup_wanted = Signal()

    def __init__(self, bridge: Bridge, engine: MonitorDoor | None, canvas: QSize, fps: int) -> None:
        super().__init__(bridge)
        self._overlays: list[dict[str, Any]] = []
        self._items: list[dict[str, Any]] = []
        self._on_air_id: str | None = None
        self._standby_id: str | None = None
        self._health: dict[str, Any] | None = None
        self.monitor = Monitor(engine, canvas, fps)
        self.back_button = action_button(bridge, "show.take", lambda: {"item_id": self._before()})
        self.next_button = action_button(bridge, "show.next", look="go", role="big_button")
        for button in (self.back_button, self.next_button):
            button.setMinimumHeight(theme.SHOW_BUTTON_HEIGHT)
        self.record_start = action_button(bridge, "recording.start")
        self.record_stop = action_button(bridge, "recording.stop")
        for button in (self.record_start, self.record_stop):
            button.setMinimumHeight(theme.SHOW_BUTTON_HEIGHT)
        self.record_stop.hide()
        self.sound = label("fact", "text2")
        self.sound_icon = label()
        self.setup_button = push_button("", "strong", HEADER_BUTTON)
        self.setup_button.setObjectName("setup")
        self.setup_button.clicked.connect(self.setup_wanted)
        self.replay = action_button(bridge, "replay.save", lambda: {"seconds": REPLAY_S}, look="flat", role="strong")
        self.replay.setMinimumHeight(HEADER_BUTTON)
        self.clips = push_button("", "strong", theme.BUTTON_HEIGHT)
        self.clips.setObjectName("clips")
        self.clips.clicked.connect(self._open_clips)
        self.clips.hide()
        self._clip_path = ""
        self._chips: dict[str, QPushButton] = {}
        self._flow = FlowLayout(4)
        self.body_column.addWidget(self.monitor, 1)
        buttons = row(self.back_button, self.next_button, self.record_start, self.record_stop)
        buttons.setStretch(1, 1)
        self.body_column.addLayout(buttons)
        self.body_column.addWidget(self.clips)
        self.body_column.addLayout(self._flow)
        self.header_row.insertWidget(3, self.sound_icon)
        self.header_row.addWidget(self.sound)
        self.header_row.addWidget(self.replay)
        self.header_row.addWidget(self.setup_button)
        self.note.hide()
        self.aside.hide()
        self.relabel()

    def relabel(self) -> None:
        self.set_title(tr("ui.picture.title"))
        self.monitor.relabel()
        self.back_button.name("", icon="skip-previous", accessible=tr("ui.picture.back"))
        keys = self.next_button.spec.shortcut if self.next_button.spec is not None else ""
        self.next_button.name(f"{self.next_button.title()}  {keys}".strip(), token="go_text")
        self.record_start.name(tr("ui.picture.record"), token="live", accessible=self.record_start.title())
        self.record_stop.name(tr("ui.picture.record_stop"), token="live", accessible=self.record_stop.title())
        set_text(self.setup_button, tr("ui.setup.short"), tr("ui.setup.title"))
        self.setup_button.setIcon(theme.icon("tune-variant"))
        self.setup_button.setToolTip(f"{tr('ui.setup.title')} (F9)")
        self.replay.name("", icon="replay", token="text2", accessible=tr("ui.picture.replay", seconds=REPLAY_S))
        for layer_id, chip in self._chips.items():
            kind = next((each["kind"] for each in self._overlays if each["id"] == layer_id), layer_id)
            set_text(chip, overlay_name(kind))
        self._show_sound()
        self._show_buttons()

    def wanted_width(self) -> int:
        """The width at which the picture is as tall as fits, with the chips below it in as few lines as they can."""
        inner = self.widget().width()
        edge = max(20, inner - self.monitor.width() if self.monitor.width() else 0)
        height = self.monitor.height() + self._flow.geometry().height()
        width = 10_000
        for _ in range(3):
            width = self.monitor.width_for(height - self._flow.heightForWidth(width - edge)) + edge
        return width

    def refresh(self, snapshot: dict[str, Any]) -> None:
        rundown = snapshot["rundown"]
        self._items = rundown["items"]
        self._on_air_id, self._standby_id = rundown["on_air_id"], rundown["standby_id"]
        self._health = snapshot["health"]
        self._show_overlays(snapshot["overlays"])
        self._show_clips(snapshot)
        self._show_sound()
        self._show_buttons()

    def _show_buttons(self) -> None:
        self.next_button.allow(self._standby_id is not None, tr("ui.picture.no_next"))
        self.back_button.allow(self._before() is not None, tr("ui.picture.no_before"))
        recording = self._health["recording"] if self._health else {}
        is_recording = bool(recording and (recording["is_on"] or recording["is_waiting"]))
        self.record_start.setVisible(not is_recording)
        self.record_stop.setVisible(is_recording)
        self.replay.allow(self._health is not None, tr("ui.bar.starting"))

    def _show_clips(self, snapshot: dict[str, Any]) -> None:
        """After the show: how many clips there are, and the way to them."""
        session, clips = snapshot["session"], snapshot["clips"]
        done = [clip for clip in clips if clip["state"] == "done"]
        is_over = session is not None and session["state"] == "ended"
        self.clips.setVisible(is_over and bool(clips))
        self._clip_path = next((clip["path"] for clip in done if clip["path"]), "")
        self.clips.setEnabled(bool(self._clip_path))
        if is_over and clips:
            key = "ui.picture.clips" if len(done) == len(clips) else "ui.picture.cutting"
            set_text(self.clips, tr(key, done=len(done), count=len(clips)))
            self.clips.setIcon(theme.icon("folder-open-outline"))

    def _open_clips(self) -> None:
        open_folder(self._clip_path)

    def _before(self) -> str | None:
        """The item before the one on air, if there is one."""
        ids = [item["id"] for item in self._items]
        place = ids.index(self._on_air_id) if self._on_air_id in ids else 0
        return ids[place - 1] if place > 0 else None

    def _show_overlays(self, overlays: list[dict[str, Any]]) -> None:
        if [each["id"] for each in overlays] != list(self._chips):
            for chip in self._chips.values():
                self._flow.removeWidget(chip)
                chip.deleteLater()
            self._chips = {each["id"]: self._chip(each) for each in overlays}
        self._overlays = overlays
        for each in overlays:
            self._chips[each["id"]].setChecked(each["is_visible"])

    def _chip(self, overlay: dict[str, Any]) -> QPushButton:
        layer_id = overlay["id"]
        chip = push_button("chip", "hint", 24)
        chip.setObjectName(f"overlay:{layer_id}")
        chip.setCheckable(True)
        set_text(chip, overlay_name(overlay["kind"]))
        chip.clicked.connect(
            lambda is_on: self.bridge.say("overlay.show" if is_on else "overlay.hide", layer_id=layer_id)
        )
        self._flow.addWidget(chip)
        return chip

    def _show_sound(self) -> None:
        sound = self._health["sound"] if self._health else None
        is_lost = sound is None or sound["state"] != "ok"
        peak_db = sound["peak_db"] if sound else None
        is_quiet = peak_db is None or peak_db <= QUIET_DB
        tone = "warn" if is_lost or is_quiet else "live" if peak_db is not None and peak_db >= LOUD_DB else "ok"
        if sound is None:
            text, tone = "", "text3"
        elif is_lost or is_quiet:
            text = tr("ui.picture.no_sound")
        else:
            text = f"{peak_db:.0f} dB".replace("-", "−")
        if self.sound.text() != text or self.sound.property("tone") != tone or self.sound_icon.pixmap().isNull():
            self.sound.setText(text)
            set_look(self.sound, "tone", tone)
            name = "microphone-off" if is_lost or is_quiet else "microphone"
            self.sound_icon.setPixmap(theme.icon(name, tone).pixmap(QSize(14, 14)))
