"""A whole headless show for the tests that look at what came out of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Show:
    """What a run printed, how long it took and what it made."""

    exit_code: int
    seconds: float
    output: str
    data: Path
    out: Path

    @property
    def recording(self) -> Path:
        return next(iter(sorted(self.out.glob("*.mp4"))))

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(next(iter(self.out.glob("*.json"))).read_text(encoding="utf-8"))
        return found

    @property
    def html(self) -> str:
        return next(iter(self.out.glob("*.html"))).read_text(encoding="utf-8")


def run(folder: Path, *words: str, language: str = "en", within_s: float = 150) -> Show:
    """Run ``rehearse --headless`` as a person does."""
    data, out = folder / "data", folder / "out"
    command = [sys.executable, "-m", "studio", "--data", str(data), "--language", language, "rehearse", "--headless"]
    started = time.monotonic()
    done = subprocess.run(
        [*command, "--out", str(out), *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=within_s,
        check=False,
        cwd=ROOT,
    )
    seconds = time.monotonic() - started
    return Show(done.returncode, seconds, done.stdout + done.stderr, data, out)


def lumas(path: Path, times_s: list[float]) -> list[npt.NDArray[np.uint8]]:
    """The luma of the pictures on air at the given times of a recording."""
    found: list[npt.NDArray[np.uint8]] = []
    wanted = list(times_s)
    with av.open(str(path)) as container:
        start_s: float | None = None
        last: npt.NDArray[np.uint8] | None = None
        for frame in container.decode(video=0):
            start_s = frame.time if start_s is None else start_s
            while wanted and last is not None and frame.time > wanted[0] + 1e-6:
                found.append(last)
                wanted.pop(0)
            plane = frame.to_ndarray(format="gray")
            last = plane
    return found


def correlation(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> float:
    """Pearson's correlation of two pictures of one size."""
    return float(np.corrcoef(one.astype(float).ravel(), other.astype(float).ravel())[0, 1])
