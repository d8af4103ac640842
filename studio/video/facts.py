"""Facts the engine tells: frozen, from its threads, through the ``tell`` it was given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from studio.core.events import Fact

if TYPE_CHECKING:
    from studio.video.health import Health


@dataclass(frozen=True, kw_only=True)
class SceneShown(Fact):
    """The first frame of a new item is in the programme; ``pts_s`` is its place in the recording (None: not recording)."""

    scene_version: int
    item_id: str | None
    frame_index: int
    pts_s: float | None
    at_ms: int
    recording: str | None = None


@dataclass(frozen=True, kw_only=True)
class SourceLost(Fact):
    """The camera, file or microphone called ``name`` gives nothing any more; ``reason_key`` is a text."""

    name: str
    reason_key: str


@dataclass(frozen=True, kw_only=True)
class SourceBack(Fact):
    """A lost source gives pictures or sound again."""

    name: str


@dataclass(frozen=True, kw_only=True)
class RecordingStarted(Fact):
    """A recording file was opened; ``item_id`` is on air at its beginning, ``continues`` is the file before it, if any."""

    path: str
    item_id: str | None = None
    continues: str | None = None


@dataclass(frozen=True, kw_only=True)
class RecordingEnded(Fact):
    """A recording file was closed and is playable from its first to its last frame; one of 0 bytes was removed."""

    path: str
    bytes: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class RecordingFailed(Fact):
    """The recording stopped by itself; what was written until then is playable."""

    path: str
    reason_key: str
    reason_args: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RecordingLow(Fact):
    """The disk will be full in ``minutes_left`` at the present rate."""

    path: str
    free_bytes: int
    minutes_left: int


@dataclass(frozen=True, kw_only=True)
class PushStateChanged(Fact):
    """A push target changed its state (see ``health.PushState``); ``reason_key`` is a text or empty."""

    name: str
    state: str
    reason_key: str = ""


@dataclass(frozen=True, kw_only=True)
class QualityChanged(Fact):
    """What is encoded changed by itself or by pin; ``step`` is how far down the ladder (0: the top).

    ``is_step``: preset, size or frame rate; else only the rate, which the network lets be at most ``wanted_kbps``."""

    name: str
    bitrate_kbps: int
    wanted_kbps: int
    step: int
    is_step: bool
    reason_key: str


@dataclass(frozen=True, kw_only=True)
class VirtualCameraChanged(Fact):
    """The virtual camera changed its state (see ``health.VirtualCameraState``); ``reason_key`` is a text or empty."""

    state: str
    device: str = ""
    reason_key: str = ""
    reason_args: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class OverlayFailed(Fact):
    """An overlay raised while it was drawn and is left out of the picture."""

    layer_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class HealthTicked(Fact):
    """The engine's health, once a second."""

    health: Health
