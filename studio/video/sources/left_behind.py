"""Threads of sources: those that a driver holds for ever are left behind, but never more than a few for one source."""

from __future__ import annotations

import threading
from collections.abc import Callable

from studio.video.sources.spec import SourceSpec

MOST = 4

_lock = threading.Lock()
_threads: dict[tuple[str, str], list[tuple[threading.Thread, threading.Event]]] = {}


def start(spec: SourceSpec, stop: threading.Event, run: Callable[[], None]) -> threading.Thread | None:
    """Start a thread for ``spec`` that ends when ``stop`` is set; None when too many others did not end."""
    address = (spec.kind, spec.address)
    with _lock:
        for known in tuple(_threads):
            _threads[known] = [(thread, ends) for thread, ends in _threads[known] if thread.is_alive()]
            if not _threads[known]:
                del _threads[known]
        if sum(ends.is_set() for _, ends in _threads.get(address, [])) >= MOST:
            return None
        thread = threading.Thread(target=run, name=f"source-{spec.kind}", daemon=True)
        _threads.setdefault(address, []).append((thread, stop))
        thread.start()
        return thread
