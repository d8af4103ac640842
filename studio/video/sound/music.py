"""A sound file as an input (背景音乐): played again and again, ahead of its time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

import av
import numpy as np
import numpy.typing as npt

from studio.core.events import Fact
from studio.video.clockwork import SOUND_RATE_HZ, Timeline
from studio.video.facts import SourceBack, SourceLost
from studio.video.health import SourceState
from studio.video.sound.resample import Resampler
from studio.video.sound.spec import SoundInput
from studio.video.sound.timeline import SoundTimeline

_log = logging.getLogger(__name__)

Samples = npt.NDArray[np.float32]

RETRY_EVERY_S = 1.0
AHEAD_S = 2.0
STARTS_AFTER_S = 0.1
LOOKS_EVERY_S = 0.25
BROKEN_IN_A_ROW = 100


class Music:
    """Decodes on its own thread whenever less than two seconds are ready; a file that is gone is tried each second."""

    drift_ms = 0.0
    clock_ppm = 0.0
    is_denoised = False

    def __init__(
        self, wish: SoundInput, timeline: Timeline, sound: SoundTimeline, tell: Callable[[Fact], None]
    ) -> None:
        self._wish = wish
        self._timeline = timeline
        self._sound = sound
        self._tell = tell
        self._stop = threading.Event()
        self._reason_key = ""
        self._at = 0
        self._thread = threading.Thread(target=self._run, name="music", daemon=True)

    def start(self) -> None:
        """Begin to play."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Begin to stop without waiting."""
        self._stop.set()

    def stop(self, timeout_s: float) -> bool:
        """Stop; False when the disk does not let go."""
        self._stop.set()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def watch(self, now_s: float) -> None:
        """Nothing to notice: what a file does not give is silence."""

    @property
    def state(self) -> SourceState:
        """Whether the file can be read."""
        return SourceState.MISSING if self._reason_key else SourceState.OK

    def _run(self) -> None:
        while not self._stop.is_set():
            count = 0
            try:
                for samples in self._decoded():
                    self._wait_for_room()
                    if self._stop.is_set():
                        return
                    self._put(samples)
                    count += 1
            except (av.FFmpegError, OSError, IndexError, ValueError) as error:
                _log.info("sound file %s: %s", self._wish.name, error)
            if not count:
                self._lose("video.lost.not_opened")
                self._stop.wait(RETRY_EVERY_S)

    def _decoded(self) -> Iterator[Samples]:
        resampler, broken = Resampler(), 0
        with av.open(self._wish.device, "r") as container:
            packets = container.demux(container.streams.audio[0])
            while broken < BROKEN_IN_A_ROW:
                try:
                    frames = next(packets).decode()
                except (StopIteration, av.EOFError):
                    return
                except av.InvalidDataError:
                    broken += 1
                    continue
                broken = 0
                for frame in frames:
                    yield from resampler.feed(frame)

    def _wait_for_room(self) -> None:
        while self._sound.ahead > AHEAD_S * SOUND_RATE_HZ and not self._timeline.pace.wait(self._stop, LOOKS_EVERY_S):
            pass

    def _put(self, samples: Samples) -> None:
        if self._at < self._sound.cursor:
            self._at = self._timeline.sample_at(self._timeline.pace.now_s() + STARTS_AFTER_S)
        self._sound.put(self._at, samples)
        self._at += samples.shape[1]
        if self._reason_key:
            self._reason_key = ""
            self._tell(SourceBack(name=self._wish.name))

    def _lose(self, reason_key: str) -> None:
        if not self._reason_key and not self._stop.is_set():
            self._reason_key = reason_key
            self._tell(SourceLost(name=self._wish.name, reason_key=reason_key))
