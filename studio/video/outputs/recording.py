"""Recording (录制): one crash-safe MP4 file, written by a thread of its own, watched by another."""

from __future__ import annotations

import errno
import logging
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av

from studio.core.errors import UserError
from studio.core.events import Fact
from studio.video.facts import RecordingEnded, RecordingFailed, RecordingLow
from studio.video.health import DISK_FULL, RecordingHealth
from studio.video.outputs.muxing import Muxer
from studio.video.outputs.safe_file import SafeFile
from studio.video.packets import EncodedPacket, PacketQueue

_log = logging.getLogger(__name__)

QUEUE_BYTES = 16_000_000
WATCH_EVERY_S = 1.0
GROWS_WITHIN_S = 3.0
STOP_BELOW_BYTES = 16_000_000
GO_ON_ABOVE_BYTES = 3 * STOP_BELOW_BYTES
WARN_BELOW_MINUTES = 15
SOUND_COMES_WITHIN_S = 1.0
MOST_REFUSED = 20
"""So many packets in a row that the container does not take end the recording."""
CONTAINER_OPTIONS = {"movflags": "hybrid_fragmented", "frag_duration": "250000", "flush_packets": "1"}


class Recording:
    """One file: an ordinary MP4 once it is closed, and playable up to the last quarter second when it is not."""

    def __init__(self, path: Path, header: bytes, tell: Callable[[Fact], None], epoch: int = 0) -> None:
        self.path = path
        self._epoch = epoch
        self._pictures_end_s = 0.0
        self._ends_s: float | None = None
        self._finish_by_s = float("inf")
        self.zero_pts: int | None = None
        self._tell = tell
        self._queue = PacketQueue(QUEUE_BYTES)
        self._file, self._muxer = _open(path, header)
        self._done = threading.Event()
        self._error_key = ""
        self._size = self._grown_size = 0
        self._grown_at_s = time.monotonic()
        self._has_warned = False
        self._refused = 0
        self._is_stopping = False
        self._writer = threading.Thread(target=self._write, name="recording", daemon=True)
        self._watcher = threading.Thread(target=self._watch, name="recording-watch", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._writer.start()
        self._watcher.start()

    def offer(self, packet: EncodedPacket) -> bool:
        """Queue a packet without waiting; False asks for a keyframe."""
        if packet.is_video and packet.epoch != self._epoch:
            return True
        if self._ends_s is not None and packet.pts_s >= self._ends_s:
            if not packet.is_video:
                self._queue.close()
            return True
        if packet.is_video:
            self._pictures_end_s = packet.end_s
        if self.zero_pts is None and packet.is_video and packet.is_keyframe:
            self.zero_pts = packet.pts
        return self._queue.offer(packet)

    def finish(self, at_s: float | None = None) -> None:
        """End at ``at_s`` of the timeline (None: after the last picture); sound up to there may still come."""
        if self._ends_s is None:
            self._finish_by_s = time.monotonic() + SOUND_COMES_WITHIN_S
            self._ends_s = self._pictures_end_s if at_s is None else at_s
            self._is_stopping = True

    def stop(self, timeout_s: float) -> bool:
        """Write what is queued and close the file; False when the disk took longer than ``timeout_s``."""
        self.finish()
        self._queue.close()
        deadline_s = time.monotonic() + timeout_s
        for thread in (self._writer, self._watcher):
            thread.join(max(0.0, deadline_s - time.monotonic()))
        return not (self._writer.is_alive() or self._watcher.is_alive())

    @property
    def is_over(self) -> bool:
        """The file is closed, by wish or after a failure."""
        return self._done.is_set()

    def health(self) -> RecordingHealth:
        """What the disk knows about the file."""
        is_growing = time.monotonic() - self._grown_at_s < GROWS_WITHIN_S and not self._done.is_set()
        return RecordingHealth(
            is_on=not self._done.is_set(),
            path=str(self.path),
            bytes=self._size,
            seconds=round(self._muxer.end_s, 3),
            is_growing=is_growing,
            dropped=self._queue.dropped,
            error_key=self._error_key,
        )

    def _write(self) -> None:
        while not self._error_key:
            packet = self._queue.take(0.25)
            if time.monotonic() > self._finish_by_s:
                self._queue.close()
            if packet is None:
                if self._queue.is_closed:
                    break
                continue
            self._write_one(packet)
            if self._file.error is not None:
                self._fail(_key_of(self._file.error))
        self._close()

    def _write_one(self, packet: EncodedPacket) -> None:
        """One packet that the container refuses (its time is not after the one before) does not cost the recording."""
        try:
            self._muxer.write(packet)
            self._refused = 0
        except av.FFmpegError as error:
            self._refused += 1
            _log.exception("%s refused a packet: %r", self.path, replace(packet, data=b""))
            if self._refused >= MOST_REFUSED or not isinstance(error, av.ArgumentError):
                self._fail("error.video.recording_failed")

    def _close(self) -> None:
        self._queue.close()
        try:
            if not self._muxer.frames:
                self._file.close()  # libav dies on the trailer of a container that got nothing
            self._muxer.container.close()
            self._file.close()
        except (OSError, av.FFmpegError):
            _log.exception("%s could not be closed", self.path)
            self._error_key = self._error_key or "error.video.recording_failed"
        if self._file.error is not None:
            self._error_key = self._error_key or _key_of(self._file.error)
        self._size = _size(self.path)
        self._done.set()
        self._report_end()

    def _report_end(self) -> None:
        if not self._muxer.frames and not self._error_key:
            self.path.unlink(missing_ok=True)  # the encoder was replaced before its first picture
            self._size = 0
        if self._error_key:
            free_mb = free_bytes(self.path.parent) // 1_000_000
            args: dict[str, object] = {"path": str(self.path), "free_mb": free_mb}
            self._tell(RecordingFailed(path=str(self.path), reason_key=self._error_key, reason_args=args))
        else:
            seconds = round(self._muxer.end_s, 3)
            self._tell(RecordingEnded(path=str(self.path), bytes=self._size, seconds=seconds))

    def _fail(self, key: str) -> None:
        self._error_key = self._error_key or key
        self._queue.close()

    def _watch(self) -> None:
        while not self._done.wait(WATCH_EVERY_S):
            try:
                self._file.sync()
            except (OSError, ValueError) as error:  # ValueError: closed between the wait and now
                _log.debug("no sync of %s: %s", self.path, error)
            self._size = _size(self.path)
            if self._size < 0:
                self._fail("error.video.recording_gone")
            elif self._size > self._grown_size:
                self._grown_size, self._grown_at_s = self._size, time.monotonic()
            self._watch_disk()

    def _watch_disk(self) -> None:
        free = free_bytes(self.path.parent)
        if free < STOP_BELOW_BYTES and not self._is_stopping:
            self._fail(DISK_FULL)
            return
        rate = self._size / max(self._muxer.end_s, 1.0)
        minutes = int((free - STOP_BELOW_BYTES) / max(rate, 1.0) / 60)
        if minutes < WARN_BELOW_MINUTES and not self._has_warned and self._muxer.end_s > 1:
            self._has_warned = True
            self._tell(RecordingLow(path=str(self.path), free_bytes=free, minutes_left=minutes))


def _open(path: Path, header: bytes) -> tuple[SafeFile, Muxer]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = SafeFile(path)
    except OSError as error:
        raise UserError("error.video.cannot_record", path=path, reason=error.strerror) from error
    muxer = Muxer(av.open(file, "w", format="mp4", options=CONTAINER_OPTIONS), header)
    return file, muxer


def _key_of(error: OSError) -> str:
    is_full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return DISK_FULL if is_full else "error.video.recording_failed"


def _size(path: Path) -> int:
    """Bytes of the file by its name, -1 when it is gone."""
    try:
        return path.stat().st_size
    except OSError:
        return -1


def free_bytes(folder: Path) -> int:
    """What the disk has room for; 0 when it cannot be asked."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0
