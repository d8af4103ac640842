"""Health: what the engine counted, frozen, safe to hand to any thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

DISK_FULL = "error.video.disk_full"
"""Why a recording waits for room."""


class SourceState(StrEnum):
    """How a picture or sound source is doing."""

    OK = "ok"
    LOST = "lost"
    FROZEN = "frozen"
    MISSING = "missing"


class PushState(StrEnum):
    """How a push target is doing; ``live`` means that the server takes bytes."""

    CONNECTING = "connecting"
    LIVE = "live"
    RECONNECTING = "reconnecting"
    REFUSED = "refused"
    FAILED = "failed"
    OFF = "off"


@dataclass(frozen=True, kw_only=True)
class RecordingHealth:
    """The recording file as the disk knows it; ``is_growing`` is measured on the file, not on what was handed over.

    ``is_waiting``: a full disk stopped it, and it goes on by itself when there is room."""

    is_on: bool = False
    path: str = ""
    bytes: int = 0
    seconds: float = 0.0
    is_growing: bool = False
    dropped: int = 0
    error_key: str = ""
    is_waiting: bool = False


@dataclass(frozen=True, kw_only=True)
class PushHealth:
    """One push target; ``bytes_accepted`` left this machine, ``frames_sent`` were in them."""

    name: str
    state: PushState
    bytes_accepted: int = 0
    frames_sent: int = 0
    dropped: int = 0
    reconnects: int = 0
    bitrate_bps: int = 0
    reason_key: str = ""


@dataclass(frozen=True, kw_only=True)
class SourceHealth:
    """A picture source in use."""

    name: str
    state: SourceState
    width: int = 0
    height: int = 0
    reason_key: str = ""


@dataclass(frozen=True, kw_only=True)
class InputHealth:
    """One input of the mixer; ``drift_ms`` is how far it is from its place at present, ``clock_ppm`` how much slower than the
    picture's clock its device runs (which is corrected all the time)."""

    id: str
    name: str
    state: SourceState
    peak_db: float = -90.0
    loudness_lufs: float = -70.0
    drift_ms: float = 0.0
    clock_ppm: int = 0


@dataclass(frozen=True, kw_only=True)
class SoundHealth:
    """The mixed sound; ``name`` is the input that is not well, if any, ``peak_db`` the loudest sample of the last second in
    dBFS (-90: silence), ``loudness_lufs`` the loudness over 3 s (-70: silence), ``drift_ms`` that of the input furthest off."""

    name: str
    state: SourceState
    peak_db: float = -90.0
    loudness_lufs: float = -70.0
    limiter_db: float = 0.0
    drift_ms: float = 0.0
    inputs: tuple[InputHealth, ...] = ()


class VirtualCameraState(StrEnum):
    """How the virtual camera is doing; ``live`` means that its driver takes pictures."""

    OFF = "off"
    STARTING = "starting"
    LIVE = "live"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class VirtualCameraHealth:
    """The virtual camera; ``device`` is what to choose in the platform's own client."""

    state: VirtualCameraState = VirtualCameraState.OFF
    device: str = ""
    frames: int = 0
    restarts: int = 0
    reason_key: str = ""
    reason_args: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class EncoderVerdict:
    """What a trial found; ``is_usable`` None: not tried yet. ``reason_key`` is a text, ``ms`` the time of one frame."""

    name: str
    is_usable: bool | None = None
    reason_key: str = ""
    ms: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Health:
    """Everything counted, since the engine started; ``fps`` and ``bitrate_bps`` are of the last seconds.

    ``quality_step`` is how far down the ladder the encoder stands, ``wanted_bps`` the picture's rate at present."""

    fps: float
    frames_rendered: int
    frames_encoded: int
    dropped: int
    late: int
    bitrate_bps: int
    encoder_name: str
    quality_step: int
    wanted_bps: int
    av_offset_ms: float
    recording: RecordingHealth
    pushes: tuple[PushHealth, ...]
    source: SourceHealth
    sound: SoundHealth
    disk_free_bytes: int
    quality_steps: tuple[str, ...] = ()
    encoders: tuple[EncoderVerdict, ...] = ()
    is_quality_pinned: bool = False
    virtual_camera: VirtualCameraHealth = VirtualCameraHealth()
    inset: SourceHealth | None = None
    backdrop: SourceHealth | None = None
