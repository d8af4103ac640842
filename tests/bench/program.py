"""The whole program against the ffmpeg program that only lays the overlays on and encodes, at the same preset and rate.

`python -m tests.bench.program [--seconds S] [--rounds N]`. Ours: file camera, overlays, monitor window on a real X
server, x264 superfast, AAC, recording, RTMP push to nginx. ffmpeg: the same pictures and sound from the same file, the
same overlays as PNG, the same x264 and AAC settings into one FLV file; no window, no push; its start is taken off.
Both work in real time, as in a show (`-re`; ``--unpaced`` lets ffmpeg run as fast as it can). CPU is user + system of all
threads and children per encoded frame. The runs alternate, medians are compared.

The second figure is everything but the encoder, with the rain: file, overlays, monitor, sound, muxing, push process, beside a
running x264; against the time of a frame on one core."""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from studio.video.scene import Canvas
from tests.bench import studio_run
from tests.bench.overlay_chain import Case, ffmpeg_cpu, write_pictures
from tests.bench.result import Result, finish, median
from tests.bench.screen import screen
from tests.bench.studio_run import Wish
from tests.video import rtmp_server

FPS = 30
IN_FILE_S = 3
SHORT_S = 1
TARGETS = {"program": 1.0, "rest": 0.10}
STRETCH = {"program": 0.95, "rest": 0.075}
KBPS = {"1920x1080": 4000, "1280x720": 2500}
MONITORS = {"1920x1080": (960, 540), "1280x720": (960, 540)}


def write_source(file: Path, canvas: Canvas) -> None:
    """A moving picture with noise and pink noise to hear, raw as a camera gives them."""
    picture = f"testsrc2=size={canvas}:rate={FPS},noise=alls=12:allf=t,format=yuv420p"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", picture]
    command += [
        "-f",
        "lavfi",
        "-i",
        "anoisesrc=color=pink:amplitude=0.3:sample_rate=48000,aformat=channel_layouts=stereo",
    ]
    command += ["-c:v", "rawvideo", "-c:a", "pcm_s16le", "-t", str(IN_FILE_S), "-y", str(file)]
    subprocess.run(command, check=True)


def ffmpeg(case: Case, graph: tuple[list[str], str], seconds: float, is_paced: bool) -> list[str]:
    """The overlay chain and the encoder of ours, `studio.video.encoder`."""
    pictures = [word for one in graph[0] for word in one.split()]
    rate = f"{KBPS[str(case.canvas)]}k"
    x264 = f"-c:v libx264 -preset superfast -tune zerolatency -b:v {rate} -maxrate {rate} -bufsize {rate} -g {2 * FPS}"
    sound = "-c:a aac -aac_coder fast -b:a 128k"
    to = case.folder / "ffmpeg.flv"
    return [
        *["ffmpeg", "-v", "error", "-nostdin"],
        *(["-re"] if is_paced else []),
        *f"-stream_loop -1 -i {case.file}".split(),
        *pictures,
        *("-filter_complex", graph[1], "-map", "[out]", "-map", "0:a"),
        *f"-frames:v {round(seconds * FPS)} {x264} -sc_threshold 0 -forced-idr 1 -threads 2 {sound}".split(),
        *f"-f flv -y {to}".split(),
    ]


def ours(wish: Wish) -> dict[str, object]:
    """One run of the whole program."""
    done = subprocess.run(studio_run.command(wish), check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    if told["frames"] < 0.9 * wish.seconds * FPS:  # type: ignore[operator]
        print(f"# only {told['frames']} frames of {wish.seconds * FPS:.0f}: the machine is busy", flush=True)
    return told


def compare(case: Case, wish: Wish, rounds: int, is_paced: bool) -> tuple[list[dict[str, object]], list[float]]:
    """Runs of ours and CPU ms a frame of ffmpeg, alternated."""
    graph = write_pictures(case, round(wish.seconds * FPS))
    runs, theirs = [], []
    for _ in range(rounds):
        runs.append(ours(wish))
        long_s, short_s = (ffmpeg_cpu(ffmpeg(case, graph, s, is_paced)) for s in (wish.seconds, SHORT_S))
        theirs.append((long_s - short_s) / ((wish.seconds - SHORT_S) * FPS) * 1000)
    tell(case, runs, theirs)
    return runs, theirs


def tell(case: Case, runs: list[dict[str, object]], theirs: list[float]) -> None:
    names = sorted({name for run in runs for name in run["threads"]})  # type: ignore[attr-defined]
    spent = {n: statistics.median(run["threads"].get(n, 0.0) for run in runs) for n in names}  # type: ignore[attr-defined]
    print(f"# {case.name} {case.canvas}, CPU ms/frame:", flush=True)
    print("#   " + ", ".join(f"{n} {ms:.2f}" for n, ms in sorted(spent.items(), key=lambda one: -one[1])), flush=True)
    for name in ("total", "encoder", "frames", "painted", "dropped"):
        print(f"#   {name}: " + " ".join(f"{run[name]:.4g}" for run in runs), flush=True)
    print("#   ffmpeg: " + " ".join(f"{ms:.4g}" for ms in theirs), flush=True)


def results(case: Case, runs: list[dict[str, object]], theirs: list[float]) -> list[Result]:
    total = median([run["total"] for run in runs])  # type: ignore[misc]
    made = [Result(f"program {case.name} {case.canvas}", total, "CPU ms/frame", median(theirs), TARGETS["program"])]
    if case.is_raining:
        rest = median([run["total"] - run["encoder"] for run in runs])  # type: ignore[operator]
        name = f"all but the encoder, {case.name} {case.canvas}"
        made.append(Result(name, rest, "CPU ms/frame", 1000 / FPS, TARGETS["rest"]))
    for result, kind in zip(made, ("program", "rest"), strict=False):
        stretch = "reached" if result.ratio <= STRETCH[kind] else "not reached"
        print(f"# {result.name}: {result.ratio:.3f}, stretch {STRETCH[kind]} {stretch}", flush=True)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", nargs="*", default=list(KBPS))
    parser.add_argument("--unpaced", action="store_true")
    chosen = parser.parse_args()
    if shutil.which("ffmpeg") is None:
        sys.exit("this bench needs the ffmpeg program: apt-get install ffmpeg")
    if not rtmp_server.IS_INSTALLED:
        sys.exit(f"this bench pushes to a real server: {rtmp_server.HOW_TO_INSTALL}")
    found = []
    with tempfile.TemporaryDirectory() as name, screen():
        from PySide6.QtGui import QGuiApplication

        application = QGuiApplication([])  # the overlays are painted for ffmpeg
        server = rtmp_server.RtmpServer(Path(name) / "server").start()
        try:
            for size in chosen.sizes:
                canvas = Canvas.parse(size, FPS)
                file = Path(name) / f"{size}.nut"
                write_source(file, canvas)
                for is_raining in (False, True):
                    case = Case(canvas, file, Path(name), is_raining)
                    wish = Wish(
                        size=size,
                        file=str(file),
                        folder=name,
                        url=server.url,
                        key=rtmp_server.KEY,
                        kbps=KBPS[size],
                        seconds=chosen.seconds,
                        is_raining=is_raining,
                        monitor=MONITORS[size],
                    )
                    made = results(case, *compare(case, wish, chosen.rounds, not chosen.unpaced))
                    found += made if size == "1920x1080" else []
        finally:
            server.kill()
        del application
    finish(found)


if __name__ == "__main__":
    main()
