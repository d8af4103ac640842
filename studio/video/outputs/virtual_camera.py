"""Virtual camera (虚拟摄像头): the programme as a camera of this machine, in a process of its own that may die or hang."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable

from studio.core.events import Fact
from studio.video.facts import VirtualCameraChanged
from studio.video.framepool import PooledFrame
from studio.video.health import VirtualCameraHealth, VirtualCameraState
from studio.video.outputs.camera_process import CameraProcess
from studio.video.scene import Canvas

_log = logging.getLogger(__name__)

DRIVER = "v4l2" if sys.platform.startswith("linux") else "obs"
HANGS_AFTER_S = 3.0
OPENS_WITHIN_S = 15.0
RETRY_S, BUSY_RETRY_S = 1.0, 3.0
_FINAL = ("no_package", "no_driver", "no_permission")
_SUFFIX = "_linux" if sys.platform.startswith("linux") else "_obs"


class VirtualCamera:
    """On or off; when on, a thread feeds the newest frame to the process and starts another one when it is lost."""

    def __init__(self, canvas: Canvas, tell: Callable[[Fact], None]) -> None:
        self.driver = DRIVER
        self._canvas = canvas
        self._tell = tell
        self._feed: _Feed | None = None
        self._ending: list[_Feed] = []

    def start(self) -> None:
        """Begin to give pictures; nothing changes when it already does."""
        if self._feed is None or self._feed.is_over:
            self.stop()
            self._feed = _Feed(self.driver, self._canvas, self._tell)
            self._feed.start()

    def stop(self) -> None:
        """End it without waiting; the device shows nothing any more."""
        feed, self._feed = self._feed, None
        if feed is not None:
            feed.ask_to_stop()
            self._ending.append(feed)

    def close(self, timeout_s: float) -> bool:
        """End it; False when a thread is left."""
        self.stop()
        deadline_s = time.monotonic() + timeout_s
        return all([one.join(max(0.1, deadline_s - time.monotonic())) for one in self._ending])

    def offer(self, frame: PooledFrame) -> None:
        """Show a frame to the camera without waiting; a use of its own is counted for it."""
        feed = self._feed
        if feed is not None:
            feed.offer(frame)

    def watch(self, now_s: float) -> None:
        """Kill a process that makes no progress; called once a second."""
        feed = self._feed
        if feed is not None:
            feed.watch(now_s)
        self._ending = [one for one in self._ending if not one.join(0)]

    def health(self) -> VirtualCameraHealth:
        """How it is doing."""
        feed = self._feed
        return feed.health if feed is not None else VirtualCameraHealth()


class _Feed:
    """One time of being on."""

    def __init__(self, driver: str, canvas: Canvas, tell: Callable[[Fact], None]) -> None:
        self.health = VirtualCameraHealth(state=VirtualCameraState.STARTING)
        self._driver = driver
        self._canvas = canvas
        self._tell = tell
        self._newest: PooledFrame | None = None
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._process: CameraProcess | None = None
        self._sent_before = self._restarts = 0
        self._thread = threading.Thread(target=self._run, name="virtual-camera", daemon=True)

    @property
    def is_over(self) -> bool:
        """It gave up."""
        return self._thread.ident is not None and not self._thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Begin to end."""
        self._stop.set()
        with self._changed:
            self._changed.notify()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; True when it has come."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def offer(self, frame: PooledFrame) -> None:
        """The newest frame replaces the one before it."""
        with self._changed:
            if self._process is None or not self._process.is_open or self._stop.is_set():
                return
            older, self._newest = self._newest, frame.hold()
            self._changed.notify()
        if older is not None:
            older.release()

    def watch(self, now_s: float) -> None:
        """Kill a process that makes no progress, and count what it sent."""
        process = self._process
        if process is None:
            return
        limit_s = HANGS_AFTER_S if process.is_open else OPENS_WITHIN_S
        if now_s - process.progress_s > limit_s and not process.is_lost:
            _log.warning("the virtual camera hangs: its process is ended")
            process.reason = "hung"
            process.kill()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                process = CameraProcess(self._driver, self._canvas)
            except OSError as error:
                _log.exception("the virtual camera's process cannot be started")
                self._set(VirtualCameraState.FAILED, reason="died", detail=str(error))
                break
            self._process = process
            self._serve(process)
            self._forget_newest()
            self._process = None
            process.end()
            self._sent_before += process.sent
            if self._stop.is_set():
                break
            self._set(VirtualCameraState.FAILED, reason=process.reason or "died", detail=process.detail)
            if process.reason in _FINAL:
                return
            self._restarts += 1
            self._stop.wait(BUSY_RETRY_S if process.reason == "busy" else RETRY_S)
        if self._stop.is_set():
            self._set(VirtualCameraState.OFF)

    def _serve(self, process: CameraProcess) -> None:
        while not (process.is_lost or self._stop.is_set()):
            frame = self._take()
            if frame is not None:
                process.send(frame.frame.flat)
                frame.release()
            if process.is_open:
                self._set(VirtualCameraState.LIVE, device=process.device)
                self._count(process)

    def _take(self) -> PooledFrame | None:
        with self._changed:
            if self._newest is None and not self._stop.is_set():
                self._changed.wait(0.1)
            newest, self._newest = self._newest, None
            return newest

    def _forget_newest(self) -> None:
        newest = self._take() if self._newest is not None else None
        if newest is not None:
            newest.release()

    def _count(self, process: CameraProcess) -> None:
        frames = self._sent_before + process.sent
        if frames != self.health.frames:
            known = self.health
            self.health = VirtualCameraHealth(
                state=known.state, device=known.device, frames=frames, restarts=self._restarts
            )

    def _set(self, state: VirtualCameraState, *, device: str = "", reason: str = "", detail: str = "") -> None:
        known = self.health
        key = f"video.virtual_camera.{reason}{_SUFFIX if reason == 'no_driver' else ''}" if reason else ""
        if (known.state, known.reason_key, known.device) == (state, key, device):
            return
        args: dict[str, object] = {"detail": detail} if reason in ("failed", "busy", "died") else {}
        self.health = VirtualCameraHealth(
            state=state,
            device=device,
            frames=self._sent_before,
            restarts=self._restarts,
            reason_key=key,
            reason_args=args,
        )
        self._tell(VirtualCameraChanged(state=state.value, device=device, reason_key=key, reason_args=args))
