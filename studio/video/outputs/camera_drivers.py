"""Drivers of the virtual camera; used only in its own process, where a driver may hang or crash.

Add one: a class with ``device``, ``send`` and ``close`` whose making raises DriverFault, and its name in `open_driver`."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from studio.video.outputs import v4l2

Flat = npt.NDArray[np.uint8]


class DriverFault(Exception):
    """Why a driver takes no frames: ``reason`` is a word of the wire, ``detail`` what the driver said."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class Driver(Protocol):
    """Takes raw frames of I420; ``device`` is the name that other programs show."""

    device: str

    def send(self, frame: Flat) -> None: ...

    def close(self) -> None: ...


def open_driver(name: str, width: int, height: int, fps: int) -> Driver:
    """``v4l2`` (Linux), ``obs`` (Windows, macOS), ``null`` and ``file:<path>`` for trials; raises DriverFault."""
    kind, _, place = name.partition(":")
    if kind == "v4l2":
        return V4l2Loopback(place or v4l2.find_loopback(), width, height)
    if kind == "obs":
        return ObsCamera(width, height, fps)
    if kind == "file":
        return RawFile(Path(place))
    if kind == "null":
        return Nothing()
    raise DriverFault("failed", f"no driver {name!r}")


class Nothing:
    """Takes frames and forgets them."""

    device = "null"

    def send(self, frame: Flat) -> None:
        """Forget it."""

    def close(self) -> None:
        """Nothing is open."""


class RawFile:
    """Writes raw frames one after the other into a file or pipe; a trial of everything but a real driver."""

    def __init__(self, path: Path) -> None:
        self.device = str(path)
        self._file = path.open("wb", buffering=0)

    def send(self, frame: Flat) -> None:
        """Write one frame."""
        self._file.write(frame.data)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class V4l2Loopback:
    """A loopback camera of Linux, written to like a file after its format was set."""

    def __init__(self, path: str | None, width: int, height: int) -> None:
        if path is None:
            raise DriverFault("no_driver")
        try:
            self._fd = os.open(path, os.O_RDWR)
        except OSError as error:
            raise DriverFault(reason_of(error), f"{path}: {error.strerror}") from error
        try:
            self.device = self._set_up(width, height) + f" ({path})"
        except OSError as error:
            os.close(self._fd)
            raise DriverFault(reason_of(error), f"{path}: {error.strerror}") from error
        except DriverFault:
            os.close(self._fd)
            raise

    def _set_up(self, width: int, height: int) -> str:
        if sys.platform == "win32":
            raise DriverFault("no_driver")
        import fcntl

        answer = v4l2.capability_buffer()
        fcntl.ioctl(self._fd, v4l2.QUERY_CAPABILITY, answer)
        capability = v4l2.read_capability(answer)
        if not capability.is_output:
            raise DriverFault("busy", f"{capability.card}: no output")  # exclusive_caps: another program feeds it
        wished = v4l2.i420_format(width, height)
        fcntl.ioctl(self._fd, v4l2.SET_FORMAT, wished)
        if v4l2.read_format(wished) != (width, height, b"YU12"):
            raise DriverFault("busy", f"{capability.card}: {v4l2.read_format(wished)}")
        return capability.card

    def send(self, frame: Flat) -> None:
        """Write one frame; the driver takes a whole one each time."""
        os.write(self._fd, frame.data)

    def close(self) -> None:
        """Let the device go."""
        os.close(self._fd)


class ObsCamera:
    """OBS's virtual camera through pyvirtualcam, an optional package that is imported nowhere but here."""

    def __init__(self, width: int, height: int, fps: int) -> None:
        try:
            import pyvirtualcam
        except ImportError as error:
            raise DriverFault("no_package", str(error)) from error
        try:
            camera = pyvirtualcam.Camera(width, height, fps, fmt=pyvirtualcam.PixelFormat.I420)
        except (RuntimeError, OSError, ValueError) as error:
            raise DriverFault(reason_in(str(error)), str(error)) from error
        self._camera: Any = camera
        self.device = str(camera.device)

    def send(self, frame: Flat) -> None:
        """Hand one frame over."""
        self._camera.send(frame)

    def close(self) -> None:
        """Let the driver go."""
        self._camera.close()


def reason_of(error: OSError) -> str:
    """The word for a failure of a device file."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return "no_permission"
    if error.errno in (errno.EBUSY, errno.EINVAL):  # EINVAL: the format of a reader or another writer is kept
        return "busy"
    return "no_driver" if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ENOTTY) else "failed"


_NO_DRIVER = ("not found", "not installed", "No camera registered", "does not exist", "not supported", "No v4l2")
_BUSY = ("in use", "Multiple cameras")


def reason_in(text: str) -> str:
    """The word for what pyvirtualcam 0.15 raises (its sentences are its only codes)."""
    if any(words in text for words in _BUSY):
        return "busy"
    return "no_driver" if any(words in text for words in _NO_DRIVER) else "failed"
