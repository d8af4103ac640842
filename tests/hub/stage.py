"""A real hub in a thread of the test's process, and a child process for what only a process can show."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from studio.hub.catalogue.seeding import seed_pool
from studio.hub.folder import hold, read_card
from studio.hub.hub import HubOptions
from studio.hub.server import HubProcess

ROOT = Path(__file__).resolve().parents[2]
FAR_MS = 4_000_000_000_000


def wait_until(is_so: Callable[[], Any], within_s: float, what: str) -> Any:
    """Ask until the answer is true; fails with ``what`` when it never is."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        found = is_so()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"waited {within_s} s in vain for {what}")


class Client:
    """Speaks the wire; every call asserts the status it expects."""

    def __init__(self, folder: Path) -> None:
        card = json.loads((folder / "hub.json").read_text(encoding="utf-8"))
        self.url: str = card["url"]
        self.token: str = card["token"]
        self.card = card
        headers = {"Authorization": f"Bearer {self.token}"}
        self.http = httpx.Client(base_url=self.url, headers=headers, timeout=20, trust_env=False)

    def close(self) -> None:
        self.http.close()

    def get(self, path: str, status: int = 200, **params: Any) -> Any:
        return self._read(self.http.get(path, params=params), status)

    def post(self, path: str, body: Any = None, status: int = 200, *, key: str = "", buyer: str = "") -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        headers |= {"X-Buyer": buyer} if buyer else {}
        return self._read(self.http.post(path, json=body, headers=headers), status)

    def _read(self, response: httpx.Response, status: int) -> Any:
        assert response.status_code == status, response.text
        answer = response.json() if response.content else None
        if status >= 400:
            assert set(answer) == {"error"} and set(answer["error"]) == {"code", "message"}
            return answer["error"]["code"]
        return answer

    def open_room(self, session_id: str) -> dict[str, Any]:
        return self.post("/v1/rooms", {"session_id": session_id, "title": "试播"}, key=session_id)

    def coupon(self, room_id: str, key: str, status: int = 200, **changes: Any) -> Any:
        return self.post(f"/v1/rooms/{room_id}/coupons", coupon_wish(**changes), status, key=key)

    def envelope(self, room_id: str, key: str, status: int = 200, **changes: Any) -> Any:
        return self.post(f"/v1/rooms/{room_id}/red_envelopes", envelope_wish(**changes), status, key=key)

    def claim(self, promotion_id: str, buyer: str, status: int = 200) -> Any:
        return self.post(f"/v1/promotions/{promotion_id}/claim", {}, status, buyer=buyer)

    def events(self, room_id: str) -> list[dict[str, Any]]:
        return self.get(f"/v1/rooms/{room_id}/events", limit=1000)["items"]


def coupon_wish(**changes: Any) -> dict[str, Any]:
    wish = {"name": "满10减3", "product_id": None, "threshold_fen": 1000, "amount_fen": 300, "total": 10}
    return {**wish, "per_buyer": 1, "valid_s": 60, "not_after_ms": FAR_MS, **changes}


def envelope_wish(**changes: Any) -> dict[str, Any]:
    wish = {"name": "红包雨", "total_fen": 1000, "count": 10, "mode": "random", "valid_s": 60, "not_after_ms": FAR_MS}
    return {**wish, **changes}


@contextmanager
def served(folder: Path, *, products: int = 0, **options: Any) -> Iterator[Client]:
    """A hub that is served while the block runs; afterwards no thread of it is left."""
    if products:
        seed_pool(folder, products, 1)
    before = set(threading.enumerate())
    with hold(folder):
        process = HubProcess(HubOptions(folder=folder, **options))
        thread = threading.Thread(target=process.run, name="hub-under-test")
        thread.start()
        try:
            wait_until(lambda: process._server.started or not thread.is_alive(), 20, "the hub")
            wait_until(lambda: read_card(folder).url == process.url, 5, "the new hub.json")
            client = Client(folder)
            try:
                yield client
            finally:
                client.close()
        finally:
            process.stop()
            thread.join(15)
    assert not thread.is_alive(), "the hub did not end"
    left = [one.name for one in set(threading.enumerate()) - before if one.name.startswith("hub-")]
    assert left == [], "threads of the hub were left"


class Child:
    """``hub serve`` in a process of its own."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "studio.hub", "serve", "--dir", str(folder), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
        )
        assert self.process.stdout is not None
        self.first_line = self.process.stdout.readline().decode()

    def end(self) -> int:
        """Close everything and wait; returns the exit code."""
        assert self.process.stdin and self.process.stdout and self.process.stderr
        if "--exit-with-stdin" in self.process.args:
            self.process.stdin.close()
        else:
            self.process.terminate()
        try:
            return self.process.wait(10)
        finally:
            self.process.kill()
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
                pipe.close()


def at_once(count: int, do: Callable[[int], Any]) -> list[Any]:
    """Do it ``count`` times from as many threads that start together."""
    gate = threading.Barrier(count)

    def run(n: int) -> Any:
        gate.wait()
        return do(n)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
