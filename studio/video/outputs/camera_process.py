"""The parent's side of a virtual camera's process: its board, its pipe, its reports, its end."""

from __future__ import annotations

import json
import logging
import threading
import time
from typing import Any

from studio.video.outputs import child
from studio.video.outputs.camera_worker import NUMBER
from studio.video.outputs.frame_board import Flat, FrameBoard
from studio.video.scene import Canvas

_log = logging.getLogger(__name__)


class CameraProcess:
    """The parent's hand on one process with its driver."""

    def __init__(self, driver: str, canvas: Canvas) -> None:
        self.device = self.reason = self.detail = ""
        self.is_open = self.is_lost = False
        self.sent = 0
        self.progress_s = time.monotonic()
        self._number = 0
        self._board = FrameBoard.make(canvas.width * canvas.height * 3 // 2)
        words = [driver, self._board.ticket, str(canvas.width), str(canvas.height), str(canvas.fps)]
        fds = () if self._board.fd is None else (self._board.fd,)
        try:
            self._process = child.start("camera-worker", "studio.video.outputs.camera_worker", words, fds)
        except OSError:
            self._board.close()
            raise
        self._reader = threading.Thread(target=self._read, name="virtual-camera-reports", daemon=True)
        self._reader.start()

    def send(self, frame: Flat) -> bool:
        """Put a frame on the board and tell its number; False when the process ended."""
        self._number += 1
        self._board.write(self._number, frame)
        try:
            child.stdin(self._process).write(NUMBER.pack(self._number))
            child.stdin(self._process).flush()
        except (OSError, ValueError):
            self.is_lost = True
        return not self.is_lost

    def kill(self) -> None:
        """End the process now."""
        self._process.kill()

    def end(self, timeout_s: float = 1.5) -> None:
        """Let the driver close, or kill the process."""
        child.end(self._process, timeout_s)
        self._reader.join()
        self._board.close()

    def _read(self) -> None:
        stdout = self._process.stdout
        if stdout is None:
            raise AssertionError("the process was started with a pipe")
        with stdout:
            for line in stdout:
                self._hear(json.loads(line))
        self.is_lost = True
        self._process.wait()

    def _hear(self, report: dict[str, Any]) -> None:
        event = report["event"]
        if event == "opened":
            self.device, self.is_open = report["device"], True
        elif event == "failed":
            self.reason, self.detail = report["reason"], report["detail"]
            _log.warning("virtual camera: %s %s", self.reason, self.detail)
        if event == "opened" or report.get("sent", 0) > self.sent:
            self.sent = report.get("sent", 0)
            self.progress_s = time.monotonic()
