"""What the camera's picture costs beyond its copy: green screen, look, inset, cross-fade; CPU of the thread, medians.

`python -m tests.bench.effects`; the compositor's bench prints the same lines. Each picture is another one, as from a
camera; the cost of the plain copy, which is there without them, is taken off nowhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np

from studio.video import blend, look
from studio.video.chroma_key import Keyer
from studio.video.picture_in_picture import framed, lay_in
from studio.video.planes import I420Frame
from studio.video.scene import Canvas, ChromaKey, Look, PictureInPicture
from studio.video.transition import cross_fade
from tests.bench.result import median

CANVASES = (Canvas(720, 1280), Canvas(1920, 1080))
RING, ROUNDS = 8, 96
PLACE = PictureInPicture(0.62, 0.05, 0.33, 0.25)


def lines() -> Iterator[str]:
    """One line of figures a canvas."""
    blend.warm()
    for canvas in CANVASES:
        told = ", ".join(f"{name} {_cost(call):.2f}" for name, call in _effects(canvas).items())
        yield f"# effects {canvas}, CPU ms/frame: {told}"


def _cost(call: Callable[[int], object]) -> float:
    spent = []
    for number in range(ROUNDS + RING):
        began = time.thread_time()
        call(number % RING)
        spent.append((time.thread_time() - began) * 1000)
    return median(spent[RING:])


def _effects(canvas: Canvas) -> dict[str, Callable[[int], object]]:
    camera = [_person(canvas, number) for number in range(RING)]
    backdrop, out, keyer = [one.copy() for one in camera[::-1]], I420Frame(canvas.width, canvas.height), Keyer()
    small = framed(backdrop[0], PLACE, canvas)
    return {
        "plain copy": lambda n: out.copy_from(camera[n]),
        "green screen": lambda n: keyer.key_over(camera[n], backdrop[n], ChromaKey(), out),
        "brightness and contrast": lambda n: look.apply(camera[n], Look(brightness=10, contrast=10)),
        "white balance": lambda n: look.apply(camera[n], Look(warmth=10, tint=5)),
        "skin smoothing": lambda n: look.apply(camera[n], Look(smoothing=50)),
        "new inset picture": lambda n: framed(backdrop[n], PLACE, canvas),
        "laying the inset": lambda n: lay_in(camera[n], small, PLACE),
        "cross-fade": lambda n: cross_fade(camera[n], backdrop[n], 0.4, out),
    }


def _person(canvas: Canvas, number: int) -> I420Frame:
    """Skin and grey before a noisy cloth."""
    random = np.random.default_rng(number)
    frame = I420Frame(canvas.width, canvas.height)
    frame.fill(130, 99, 89)
    left, right = canvas.width // 4 // 2 * 2, canvas.width * 3 // 4 // 2 * 2
    top = canvas.height // 3 // 2 * 2
    for plane, value, step in ((frame.y, 150, 1), (frame.u, 110, 2), (frame.v, 150, 2)):
        plane[top // step :, left // step : right // step] = value
        noise = random.integers(0, 7, plane.shape, np.uint8)
        cv2.add(plane, noise, dst=plane)
    return frame


if __name__ == "__main__":
    cv2.setNumThreads(1)
    print("\n".join(lines()))
