"""All push targets of a show: one encode, each target on its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from studio.core.events import Fact
from studio.video.health import PushHealth
from studio.video.outputs import push_address
from studio.video.outputs.push import PushTarget
from studio.video.packets import EncodedPacket


class Pushes:
    """Starts, feeds, watches and ends the targets by name."""

    def __init__(self, tell: Callable[[Fact], None], want_keyframe: Callable[[], None]) -> None:
        self._tell = tell
        self._want_keyframe = want_keyframe
        self._lock = threading.RLock()
        self._targets: dict[str, PushTarget] = {}
        self._ending: list[PushTarget] = []
        self._feeds: tuple[PushTarget, ...] = ()

    def start(self, name: str, address: tuple[str, str], stream: tuple[bytes, int], rate_bytes_s: int) -> None:
        """Push to ``address`` (url, key); raises UserError for a url that is no RTMP(S)."""
        push_address.check(name, address[0])
        with self._lock:
            self.stop(name)
            before = next((one for one in reversed(self._ending) if one.name == name), None)
            target = PushTarget(name, address, stream, rate_bytes_s, self._tell, self._want_keyframe, before)
            self._targets[name] = target
            self._feeds = tuple(self._targets.values())
            target.start()

    def stop(self, name: str) -> None:
        """End the target called ``name``, if there is one."""
        with self._lock:
            target = self._targets.pop(name, None)
            if target is not None:
                self._feeds = tuple(self._targets.values())
                target.ask_to_stop()
                self._ending.append(target)

    def close(self, timeout_s: float) -> bool:
        """End all; False when a thread is left."""
        for name in tuple(self._targets):
            self.stop(name)
        deadline_s = time.monotonic() + timeout_s
        return all([one.stop(max(0.1, deadline_s - time.monotonic())) for one in self._ending])

    def offer(self, packet: EncodedPacket) -> bool:
        """Hand a packet to every target without waiting; False asks for a keyframe."""
        return all([target.offer(packet) for target in self._feeds])

    def renew(self, header: bytes, epoch: int) -> None:
        """Connect every target again, because the picture will be another."""
        for target in self._feeds:
            target.renew(header, epoch)

    def set_rate(self, rate_bytes_s: int) -> None:
        """What is encoded from now on, which tells how much may be on its way."""
        for target in self._feeds:
            target.set_rate(rate_bytes_s)

    def backlogs_s(self) -> tuple[float, ...]:
        """Seconds of show that wait, of each live target."""
        return tuple(backlog_s for target in self._feeds if (backlog_s := target.backlog_s) is not None)

    def watch(self, now_s: float) -> None:
        """Look after what may hang; called once a second."""
        for target in self._feeds:
            target.watch(now_s)
        with self._lock:
            self._ending = [one for one in self._ending if not one.stop(0)]

    def health(self) -> tuple[PushHealth, ...]:
        """How each target is doing."""
        return tuple(target.health() for target in self._feeds)
