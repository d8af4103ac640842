"""A camera as a source: by number or name, in the format that costs least, or in the one the user insists on."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from dataclasses import dataclass, replace
from typing import ClassVar

import av
from av.container import InputContainer

from studio.video.sources import address, camera_log, formats, v4l2
from studio.video.sources.desktop_mac import SCREEN_NAME
from studio.video.sources.formats import CameraFormat, Pin
from studio.video.sources.live import LiveSource

_log = logging.getLogger(__name__)

OWN_NAMES = ("OBS Virtual Camera", "OBS-Camera", "Anchor Studio")
MOST_TRIES = 4


@dataclass(frozen=True)
class Device:
    """A camera the system knows: what opens it, what people call it, what it offers as far as that is known at once, and
    the socket it is plugged into."""

    path: str
    name: str
    formats: tuple[CameraFormat, ...] = ()
    socket: str = ""


def driver() -> str:
    """The libav input format of cameras on this system."""
    return {"win32": "dshow", "darwin": "avfoundation"}.get(sys.platform, "v4l2")


def list_devices() -> list[Device]:
    """Cameras of this machine without virtual ones of our own, each with a name of its own; empty when there are none."""
    if driver() == "v4l2":
        held = v4l2.held_by_children()
        cameras = [one for one in v4l2.list_cameras() if one.path not in held]
        found = [Device(one.path, one.card, one.formats, one.bus) for one in cameras]
    else:
        found = [Device(path, name) for path, name in _named()]
    return told_apart([device for device in found if not is_own(device.name)])


def offered(device: Device) -> tuple[CameraFormat, ...]:
    """The formats of a camera; Windows and macOS are asked only now, because it takes them a while."""
    return device.formats if driver() == "v4l2" else tuple(camera_log.asked(driver(), device.path))


def is_own(name: str) -> bool:
    """Whether a camera is one that this program or OBS feeds."""
    return name.startswith(OWN_NAMES)


def told_apart(devices: list[Device]) -> list[Device]:
    """Cameras of one make get a number behind the name, by their sockets, so that each keeps its own."""
    count: Counter[str] = Counter()
    names: dict[str, str] = {}
    for device in sorted(devices, key=lambda one: (one.socket, one.path)):
        count[device.name] += 1
        names[device.path] = device.name if count[device.name] == 1 else f"{device.name} ({count[device.name]})"
    return [replace(device, name=names[device.path]) for device in devices]


def _named() -> list[tuple[str, str]]:
    """What opens each camera of Windows or macOS, and its name; there screens are listed among them."""
    try:
        found = av.device.enumerate_input_devices(driver())
    except (av.FFmpegError, OSError, ValueError) as error:
        _log.info("cameras cannot be listed: %s", error)
        return []
    names = [
        (one.name, one.description or one.name) for one in found if not one.media_types or "video" in one.media_types
    ]
    return [(_opened_by(path), name) for path, name in names if not name.startswith(SCREEN_NAME)]


def _opened_by(path: str) -> str:
    return f"video={path}" if driver() == "dshow" and not path.startswith("video=") else path


class DeviceSource(LiveSource):
    """A camera through libav, found by its name at each opening: it may come back at another socket."""

    kind: ClassVar[str] = "device"
    frozen_after_s: ClassVar[float] = 5.0
    is_restarted_when_frozen: ClassVar[bool] = True

    def _connect(self) -> InputContainer:
        name, wishes = address.parted(self.spec.address, address.WISHES["device"])
        pin, canvas = Pin.read(wishes), self.stage.canvas
        device = found(list_devices(), name)
        wanted = formats.ranked(offered(device), canvas, pin) or formats.guessed(canvas, pin)
        last: Exception | None = None
        for one in [*wanted[:MOST_TRIES], None]:
            try:
                return self._open(device.path, one)
            except (av.FFmpegError, OSError) as error:
                last = error
                if isinstance(error, (FileNotFoundError, PermissionError)):
                    break
        raise last or OSError("no camera")

    def _open(self, path: str, one: CameraFormat | None) -> InputContainer:
        """Open in a format, or in the driver's own (None)."""
        container: InputContainer = av.open(path, "r", format=driver(), options=options(driver(), one))
        _log.info("camera %s opened as %s", self.spec.name, one or "it likes")
        return container


def found(devices: list[Device], wish: str) -> Device:
    """The camera called ``wish``, or the one of that number in the list; else whatever the driver makes of the word."""
    for place, device in enumerate(devices):
        if wish in (str(place), device.name, device.path):
            return device
    path = f"/dev/video{wish}" if driver() == "v4l2" and wish.isdigit() else _opened_by(wish)
    return Device(path, wish)


def options(driver_name: str, one: CameraFormat | None) -> dict[str, str]:
    """What libav's driver is told to open a format."""
    if one is None:
        return {}
    key = {"v4l2": "input_format", "dshow": "vcodec" if one.is_compressed else "pixel_format"}
    named = {key.get(driver_name, "pixel_format"): one.pixels}
    return named | {"video_size": f"{one.width}x{one.height}", "framerate": f"{one.fps:g}"}
