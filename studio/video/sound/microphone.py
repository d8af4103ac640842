"""A microphone (麦克风) through libav: placed by its own sample count, held to the picture's clock by tiny stretches."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer

from studio.core.events import Fact
from studio.video.clockwork import SOUND_RATE_HZ, Timeline
from studio.video.facts import SourceBack, SourceLost
from studio.video.health import SourceState
from studio.video.sound.resample import Resampler
from studio.video.sound.spec import SoundSpec
from studio.video.sound.timeline import SoundTimeline

_log = logging.getLogger(__name__)

Samples = npt.NDArray[np.float32]

RETRY_EVERY_S = 1.0
SILENT_AFTER_S = 3.0
_ALSA_CONFIG = "/usr/share/alsa/alsa.conf"


def driver() -> str:
    """The libav input format of microphones on this system."""
    return {"win32": "dshow", "darwin": "avfoundation"}.get(sys.platform, "alsa")


def list_microphones() -> list[str]:
    """What the driver calls its microphones; empty when it has none or cannot tell."""
    try:
        found = av.device.enumerate_input_devices(driver())
    except (av.FFmpegError, OSError, ValueError) as error:
        _log.info("microphones cannot be listed: %s", error)
        return []
    return [one.name for one in found if not one.media_types or "audio" in one.media_types]


def open_microphone(address: str) -> InputContainer:
    """Open by name; raises what libav raises."""
    if driver() == "alsa" and Path(_ALSA_CONFIG).exists():
        # the wheel's own ALSA looks for its configuration where it was built
        os.environ.setdefault("ALSA_CONFIG_PATH", _ALSA_CONFIG)
    name = {"dshow": f"audio={address}", "avfoundation": f":{address}"}.get(driver(), address)
    container: InputContainer = av.open(name, "r", format=driver())
    return container


class SampleClock:
    """Places blocks of a device's samples on the timeline and follows the slow drift of the device's clock.

    A block arrives when its last sample was heard, or later: the earliest arrivals of the last seconds tell the truth.
    The error is taken back by stretching each block by at most 2 ‰, which nobody hears."""

    WINDOW_S = 10.0
    JUMP_S = 0.25
    MOST_STRETCH = 0.002

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._at: float | None = None
        self._errors: deque[float] = deque()
        self.drift_samples = 0.0

    def place(self, samples: Samples, arrived_s: float) -> tuple[int, Samples]:
        """Where the block begins, and the block, stretched a little when the device's clock is off."""
        count = samples.shape[1]
        due = float(self._timeline.sample_at(arrived_s) - count)
        if self._at is None or abs(due - self._at) > self.JUMP_S * SOUND_RATE_HZ:
            self._at = due
            self._errors.clear()
        self._errors.append(due - self._at)
        while len(self._errors) > max(4.0, self.WINDOW_S * SOUND_RATE_HZ / count):
            self._errors.popleft()
        self.drift_samples = min(self._errors)  # the least late arrival
        most = self.MOST_STRETCH * count
        longer = round(min(most, max(-most, self.drift_samples / 4)))
        at = round(self._at)
        if longer:
            samples = _stretched(samples, count + longer)
            self._errors = deque(error - longer for error in self._errors)
        self._at += samples.shape[1]
        return at, samples


def _stretched(samples: Samples, count: int) -> Samples:
    places = np.linspace(0, samples.shape[1] - 1, count)
    known = np.arange(samples.shape[1])
    return np.stack([np.interp(places, known, channel) for channel in samples]).astype(np.float32)


class Microphone:
    """Reads a device on its own thread, opens it again each second when it is gone."""

    def __init__(self, spec: SoundSpec, timeline: Timeline, sound: SoundTimeline, tell: Callable[[Fact], None]) -> None:
        self._spec = spec
        self._timeline = timeline
        self._sound = sound
        self._tell = tell
        self._stop = threading.Event()
        self._reason_key = ""
        self._has_started = False
        self._heard_s = time.monotonic()
        self._clock = SampleClock(timeline)
        self._thread = threading.Thread(target=self._run, name="microphone", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Begin to stop without waiting."""
        self._stop.set()

    def stop(self, timeout_s: float) -> bool:
        """Stop listening; False when the driver does not let go."""
        self._stop.set()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def watch(self, now_s: float) -> None:
        """Notice a driver that gives nothing."""
        if self._has_started and now_s - self._heard_s > SILENT_AFTER_S:
            self._lose("video.lost.silent")

    @property
    def drift_ms(self) -> float:
        """How far the device's clock is off at present."""
        return self._clock.drift_samples * 1000 / SOUND_RATE_HZ

    @property
    def state(self) -> SourceState:
        """How the device is doing."""
        if not self._reason_key:
            return SourceState.OK
        return SourceState.LOST if self._has_started else SourceState.MISSING

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with open_microphone(self._spec.address) as container:
                    self._listen(container)
                self._lose("video.lost.gone")
            except (av.FFmpegError, OSError, IndexError, ValueError):
                self._lose("video.lost.gone" if self._has_started else "video.lost.not_opened")
            self._stop.wait(RETRY_EVERY_S)

    def _listen(self, container: InputContainer) -> None:
        resampler = Resampler()
        self._clock = SampleClock(self._timeline)
        for frame in container.decode(audio=0):
            if self._stop.is_set():
                return
            self._heard_s = time.monotonic()
            for samples in resampler.feed(frame):
                self._sound.put(*self._clock.place(samples, self._heard_s))
            self._has_started = True
            if self._reason_key:
                self._reason_key = ""
                self._tell(SourceBack(name=self._spec.name))

    def _lose(self, reason_key: str) -> None:
        if not self._reason_key and not self._stop.is_set():
            self._reason_key = reason_key
            self._tell(SourceLost(name=self._spec.name, reason_key=reason_key))
