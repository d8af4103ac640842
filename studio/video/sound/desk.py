"""The sound desk: which inputs fill the mixer's strips, their health, and the thread that encodes the sum."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from studio.core.events import Fact
from studio.video.clockwork import Timeline
from studio.video.encoder import Sink, SoundCodec
from studio.video.health import InputHealth, SoundHealth, SourceState
from studio.video.sound.levels import InputLevel, SoundLevels
from studio.video.sound.listener import Listener
from studio.video.sound.meter import decibels
from studio.video.sound.mixer import Mixer
from studio.video.sound.music import Music
from studio.video.sound.spec import AT_FIRST, SoundInput
from studio.video.sound.strip import Strip
from studio.video.sound.thread import SoundThread

LIVE_LAG_S, MOST_LAG_S, LAG_STEP_S = 0.15, 0.6, 0.1
FILE_LAG_S = 0.01


class Player(Protocol):
    """What fills a strip on a thread of its own."""

    is_denoised: bool

    def start(self) -> None: ...

    def ask_to_stop(self) -> None: ...

    def stop(self, timeout_s: float) -> bool: ...

    def watch(self, now_s: float) -> None: ...

    @property
    def drift_ms(self) -> float: ...

    @property
    def clock_ppm(self) -> float: ...

    @property
    def state(self) -> SourceState: ...


class SoundDesk:
    """Inputs come, change and go at any time; each has its own thread and timeline, none can hold up another."""

    def __init__(self, codec: SoundCodec, sink: Sink, timeline: Timeline, tell: Callable[[Fact], None]) -> None:
        self._timeline = timeline
        self._tell = tell
        self._lock = threading.RLock()
        self._players: dict[str, Player] = {}
        self._retired: list[Player] = []
        self._live_lag_s = LIVE_LAG_S
        self._too_late = 0
        self._mixer = Mixer()
        self._thread = SoundThread(codec, sink, timeline, self._mixer, self._lag_s)
        self.set(AT_FIRST)

    def start(self) -> None:
        """Begin to encode sound."""
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """End; False when a sound driver does not let go."""
        clean = [self._thread.stop(timeout_s)]
        with self._lock:
            players = [*self._retired, *self._players.values()]
        for player in players:
            player.ask_to_stop()
        return all([*clean, *(player.stop(timeout_s) for player in players)])

    def set(self, inputs: tuple[SoundInput, ...]) -> None:
        """Mix these inputs from now on; one that stays (by id and address) goes on without a gap."""
        with self._lock:
            known = {strip.wish.id: strip for strip in self._mixer.strips}
            strips = tuple(self._strip(known.get(wish.id), wish) for wish in inputs)
            self._mixer.set(strips)
            for input_id in [one for one in self._players if known[one] not in strips]:
                self._retire(input_id)
            for strip in strips:
                self._play(strip)

    def clear(self) -> None:
        """The picture source changed: forget its sound that was not yet heard."""
        for strip in self._camera_strips():
            strip.sound.clear()

    def put_from_camera(self, at: int, samples: npt.NDArray[np.float32]) -> None:
        """Sound of the picture source; heard when it is an input."""
        for strip in self._camera_strips():
            strip.sound.put(at, samples)

    def watch(self, now_s: float) -> None:
        """Notice a driver that hangs, let go of what has ended, wait longer for samples that came too late to be heard."""
        too_late = sum(strip.sound.too_late for strip in self._mixer.strips)
        if too_late > self._too_late and self._is_live():
            self._live_lag_s = min(MOST_LAG_S, self._live_lag_s + LAG_STEP_S)
        self._too_late = too_late
        with self._lock:
            players = tuple(self._players.values())
            self._retired = [one for one in self._retired if not one.stop(0)]
        for player in players:
            player.watch(now_s)

    @property
    def drift_ms(self) -> float:
        """How far the sound of the input that is furthest off is from its place, in milliseconds."""
        return max((one.drift_ms for one in tuple(self._players.values())), key=abs, default=0.0)

    def levels(self) -> SoundLevels:
        """What the meters show at this moment; cheap enough for every frame of a window."""
        meter = self._mixer.meter
        inputs = tuple(
            InputLevel(strip.wish.id, strip.meter.level_db, strip.meter.peak_db, strip.meter.momentary_lufs)
            for strip in self._mixer.strips
        )
        return SoundLevels(
            meter.level_db, meter.peak_db, meter.momentary_lufs, meter.short_term_lufs, self._mixer.limiter.gain, inputs
        )

    def health(self) -> SoundHealth:
        """How the sound is doing; its state is that of the worst input that is to be heard."""
        strips = self._mixer.strips
        inputs = tuple(self._input_health(strip) for strip in strips)
        heard = [one for one, strip in zip(inputs, strips, strict=True) if not strip.wish.is_muted]
        worst = next((one for one in heard if one.state is not SourceState.OK), None)
        meter = self._mixer.meter
        return SoundHealth(
            name=worst.name if worst else "",
            state=worst.state if worst else SourceState.OK,
            peak_db=meter.peak_db,
            loudness_lufs=meter.short_term_lufs,
            limiter_db=min(0.0, decibels(self._mixer.limiter.gain)),
            drift_ms=round(self.drift_ms, 1),
            inputs=inputs,
        )

    def _input_health(self, strip: Strip) -> InputHealth:
        player = self._players.get(strip.wish.id)
        return InputHealth(
            id=strip.wish.id,
            name=strip.wish.name,
            state=player.state if player is not None else SourceState.OK,
            peak_db=strip.meter.peak_db,
            loudness_lufs=strip.meter.momentary_lufs,
            drift_ms=round(player.drift_ms, 1) if player is not None else 0.0,
            clock_ppm=round(player.clock_ppm) if player is not None else 0,
        )

    def _strip(self, known: Strip | None, wish: SoundInput) -> Strip:
        if known is None or known.wish.address != wish.address:
            return Strip(wish)
        known.wish = wish
        return known

    def _play(self, strip: Strip) -> None:
        """Start what fills the strip, and tell it whether noise is to be suppressed."""
        wish = strip.wish
        if wish.id not in self._players and wish.kind != "camera":
            kind = Music if wish.kind == "file" else Listener
            self._players[wish.id] = kind(wish, self._timeline, strip.sound, self._tell)
            self._players[wish.id].start()
        if wish.id in self._players:
            self._players[wish.id].is_denoised = wish.is_denoised

    def _retire(self, input_id: str) -> None:
        player = self._players.pop(input_id)
        player.ask_to_stop()
        self._retired.append(player)

    def _camera_strips(self) -> list[Strip]:
        return [strip for strip in self._mixer.strips if strip.wish.kind == "camera"]

    def _lag_s(self) -> float:
        return self._live_lag_s if self._is_live() else FILE_LAG_S

    def _is_live(self) -> bool:
        return any(isinstance(one, Listener) for one in tuple(self._players.values()))
