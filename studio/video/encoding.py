"""Encoding: which codecs make the packets now, and everything that may change them while the show goes on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

import av

from studio.core.events import Fact
from studio.video.codec_options import X264
from studio.video.encoder import Codecs, EncoderSettings, Sink
from studio.video.encoder_choice import EncoderChoice
from studio.video.encoder_thread import EncoderThread
from studio.video.health import EncoderVerdict
from studio.video.quality import Quality

_log = logging.getLogger(__name__)

HANGS_AFTER_S = 3.0


class Encoding:
    """The one encoder of a show; ``renew`` tells the outputs of other codecs, ``set_rate`` the pushes of another rate.

    ``lock`` keeps the newest codecs as they are while an output is begun with them."""

    def __init__(
        self,
        settings: EncoderSettings,
        sink: Sink,
        tell: Callable[[Fact], None],
        renew: Callable[[Codecs], None],
        set_rate: Callable[[int], None],
    ) -> None:
        self.lock = threading.RLock()
        self.codecs = Codecs(settings)
        self.choice = EncoderChoice()
        self.thread = EncoderThread(self.codecs, sink, self._failed)
        self.quality = Quality(self.codecs.settings, self.change, self._set_bitrate, tell)
        self._renew = renew
        self._set_rate = set_rate
        self._is_on = False

    def start(self) -> None:
        """Begin to encode."""
        self._is_on = True
        self.thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Encode what waits and end; False when that took longer."""
        self._is_on = False
        return self.thread.stop(timeout_s)

    def close(self) -> None:
        """Let the codecs go, once every thread has ended."""
        self.thread.codecs.close()

    @property
    def rate_bytes_s(self) -> int:
        """What picture and sound together are wished to need."""
        settings = self.quality.settings
        return (settings.bitrate_kbps + settings.sound_kbps) * 125

    def change(self, settings: EncoderSettings) -> None:
        """Encode otherwise from the next frame on; an encoder that cannot be opened gives way to x264."""
        with self.lock:
            if not self._is_on:
                return
            old = self.codecs
            try:
                codecs = Codecs(settings, old.sound, old.epoch + 1)
            except (av.FFmpegError, ValueError):
                if settings.encoder == X264:
                    raise
                _log.exception("%s cannot be opened", settings.name)
                self._give_up(settings.encoder, "no_device")
                return
            self.codecs = codecs
            self._renew(codecs)
            self.thread.switch(codecs)

    def try_all(self) -> tuple[EncoderVerdict, ...]:
        """Try every encoder that was not tried yet; blocks for seconds."""
        return tuple(self.try_one(one.name) for one in self.choice.known())

    def try_one(self, name: str) -> EncoderVerdict:
        """Encode a second with it in a process of its own; blocks for seconds, answers at once the second time."""
        return self.choice.look(name, self.codecs.settings)

    def choose(self, name: str) -> None:
        """Encode with ``name`` from the next frame on, if it was found to work; else what encodes now goes on."""
        with self.lock:
            is_other = name != self.quality.settings.encoder
            if is_other and self.choice.is_usable(name):
                self.quality.choose(name, "video.quality.encoder_chosen")

    def pin(self, step: int | None) -> None:
        """Stay on a step of the ladder (0: the best) whatever happens; None lets the load decide again."""
        with self.lock:
            self.quality.pin(step)

    def watch(self, now_s: float, skipped: int, backlogs_s: Sequence[float], *, has_effects: bool) -> None:
        """Once a second: leave an encoder that hangs, and go up or down the ladder; ``skipped`` frames were never made."""
        thread = self.thread
        self._watch_driver(now_s)
        with self.lock:
            counts = (thread.dropped + skipped, thread.encoded, thread.busy_s)
            self.quality.look(now_s, counts, backlogs_s, has_effects=has_effects)

    def _watch_driver(self, now_s: float) -> None:
        """A driver that holds the encoder's thread costs that thread only."""
        since_s, codecs = self.thread.busy_since_s, self.thread.codecs
        if since_s is not None and now_s - since_s > HANGS_AFTER_S and not codecs.is_x264:
            _log.warning("%s hangs; it is left behind", codecs.name)
            self._failed(codecs, "hangs")
            self.thread.leave()

    def _failed(self, codecs: Codecs, reason: str) -> None:
        """From the encoder's thread or the keeper: go on with x264 at once."""
        with self.lock:
            if self.codecs is codecs and self._is_on:
                self._give_up(codecs.settings.encoder, reason)

    def _give_up(self, encoder: str, reason: str) -> None:
        self.choice.fail(encoder, reason)
        self.quality.choose(X264, "video.quality.encoder_failed")

    def _set_bitrate(self, kbps: int) -> None:
        if self.codecs.can_change_rate:
            self.thread.set_bitrate(kbps)
        else:
            self.change(self.quality.settings)
        self._set_rate(self.rate_bytes_s)
