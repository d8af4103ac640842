"""The system's own ALSA on Linux: it loads the system's plugins (PulseAudio, PipeWire), which the ALSA inside the PyAV
wheel cannot do safely."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterator
from functools import cache
from types import TracebackType

import numpy as np
import numpy.typing as npt

from studio.video.clockwork import SOUND_RATE_HZ

Samples = npt.NDArray[np.float32]

LIBRARY = "libasound.so.2"
DESKTOP = "pulse:@DEFAULT_MONITOR@"
BUFFER_US = 200_000
WAIT_MS = 250
_CAPTURE, _NONBLOCK, _FLOAT_LE, _INTERLEAVED = 1, 1, 14, 3
_AGAIN, _OVERRUN, _SUSPENDED = -11, -32, -86
_PLUGS = (
    "null",
    "samplerate",
    "speexrate",
    "lavrate",
    "upmix",
    "vdownmix",
    "usbstream",
    "oss",
    "jack",
    "speex",
    "lavc",
)

_SILENT = ctypes.CFUNCTYPE(None)(lambda: None)


@cache
def library() -> ctypes.CDLL | None:
    """libasound as this system has it, with its chatter on stderr switched off; None when it is not installed."""
    try:
        asound = ctypes.CDLL(LIBRARY)
    except OSError:
        return None
    asound.snd_strerror.restype = ctypes.c_char_p
    asound.snd_pcm_readi.restype = ctypes.c_long
    asound.snd_pcm_readi.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ulong]
    for name in ("snd_pcm_start", "snd_pcm_close", "snd_pcm_drop"):
        getattr(asound, name).argtypes = [ctypes.c_void_p]
    asound.snd_pcm_wait.argtypes = [ctypes.c_void_p, ctypes.c_int]
    asound.snd_pcm_recover.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]
    asound.snd_pcm_set_params.argtypes = [
        ctypes.c_void_p,
        *(ctypes.c_int,) * 2,
        *(ctypes.c_uint,) * 2,
        ctypes.c_int,
        ctypes.c_uint,
    ]
    asound.snd_device_name_get_hint.restype = ctypes.c_void_p
    asound.snd_device_name_get_hint.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    asound.snd_device_name_free_hint.argtypes = [ctypes.POINTER(ctypes.c_void_p)]
    asound.snd_lib_error_set_handler(_SILENT)
    return asound


class AlsaCapture:
    """An open capture device: blocks of 48 kHz stereo floats with the moment at which they came.

    ALSA's own word for their age is not used: the bridge to PulseAudio says half a second too much after the start."""

    def __init__(self, name: str) -> None:
        """Open by ALSA's name; raises OSError."""
        asound = library()
        if asound is None:
            raise OSError(f"{LIBRARY} is not installed")
        self._asound = asound
        self._pcm = ctypes.c_void_p()
        self._check(asound.snd_pcm_open(ctypes.byref(self._pcm), name.encode(), _CAPTURE, _NONBLOCK))
        try:
            self._check(asound.snd_pcm_set_params(self._pcm, _FLOAT_LE, _INTERLEAVED, 2, SOUND_RATE_HZ, 1, BUFFER_US))
            self._check(asound.snd_pcm_start(self._pcm))
        except OSError:
            self.close()
            raise

    def blocks(self) -> Iterator[tuple[Samples | None, float]]:
        """Samples (2, n) as they come; None when nothing came for a quarter of a second. Raises OSError when it is gone."""
        buffer = np.empty((SOUND_RATE_HZ // 10, 2), np.float32)
        while True:
            ready = self._asound.snd_pcm_wait(self._pcm, WAIT_MS)
            count = ready if ready <= 0 else self._asound.snd_pcm_readi(self._pcm, buffer.ctypes.data, len(buffer))
            now_s = time.monotonic()
            if count in (_OVERRUN, _SUSPENDED):
                self._check(self._asound.snd_pcm_recover(self._pcm, count, 1))
                self._check(self._asound.snd_pcm_start(self._pcm))
            elif count in (0, _AGAIN):
                yield None, now_s
            else:
                self._check(count)
                yield buffer[:count].T.copy(), now_s

    def close(self) -> None:
        """Let the device go."""
        pcm, self._pcm = self._pcm, ctypes.c_void_p()
        if pcm:
            self._asound.snd_pcm_close(pcm)

    def __enter__(self) -> AlsaCapture:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check(self, code: int) -> None:
        if code < 0:
            raise OSError(-code, self._asound.snd_strerror(code).decode())


def names() -> list[str]:
    """The capture devices that ALSA's configuration names."""
    asound = library()
    hints = ctypes.POINTER(ctypes.c_void_p)()
    if asound is None or asound.snd_device_name_hint(-1, b"pcm", ctypes.byref(hints)) < 0:
        return []
    found = []
    place = 0
    while hints[place]:
        name, way = _hint(asound, hints[place], b"NAME"), _hint(asound, hints[place], b"IOID")
        if name and way in ("", "Input") and name.partition(":")[0] not in _PLUGS:
            found.append(name)
        place += 1
    asound.snd_device_name_free_hint(hints)
    return found


def _hint(asound: ctypes.CDLL, hint: int, key: bytes) -> str:
    pointer = asound.snd_device_name_get_hint(hint, key)
    if not pointer:
        return ""
    text = ctypes.string_at(pointer).decode(errors="replace")
    free = ctypes.CDLL(None).free
    free.argtypes = [ctypes.c_void_p]
    free(pointer)
    return text


def has_desktop() -> bool:
    """Whether a sound server (PulseAudio, or PipeWire in its place) gives what the computer plays."""
    try:
        AlsaCapture(DESKTOP).close()
    except OSError:
        return False
    return True
