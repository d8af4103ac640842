"""Runs an engine in a test and waits for what it tells, never for a time."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import psutil

from studio.core.clock import SystemClock
from studio.core.events import Fact
from studio.video.encoder import EncoderSettings
from studio.video.engine import Engine
from studio.video.scene import Canvas
from studio.video.sources import SourceSpec

OTHERS = ("pytest_timeout", "throttle")  # threads of the tests themselves
SMALL = Canvas(180, 320, 30)
F = TypeVar("F", bound=Fact)


class Told:
    """Every fact an engine told, and a way to wait for the next."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self._changed = threading.Condition()

    def __call__(self, fact: Fact) -> None:
        with self._changed:
            self.facts.append(fact)
            self._changed.notify_all()

    def all(self, kind: type[F]) -> list[F]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def wait(self, kind: type[F], matches: Callable[[F], bool] = lambda _: True, within_s: float = 20.0) -> F:
        """The first fact of ``kind`` that matches, told already or soon."""
        found: list[F] = []

        def is_told() -> bool:
            found[:] = [fact for fact in self.all(kind) if matches(fact)]
            return bool(found)

        with self._changed:
            assert self._changed.wait_for(is_told, within_s), f"no {kind.__name__} in {within_s} s: {self.facts[-5:]}"
        return found[0]


def until(is_true: Callable[[], bool], within_s: float = 20.0) -> None:
    """Wait for a condition that nobody tells."""
    deadline_s = time.monotonic() + within_s
    while not is_true():
        assert time.monotonic() < deadline_s, "it never became true"
        time.sleep(0.01)


def workers() -> list[psutil.Process]:
    """The push processes of this program; a zombie counts."""
    found = psutil.process_iter(["ppid", "cmdline"])
    mine = [one for one in found if one.info["ppid"] == os.getpid()]
    return [one for one in mine if "studio.video.outputs.push_worker" in (one.info["cmdline"] or [""])[-1]]


def zombies() -> list[psutil.Process]:
    """Ended children that nobody waited for."""
    return [one for one in psutil.Process().children() if one.status() == psutil.STATUS_ZOMBIE]


@contextmanager
def engine(
    told: Told, source: str | Path = "test", settings: EncoderSettings | None = None, pinned: int | None = None
) -> Iterator[Engine]:
    """An engine that makes frames; afterwards it is stopped in time and leaves no thread behind."""
    canvas = settings.canvas if settings else SMALL
    before = set(threading.enumerate())
    made = Engine(canvas, SystemClock(), told, settings)
    made.set_source(SourceSpec.parse(str(source)))
    if pinned is not None:
        made.pin_quality(pinned)
    made.start()
    try:
        until(lambda: made.health().frames_encoded > 2)
        yield made
    finally:
        began_s = time.monotonic()
        made.stop()
        assert time.monotonic() - began_s < 8
    left = [one.name for one in set(threading.enumerate()) - before if not one.name.startswith(OTHERS)]
    assert not left
