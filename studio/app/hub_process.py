"""The rehearsal's own hub: a child process that lives and dies with the studio and keeps its state in the profile."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from studio.core.errors import UserError

_log = logging.getLogger(__name__)

PRODUCTS = 2_000
READY_WITHIN_S = 30.0


def program() -> list[str]:
    """The words that start this program again."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "studio"]


@dataclass(frozen=True)
class HubAddress:
    """Where a hub listens; the token is a secret."""

    url: str
    token: str

    def __repr__(self) -> str:
        return f"HubAddress(url={self.url!r}, token='••••')"


def read_address(folder: Path) -> HubAddress:
    """The address that a hub left in its folder; raises UserError when there is none."""
    try:
        raw = json.loads((folder / "hub.json").read_text(encoding="utf-8"))
        return HubAddress(url=str(raw["url"]), token=str(raw["token"]))
    except (OSError, ValueError, KeyError) as error:
        raise UserError("error.hub.no_address", folder=folder) from error


class HubProcess:
    """Seeds the hub on first use, serves it, and ends it by closing its standard input."""

    def __init__(self, folder: Path, *, seed: int, speed: float) -> None:
        self._folder = folder
        self._seed = seed
        self._speed = speed
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> HubAddress:
        """Start serving (blocking); raises UserError when the hub does not come up."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        where = ["--dir", str(self._folder)]
        if not (self._folder / "seeded").exists():
            numbers = ["--products", str(PRODUCTS), "--seed", str(self._seed)]
            seeding = subprocess.run(
                [*program(), "hub", "seed", *where, *numbers],
                capture_output=True,
                check=False,
                stdin=subprocess.DEVNULL,
            )
            if seeding.returncode != 0:
                reason = seeding.stderr.decode(errors="replace").strip()[-500:]
                raise UserError("error.hub.not_started", folder=self._folder, reason=reason)
            (self._folder / "seeded").touch()
        address_file = self._folder / "hub.json"
        before = address_file.stat().st_mtime_ns if address_file.exists() else 0
        numbers = ["--world", str(self._seed), "--speed", str(self._speed), "--exit-with-stdin"]
        with (self._folder / "hub.out").open("wb") as out:
            self._process = subprocess.Popen(
                [*program(), "hub", "serve", *where, *numbers], stdin=subprocess.PIPE, stdout=out, stderr=out
            )
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline and self._process.poll() is None:
            if address_file.exists() and address_file.stat().st_mtime_ns != before:
                return read_address(self._folder)
            time.sleep(0.02)
        self.stop()
        reason = (self._folder / "hub.out").read_text(errors="replace").strip()[-500:]
        raise UserError("error.hub.not_started", folder=self._folder, reason=reason)

    def stop(self) -> None:
        """End the hub; one that does not end by itself is killed."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            _log.warning("the hub did not end by itself")
            process.kill()
            process.wait()
