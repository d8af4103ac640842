"""A camera for the latency bench: pictures through a real pipe, each with the moment of its making in its pixels.

`python -m tests.bench.stamps PIPE WIDTHxHEIGHT FPS JITTER_MS SECONDS` is the camera: it wakes at its own pace, which is not the
studio's, stamps a picture and writes it. `stamp_of` reads the moment back from any picture made of it, also a smaller
one or one that was compressed."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

BITS = 32
_LIGHT, _MIDDLE, _DARK = 235, 125, 16
Plane = npt.NDArray[np.uint8]


def _cells(width: int, height: int) -> tuple[int, int, int]:
    """Side of a cell, and where the row of cells begins: across the middle of the picture."""
    side = width // (BITS + 2) & ~1
    return side, side, height // 2 & ~1


def stamp(luma: Plane, at_s: float) -> None:
    """Write a moment of the monotonic clock, in microseconds, as light and dark cells."""
    side, left, top = _cells(luma.shape[1], luma.shape[0])
    number = round(at_s * 1e6) & (1 << BITS) - 1
    for bit in range(BITS):
        luma[top : top + side, left + bit * side : left + (bit + 1) * side] = _LIGHT if number >> bit & 1 else _DARK


def age_s(luma: Plane, canvas_width: int, now_s: float) -> float:
    """How long before ``now_s`` the picture, now of any size, was stamped on a canvas of that width."""
    scale = luma.shape[1] / canvas_width
    side, left, _ = (cell * scale for cell in _cells(canvas_width, 0))
    row = luma.shape[0] // 2 + int(side / 2)
    number = sum(1 << bit for bit in range(BITS) if luma[row, int(left + (bit + 0.5) * side)] > _MIDDLE)
    return ((round(now_s * 1e6) - number) & (1 << BITS) - 1) / 1e6


def main(argv: Sequence[str]) -> None:
    path, size, fps, jitter_ms, seconds = argv
    width, height = (int(side) for side in size.split("x"))
    dice = random.Random(4)
    texture = np.random.default_rng(4).integers(100, 140, (height * 3 // 2, width + 64), np.uint8)
    picture = np.empty((height * 3 // 2, width), np.uint8)
    with open(path, "wb", buffering=0) as pipe:
        began_s = time.monotonic()
        for number in range(round(float(seconds) * float(fps))):
            picture[:] = texture[:, number % 64 : number % 64 + width]  # it moves, as in front of a camera
            picture[height:] = 128
            due_s = began_s + number / float(fps) + dice.uniform(0, float(jitter_ms)) / 1000
            time.sleep(max(0.0, due_s - time.monotonic()))
            stamp(picture[:height], time.monotonic())
            try:
                rest = memoryview(picture).cast("B")
                while rest:
                    rest = rest[pipe.write(rest) :]
            except BrokenPipeError:
                return


if __name__ == "__main__":
    main(sys.argv[1:])
