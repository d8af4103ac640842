"""The on-air bar: one line, always visible, that never says better than what left the machine."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from studio.core.i18n import tr
from studio.ui import figures, theme
from studio.ui.action_button import action_button
from studio.ui.bridge import Bridge
from studio.ui.widgets import ElideLabel, label, push_button, row, set_look

PILLS = {"cut_off": "warn", "live": "live", "stuttering": "warn", "rehearsal": "info", "off_air": "off"}
TONES = {"live": "ok", "stuttering": "warn", "rehearsal": "info", "off_air": "text2"}
CAMERA_TONES = {"starting": "info", "live": "ok", "failed": "warn"}
SHORT_OF_DISK_HOURS = 1.0
BUSY_CPU = 80


class OnAirBar(QFrame):
    """State, time, health, recording, viewers, takings, and the way on and off air."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("on_air_bar")
        self._snapshot: dict[str, Any] = {}
        self.state = label("title")
        self.state.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.state.setContentsMargins(12, 5, 12, 5)
        self.clock = label("clock")
        self.sentence = ElideLabel("strong")
        self.facts = {name: label("fact", "text2") for name in ("bitrate", "fps", "dropped", "cpu")}
        self.quality = label("strong", "warn")
        self.camera = QLabel()
        self.recording_icon, self.recording, self.left = QLabel(), label("fact", "text2"), label("fact", "text2")
        self.viewers_icon, self.viewers = QLabel(), label("title")
        self.gmv_icon, self.gmv = QLabel(), label("title")
        self.go_live = action_button(bridge, "show.go_live", question=lambda: tr("ui.bar.go_live_question"), look="go")
        self.end = action_button(bridge, "show.end", question=lambda: tr("ui.bar.end_question"))
        self.menu_button = push_button("flat")
        self.menu_button.setObjectName("menu")
        for button in (self.go_live, self.end):
            button.setMinimumHeight(theme.BUTTON_HEIGHT)
        left: list[QWidget] = [self.state, self.clock, self.sentence, *self.facts.values(), self.quality]
        middle: list[QWidget] = [self.camera, self.recording_icon, self.recording, self.left]
        right: list[QWidget | int] = [self.viewers_icon, self.viewers, 2, self.gmv_icon, self.gmv, 4]
        right += [self.go_live, self.end]
        line = row(*left, None, *middle, None, *right, self.menu_button, space=9)
        line.setContentsMargins(8, 8, 6, 8)
        self.setLayout(line)
        self.relabel()

    def relabel(self) -> None:
        """Say everything again, in the language and colours of now."""
        self.setAccessibleName(tr("ui.bar.name"))
        self.go_live.name(tr("ui.bar.go_live"), token="go_text", accessible=self.go_live.title())
        self.end.name(tr("ui.bar.end"), accessible=self.end.title())
        self.menu_button.setIcon(theme.icon("dots-vertical", "text2"))
        self.menu_button.setAccessibleName(tr("ui.bar.menu"))
        self.menu_button.setToolTip(tr("ui.bar.menu"))
        _put_icon(self.viewers_icon, "account-group", "text2")
        _put_icon(self.gmv_icon, "cash-multiple", "money")
        if self._snapshot:
            self.refresh(self._snapshot)

    def refresh(self, snapshot: dict[str, Any]) -> None:
        """Show a snapshot."""
        self._snapshot = snapshot
        session, health = snapshot["session"], snapshot["health"]
        is_live = session is not None and session["state"] == "live"
        is_over = session is not None and session["state"] == "ended"
        self._show_state(snapshot, is_live)
        self._show_health(health, is_live)
        self._show_recording(health)
        self.viewers.setText(tr("ui.bar.viewers", count=figures.count(snapshot["audience"]["viewers"] or 0)))
        self.gmv.setText(tr("ui.bar.gmv", amount=figures.money(snapshot["sales"]["gmv_fen"])))
        self.go_live.setVisible(not is_live)
        self.end.setVisible(is_live)
        can_start = bool(snapshot["rundown"]["items"]) and not is_over
        self.go_live.allow(can_start, tr("ui.bar.is_over") if is_over else tr("ui.bar.needs_items"))

    def _show_state(self, snapshot: dict[str, Any], is_live: bool) -> None:
        session, health = snapshot["session"], snapshot["health"]
        state = health["state"] if health is not None else "off_air"
        if not is_live:
            state = "rehearsal" if snapshot["is_rehearsal"] and state == "rehearsal" else "off_air"
        key = _state_key(snapshot, state, is_live)
        self.state.setText(tr(f"ui.bar.state_{key}"))
        set_look(self.state, "pill", PILLS.get(key, PILLS[state]))
        if session is not None and session["started_ms"]:
            until_ms = snapshot["now_ms"] if is_live else session["ended_ms"] or snapshot["now_ms"]
            self.clock.setText(_long_clock((until_ms - session["started_ms"]) / 1000))
        else:
            self.clock.setText(figures.clock_time(snapshot["now_ms"]))
        set_look(self.clock, "tone", "text1" if is_live else "text2")

    def _show_health(self, health: dict[str, Any] | None, is_live: bool) -> None:
        for fact in self.facts.values():
            fact.setVisible(health is not None)
        self._show_quality(health)
        self._show_camera(health)
        if health is None:
            self.sentence.setText(tr("ui.bar.starting"))
            set_look(self.sentence, "tone", "text2")
            return
        self.sentence.setText(tr(health["reason_key"], **health["reason_args"]))
        set_look(self.sentence, "tone", "warn" if is_live and health["state"] == "off_air" else TONES[health["state"]])
        self.facts["bitrate"].setText(figures.bit_rate(health["bitrate_bps"]))
        self.facts["bitrate"].setVisible(is_live or health["bitrate_bps"] > 0)
        self.facts["fps"].setText(tr("ui.bar.fps", fps=round(health["fps"])))
        self.facts["dropped"].setText(tr("ui.bar.dropped", count=figures.count(health["dropped"])))
        set_look(self.facts["dropped"], "tone", "warn" if health["dropped"] else "text2")
        cpu = round(health["cpu_percent"] or 0)
        self.facts["cpu"].setText(f"CPU {cpu}%")
        set_look(self.facts["cpu"], "tone", "warn" if cpu >= BUSY_CPU else "text2")

    def _show_quality(self, health: dict[str, Any] | None) -> None:
        """Said only when it is not the best."""
        quality = health["quality"] if health is not None else None
        self.quality.setVisible(quality is not None and quality["step"] > 0)
        if quality is not None and quality["step"] > 0:
            self.quality.setText(tr("ui.bar.quality", step=quality["step"] + 1, steps=len(quality["steps"])))
            self.quality.setToolTip(quality["name"])

    def _show_camera(self, health: dict[str, Any] | None) -> None:
        """The virtual camera's lamp: there while it is on or ought to be."""
        camera = health["virtual_camera"] if health is not None else None
        self.camera.setVisible(camera is not None and camera["state"] in CAMERA_TONES)
        if camera is None or camera["state"] not in CAMERA_TONES:
            return
        tone = CAMERA_TONES[camera["state"]]
        why = tr(camera["reason_key"], **camera["reason_args"]) if camera["reason_key"] else camera["device"]
        text = f"{tr('ui.setup.outputs.camera')} {why}".strip()
        if self.camera.toolTip() != text or self.camera.property("shown") != tone:
            self.camera.setProperty("shown", tone)
            _put_icon(self.camera, "camera-wireless", tone)
            self.camera.setToolTip(text)
            self.camera.setAccessibleName(text)

    def _show_recording(self, health: dict[str, Any] | None) -> None:
        recording = health["recording"] if health is not None else None
        is_on = bool(recording and recording["is_on"])
        is_growing = bool(recording and recording["is_growing"])
        tone = "text3" if not is_on else "live" if is_growing else "warn"
        if self.recording_icon.property("shown") != tone:
            self.recording_icon.setProperty("shown", tone)
            _put_icon(self.recording_icon, "record-circle" if is_on else "record-circle-outline", tone)
        is_waiting = bool(recording and recording["is_waiting"])
        if recording is None or not is_on:
            self.recording.setText(tr("ui.bar.recording_waits" if is_waiting else "ui.bar.not_recording"))
        elif is_growing:
            self.recording.setText(tr("ui.bar.recording", size=figures.size(recording["bytes"])))
        else:
            self.recording.setText(tr("ui.bar.recording_stuck"))
        set_look(self.recording, "tone", "warn" if is_waiting or (is_on and not is_growing) else "text2")
        hours = recording["hours_left"] if recording is not None else None
        self.left.setVisible(hours is not None)
        if hours is not None:
            self.left.setText(tr("ui.bar.disk_left", time=figures.hours_left(hours)))
            set_look(self.left, "tone", "warn" if hours < SHORT_OF_DISK_HOURS else "text2")


def _state_key(snapshot: dict[str, Any], state: str, is_live: bool) -> str:
    """The word for the state: a show that is over, one that viewers lost, one that is only rehearsed."""
    session = snapshot["session"]
    if session is not None and session["state"] == "ended":
        return "over"
    if is_live and state == "off_air":
        return "cut_off"
    return "rehearsing" if state == "live" and snapshot["is_rehearsal"] else state


def _put_icon(place: QLabel, name: str, token: str) -> None:
    place.setPixmap(theme.icon(name, token).pixmap(QSize(16, 16)))


def _long_clock(seconds: float) -> str:
    """Always with hours, so that the bar keeps still."""
    text = figures.duration(seconds)
    return text if text.count(":") == 2 else f"00:{text}"
