"""How the desk takes in what the picture machine tells: marks, files, lost sources, quality, health."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.core.errors import UserError
from studio.core.events import Fact
from studio.core.i18n import tr
from studio.desk.on_air import PLATFORM_PUSH
from studio.desk.picture_verbs import next_number
from studio.store.show_store import Recording
from studio.video import facts
from studio.video.health import DISK_FULL, Health

if TYPE_CHECKING:
    from studio.desk.desk import Desk

_log = logging.getLogger(__name__)


class PictureHearing:
    """One method per kind of fact; ``by_type`` is what the desk's hearing looks up."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._is_network_slow = False
        self._push_states: dict[str, str] = {}
        self.by_type: dict[type[Fact], Callable[[Any], None]] = {
            facts.SceneShown: self._shown,
            facts.SourceLost: self._source_lost,
            facts.SourceBack: self._source_back,
            facts.RecordingStarted: self._recording_started,
            facts.RecordingFailed: self._recording_failed,
            facts.RecordingLow: self._recording_low,
            facts.RecordingEnded: self._recording_ended,
            facts.PushStateChanged: self._push_changed,
            facts.QualityChanged: self._quality_changed,
            facts.VirtualCameraChanged: self._virtual_camera_changed,
            facts.HealthTicked: self._health,
            facts.OverlayFailed: self._overlay_failed,
        }

    def _tell(self, verb: str) -> None:
        self._desk.state.version += 1
        self._desk.tell(self._desk.changed(verb))

    def _shown(self, fact: facts.SceneShown) -> None:
        if fact.item_id is None:
            return
        recording = Path(fact.recording).name if fact.recording else None
        self._mark(fact.item_id, recording, fact.frame_index, fact.pts_s, fact.at_ms)

    def _mark(self, item_id: str, recording: str | None, frame_index: int, pts_s: float | None, at_ms: int) -> None:
        desk = self._desk
        row = {
            "session_id": desk.state.session.id,
            "recording": recording,
            "item_id": item_id,
            "frame_index": frame_index,
            "pts_ms": None if pts_s is None else round(pts_s * 1000),
            "at_ms": at_ms,
        }
        with desk.store.transaction() as tx:
            tx.mark(row)

    def _source_lost(self, fact: facts.SourceLost) -> None:
        self._desk.notice("warn", fact.reason_key, name=fact.name)

    def _source_back(self, fact: facts.SourceBack) -> None:
        self._desk.notice("info", "show.source_back", name=fact.name)

    def _recording_started(self, fact: facts.RecordingStarted) -> None:
        """A file that continues another is a part of its own, and begins with the item that is on air."""
        desk, name, now_ms = self._desk, Path(fact.path).name, self._desk.clock.now_ms()
        if fact.continues is not None:
            session = desk.state.session
            part = next_number(desk.store.recordings(session.id))
            with desk.store.transaction() as tx:
                tx.recording(session.id, Recording(part=part, path=name, started_ms=now_ms))
            if desk.state.is_recording_waiting and session.ended_ms is None:
                self._hold_recording(is_recording=True)
                desk.notice("info", "show.recording_goes_on", path=name)
        desk.state.is_recording_waiting = False
        desk.state.open_recordings.add(name)
        if fact.item_id is not None:
            self._mark(fact.item_id, name, 0, 0.0, now_ms)
        self._tell("recording.start")

    def _recording_failed(self, fact: facts.RecordingFailed) -> None:
        desk = self._desk
        desk.state.open_recordings.discard(Path(fact.path).name)
        desk.state.is_recording_waiting = fact.reason_key == DISK_FULL
        self._hold_recording(is_recording=False)
        desk.notice("error", fact.reason_key, **dict(fact.reason_args))

    def _hold_recording(self, *, is_recording: bool) -> None:
        """What the recorder did by itself; the disk that refuses the recording may refuse the row as well."""
        session = replace(self._desk.state.session, is_recording=is_recording)
        try:
            with self._desk.store.transaction() as tx:
                tx.session(session)
        except UserError as error:
            _log.error("%s", error)
        self._desk.hold(session=session)

    def _recording_low(self, fact: facts.RecordingLow) -> None:
        self._desk.notice("warn", "show.recording_low", minutes=fact.minutes_left)

    def _recording_ended(self, fact: facts.RecordingEnded) -> None:
        desk, name = self._desk, Path(fact.path).name
        try:
            with desk.store.transaction() as tx:
                if fact.bytes:
                    tx.recording_ended(desk.state.session.id, name, fact.bytes, fact.seconds)
                else:
                    tx.remove_recording(desk.state.session.id, name)
        finally:
            desk.state.open_recordings.discard(name)

    def _push_changed(self, fact: facts.PushStateChanged) -> None:
        """Say it when the state is another; the reason alone changes with every attempt."""
        is_doomed = fact.state == "connecting" and bool(fact.reason_key)
        state = "unreached" if is_doomed else fact.state
        if fact.reason_key == "video.push.renewed":  # the change of quality is told already
            state = "connecting"
        if self._push_states.get(fact.name) != state:
            self._push_states[fact.name] = state
            if state != "connecting":
                name = tr("show.platform_push") if fact.name == PLATFORM_PUSH else fact.name
                reason = tr(fact.reason_key) if fact.reason_key else ""
                level = "info" if state in ("live", "off") else "warn"
                self._desk.notice(level, f"show.push_{state}", name=name, reason=reason)
        self._tell("health")

    def _quality_changed(self, fact: facts.QualityChanged) -> None:
        """A step is told each time; of the network's ups and downs only the first fall and the full recovery."""
        is_slow = fact.bitrate_kbps < fact.wanted_kbps
        if fact.is_step or is_slow != self._is_network_slow:
            level = "warn" if fact.reason_key.endswith(("_slow", "_spared")) else "info"
            self._desk.notice(level, fact.reason_key, name=fact.name, kbps=fact.bitrate_kbps)
        self._is_network_slow = is_slow
        self._tell("health")

    def _virtual_camera_changed(self, fact: facts.VirtualCameraChanged) -> None:
        if fact.state == "live":
            self._desk.notice("info", "show.virtual_camera_live", device=fact.device)
        elif fact.state == "failed":
            self._desk.notice("warn", fact.reason_key, **dict(fact.reason_args))
        self._tell("health")

    def _health(self, fact: facts.HealthTicked) -> None:
        desk, health = self._desk, fact.health
        session = desk.state.session
        is_running = session.started_ms is not None and session.ended_ms is None
        desk.state.progress = desk.state.progress.after(health, desk.clock.monotonic_s(), is_live=is_running)
        desk.state.health = health
        if is_running:
            with desk.store.transaction() as tx:
                tx.health(session.id, desk.clock.now_ms(), _sample(health, desk.state.cpu_percent))
        self._tell("health")

    def _overlay_failed(self, fact: facts.OverlayFailed) -> None:
        self._desk.notice("warn", "show.overlay_failed", layer=fact.layer_id, reason=fact.reason)


def _sample(health: Health, cpu_percent: float) -> dict[str, Any]:
    """One second of the health record."""
    return {
        "fps": round(health.fps, 2),
        "bitrate_bps": health.bitrate_bps,
        "frames_rendered": health.frames_rendered,
        "frames_encoded": health.frames_encoded,
        "dropped": health.dropped,
        "late": health.late,
        "bytes": health.recording.bytes,
        "accepted": sum(push.bytes_accepted for push in health.pushes),
        "pushes": {push.name: [push.state.value, push.bytes_accepted, push.dropped] for push in health.pushes},
        "quality_step": health.quality_step,
        "wanted_bps": health.wanted_bps,
        "av_offset_ms": health.av_offset_ms,
        "cpu_percent": cpu_percent,
    }
