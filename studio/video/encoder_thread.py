"""The encoder's thread: a bounded queue of frames in, packets out, and a codec that can be changed between two frames."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque

import av

from studio.video.encoder import Codecs, Sink
from studio.video.framepool import PooledFrame

_log = logging.getLogger(__name__)

QUEUE_FRAMES = 6


class EncoderThread:
    """Encodes pictures from a bounded queue: when it is full the oldest picture is dropped and counted."""

    def __init__(self, codecs: Codecs, sink: Sink) -> None:
        self.codecs = codecs
        self.dropped = 0
        self.encoded = 0
        self.busy_s = 0.0
        self._sink = sink
        self._frames: deque[tuple[PooledFrame, int, bool]] = deque()
        self._next_codecs: Codecs | None = None
        self._kbps: int | None = None
        self._is_keyframe_wanted = True
        self._is_stopping = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="encoder", daemon=True)

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

    def _take(self) -> tuple[PooledFrame, int, bool] | None:
        with self._changed:
            while not self._frames:
                if self._is_stopping:
                    return None
                self._changed.wait()
            self._change_codec()
            return self._frames.popleft()

    def _change_codec(self) -> None:
        if self._next_codecs is not None:
            self.codecs.close_picture()
            self.codecs, self._next_codecs = self._next_codecs, None
            self._is_keyframe_wanted = True
        if self._kbps is not None:
            self.codecs.set_bitrate(self._kbps)
            self._kbps = None

    def _run(self) -> None:
        while (job := self._take()) is not None:
            pooled, index, is_keyframe = job
            self._is_keyframe_wanted |= is_keyframe
            try:
                if self.codecs.takes(index):
                    self._encode(pooled, index)
            finally:
                pooled.release()

    def _encode(self, pooled: PooledFrame, index: int) -> None:
        is_keyframe, self._is_keyframe_wanted = self._is_keyframe_wanted, False
        started_s = time.monotonic()
        try:
            packets = self.codecs.encode_picture(pooled.frame.buffer, index, is_keyframe)
        except av.FFmpegError:
            _log.exception("picture %d could not be encoded", index)
            self.dropped += 1
            self._is_keyframe_wanted = True
            return
        self.busy_s += time.monotonic() - started_s
        self.encoded += 1
        for packet in packets:
            self._sink(packet)
