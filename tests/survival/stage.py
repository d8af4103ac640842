"""A stage for survival tests: a hub that outlives the studio, a studio that is killed and started again."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import requests

from studio.app.hub_process import HubAddress, read_address
from studio.promo.promotion import Promotion
from studio.show.rundown import Rundown
from studio.show.session import LiveSession
from studio.store.show_store import Recording, ShowStore

STUDIO = [sys.executable, "-m", "studio"]
ROOT = Path(__file__).parents[2]


def wait_until(what: Callable[[], Any], within_s: float, saying: str) -> Any:
    """Wait for a condition; the failure says what did not come."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"{saying} did not happen within {within_s} s")


class HubStage:
    """A real hub in a process of its own, with faults on demand."""

    def __init__(self, folder: Path, *, products: int = 300, speed: float = 1.0) -> None:
        self.folder = folder
        where = ["--dir", str(folder)]
        subprocess.run(
            [*STUDIO, "hub", "seed", *where, "--products", str(products), "--seed", "3"], check=True, cwd=ROOT
        )
        self._process = subprocess.Popen(
            [*STUDIO, "hub", "serve", *where, "--world", "3", "--speed", str(speed), "--faults", "--exit-with-stdin"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            cwd=ROOT,
        )
        wait_until(lambda: (folder / "hub.json").exists(), 30, "the hub's start")
        self.address: HubAddress = read_address(folder)
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {self.address.token}"

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._session.request(method, self.address.url + path, json=body, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def promotions(self, room_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", f"/v1/rooms/{room_id}/promotions")["items"]
        return found

    def close(self) -> None:
        self._session.close()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(15)


@dataclass(frozen=True)
class Saved:
    """What the studio's file says, read after the program is dead."""

    session: LiveSession
    rundown: Rundown
    promotions: tuple[Promotion, ...]
    verbs: tuple[str, ...]
    recordings: tuple[Recording, ...]
    marks: tuple[dict[str, Any], ...] = field(repr=False)


class StudioStage:
    """The studio as a person starts it; ``kill`` is a power cut for the program."""

    def __init__(self, data: Path, out: Path, hub: HubStage, *, minutes: float, camera: str = "test") -> None:
        self.data = data
        self.out = out
        self._hub = hub
        self._minutes = minutes
        self._camera = camera
        self.process: subprocess.Popen[str] | None = None
        self.lines: list[str] = []

    def start(self) -> None:
        words = ["rehearse", "--headless", "--hub", str(self._hub.folder), "--minutes", str(self._minutes)]
        self.lines = []
        self.process = subprocess.Popen(
            [
                *STUDIO,
                "--data",
                str(self.data),
                "--language",
                "en",
                *words,
                "--camera",
                self._camera,
                "--out",
                str(self.out),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            cwd=ROOT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()

    def _read(self, process: subprocess.Popen[str]) -> None:
        if process.stdout is not None:
            with process.stdout:
                for line in process.stdout:
                    self.lines.append(line.rstrip())

    def has_said(self, text: str) -> bool:
        return any(text in line for line in self.lines)

    def wait_for(self, text: str, within_s: float = 40) -> None:
        def said() -> bool:
            if self.process is not None and self.process.poll() is not None:
                time.sleep(0.2)
                return self.has_said(text) or self._died()
            return self.has_said(text)

        wait_until(said, within_s, f"“{text}” in {self.lines}")

    def _died(self) -> bool:
        raise AssertionError(f"the studio ended early: {self.lines}")

    def kill(self) -> int:
        """Kill the program at once; returns when, in epoch milliseconds."""
        if self.process is None:
            raise AssertionError("the studio was not started")
        at_ms = time.time_ns() // 1_000_000
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        return at_ms

    def wait(self, within_s: float) -> int:
        if self.process is None:
            raise AssertionError("the studio was not started")
        return self.process.wait(within_s)

    def saved(self) -> Saved:
        store = ShowStore(self.data / "show.sqlite")
        try:
            session = store.last_session()
            assert session is not None
            rundown = store.rundown(session.rundown_id)
            assert rundown is not None
            return Saved(
                session=session,
                rundown=rundown,
                promotions=store.promotions(session.id),
                verbs=tuple(row.verb for row in store.as_run(session.id)),
                recordings=store.recordings(session.id),
                marks=tuple(store.marks(session.id)),
            )
        finally:
            store.close()


@contextlib.contextmanager
def stage(
    folder: Path, *, minutes: float, speed: float = 1.0, camera: str = "test"
) -> Iterator[tuple[HubStage, StudioStage]]:
    """A hub and a studio that is not started yet; both are gone afterwards."""
    hub = HubStage(folder / "hub", speed=speed)
    studio = StudioStage(folder / "data", folder / "out", hub, minutes=minutes, camera=camera)
    try:
        yield hub, studio
    finally:
        if studio.process is not None and studio.process.poll() is None:
            studio.kill()
        hub.close()


def decoded(path: Path) -> tuple[int, float]:
    """How many pictures of a recording decode, and the time of the last one in seconds from the first."""
    with av.open(str(path)) as container:
        frames = [frame.time for frame in container.decode(video=0)]
    assert frames, f"{path} has no picture"
    return len(frames), float(frames[-1] - frames[0])


def last_picture_ms(saved: Saved, folder: Path) -> float | None:
    """The wall time of the last picture of the last recording, by a mark of the same file; None without a mark."""
    name = saved.recordings[-1].path
    marks = [mark for mark in saved.marks if mark["recording"] == name and mark["pts_ms"] is not None]
    if not marks:
        return None
    with av.open(str(folder / name)) as container:
        last_s = max(float(frame.time) for frame in container.decode(video=0))
    return float(marks[-1]["at_ms"] + last_s * 1000 - marks[-1]["pts_ms"])
