"""A live input (microphone 麦克风, or the computer's own sound): listens on its own thread, comes back by itself."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import av

from studio.core.events import Fact
from studio.video.clockwork import Timeline
from studio.video.facts import SourceBack, SourceLost
from studio.video.health import SourceState
from studio.video.sound import capture
from studio.video.sound.clock import SampleClock
from studio.video.sound.denoise import Denoiser
from studio.video.sound.spec import SoundInput
from studio.video.sound.timeline import SoundTimeline

_log = logging.getLogger(__name__)

RETRY_EVERY_S = 1.0
SILENT_AFTER_S = 3.0
GIVEN_UP_AFTER_S = 10.0


class Listener:
    """Opens a device again each second when it is gone; a driver that hangs is left behind on its thread, and opened anew."""

    def __init__(
        self, wish: SoundInput, timeline: Timeline, sound: SoundTimeline, tell: Callable[[Fact], None]
    ) -> None:
        self.is_denoised = wish.is_denoised
        self._wish = wish
        self._timeline = timeline
        self._sound = sound
        self._tell = tell
        self._stop = threading.Event()
        self._reason_key = ""
        self._has_started = False
        self._clock = SampleClock(timeline)
        self._heard_s = time.monotonic()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to listen."""
        self._heard_s = time.monotonic()
        self._threads.append(threading.Thread(target=self._run, name="microphone", daemon=True))
        self._threads[-1].start()

    def ask_to_stop(self) -> None:
        """Begin to stop without waiting."""
        self._stop.set()

    def stop(self, timeout_s: float) -> bool:
        """Stop listening; False when the driver does not let go."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout_s)
        return not any(thread.is_alive() for thread in self._threads)

    def watch(self, now_s: float) -> None:
        """Notice a driver that gives nothing, and after a while try it from the beginning."""
        quiet_s = now_s - self._heard_s
        if quiet_s > SILENT_AFTER_S:
            self._lose("video.lost.silent")
        if quiet_s > GIVEN_UP_AFTER_S and not self._stop.is_set():
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            if len(self._threads) < 2:
                self.start()

    @property
    def drift_ms(self) -> float:
        """How far the device's sound is from its place at present."""
        return 0.0 if self._reason_key else self._clock.drift_ms

    @property
    def clock_ppm(self) -> float:
        """How much slower than the picture's clock the device's clock runs."""
        return self._clock.clock_ppm

    @property
    def state(self) -> SourceState:
        """How the device is doing."""
        if not self._reason_key:
            return SourceState.OK
        return SourceState.LOST if self._has_started else SourceState.MISSING

    def _is_mine(self) -> bool:
        return not self._stop.is_set() and threading.current_thread() is self._threads[-1]

    def _run(self) -> None:
        while self._is_mine():
            try:
                with capture.open_capture(self._wish) as device:
                    self._listen(device)
                self._lose("video.lost.gone")
            except (av.FFmpegError, OSError, IndexError, ValueError) as error:
                _log.info("sound input %s: %s", self._wish.name, error)
                self._lose("video.lost.gone" if self._has_started else "video.lost.not_opened")
            if self._is_mine():
                self._heard_s = time.monotonic()
            self._stop.wait(RETRY_EVERY_S)

    def _listen(self, device: capture.Capture) -> None:
        self._clock = SampleClock(self._timeline)
        denoiser = Denoiser()
        for samples, heard_s in device.blocks():
            if not self._is_mine():
                return
            if samples is None:
                continue
            self._heard_s = time.monotonic()
            for clean, behind_s in denoiser.feed(samples, is_on=self.is_denoised):
                self._sound.put(*self._clock.place(clean, heard_s - behind_s))
            self._has_started = True
            if self._reason_key:
                self._reason_key = ""
                self._tell(SourceBack(name=self._wish.name))

    def _lose(self, reason_key: str) -> None:
        if not self._reason_key and not self._stop.is_set():
            self._reason_key = reason_key
            self._tell(SourceLost(name=self._wish.name, reason_key=reason_key))
