"""The sound thread: reads the mixer in step with the monotonic clock and encodes it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import av
import numpy as np

from studio.video.clockwork import SOUND_RATE_HZ, Timeline
from studio.video.encoder import SOUND_BLOCK, Sink, SoundCodec
from studio.video.sound.limiter import LOOK_AHEAD
from studio.video.sound.mixer import Mixer

_log = logging.getLogger(__name__)

LONGEST_STALL_S = 20.0
BLOCKS = 2  # mixed at once: half the calls, 21 ms later
MIXED = BLOCKS * SOUND_BLOCK


class SoundThread:
    """Mixes and encodes two blocks whenever their last sample is past by ``lag_s`` (time for a microphone's samples to arrive)."""

    def __init__(
        self, codec: SoundCodec, sink: Sink, timeline: Timeline, mixer: Mixer, lag_s: Callable[[], float]
    ) -> None:
        self._codec = codec
        self._sink = sink
        self._timeline = timeline
        self._mixer = mixer
        self._lag_s = lag_s
        self._cursor = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sound", daemon=True)

    def start(self) -> None:
        """Begin to encode."""
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """End after the sound that is due now."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        pace = self._timeline.pace
        while True:
            end_s = self._timeline.zero_s + (self._cursor + MIXED + LOOK_AHEAD) / SOUND_RATE_HZ
            wait_s = end_s + self._lag_s() - pace.now_s()
            if wait_s > 0 and pace.wait(self._stop, wait_s):
                if end_s > pace.now_s():
                    return
            elif wait_s < -LONGEST_STALL_S:
                self._cursor = self._timeline.sample_at(pace.now_s()) // MIXED * MIXED
            self._encode()

    def _encode(self) -> None:
        samples = self._mixer.block(self._cursor, MIXED)
        for block in np.split(samples, BLOCKS, axis=1):
            at, self._cursor = self._cursor, self._cursor + SOUND_BLOCK
            try:
                packets = self._codec.encode(np.ascontiguousarray(block), at)
            except av.FFmpegError:
                _log.exception("sound at sample %d could not be encoded", at)
                continue
            for packet in packets:
                self._sink(packet)
