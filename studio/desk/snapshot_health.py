"""The health part of the snapshot: what the engine counted, as plain values, with one state on top."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from studio.desk import on_air
from studio.show.session import SessionState
from studio.video.health import Health, PushHealth, RecordingHealth, SoundHealth, SourceHealth, VirtualCameraHealth

if TYPE_CHECKING:
    from studio.desk.desk import Desk


def health_of(desk: Desk) -> dict[str, Any] | None:
    """Everything counted, or None before the engine spoke for the first time."""
    health: Health | None = desk.state.health
    if health is None:
        return None
    seen = seen_at(desk, health)
    return {
        **asdict(on_air.judge(seen)),
        "warnings": [asdict(reason) for reason in on_air.warnings(seen)],
        "room_closes_in_s": on_air.room_closes_in_s(seen, desk.state.room_closes_after_s),
        "fps": health.fps,
        "bitrate_bps": health.bitrate_bps,
        "dropped": health.dropped,
        "late": health.late,
        "cpu_percent": desk.state.cpu_percent,
        "av_offset_ms": health.av_offset_ms,
        "recording": _recording(health.recording, health),
        "pushes": [_push(push) for push in health.pushes],
        "source": _source(health.source),
        "sound": _sound(health.sound),
        "quality": _quality(health),
        "virtual_camera": _virtual_camera(health.virtual_camera),
    }


def seen_at(desk: Desk, health: Health) -> on_air.Seen:
    """What the state on air is judged by, now."""
    return on_air.Seen(
        is_live=desk.state.session.state is SessionState.LIVE,
        health=health,
        progress=desk.state.progress,
        canvas_fps=desk.canvas.fps,
        now_s=desk.clock.monotonic_s(),
    )


def hours_left(free_bytes: int, bitrate_bps: float) -> float | None:
    """How long a disk lasts at this bitrate; None while nothing is encoded."""
    return free_bytes * 8 / bitrate_bps / 3600 if bitrate_bps > 0 else None


def _recording(recording: RecordingHealth, health: Health) -> dict[str, Any]:
    return {
        "is_on": recording.is_on,
        "path": recording.path or None,
        "bytes": recording.bytes,
        "seconds": recording.seconds,
        "is_growing": recording.is_growing,
        "is_waiting": recording.is_waiting,
        "hours_left": hours_left(health.disk_free_bytes, health.bitrate_bps),
    }


def _source(source: SourceHealth) -> dict[str, Any]:
    return {
        "name": source.name,
        "state": source.state.value,
        "width": source.width,
        "height": source.height,
        "reason_key": source.reason_key,
    }


def _push(push: PushHealth) -> dict[str, Any]:
    return {
        "name": push.name,
        "state": push.state.value,
        "bytes_accepted": push.bytes_accepted,
        "bitrate_bps": push.bitrate_bps,
        "dropped": push.dropped,
        "reconnects": push.reconnects,
        "reason_key": push.reason_key,
    }


def _sound(sound: SoundHealth) -> dict[str, Any]:
    inputs = [asdict(one) | {"state": one.state.value} for one in sound.inputs]
    return asdict(sound) | {"state": sound.state.value, "inputs": inputs}


def _quality(health: Health) -> dict[str, Any]:
    return {
        "name": health.encoder_name,
        "step": health.quality_step,
        "steps": list(health.quality_steps),
        "is_pinned": health.is_quality_pinned,
        "kbps": health.wanted_bps // 1000,
    }


def _virtual_camera(camera: VirtualCameraHealth) -> dict[str, Any]:
    return {
        "state": camera.state.value,
        "device": camera.device,
        "reason_key": camera.reason_key,
        "reason_args": dict(camera.reason_args),
    }
