"""The encoder's thread: a bounded queue of frames in, packets out, and a codec that can be changed between two frames."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from studio.video.encoder import Codecs, Sink
from studio.video.framepool import PooledFrame

_log = logging.getLogger(__name__)

QUEUE_FRAMES = 6
SILENT_S = 2.0


class EncoderThread:
    """Encodes pictures from a bounded queue: when it is full the oldest picture is dropped and counted."""

    def __init__(self, codecs: Codecs, sink: Sink, failed: Callable[[Codecs, str], None] = lambda *_: None) -> None:
        self.codecs = codecs
        self.busy_since_s: float | None = None
        self.dropped = 0
        self.encoded = 0
        self.busy_s = 0.0
        self._sink = sink
        self._failed = failed
        self._unanswered = 0
        self._round = 0
        self._left: list[Codecs] = []
        self._frames: deque[tuple[PooledFrame, int, bool]] = deque()
        self._next_codecs: Codecs | None = None
        self._kbps: int | None = None
        self._is_keyframe_wanted = True
        self._is_stopping = False
        self._changed = threading.Condition()
        self._thread = self._new_thread()

    def _new_thread(self) -> threading.Thread:
        return threading.Thread(target=self._run, args=(self._round,), name="encoder", daemon=True)

    def start(self) -> None:
        """Begin to encode."""
        self._thread.start()

    def want_keyframe(self) -> None:
        """Make the next encoded picture a keyframe."""
        self._is_keyframe_wanted = True

    def switch(self, codecs: Codecs) -> None:
        """Encode with ``codecs`` from the next frame on; the old picture codec is closed."""
        with self._changed:
            self._next_codecs = codecs

    def leave(self) -> None:
        """Go on in a new thread, because the codec holds the old one; what it still gives is thrown away."""
        with self._changed:
            self._round += 1
            self._left.append(self.codecs)
            self.busy_since_s = None
            self._thread = self._new_thread()
            self._thread.start()

    def set_bitrate(self, kbps: int) -> None:
        """Change the picture's rate from the next frame on."""
        self._kbps = kbps

    def offer(self, frame: PooledFrame, index: int, is_keyframe: bool = False) -> None:
        """Queue a picture; takes over one use of ``frame``."""
        with self._changed:
            if len(self._frames) >= QUEUE_FRAMES:
                oldest, _, had_keyframe = self._frames.popleft()
                oldest.release()
                self.dropped += 1
                self._is_keyframe_wanted |= had_keyframe
            self._frames.append((frame, index, is_keyframe))
            self._changed.notify()

    @property
    def waiting(self) -> int:
        """Pictures in the queue."""
        return len(self._frames)

    def stop(self, timeout_s: float) -> bool:
        """Encode what is queued and end; False when that took longer than ``timeout_s``."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _take(self, this_round: int) -> tuple[PooledFrame, int, bool] | None:
        with self._changed:
            while not self._frames:
                if self._is_stopping or this_round != self._round:
                    return None
                self._changed.wait()
            return self._frames.popleft() if this_round == self._round else None

    def _change_codec(self) -> None:
        with self._changed:
            following, self._next_codecs = self._next_codecs, None
            kbps, self._kbps = self._kbps, None
        if following is not None:
            self._finish(self.codecs)
            self.codecs = following
            self._unanswered = 0
            self._is_keyframe_wanted = True
        if kbps is not None:
            self.codecs.set_bitrate(kbps)

    def _finish(self, codecs: Codecs) -> None:
        """Take what the codec still keeps and close it; one that holds a thread is left alone."""
        if codecs in self._left:
            return
        self._flush(codecs)
        codecs.close_picture()

    def _flush(self, codecs: Codecs) -> None:
        try:
            for packet in codecs.finish_picture():
                self._sink(packet)
        except Exception as error:  # noqa: BLE001 - a driver that failed may fail once more; nothing is lost by it
            _log.warning("%s gave nothing at its end: %s", codecs.name, error)

    def _run(self, this_round: int) -> None:
        while (job := self._take(this_round)) is not None:
            pooled, index, is_keyframe = job
            self._is_keyframe_wanted |= is_keyframe
            try:
                self._change_codec()
                if self.codecs.takes(index) and not self._encode(pooled, index, this_round):
                    self._change_codec()  # to what took the place of the encoder that failed: the picture is not lost
                    self._encode(pooled, index, this_round)
            finally:
                pooled.release()
        if this_round == self._round:
            self._flush(self.codecs)

    def _encode(self, pooled: PooledFrame, index: int, this_round: int) -> bool:
        """False when the encoder failed and another one is ready."""
        codecs = self.codecs
        is_keyframe, self._is_keyframe_wanted = self._is_keyframe_wanted, False
        self.busy_since_s = started_s = time.monotonic()
        try:
            packets = codecs.encode_picture(pooled.frame.buffer, index, is_keyframe)
        except Exception:  # noqa: BLE001 - whatever a driver raises, the show goes on
            if this_round == self._round:
                return self._has_lost(codecs, index)
            return True
        finally:
            if this_round == self._round:
                self.busy_since_s = None
        if this_round != self._round:
            return True
        self.busy_s += time.monotonic() - started_s
        self.encoded += 1
        self._unanswered = 0 if packets else self._unanswered + 1
        for packet in packets:
            self._sink(packet)
        if self._unanswered > SILENT_S * codecs.settings.canvas.fps and not codecs.is_x264:
            self._failed(codecs, "silent")
        return True

    def _has_lost(self, codecs: Codecs, index: int) -> bool:
        _log.exception("picture %d could not be encoded by %s", index, codecs.name)
        self._is_keyframe_wanted = True
        if not codecs.is_x264:
            self._failed(codecs, "fails")
        if self._next_codecs is not None:
            return False
        self.dropped += 1
        return True
