"""Cameras of Linux and the formats they offer, asked of the kernel (linux/videodev2.h, the V4L2 enumeration calls)."""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from studio.video.outputs.v4l2 import QUERY_CAPABILITY, capability_buffer, read_capability
from studio.video.sources.formats import CameraFormat

Ask = Callable[[int, bytearray], bool]
"""One call of a driver, which fills in the bytes; False: there is no (further) answer."""

ENUM_FORMATS, ENUM_SIZES, ENUM_INTERVALS = 0xC0405602, 0xC02C564A, 0xC034564B
_FORMAT_BYTES, _SIZE_BYTES, _INTERVAL_BYTES = 64, 44, 52
_CAPTURE, _EMULATED, _DISCRETE = 1, 2, 1
_MOST = 64  # answers of one kind; a driver that never ends is broken
_COMMON_SIZES = ((640, 480), (1280, 720), (1920, 1080))
_PIXELS = {
    b"NV12": "nv12",
    b"YUYV": "yuyv422",
    b"UYVY": "uyvy422",
    b"YU12": "yuv420p",
    b"MJPG": "mjpeg",
    b"JPEG": "mjpeg",
    b"H264": "h264",
    b"BGR3": "bgr24",
    b"RGB3": "rgb24",
    b"GREY": "gray",
}


@dataclass(frozen=True)
class Camera:
    """A device file that gives pictures."""

    path: str
    card: str
    bus: str
    formats: tuple[CameraFormat, ...]


def list_cameras(folder: Path = Path("/dev")) -> list[Camera]:
    """All cameras in the order of their numbers; one that cannot be opened is asked nothing and left out."""
    paths = [path for path in folder.glob("video*") if path.name.removeprefix("video").isdigit()]
    found = []
    for path in sorted(paths, key=lambda path: int(path.name.removeprefix("video"))):
        try:
            fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        except OSError:
            continue
        try:
            camera = described(str(path), asking(fd))
        finally:
            os.close(fd)
        if camera is not None:
            found.append(camera)
    return found


def held_by_children() -> set[str]:
    """Device files that processes of ours have open: the virtual camera's own, whatever it is called."""
    held = set()
    for child in psutil.Process().children(recursive=True):
        try:
            for number in os.listdir(f"/proc/{child.pid}/fd"):
                held.add(os.readlink(f"/proc/{child.pid}/fd/{number}"))
        except OSError:  # ended meanwhile
            continue
    return held


def asking(fd: int) -> Ask:
    """Asks the driver behind an open device file."""
    if sys.platform == "win32":
        raise OSError("no device files")
    import fcntl

    def ask(request: int, words: bytearray) -> bool:
        try:
            fcntl.ioctl(fd, request, words)
        except OSError:  # EINVAL: no more of them; ENOTTY: no camera at all
            return False
        return True

    return ask


def described(path: str, ask: Ask) -> Camera | None:
    """What a device file is; None for those that give no pictures, such as the second one of each USB camera."""
    answer = capability_buffer()
    if not ask(QUERY_CAPABILITY, answer):
        return None
    capability = read_capability(answer)
    if not capability.is_capture:
        return None
    formats = tuple(dict.fromkeys(_formats(ask)))
    return Camera(path, capability.card, capability.bus, formats)


def _formats(ask: Ask) -> Iterator[CameraFormat]:
    for index in range(_MOST):
        answer = bytearray(struct.pack("=II", index, _CAPTURE).ljust(_FORMAT_BYTES, b"\0"))
        if not ask(ENUM_FORMATS, answer):
            return
        (flags,), (code,) = struct.unpack_from("=I", answer, 8), struct.unpack_from("=4s", answer, 44)
        pixels = _PIXELS.get(code)
        if pixels is None or flags & _EMULATED:  # a library would convert from another one of the list
            continue
        for width, height in _sizes(ask, code):
            for fps in _rates(ask, code, width, height):
                yield CameraFormat(pixels, width, height, fps)


def _sizes(ask: Ask, code: bytes) -> Iterator[tuple[int, int]]:
    """Every size; of a range the common ones inside it and the largest."""
    for index in range(_MOST):
        answer = bytearray(struct.pack("=I4s", index, code).ljust(_SIZE_BYTES, b"\0"))
        if not ask(ENUM_SIZES, answer):
            return
        kind, *numbers = struct.unpack_from("=I6I", answer, 8)
        if kind == _DISCRETE:
            yield numbers[0], numbers[1]
            continue
        least_w, most_w, step_w, least_h, most_h, step_h = numbers
        for width, height in (*_COMMON_SIZES, (most_w, most_h)):
            is_inside = least_w <= width <= most_w and least_h <= height <= most_h
            if is_inside and not (width - least_w) % max(1, step_w) and not (height - least_h) % max(1, step_h):
                yield width, height
        return


def _rates(ask: Ask, code: bytes, width: int, height: int) -> list[float]:
    """Every rate at a size, of a range the fastest; none told: 30, which libav corrects."""
    found = set()
    for index in range(_MOST):
        answer = bytearray(struct.pack("=I4sII", index, code, width, height).ljust(_INTERVAL_BYTES, b"\0"))
        if not ask(ENUM_INTERVALS, answer):
            break
        kind, part, whole = struct.unpack_from("=III", answer, 16)  # of a range these are the shortest interval
        if part and whole:
            found.add(round(whole / part, 2))
        if kind != _DISCRETE:
            break
    return sorted(found) or [30.0]
