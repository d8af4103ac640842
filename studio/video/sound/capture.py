"""Opens what hears: microphones and the computer's own sound, by the driver that each system has."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol

import av
import numpy as np
import numpy.typing as npt

from studio.core.errors import UserError
from studio.video.sound import alsa
from studio.video.sound.resample import Resampler
from studio.video.sound.spec import SoundInput

_log = logging.getLogger(__name__)

Samples = npt.NDArray[np.float32]
Blocks = Iterator[tuple[Samples | None, float]]

# what dshow or avfoundation call a device that hears what the computer plays
_LOOPBACKS = ("stereo mix", "立体声混音", "what u hear", "wave out mix", "cable output", "virtual-audio-capturer",
              "blackhole", "soundflower", "loopback audio", "background music")  # fmt: skip


class Capture(AbstractContextManager["Capture"], Protocol):
    """An open device; closing it ends its blocks."""

    def blocks(self) -> Blocks:
        """48 kHz stereo as it comes and when its last sample was heard; None when nothing came for a while."""
        ...


def driver() -> str:
    """What opens microphones on this system."""
    return {"win32": "dshow", "darwin": "avfoundation"}.get(sys.platform, "alsa")


def list_microphones() -> list[str]:
    """What the driver calls its microphones; empty when it has none or cannot tell."""
    return alsa.names() if driver() == "alsa" else [name for name in _devices() if not _is_loopback(name)]


def list_desktop_sounds() -> list[str]:
    """Names of what hears the computer's own sound ("": the system's own choice); empty where the system offers none."""
    if driver() == "alsa":
        return [""] if alsa.has_desktop() else []
    return [name for name in _devices() if _is_loopback(name)]


def why_no_desktop_sound() -> str:
    """The key of the text that says what to install so that the computer's own sound can be heard."""
    return f"error.sound.no_desktop_{driver()}"


def open_capture(wish: SoundInput) -> Capture:
    """Open the device of an input; raises OSError or what libav raises."""
    device = wish.device
    if wish.kind == "desktop" and not device:
        found = list_desktop_sounds()
        if not found:
            raise OSError("no desktop sound")
        device = found[0]
    if driver() != "alsa":
        return _LibavCapture(device)
    if wish.kind == "desktop" and ":" not in device:
        device = f"pulse:{device}" if device else alsa.DESKTOP
    return alsa.AlsaCapture(device)


def check(wish: SoundInput) -> None:
    """Blocks for a moment: raises UserError for a file without sound, and for desktop sound where there is none.

    A microphone may be plugged in later; it is waited for."""
    if wish.kind == "desktop" and not wish.device and not list_desktop_sounds():
        raise UserError(why_no_desktop_sound())
    if wish.kind == "file":
        try:
            with av.open(wish.device, "r") as container:
                if container.streams.audio and next(container.decode(audio=0), None) is not None:
                    return
        except (av.FFmpegError, OSError, ValueError) as error:
            reason = str(getattr(error, "strerror", "") or error)
            raise UserError("error.sound.bad_file", path=wish.device, reason=reason) from error
        raise UserError("error.sound.silent_file", path=wish.device)


def _devices() -> list[str]:
    try:
        found = av.device.enumerate_input_devices(driver())
    except (av.FFmpegError, OSError, ValueError) as error:
        _log.info("microphones cannot be listed: %s", error)
        return []
    return [one.description or one.name for one in found if not one.media_types or "audio" in one.media_types]


def _is_loopback(name: str) -> bool:
    return any(word in name.lower() for word in _LOOPBACKS)


class _LibavCapture:
    """A device of DirectShow or AVFoundation through libav."""

    def __init__(self, device: str) -> None:
        address = f"audio={device}" if driver() == "dshow" else f":{device}"
        options = {"audio_buffer_size": "50"} if driver() == "dshow" else {}
        self._container = av.open(address, "r", format=driver(), options=options)

    def blocks(self) -> Blocks:
        resampler = Resampler()
        for frame in self._container.decode(audio=0):
            heard_s = time.monotonic()
            for samples in resampler.feed(frame):
                yield samples, heard_s

    def __enter__(self) -> _LibavCapture:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()
