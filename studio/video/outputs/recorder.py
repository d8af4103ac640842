"""The recorder: at most one recording that grows, and the ones before it until they are closed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from studio.core.errors import UserError
from studio.core.events import Fact
from studio.video.facts import RecordingFailed, RecordingStarted
from studio.video.health import DISK_FULL, RecordingHealth
from studio.video.outputs.recording import GO_ON_ABOVE_BYTES, Recording, free_bytes
from studio.video.packets import EncodedPacket

GO_ON_EVERY_S = 30.0  # a disk that says it has room may still refuse: a quota


@dataclass(frozen=True, kw_only=True)
class Segments:
    """When a recording goes on in another file (录制分段); None: never."""

    max_s: float | None = None
    max_bytes: int | None = None

    def are_over(self, health: RecordingHealth) -> bool:
        """Whether the present file is long or large enough."""
        is_long = self.max_s is not None and health.seconds >= self.max_s
        return health.is_on and (is_long or (self.max_bytes is not None and health.bytes >= self.max_bytes))


class Recorder:
    """Hands packets to the recording; from one file to the next not a frame and not a sample is lost."""

    def __init__(self, tell: Callable[[Fact], None], want_keyframe: Callable[[], None]) -> None:
        self.segments = Segments()
        self._tell = tell
        self._want_keyframe = want_keyframe
        self._lock = threading.Lock()
        self._current: Recording | None = None
        self._ending: tuple[Recording, ...] = ()
        self._first_path = Path()
        self._part = 1
        self._went_on_s = float("-inf")

    def start(self, path: Path, header: bytes, epoch: int, item_id: str | None) -> None:
        """Record into ``path``; a recording that runs ends where this one begins. Raises UserError."""
        self._begin(path, header, epoch, item_id, None)
        self._first_path, self._part = path, 1

    def go_on(self, header: bytes, epoch: int, item_id: str | None) -> None:
        """Go on in another file beside the present one, also after a full disk; nothing happens when nothing is recorded.

        Raises UserError when the file cannot be made."""
        before = self._current
        if before is None or (before.is_over and not _has_room_again(before)):
            return
        self._part += 1
        path = self._first_path.with_name(f"{self._first_path.stem}.{self._part}{self._first_path.suffix}")
        self._begin(path, header, epoch, item_id, str(before.path))

    def stop(self) -> None:
        """End the recording after the sound that belongs to its last picture."""
        with self._lock:
            current, self._current = self._current, None
            if current is not None:
                self._ending = (*self._ending, current)
                current.finish()

    def fail(self, error: UserError) -> None:
        """The recording cannot go on: end the present file and say so."""
        path = self._current.path if self._current is not None else self._first_path
        self.stop()
        self._tell(RecordingFailed(path=str(path), reason_key=error.key, reason_args=dict(error.args_by_name)))

    def close(self, timeout_s: float) -> bool:
        """Close every file; False when a disk took longer."""
        self.stop()
        deadline_s = time.monotonic() + timeout_s
        return all([one.stop(max(0.1, deadline_s - time.monotonic())) for one in self._ending])

    def offer(self, packet: EncodedPacket) -> bool:
        """Take a packet without waiting; False asks for a keyframe."""
        current, is_taken = self._current, True
        if current is not None:
            was_empty = current.zero_pts is None
            is_taken = current.offer(packet)
            if was_empty and current.zero_pts is not None:
                for one in self._ending:
                    one.finish(packet.pts_s)
        for one in self._ending:
            one.offer(packet)
        return is_taken

    def place(self, pts: int, fps: int) -> tuple[str, float] | None:
        """In which file, and how many seconds after its beginning, picture ``pts`` is."""
        current = self._current
        if current is not None and current.is_over:
            return None  # it failed, and waits
        for one in (current, *reversed(self._ending)):
            if one is not None and one.zero_pts is not None and pts >= one.zero_pts:
                return str(one.path), (pts - one.zero_pts) / fps
        return None

    def watch(self, now_s: float) -> bool:
        """Let go of closed files; True when it is time for another one. Called once a second."""
        with self._lock:
            self._ending = tuple(one for one in self._ending if not one.is_over)
        current = self._current
        if current is None:
            return False
        if not current.is_over:
            return self.segments.are_over(current.health())
        if now_s - self._went_on_s < GO_ON_EVERY_S or not _has_room_again(current):
            return False
        self._went_on_s = now_s
        return True

    def health(self) -> RecordingHealth:
        """How the recording is doing."""
        current = self._current
        if current is None:
            return RecordingHealth()
        return replace(current.health(), is_waiting=_is_waiting(current))

    @property
    def folder(self) -> Path | None:
        """Where it records."""
        current = self._current
        return current.path.parent if current is not None else None

    def _begin(self, path: Path, header: bytes, epoch: int, item_id: str | None, continues: str | None) -> None:
        recording = Recording(path, header, self._tell, epoch)
        with self._lock:
            if self._current is not None:
                self._ending = (*self._ending, self._current)
            self._current = recording
            recording.start()
        self._want_keyframe()
        self._tell(RecordingStarted(path=str(path), item_id=item_id, continues=continues))


def _is_waiting(recording: Recording) -> bool:
    """Whether it ended for want of room."""
    return recording.is_over and recording.health().error_key == DISK_FULL


def _has_room_again(recording: Recording) -> bool:
    """Well more than what ends a recording, so that it does not go on for a moment only."""
    return _is_waiting(recording) and free_bytes(recording.path.parent) > GO_ON_ABOVE_BYTES
