"""Healths for tests: a show in which all is well, and what is changed in it."""

from __future__ import annotations

from typing import Any

from studio.video.health import Health, PushHealth, PushState, RecordingHealth, SoundHealth, SourceHealth, SourceState


def a_push(name: str = "hub", state: PushState = PushState.LIVE, **changes: Any) -> PushHealth:
    return PushHealth(**{"name": name, "state": state, "bytes_accepted": 1000} | changes)


def a_health(**changes: Any) -> Health:
    well: dict[str, Any] = {
        "fps": 30.0,
        "frames_rendered": 300,
        "frames_encoded": 300,
        "dropped": 0,
        "late": 0,
        "bitrate_bps": 2_600_000,
        "encoder_name": "x264 superfast 720x1280@30",
        "quality_step": 0,
        "wanted_bps": 2_500_000,
        "av_offset_ms": 3.0,
        "recording": RecordingHealth(is_on=True, path="a.mp4", bytes=9, seconds=1.0, is_growing=True),
        "pushes": (a_push(),),
        "source": SourceHealth(name="camera", state=SourceState.OK),
        "sound": SoundHealth(name="camera", state=SourceState.OK),
        "disk_free_bytes": 10**11,
    }
    return Health(**well | changes)
