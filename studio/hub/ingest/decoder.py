"""Really decodes the H.264 pictures of a push, in a thread of its own behind a bounded queue."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

from studio.hub.ingest.meter import Meter

QUEUE_PICTURES = 120
SAVE_EVERY = 150

_log = logging.getLogger(__name__)


class Decoder:
    """Takes packets without ever blocking: when it falls behind it skips to the next keyframe and counts that."""

    def __init__(self, meter: Meter, save: Callable[[], None]) -> None:
        self._meter = meter
        self._save = save
        self._queue: queue.Queue[tuple[bool, bytes] | None] = queue.Queue(QUEUE_PICTURES)
        self._is_skipping = False
        self._extradata = b""
        self._thread = threading.Thread(target=self._run, name="hub-decoder", daemon=True)
        self._thread.start()

    def configure(self, extradata: bytes) -> None:
        """The stream begins (again) with this AVCDecoderConfigurationRecord."""
        self._put((True, extradata), is_keyframe=True)

    def decode(self, data: bytes, is_keyframe: bool) -> None:
        """One picture as length-prefixed NAL units."""
        self._put((False, data), is_keyframe)

    def close(self) -> None:
        """No more packets; the thread decodes what is left and ends."""
        try:
            self._queue.put_nowait(None)
        except queue.Full:
            self._drain()
            self._queue.put_nowait(None)

    def join(self, timeout_s: float) -> None:
        """Wait for the thread's end."""
        self._thread.join(timeout_s)

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def _put(self, packet: tuple[bool, bytes], is_keyframe: bool) -> None:
        if self._is_skipping and not is_keyframe:
            self._meter.add(frames_skipped=1)
            return
        try:
            self._queue.put_nowait(packet)
            self._is_skipping = False
        except queue.Full:
            self._is_skipping = True
            self._meter.add(frames_skipped=1)

    def _drain(self) -> None:
        while True:
            try:
                packet = self._queue.get_nowait()
            except queue.Empty:
                return
            if packet is not None and not packet[0]:
                self._meter.add(frames_skipped=1)

    def _run(self) -> None:
        import av  # late: half of the hub's start would be spent on it

        codec: Any = None
        decoded = 0
        while True:
            packet = self._queue.get()
            if packet is None:
                break
            is_head, data = packet
            try:
                if is_head:
                    decoded += self._count(codec, None)
                    codec = av.CodecContext.create("h264", "r")
                    codec.extradata = data
                    codec.thread_count = 1
                else:
                    decoded += self._count(codec, av.Packet(data))
            except av.FFmpegError as error:
                self._meter.add(decode_errors=1)
                _log.info("a picture could not be decoded: %s", error)
            if decoded >= SAVE_EVERY:
                decoded = 0
                self._save()
        try:
            self._count(codec, None)
        except av.FFmpegError as error:
            _log.info("the last pictures could not be decoded: %s", error)
        self._save()

    def _count(self, codec: Any, packet: Any) -> int:
        if codec is None:
            if packet is not None:
                self._meter.add(decode_errors=1)  # a picture before any configuration
            return 0
        pictures = codec.decode(packet)
        sound = [picture for picture in pictures if not picture.is_corrupt]
        self._meter.add(frames_decoded=len(sound), decode_errors=len(pictures) - len(sound))
        if sound:
            self._meter.set_size(sound[-1].width, sound[-1].height)
        return len(sound)
