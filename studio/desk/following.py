"""Follows the room on threads of its own: events by long poll, orders by version; all of it becomes facts."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from studio.core.events import Fact
from studio.desk import facts
from studio.desk.ports import CanFollowRoom, PlatformError

_log = logging.getLogger(__name__)

LONG_POLL_S = 2.0
ORDERS_EVERY_S = 1.0
MOST_WAIT_S = 5.0
SAVED_WITHIN_S = 0.05
"""A pause for the main thread to save a page; one that was not saved is simply asked for again."""


class RoomFollower:
    """Two threads that tell what the room does until ``stop``, from where ``seen`` says that the desk has saved it; a platform that is away is asked again, slower and slower."""

    def __init__(
        self,
        platform: CanFollowRoom,
        room_id: str,
        seen: Callable[[], tuple[int, int]],
        tell: Callable[[Sequence[Fact]], None],
    ) -> None:
        self._platform = platform
        self._room_id = room_id
        self._seen = seen
        self._tell = tell
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._loop, args=(call,), name=f"follow-{call.__name__}", daemon=True)
            for call in (self._events, self._orders)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_s: float = LONG_POLL_S + 1.0) -> None:
        """Stop asking; waits for the calls under way for at most ``timeout_s`` seconds each."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout_s)

    def _loop(self, call: Callable[[], float]) -> None:
        wait_s, is_lost = 0.0, False
        while not self._stopping.wait(wait_s):
            try:
                wait_s = call()
            except Exception as error:  # noqa: BLE001 - whatever it is, the room is followed on
                if not isinstance(error, PlatformError):
                    _log.exception("the room could not be followed")
                    error = PlatformError("error.show.feed_broken")
                wait_s = min(MOST_WAIT_S, max(0.5, wait_s * 2))
                if not is_lost:
                    self._tell([facts.PlatformLost(error=error)])
                is_lost = True
            else:
                if is_lost:
                    self._tell([facts.PlatformBack()])
                is_lost = False

    def _events(self) -> float:
        since = self._seen()[0]
        batch = self._platform.events(self._room_id, since, LONG_POLL_S)
        if batch.last_seq <= since:
            return 0.0
        self._tell([facts.RoomHeard(events=batch.items, last_seq=batch.last_seq)])
        return SAVED_WITHIN_S

    def _orders(self) -> float:
        page = self._platform.orders(self._room_id, self._seen()[1], 200)
        if page.items:
            self._tell([facts.OrdersHeard(orders=page.items, next_since=page.next_since)])
        return SAVED_WITHIN_S if page.has_more else ORDERS_EVERY_S
