"""Facts from outside, events from the desk, and the bus that tells them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something that happened outside the desk (a comment, a lost camera); given to ``desk.hear`` in batches."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something the desk did, told after it was saved; a past participle."""

    at_ms: int


Listener = Callable[[Event], None]


class Bus:
    """Tells every listener every event, in order, on the thread that emits (the main thread)."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Listen from now on; returns a call that stops listening."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def emit(self, event: Event) -> None:
        """Tell all listeners; one that raises is logged and harms no other."""
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:  # noqa: BLE001 - a view's fault must not stop the show
                _log.exception("a listener failed on %s", type(event).__name__)
