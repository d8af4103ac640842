"""Push (推流): one target in a process of its own, fed through a pipe, reconnected when it is lost."""

from __future__ import annotations

import json
import logging
import math
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from studio.core.events import Fact
from studio.video.facts import PushStateChanged
from studio.video.health import PushHealth, PushState
from studio.video.outputs import push_wire as wire
from studio.video.packets import EncodedPacket, PacketQueue

_log = logging.getLogger(__name__)

QUEUE_BYTES = 1_500_000
HANGS_AFTER_S = 5.0
STARTS_WITHIN_S = 15.0
PROVEN_AFTER_S = 1.0
QUICK_RETRIES_FOR_S = 120.0
SLOWEST_RETRY_S = 30.0
SHUT_OUT_LIMIT = 3
REFUSED_AFTER_LIVE_LIMIT = 10
GOODBYE_WITHIN_S = 2.0


def worker_command() -> list[str]:
    """How this program starts a push process."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "push-worker"]
    return [sys.executable, "-m", "studio.video.outputs.push_worker"]


class PushTarget:
    """One target: a thread that feeds the process, a thread that reads its reports, and `watch` that ends a hung one."""

    def __init__(
        self,
        name: str,
        address: tuple[str, str],
        header: bytes,
        tell: Callable[[Fact], None],
        want_keyframe: Callable[[], None],
    ) -> None:
        self.name = name
        self._address = address
        self._header = header
        self._tell = tell
        self._want_keyframe = want_keyframe
        self._queue = PacketQueue(QUEUE_BYTES)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"push-{name}", daemon=True)
        self._worker: Worker | None = None
        self._state = PushState.CONNECTING
        self._reason_key = ""
        self._bytes_before = self._frames_before = 0
        self._connects = 0
        self._shut_out = 0
        self._has_been_live = False
        self._is_feeding = False
        self._kill_at_s = 0.0
        self._rate: tuple[float, int, int] = (time.monotonic(), 0, 0)

    def start(self) -> None:
        """Begin to connect."""
        self._tell(PushStateChanged(name=self.name, state=self._state.value))
        self._thread.start()

    def offer(self, packet: EncodedPacket) -> bool:
        """Queue a packet without waiting; False asks for a keyframe."""
        return self._queue.offer(packet) if self._is_feeding else True

    def ask_to_stop(self) -> None:
        """Begin to stop without waiting."""
        if not self._stop.is_set():
            self._kill_at_s = time.monotonic() + GOODBYE_WITHIN_S
            self._stop.set()
            self._queue.close()

    def stop(self, timeout_s: float) -> bool:
        """Say goodbye to the server, or kill the process when the server does not listen; False if a thread is left."""
        self.ask_to_stop()
        deadline_s = time.monotonic() + timeout_s
        self._thread.join(max(0.0, min(self._kill_at_s, deadline_s) - time.monotonic()))
        worker = self._worker
        if self._thread.is_alive() and worker is not None and time.monotonic() >= self._kill_at_s:
            worker.kill()
        self._thread.join(max(0.0, deadline_s - time.monotonic()))
        return not self._thread.is_alive()

    def watch(self, now_s: float) -> None:
        """Kill a process that makes no progress; called once a second by the engine, never waits."""
        worker = self._worker
        if worker is None:
            return
        limit_s = HANGS_AFTER_S if worker.is_connected else STARTS_WITHIN_S
        if now_s - worker.progress_s > limit_s and not worker.is_idle:
            _log.warning("push %s hangs: its process is ended", self.name)
            worker.kill()
        total = self._bytes_before + worker.bytes
        self._rate = (now_s, total, int(8 * (total - self._rate[1]) / max(now_s - self._rate[0], 0.001)))

    def health(self) -> PushHealth:
        """What the process reported."""
        worker = self._worker
        return PushHealth(
            name=self.name,
            state=self._state,
            bytes_accepted=self._bytes_before + (worker.bytes if worker else 0),
            frames_sent=self._frames_before + (worker.frames if worker else 0),
            dropped=self._queue.dropped,
            reconnects=max(0, self._connects - 1),
            bitrate_bps=max(0, self._rate[2]) if self._state is PushState.LIVE else 0,
            reason_key=self._reason_key,
        )

    @property
    def _is_refused(self) -> bool:
        return self._state is PushState.REFUSED

    def _set(self, state: PushState, reason_key: str = "") -> None:
        if (state, reason_key) != (self._state, self._reason_key):
            self._state, self._reason_key = state, reason_key
            self._tell(PushStateChanged(name=self.name, state=state.value, reason_key=reason_key))

    def _run(self) -> None:
        lost_s = time.monotonic()
        while not self._stop.is_set() and not self._is_refused:
            worker = self._worker_for_next_try()
            if worker is None:
                break
            was_live = self._serve(worker)
            self._is_feeding = False
            self._bytes_before += worker.bytes
            self._frames_before += worker.frames
            worker.forget_counts()
            if self._stop.is_set():
                break
            if was_live:
                lost_s = time.monotonic()
            self._judge(worker, was_live)
            if not self._is_refused:
                self._stop.wait(_pause_s(time.monotonic() - lost_s))
        self._end()

    def _worker_for_next_try(self) -> Worker | None:
        if self._worker is None or not self._worker.is_alive:
            if self._worker is not None:
                self._worker.end()
            try:
                self._worker = Worker(self._address, self._header)
            except OSError:
                _log.exception("push %s: its process cannot be started", self.name)
                self._set(PushState.FAILED, "video.push.no_process")
                return None
        return self._worker

    def _serve(self, worker: Worker) -> bool:
        """Connect and feed until the connection is lost; True if the server took our packets."""
        if not worker.connect():
            return False
        while not worker.is_connected:
            if worker.is_lost or self._stop.wait(0.02):
                return False
        self._connects += 1
        self._queue.restart()
        self._is_feeding = True
        self._want_keyframe()
        connected_s = time.monotonic()
        is_proven = False
        while not worker.is_lost and not (self._stop.is_set() and self._queue.is_empty):
            packet = self._queue.take(0.1)
            if packet is not None and not worker.send(wire.packet_message(packet)):
                break
            if not is_proven and worker.frames and time.monotonic() - connected_s > PROVEN_AFTER_S:
                is_proven = self._has_been_live = True
                self._shut_out = 0
                self._set(PushState.LIVE)
        return is_proven

    def _judge(self, worker: Worker, was_live: bool) -> None:
        """What the loss means. A key that worked is not given up so soon: the server may still hold the old connection."""
        reason = worker.lost_reason or "hung"
        if reason in ("refused", "shut_out") or (reason == "closed" and not was_live):
            self._shut_out += 1
        is_word_enough = reason == "refused" and not self._has_been_live
        is_silence_enough = self._shut_out >= SHUT_OUT_LIMIT and not self._has_been_live
        is_no_mistake = reason == "refused" and self._shut_out >= REFUSED_AFTER_LIVE_LIMIT
        if is_word_enough or is_silence_enough or is_no_mistake:
            self._set(PushState.REFUSED, "video.push.refused")
        else:
            state = PushState.RECONNECTING if self._connects else PushState.CONNECTING
            self._set(state, _REASON_KEYS.get(reason, "video.push.lost"))

    def _end(self) -> None:
        worker = self._worker
        if worker is not None:
            worker.end()
        if self._state not in (PushState.REFUSED, PushState.FAILED):
            self._set(PushState.OFF)


_REASON_KEYS = {
    "unreachable": "video.push.unreachable",
    "closed": "video.push.closed",
    "shut_out": "video.push.closed",
    "hung": "video.push.hung",
}


def _pause_s(lost_for_s: float) -> float:
    """0.5 to 1 s for two minutes, then longer and longer up to 30 s."""
    quick_s = random.uniform(0.5, 1.0)
    if lost_for_s < QUICK_RETRIES_FOR_S:
        return quick_s
    doublings = min(10.0, (lost_for_s - QUICK_RETRIES_FOR_S) / 30)
    return min(SLOWEST_RETRY_S, quick_s * math.pow(2.0, doublings))


class Worker:
    """The parent's hand on one push process."""

    def __init__(self, address: tuple[str, str], header: bytes) -> None:
        self.bytes = self.frames = 0
        self.is_connected = self.is_lost = False
        self.is_idle = True
        self._connect = 0
        self.lost_reason = ""
        self.progress_s = time.monotonic()
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
        self._process = subprocess.Popen(
            worker_command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            creationflags=flags,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name="push-reports", daemon=True)
        self._reader.start()
        self.send(wire.target_message(*address) + wire.message(wire.HEADER, header))

    @property
    def is_alive(self) -> bool:
        """The process runs."""
        return self._process.poll() is None

    def connect(self) -> bool:
        """Ask for a connection; its outcome comes as `is_connected` or `is_lost`."""
        self._connect += 1
        self.is_connected = self.is_lost = self.is_idle = False
        self.lost_reason = ""
        self.progress_s = time.monotonic()
        return self.send(wire.message(wire.CONNECT))

    def send(self, data: bytes) -> bool:
        """Write to the pipe; waits while the process does not read, False when it ended."""
        try:
            _stdin(self._process).write(data)
            _stdin(self._process).flush()
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
        try:
            _stdin(self._process).close()
        except OSError as error:
            _log.debug("push process went first: %s", error)
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        stdout = self._process.stdout
        if stdout is None:
            return
        with stdout:
            for line in stdout:
                self._hear(json.loads(line))
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
            self.lost_reason, self.is_lost = report["reason"], True


def _stdin(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdin is None:
        raise ValueError("the process has no pipe")
    return process.stdin


def _environment() -> dict[str, str]:
    """Ours, and where this package lies, so that the process finds it from any folder."""
    root = str(Path(__file__).resolve().parents[3])
    known = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": root + (os.pathsep + known if known else "")}
