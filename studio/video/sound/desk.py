"""The sound desk: which sound source fills the timeline, its health, and the thread that encodes it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from studio.core.events import Fact
from studio.video.clockwork import Timeline
from studio.video.encoder import Sink, SoundCodec
from studio.video.health import SoundHealth, SourceState
from studio.video.sound.microphone import Microphone
from studio.video.sound.spec import SoundSpec
from studio.video.sound.thread import SoundThread
from studio.video.sound.timeline import SoundTimeline

MICROPHONE_LAG_S = 0.12
FILE_LAG_S = 0.01


class SoundDesk:
    """One sound source at a time; the others are left out without a gap in the encoded sound."""

    def __init__(self, codec: SoundCodec, sink: Sink, timeline: Timeline, tell: Callable[[Fact], None]) -> None:
        self._timeline = timeline
        self._tell = tell
        self._spec = SoundSpec()
        self._lock = threading.Lock()
        self._microphone: Microphone | None = None
        self._retired: list[Microphone] = []
        self.sound = SoundTimeline()
        self._thread = SoundThread(codec, sink, timeline, self.sound, self._lag_s)

    def start(self) -> None:
        """Begin to encode sound."""
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """End; False when a sound driver does not let go."""
        clean = [self._thread.stop(timeout_s)]
        with self._lock:
            microphones = [*self._retired, *([self._microphone] if self._microphone else [])]
        return all([*clean, *(one.stop(timeout_s) for one in microphones)])

    def set(self, spec: SoundSpec) -> None:
        """Change the source."""
        with self._lock:
            self._spec = spec
            if self._microphone is not None:
                self._microphone.ask_to_stop()
                self._retired.append(self._microphone)
                self._microphone = None
            self.sound.clear()
            if spec.kind == "microphone":
                self._microphone = Microphone(spec, self._timeline, self.sound, self._tell)
                self._microphone.start()

    def clear(self) -> None:
        """The picture source changed: forget its sound that was not yet heard."""
        if self._spec.kind == "camera":
            self.sound.clear()

    def put_from_camera(self, at: int, samples: npt.NDArray[np.float32]) -> None:
        """Sound of the picture source; heard when it is the chosen one."""
        if self._spec.kind == "camera":
            self.sound.put(at, samples)

    def watch(self, now_s: float) -> None:
        """Notice a microphone that hangs."""
        microphone = self._microphone
        if microphone is not None:
            microphone.watch(now_s)
        with self._lock:
            self._retired = [one for one in self._retired if not one.stop(0)]

    @property
    def drift_ms(self) -> float:
        """How far the sound's own clock has run away and was brought back, in milliseconds."""
        microphone = self._microphone
        return microphone.drift_ms if microphone is not None else 0.0

    def health(self) -> SoundHealth:
        """How the sound is doing."""
        microphone = self._microphone
        state = microphone.state if microphone is not None else SourceState.OK
        return SoundHealth(
            name=self._spec.name, state=state, peak_db=self._thread.meter.peak_db, drift_ms=round(self.drift_ms, 1)
        )

    def _lag_s(self) -> float:
        return MICROPHONE_LAG_S if self._spec.kind == "microphone" else FILE_LAG_S
