"""The outputs page (输出): recording, replay, clips, pushes and the virtual camera."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QLineEdit

from studio.core.i18n import tr
from studio.ui import figures, theme
from studio.ui.action_button import action_button
from studio.ui.bridge import Bridge
from studio.ui.setup.clip_list import ClipList
from studio.ui.setup.controls import field
from studio.ui.setup.page import SetupPage
from studio.ui.setup.push_card import PushCard
from studio.ui.widgets import ElideLabel, column, label, open_folder, push_button, row, set_look

REPLAY_S = 30
LONGEST_MINUTES, MOST_MEGABYTES = 600, 1_000_000
SHORT_OF_DISK_HOURS = 1.0


class OutputsPage(SetupPage):
    """Wishes ``recording.*``, ``replay.save``, ``push.*`` and ``virtual_camera.*``; what streams is guarded."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self.targets: dict[str, PushCard] = {}
        self._segments = (0, 0)
        self._path = ""
        self._make_pushes()
        self._make_recording()
        self._make_virtual_camera()
        self.clips = ClipList()
        self.card("ui.setup.outputs.clips", self.clips)

    def _make_recording(self) -> None:
        self.recording, self.disk = label("body", wraps=True), label("fact", "text2", wraps=True)
        self.file = ElideLabel("fact", "text2")
        self.folder = push_button("flat", "strong", 28)
        self.folder.clicked.connect(lambda: open_folder(self._path))
        self.name_button(self.folder, "ui.setup.open_folder")
        self.record_start = action_button(self.bridge, "recording.start", role="strong")
        self.record_stop = action_button(self.bridge, "recording.stop", role="strong")
        self.replay = action_button(self.bridge, "replay.save", lambda: {"seconds": REPLAY_S}, role="strong")
        self.minutes, self.megabytes = (
            self._number("minutes", LONGEST_MINUTES),
            self._number("megabytes", MOST_MEGABYTES),
        )
        where = row(self.file, self.folder)
        where.setStretch(0, 1)
        titles = [label("fact", "text2"), label("fact", "text2")]
        for title, made, key in zip(
            titles,
            (self.minutes, self.megabytes),
            ("ui.setup.outputs.minutes", "ui.setup.outputs.megabytes"),
            strict=True,
        ):
            self.say(title.setText, key)
            self.say(made.setAccessibleName, key)
        segments = row(self.minutes, titles[0], 8, self.megabytes, titles[1], None, space=6)
        buttons = row(self.record_start, self.record_stop, self.replay, None)
        parts = (self.recording, self.disk, where, buttons, self.hint("ui.setup.outputs.segments"), segments)
        self.card("ui.setup.outputs.recording", *parts, space=6)

    def _number(self, name: str, most: int) -> QLineEdit:
        made = field(f"recording.segments.{name}")
        made.setValidator(QIntValidator(0, most, made))
        made.setFixedWidth(76)
        made.editingFinished.connect(self._wish_segments)
        return made

    def _make_pushes(self) -> None:
        self.list = column(space=6)
        self.nothing = label("fact", "text2", wraps=True)
        self.say(self.nothing.setText, "ui.setup.outputs.no_push")
        self.new_name, self.new_url = field("push.add.name"), field("push.add.url")
        self.new_key = field("push.add.key", is_secret=True)
        for made, key in (
            (self.new_name, "ui.setup.outputs.push_name"),
            (self.new_url, "ui.setup.outputs.push_url"),
            (self.new_key, "ui.setup.outputs.push_key"),
        ):
            self.say(made.setPlaceholderText, key)
            self.say(made.setAccessibleName, key)
            made.textChanged.connect(self._allow_adding)
            made.returnPressed.connect(self._add)
        self.add_button = push_button("", "strong", theme.BUTTON_HEIGHT)
        self.name_button(self.add_button, "ui.setup.outputs.push_add")
        self.add_button.clicked.connect(self._add)
        foot = row(self.hint("ui.setup.outputs.push_help"), self.add_button)
        foot.setStretch(0, 1)
        form = column(self.new_name, self.new_url, self.new_key, foot, space=6)
        self.card("ui.setup.outputs.pushes", self.nothing, self.list, form)

    def _make_virtual_camera(self) -> None:
        self.camera_state = label("body", wraps=True)
        self.camera_start = action_button(self.bridge, "virtual_camera.start", role="strong")
        self.camera_stop = action_button(self.bridge, "virtual_camera.stop", role="strong")
        buttons = row(self.camera_start, self.camera_stop, None)
        self.card("ui.setup.outputs.camera", self.hint("ui.setup.outputs.camera_help"), self.camera_state, buttons)

    def relabel(self) -> None:
        super().relabel()
        self.record_start.name(tr("ui.picture.record"), token="live", accessible=self.record_start.title())
        self.record_stop.name(tr("ui.picture.record_stop"), token="live", accessible=self.record_stop.title())
        self.replay.name(tr("ui.setup.outputs.replay", seconds=REPLAY_S), icon="replay")
        self.camera_start.name(tr("ui.setup.outputs.camera_on"), icon="camera-wireless-outline", token="live_text")
        self.camera_stop.name(tr("ui.setup.outputs.camera_off"), icon="stop", token="live_text")
        self._allow_adding()
        for card in self.targets.values():
            card.relabel()

    def refresh(self, snapshot: dict[str, Any]) -> None:
        outputs, health = snapshot["setup"]["outputs"], snapshot["health"]
        self._show_recording(health["recording"] if health is not None else None)
        self._show_segments(outputs)
        self._show_pushes(outputs["targets"], health["pushes"] if health is not None else [])
        self._show_camera(outputs["virtual_camera"], health.get("virtual_camera") if health is not None else None)
        self.clips.show_clips(snapshot.get("clips", []))

    def _show_recording(self, recording: dict[str, Any] | None) -> None:
        is_on = bool(recording and recording["is_on"])
        is_growing = bool(recording and recording["is_growing"])
        if recording is None or not is_on:
            self.recording.setText(tr("ui.bar.not_recording"))
        elif not is_growing:
            self.recording.setText(tr("health.recording_stuck"))
        else:
            size, length = figures.size(recording["bytes"]), figures.duration(recording["seconds"])
            self.recording.setText(tr("ui.setup.outputs.growing", size=size, time=length))
        set_look(self.recording, "tone", "ok" if is_growing else "warn" if is_on else "text2")
        hours = recording["hours_left"] if recording is not None else None
        self.disk.setVisible(hours is not None)
        if hours is not None:
            self.disk.setText(tr("ui.bar.disk_left", time=figures.hours_left(hours)))
            set_look(self.disk, "tone", "warn" if hours < SHORT_OF_DISK_HOURS else "text2")
        self._path = (recording["path"] or "") if recording is not None else ""
        self.file.setText(Path(self._path).name)
        self.folder.setVisible(bool(self._path))
        self.record_start.setVisible(not is_on)
        self.record_stop.setVisible(is_on)
        self.replay.allow(recording is not None, tr("ui.bar.starting"))

    def _show_segments(self, outputs: dict[str, Any]) -> None:
        self._segments = (outputs["segment_minutes"], outputs["segment_megabytes"])
        for made, value in zip((self.minutes, self.megabytes), self._segments, strict=True):
            if not made.hasFocus() and made.text() != str(value):
                made.setText(str(value))

    def _wish_segments(self) -> None:
        wanted = (int(self.minutes.text() or 0), int(self.megabytes.text() or 0))
        if wanted != self._segments:
            self._segments = wanted
            self.bridge.say("recording.segments", minutes=wanted[0], megabytes=wanted[1])

    def _show_pushes(self, targets: list[dict[str, Any]], pushes: list[dict[str, Any]]) -> None:
        """The targets that were set up, and what else is being pushed (the platform's own)."""
        by_name = {push["name"]: push for push in pushes}
        known = {target["name"] for target in targets}
        own = [{"name": name, "url": "", "is_key_known": True, "is_on": True} for name in by_name if name not in known]
        shown = own + targets
        for name in [name for name in self.targets if name not in {each["name"] for each in shown}]:
            gone = self.targets.pop(name)
            self.list.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for place, target in enumerate(shown):
            name = target["name"]
            if name not in self.targets:
                self.targets[name] = PushCard(self.bridge, name, is_own=name not in known)
                self.list.insertWidget(place, self.targets[name])
            self.targets[name].refresh(target, by_name.get(name))
        self.nothing.setVisible(not shown)

    def _allow_adding(self) -> None:
        is_whole = bool(self.new_name.text().strip() and self.new_url.text().strip())
        self.add_button.setEnabled(is_whole)
        self.add_button.setToolTip("" if is_whole else tr("ui.setup.outputs.push_needs"))

    def _add(self) -> None:
        if not self.add_button.isEnabled():
            return
        name, url = self.new_name.text().strip(), "".join(self.new_url.text().split())
        self.bridge.say("push.add", name=name, url=url, key="".join(self.new_key.text().split()))
        for made in (self.new_name, self.new_url, self.new_key):
            made.clear()

    def _show_camera(self, setup: dict[str, Any], health: dict[str, Any] | None) -> None:
        state = health["state"] if health is not None else "off"
        reason = health["reason_key"] if health is not None else ""
        is_on = setup["is_on"]
        if reason and health is not None:
            text = tr(reason, **health["reason_args"])
        else:
            device = health["device"] if health is not None else ""
            text = tr(f"ui.setup.outputs.camera_state_{'on' if is_on else 'off'}", device=device)
        self.camera_state.setText(text)
        is_well = is_on and not reason
        set_look(self.camera_state, "tone", "ok" if is_well else "warn" if reason else "text2")
        self.camera_start.setVisible(not is_on)
        self.camera_stop.setVisible(is_on)
        self.camera_start.allow(state != "missing", text)
