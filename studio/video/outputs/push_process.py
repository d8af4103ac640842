"""The parent's side of a push process: its pipe, its reports, its end."""

from __future__ import annotations

import json
import logging
import threading
import time
from typing import Any

from studio.video.outputs import child
from studio.video.outputs import push_wire as wire
from studio.video.packets import EncodedPacket

_log = logging.getLogger(__name__)


class Worker:
    """The parent's hand on one push process."""

    def __init__(self, address: tuple[str, str]) -> None:
        self.bytes = self.frames = self.sent_bytes = 0
        self.is_connected = self.is_lost = False
        self.is_idle = True
        self._connect = 0
        self.lost_reason = ""
        self.progress_s = time.monotonic()
        self._process = child.start("push-worker", "studio.video.outputs.push_worker")
        self._reader = threading.Thread(target=self._read, name="push-reports", daemon=True)
        self._reader.start()
        self.send(wire.target_message(*address))

    @property
    def is_alive(self) -> bool:
        """The process runs."""
        return self._process.poll() is None

    @property
    def in_flight(self) -> int:
        """Bytes handed over that the server has not taken yet."""
        return max(0, self.sent_bytes - self.bytes)

    def send_packet(self, packet: EncodedPacket) -> bool:
        """Hand over a packet; False when the process ended."""
        self.sent_bytes += len(packet.data)
        return self.send(wire.packet_message(packet))

    def connect(self, header: bytes) -> bool:
        """Ask for a connection for the streams of ``header``; its outcome comes as `is_connected` or `is_lost`."""
        self._connect += 1
        self.sent_bytes = 0
        self.is_connected = self.is_lost = self.is_idle = False
        self.lost_reason = ""
        self.progress_s = time.monotonic()
        return self.send(wire.message(wire.HEADER, header) + wire.message(wire.CONNECT))

    def send(self, data: bytes) -> bool:
        """Write to the pipe; waits while the process does not read, False when it ended."""
        try:
            pipe = child.stdin(self._process)
            pipe.write(data)
            pipe.flush()
        except (OSError, ValueError):
            self.is_lost = True
            return False
        return True

    def forget_counts(self) -> None:
        """Start counting from zero (the parent added them up)."""
        self.is_idle = True
        self.bytes = self.frames = 0

    def kill(self) -> None:
        """End the process now."""
        self._process.kill()

    def end(self, timeout_s: float = 1.5) -> None:
        """Let the process say goodbye, or kill it."""
        child.end(self._process, timeout_s)
        self._reader.join()

    def _read(self) -> None:
        stdout = self._process.stdout
        if stdout is None:
            return
        with stdout:
            for line in stdout:
                try:
                    self._hear(json.loads(line))
                except (ValueError, KeyError):
                    _log.warning("a push process said what is no report (%d bytes)", len(line))
        self.is_lost = True
        self._process.wait()

    def _hear(self, report: dict[str, Any]) -> None:
        event = report["event"]
        if report["connect"] != self._connect or self.is_idle:
            return
        if report["bytes"] > self.bytes:
            self.bytes, self.frames = report["bytes"], report["frames"]
            self.progress_s = time.monotonic()
        if event == "connected":
            self.is_connected, self.progress_s = True, time.monotonic()
        elif event == "lost":
            _log.info("push process: %s %s", report["reason"], report.get("error", ""))
            self.lost_reason, self.is_lost = report["reason"], True
