"""The compositor against the ffmpeg program's `overlay` chain: the same picture from the same raw file, without encoding.

`python -m tests.bench.compositor [--frames N] [--rounds N]`. CPU is user + system time of all threads and of ffmpeg as
a child; ffmpeg's start is taken off (a short run is measured beside each long one), our own file reading and painting
of the countdown is counted. The runs alternate; medians are compared. The kernel alone is compared with a memcpy of a
frame that is in no cache, on the scene of the first measurements (five pictures, and forty sprites)."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from studio.core.clock import ManualClock
from studio.video import blend as blending
from studio.video.atlas import Atlas, Painted, pack
from studio.video.painter import Painter
from studio.video.planes import I420Frame, overlay_planes
from studio.video.scene import Canvas, Scene
from tests.bench import effects
from tests.bench.overlay_chain import FPS, STARTED_MS, Case, ffmpeg_command, ffmpeg_cpu, make, write_pictures
from tests.bench.result import Result, finish, median

SHORT, IN_FILE, COMPARED = 25, 75, 50
BUFFERS = 4
SIZES = ("720x1280", "1920x1080")
TARGETS = {"static": 1 / 3, "rain": 1 / 5}
STRETCH = {"static": 1 / 4, "rain": 1 / 6.5}
KERNEL_TARGETS = {"static": 0.6, "rain": 1.6}
WORST_PSNR_DB = 38.0


# --- ours


def composed(case: Case, frames: int, keep: list[np.ndarray] | None = None) -> float:
    """Read, paint, blend ``frames`` frames; CPU seconds. ``keep`` takes copies of the first ones."""
    scene, painter = case.scene(), Painter(ManualClock())
    painter.paint_now(scene, STARTED_MS)
    ring = [I420Frame(case.canvas.width, case.canvas.height) for _ in range(BUFFERS)]
    began = time.process_time()
    with case.file.open("rb", buffering=0) as file:
        for number in range(frames):
            frame, now_ms = ring[number % BUFFERS], STARTED_MS + number * 1000 // FPS
            if not file.readinto(frame.flat):
                file.seek(0)
                file.readinto(frame.flat)
            if number % FPS == 0:
                painter.paint_now(scene, now_ms)
            assert painter.atlas is not None
            blending.blend(frame, painter.atlas, now_ms)
            if keep is not None and number < COMPARED:
                keep.append(frame.flat.copy())
    return time.process_time() - began


# --- comparing


def compare(case: Case, frames: int, rounds: int) -> Result:
    """Alternate the two; refuses to compare when they did not make the same picture."""
    inputs, graph = write_pictures(case, frames)
    worst = worst_psnr(case, inputs, graph)
    if worst < WORST_PSNR_DB:
        sys.exit(f"{case.name} {case.canvas}: the pictures differ, {worst:.1f} dB")
    long, short = (ffmpeg_command(case, inputs, graph, n, "-f null -") for n in (frames, SHORT))
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(composed(case, frames) / frames * 1000)
        theirs.append((ffmpeg_cpu(long) - ffmpeg_cpu(short)) / (frames - SHORT) * 1000)
    result = Result(f"{case.name} {case.canvas}", median(ours), "CPU ms/frame", median(theirs), TARGETS[case.name])
    spread = f"ours {min(ours):.2f}..{max(ours):.2f}, ffmpeg {min(theirs):.2f}..{max(theirs):.2f}"
    stretch = "reached" if result.ratio <= STRETCH[case.name] else "not reached"
    print(
        f"# {result.name}: 1/{1 / result.ratio:.2f}, stretch {stretch}; {spread}; worst frame {worst:.1f} dB",
        flush=True,
    )
    return result


def worst_psnr(case: Case, inputs: list[str], graph: str) -> float:
    """The least likeness (dB over all planes) of the first frames of both."""
    ours: list[np.ndarray] = []
    composed(case, COMPARED, keep=ours)
    command = ffmpeg_command(case, inputs, graph, COMPARED, "-f rawvideo -pix_fmt yuv420p -")
    made = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    theirs = np.frombuffer(made, np.uint8).reshape(len(ours), -1)
    return min(cv2.PSNR(one, other) for one, other in zip(ours, theirs, strict=True))


# --- the kernel alone


def kernel(is_raining: bool, is_cold: bool, rounds: int) -> Result:
    """One blend against one memcpy of a frame that no cache holds. The blended frame is as cold, or, as in a tick of the
    engine, has just been copied from the source's."""
    canvas = Canvas(1920, 1080)
    atlas = _first_scene(canvas, is_raining)
    ring = [I420Frame.black(canvas.width, canvas.height) for _ in range(24)]
    copies = [I420Frame.black(canvas.width, canvas.height) for _ in range(24)]
    blends, memcpys = [], []
    for number in range(24 * rounds * 4):
        frame, copy = ring[number % 24], copies[number % 24]
        began = time.perf_counter()
        np.copyto(copy.flat, frame.flat)
        middle = time.perf_counter()
        blending.blend(ring[(number + 12) % 24] if is_cold else copy, atlas, STARTED_MS + number)
        blends.append((time.perf_counter() - middle) * 1000)
        memcpys.append((middle - began) * 1000)
    name = "rain" if is_raining else "static"
    where = "cold frame" if is_cold else "frame just copied"
    return Result(f"kernel {name}, {where}, {canvas}", median(blends), "ms", median(memcpys), KERNEL_TARGETS[name])


def _first_scene(canvas: Canvas, is_raining: bool) -> Atlas:
    random = np.random.default_rng(7)

    def planes(width: int, height: int, x: int = 0, y: int = 0):  # type: ignore[no-untyped-def]
        alpha = random.integers(1, 256, (height, width, 1))
        colour = random.integers(0, 256, (height, width, 3)) * alpha // 255
        return overlay_planes(np.concatenate([colour, alpha], 2).astype(np.uint8), x, y)

    rectangles = [
        (480, 200, 60, 820),
        (300, 120, 1500, 820),
        (200, 80, 1600, 60),
        (800, 120, 560, 900),
        (160, 160, 60, 60),
    ]
    layers = [Painted(str(k), (planes(*rectangle),)) for k, rectangle in enumerate(rectangles)]
    if is_raining:
        rain = make("red_envelope_rain", started_ms=STARTED_MS - 20_000, ends_ms=STARTED_MS + 10**7)
        layers.append(Painted("rain", tuple(planes(80, 80) for _ in range(8)), rain))
    return pack(Scene(canvas), layers)


def write_source(file: Path, canvas: Canvas) -> None:
    """A moving picture with noise, raw I420."""
    source = f"testsrc2=size={canvas}:rate={FPS},noise=alls=12:allf=t,format=yuv420p"
    command = f"ffmpeg -v error -nostdin -f lavfi -i {source} -frames:v {IN_FILE} -f rawvideo -y {file}"
    subprocess.run(command.split(), check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    if shutil.which("ffmpeg") is None:
        sys.exit("this bench needs the ffmpeg program: apt-get install ffmpeg")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    application = QGuiApplication.instance() or QGuiApplication([])
    print(f"# blending by {blending.warm()}, Qt on {application.platformName()}", flush=True)
    results = []
    with tempfile.TemporaryDirectory() as name:
        for size in SIZES:
            folder = Path(name) / size
            folder.mkdir()
            write_source(folder / "camera.yuv", Canvas.parse(size, FPS))
            for is_raining in (False, True):
                case = Case(Canvas.parse(size, FPS), folder / "camera.yuv", folder, is_raining)
                results.append(compare(case, chosen.frames, chosen.rounds))
    print("\n".join(effects.lines()), flush=True)
    results += [kernel(rain, cold, chosen.rounds) for rain in (False, True) for cold in (False, True)]
    finish(results)


if __name__ == "__main__":
    main()
