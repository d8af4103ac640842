"""Push (推流): one target in a process of its own, fed through a pipe, reconnected when it is lost."""

from __future__ import annotations

import logging
import math
import random
import threading
import time
from collections.abc import Callable

from studio.core.events import Fact
from studio.video.facts import PushStateChanged
from studio.video.health import PushHealth, PushState
from studio.video.outputs.push_process import Worker
from studio.video.packets import EncodedPacket, PacketQueue

_log = logging.getLogger(__name__)

QUEUE_S, LEAST_QUEUE_BYTES = 4.0, 300_000
MOST_IN_FLIGHT_S = 1.5
PIPE_BYTES = 150_000
HANGS_AFTER_S = 5.0
STARTS_WITHIN_S = 15.0
PROVEN_AFTER_S, KNOWN_AFTER_S = 1.0, 0.3  # some servers take a wrong key and hang up a moment later
QUICK_RETRIES_FOR_S = 120.0
SLOWEST_RETRY_S = 30.0
SHUT_OUT_LIMIT = 3
REFUSED_AFTER_LIVE_S = 120.0
GOODBYE_WITHIN_S = 2.0
IDLE_BYTES = 16_000


class PushTarget:
    """One target: a thread that feeds the process, a thread that reads its reports, and `watch` that ends a hung one."""

    def __init__(
        self,
        name: str,
        address: tuple[str, str],
        stream: tuple[bytes, int],
        rate_bytes_s: int,
        tell: Callable[[Fact], None],
        want_keyframe: Callable[[], None],
        before: PushTarget | None = None,
    ) -> None:
        """``before`` is the target that this one replaces; it says goodbye first, or the server takes us for a second one."""
        self.name = name
        self._before = before
        self._address = address
        self._stream = stream
        self._epoch = stream[1]
        self._tell = tell
        self._want_keyframe = want_keyframe
        self._queue = PacketQueue(LEAST_QUEUE_BYTES)
        self.set_rate(rate_bytes_s)
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

    def set_rate(self, bytes_s: int) -> None:
        """What is encoded from now on, which tells how much may wait and how much may be on its way."""
        self._rate_bytes_s = bytes_s
        self._queue.max_bytes = max(LEAST_QUEUE_BYTES, round(QUEUE_S * bytes_s))

    def offer(self, packet: EncodedPacket) -> bool:
        """Queue a packet without waiting; False asks for a keyframe."""
        if packet.is_video and packet.epoch != self._epoch:
            return True
        return self._queue.offer(packet) if self._is_feeding else True

    def renew(self, header: bytes, epoch: int) -> None:
        """Connect again for another picture codec; the server sees a publisher who comes back."""
        self._stream = (header, epoch)

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
        has_nothing_to_do = worker.is_idle or (worker.is_connected and self._backlog_bytes(worker) < IDLE_BYTES)
        limit_s = HANGS_AFTER_S if worker.is_connected else STARTS_WITHIN_S
        if now_s - worker.progress_s > limit_s and not has_nothing_to_do:
            _log.warning("push %s hangs: its process is ended", self.name)
            worker.kill()
        total = self._bytes_before + worker.bytes
        self._rate = (now_s, total, int(8 * (total - self._rate[1]) / max(now_s - self._rate[0], 0.001)))

    @property
    def backlog_s(self) -> float | None:
        """Seconds of show that wait for the server; None when the target is not live."""
        worker = self._worker
        if worker is None or self._state is not PushState.LIVE:
            return None
        return self._backlog_bytes(worker) / self._rate_bytes_s

    def _backlog_bytes(self, worker: Worker) -> int:
        return self._queue.bytes + worker.in_flight

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
        if self._before is not None:
            self._before.stop(2 * GOODBYE_WITHIN_S)
            self._before = None
        lost_s = time.monotonic()
        while not self._stop.is_set() and not self._is_refused:
            worker = self._worker_for_next_try()
            if worker is None:
                break
            was_live = self._serve(worker)
            self._is_feeding = False
            is_renewed = self._epoch != self._stream[1]
            self._bytes_before += worker.bytes
            self._frames_before += worker.frames
            worker.forget_counts()
            if self._stop.is_set():
                break
            if was_live:
                lost_s = time.monotonic()
            if is_renewed and not worker.is_lost:
                self._set(PushState.RECONNECTING, "video.push.renewed")
                continue
            self._judge(worker, was_live, time.monotonic() - lost_s)
            if not self._is_refused:
                self._stop.wait(_pause_s(time.monotonic() - lost_s))
        self._end()

    def _worker_for_next_try(self) -> Worker | None:
        if self._worker is None or not self._worker.is_alive:
            if self._worker is not None:
                self._worker.end()
            try:
                self._worker = Worker(self._address)
            except OSError:
                _log.exception("push %s: its process cannot be started", self.name)
                self._set(PushState.FAILED, "video.push.no_process")
                return None
        return self._worker

    def _serve(self, worker: Worker) -> bool:
        """Connect and feed until the connection is lost; True if the server took our packets."""
        header, self._epoch = self._stream
        if not worker.connect(header):
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
        while not (worker.is_lost or self._is_served):
            if worker.in_flight > MOST_IN_FLIGHT_S * self._rate_bytes_s + PIPE_BYTES:
                self._stop.wait(0.02)  # the rest waits in our queue, where it can be dropped up to a keyframe
                continue
            packet = self._queue.take(0.1)
            if packet is not None and not worker.send_packet(packet):
                break
            if not is_proven and worker.frames and worker.bytes:
                for_s = time.monotonic() - connected_s
                is_proven = for_s > PROVEN_AFTER_S
                if is_proven or (self._has_been_live and for_s > KNOWN_AFTER_S):
                    self._show_live(worker, for_s)
                if is_proven:
                    self._has_been_live, self._shut_out = True, 0
        return is_proven

    def _show_live(self, worker: Worker, for_s: float) -> None:
        if self._state is not PushState.LIVE:
            total = self._bytes_before + worker.bytes
            self._rate = (time.monotonic(), total, int(8 * worker.bytes / for_s))  # never live at no bitrate
            self._set(PushState.LIVE)

    @property
    def _is_served(self) -> bool:
        """Asked to stop and everything sent, or asked to connect for another codec."""
        return (self._stop.is_set() and self._queue.is_empty) or self._epoch != self._stream[1]

    def _judge(self, worker: Worker, was_live: bool, lost_for_s: float) -> None:
        """What the loss means. A key that worked is not given up so soon: a server that was not told of our end holds the
        old connection for a minute or more, and refuses the new one as a second publisher."""
        reason = worker.lost_reason or "hung"
        if reason in ("refused", "shut_out") or (reason == "closed" and not was_live):
            self._shut_out += 1
        if self._has_been_live:
            is_no = reason == "refused" and lost_for_s > REFUSED_AFTER_LIVE_S
        else:
            is_no = reason in ("refused", "certificate") or self._shut_out >= SHUT_OUT_LIMIT
        if is_no:
            self._set(PushState.REFUSED, "video.push.certificate" if reason == "certificate" else "video.push.refused")
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
    "refused": "video.push.held",
    "certificate": "video.push.certificate",
}


def _pause_s(lost_for_s: float) -> float:
    """0.5 to 1 s for two minutes, then longer and longer up to 30 s."""
    quick_s = random.uniform(0.5, 1.0)
    if lost_for_s < QUICK_RETRIES_FOR_S:
        return quick_s
    doublings = min(10.0, (lost_for_s - QUICK_RETRIES_FOR_S) / 30)
    return min(SLOWEST_RETRY_S, quick_s * math.pow(2.0, doublings))
