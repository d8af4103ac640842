"""A camera as a source: by number or name, in the format that costs least."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from typing import ClassVar

import av
from av.container import InputContainer

from studio.video.sources.live import LiveSource

_log = logging.getLogger(__name__)

OWN_NAMES = ("OBS Virtual Camera", "Anchor Studio")
_TRIES: tuple[dict[str, str], ...] = (
    {"input_format": "nv12"},
    {"input_format": "yuyv422"},
    {"input_format": "mjpeg"},
    {},
)


@dataclass(frozen=True)
class Device:
    """A camera the system knows: what opens it and what people call it."""

    address: str
    name: str
    formats: tuple[dict[str, str], ...] = ()


def driver() -> str:
    """The libav input format of cameras on this system."""
    return {"win32": "dshow", "darwin": "avfoundation"}.get(sys.platform, "v4l2")


def list_devices() -> list[Device]:
    """Cameras of this machine without virtual ones of our own; empty when the driver has none or cannot tell."""
    try:
        found = av.device.enumerate_input_devices(driver())
    except (av.FFmpegError, OSError, ValueError) as error:
        _log.info("cameras cannot be listed: %s", error)
        return []
    devices = [Device(one.name, one.description or one.name) for one in found if _is_camera(one)]
    return [device for device in devices if not device.name.startswith(OWN_NAMES)]


def _is_camera(found: av.device.DeviceInfo) -> bool:
    return not found.media_types or "video" in found.media_types


class DeviceSource(LiveSource):
    """A camera through libav; asks for raw planes first, because decoding MJPEG is the second largest cost there is."""

    kind: ClassVar[str] = "device"
    frozen_after_s: ClassVar[float] = 5.0
    is_restarted_when_frozen: ClassVar[bool] = True

    def _connect(self) -> InputContainer:
        address = _address(self.spec.address)
        canvas = self.stage.canvas
        wide = f"{max(canvas.width, canvas.height)}x{min(canvas.width, canvas.height)}"
        wishes = [{"video_size": wide, "framerate": str(canvas.fps), **format_} for format_ in _tries()]
        last: Exception | None = None
        for options in [*wishes, {}]:
            try:
                container: InputContainer = av.open(address, "r", format=driver(), options=options)
                return container
            except (av.FFmpegError, OSError) as error:
                last = error
                if isinstance(error, (FileNotFoundError, PermissionError)):
                    break
        raise last or OSError("no camera")


def _tries() -> tuple[dict[str, str], ...]:
    if driver() == "v4l2":
        return _TRIES
    key = "pixel_format"
    return ({key: "nv12"}, {key: "yuyv422"}, {})


def _address(text: str) -> str:
    """What libav wants to hear for ``0`` or a name."""
    for place, device in enumerate(list_devices()):
        if text in (str(place), device.name, device.address):
            text = device.address
            break
    if driver() == "v4l2":
        return f"/dev/video{text}" if text.isdigit() else text
    if driver() == "dshow":
        return text if text.startswith("video=") else f"video={text}"
    return text
