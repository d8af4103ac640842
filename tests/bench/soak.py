"""A show without an end: a day of timestamps as fast as the machine can, and twenty real minutes of everything.

`python -m tests.bench.soak [--full] [--hours H] [--minutes M] [--only day|real]`. **day**: file camera, overlays, monitor, x264,
AAC and a segmented recording at 180x320 and 15 frames a second, the threads of a show on a clock of the bench: time goes on when
every queue has been emptied, so that not a frame is lost. **real**: 720x1280 with recording, push to nginx and a
monitor pulled 30 times a second, on the wall's clock. Without ``--full`` both are a short sample (and too short for a
slope to mean much). Looked at: memory (the slope of what the process alone holds, least squares after a warm-up), threads
and files (equal at the end), every frame there, flashes and beeps of the last segment less than 40 ms apart."""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

from studio.core.clock import SystemClock
from studio.core.events import Fact
from studio.video.clockwork import REAL_TIME, Pace
from studio.video.encoder import EncoderSettings
from studio.video.engine import Engine
from studio.video.facts import RecordingEnded, RecordingFailed
from studio.video.health import PushState
from studio.video.outputs.recorder import Segments
from studio.video.scene import Canvas
from studio.video.sources import SourceSpec
from tests import media
from tests.bench.overlay_chain import Case
from tests.bench.result import Result, finish
from tests.bench.swift_pace import SwiftPace
from tests.video import rtmp_server

APART_MS, SLOPE_MB_H = 40.0, 1.0
WARM_SHARE, LEAST_WARM_UP_S = 0.25, 180.0
SAMPLES = 120
EDGE_S = 0.3
SEGMENTS_FOR_A_SLOPE = 8  # the index of a segment grows until it is closed: fewer would be read as a leak
TELL_EVERY_S = 15.0
SEGMENT_S = {"day": 1800.0, "real": 60.0}


@dataclass
class Soak:
    """One of the two, as it runs."""

    name: str
    canvas: Canvas
    engine: Engine
    now_s: Callable[[], float]
    folder: Path
    seconds: float
    ended: list[RecordingEnded] = field(default_factory=list)
    failed: list[Fact] = field(default_factory=list)
    samples: list[tuple[float, float]] = field(default_factory=list)  # seconds of show, bytes
    warm: tuple[int, int] = (0, 0)
    still: tuple[int, int] = (0, 0)

    def hear(self, fact: Fact) -> None:
        if isinstance(fact, RecordingEnded):
            self.ended.append(fact)
            for old in self.ended[:-2]:
                Path(old.path).unlink(missing_ok=True)  # a day of files is not kept
        elif isinstance(fact, RecordingFailed):
            self.failed.append(fact)

    def watch(self) -> None:
        """Until the time is over: a look at memory now and then, at the monitor always."""
        began_s, at_s, told_s, started_s = self.now_s(), 0.0, time.monotonic(), time.monotonic()
        while at_s < self.seconds:
            time.sleep(1 / 30)
            self.engine.monitor(360, 640)
            at_s = self.now_s() - began_s
            if not self.warm[0] and at_s > self.warm_up_s:
                self.warm = handles()
            if at_s >= len(self.samples) * self.seconds / SAMPLES:
                self.samples.append((at_s, own_bytes()))
            if time.monotonic() - told_s > TELL_EVERY_S:
                told_s = time.monotonic()
                print(
                    f"# {self.name}: {at_s:.0f} s of {self.seconds:.0f} in {told_s - started_s:.0f} s, {time.process_time():.0f} s of CPU",
                    flush=True,
                )

        self.still = handles()

    @property
    def warm_up_s(self) -> float:
        """The replay ring alone fills for two minutes."""
        return max(WARM_SHARE * self.seconds, min(LEAST_WARM_UP_S, 0.5 * self.seconds))

    def slope_mb_h(self) -> float:
        """Least squares of the memory over the hours of the show, after the warm-up."""
        warm = [(at_s / 3600, held / 1e6) for at_s, held in self.samples if at_s > self.warm_up_s]
        hours, megabytes = np.array(warm).T
        return float(np.polyfit(hours, megabytes, 1)[0])

    def faults(self, seen: media.Seen) -> list[str]:
        """What is wrong with the files."""
        last, recorded_s = self.ended[-1], sum(one.seconds for one in self.ended)
        wanted, health = round(last.seconds * self.canvas.fps), self.engine.health()
        checks = [
            (not self.failed, f"a recording failed: {self.failed}"),
            (seen.frames == wanted or self.name == "real", f"{seen.frames} frames decoded of {wanted}"),
            (abs(recorded_s - self.seconds) < 10, f"{recorded_s:.1f} s recorded of {self.seconds:.1f}"),
            (len(seen.flashes) > 0.9 * last.seconds - 2, f"{len(seen.flashes)} flashes in {last.seconds:.1f} s"),
            (not health.dropped or self.name == "real", f"{health.dropped} frames dropped"),
        ]
        return [fault for is_right, fault in checks if not is_right]


def handles() -> tuple[int, int]:
    """Open files and threads of this process."""
    process = psutil.Process()
    return process.num_fds(), process.num_threads()


def own_bytes() -> int:
    """Memory that is no part of any file: a library's pages would count or not as other programs that use it come and go."""
    rollup = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(1024 * int(line.split()[1]) for line in rollup if line.startswith(("Anonymous:", "Swap:")))


def files() -> set[str]:
    """What this process has open by name: files, pipes, sockets."""
    found = set()
    for one in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(os.readlink(one))
    return {name for name in found if not name.startswith(("anon_inode", "/proc/"))}  # Qt's own event counters


@contextlib.contextmanager
def running(name: str, canvas: Canvas, folder: Path, seconds: float, pace: Pace) -> Iterator[Soak]:
    """An engine in the middle of its show, recording."""
    spec = media.ClipSpec(width=canvas.width, height=canvas.height, fps=canvas.fps, seconds=10.0)
    source = media.flash_and_beep(folder / f"{name}.mp4", spec)
    if name == "day":
        source = raw(source)  # decoding is not what is tested
    told: list[Soak] = []
    settings = EncoderSettings(
        canvas=canvas,
        bitrate_kbps=100 if name == "day" else 2500,
        sound_kbps=48 if name == "day" else 128,
        preset="ultrafast" if name == "day" else "superfast",
    )
    engine = Engine(canvas, SystemClock(), lambda fact: told[0].hear(fact), settings, pace)
    soak = Soak(name, canvas, engine, pace.now_s, folder, seconds)
    told.append(soak)
    engine.pin_quality(0)
    engine.set_segments(Segments(max_s=SEGMENT_S[name]))
    engine.set_source(SourceSpec.parse(str(source)))
    if isinstance(pace, SwiftPace):
        pace.look_after(engine)
    engine.start()
    engine.show(Case(canvas, source, folder, False).scene())
    wait_for(lambda: engine.health().frames_encoded > 30)
    engine.start_recording(folder / f"{name}-show.mp4")
    try:
        yield soak
    finally:
        engine.stop()


def raw(clip: Path) -> Path:
    """The same clip without compression."""
    out = clip.with_suffix(".nut")
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-nostdin",
        "-i",
        str(clip),
        "-c:v",
        "rawvideo",
        "-c:a",
        "pcm_s16le",
        "-y",
        str(out),
    ]
    subprocess.run(command, check=True)
    return out


def wait_for(is_true: Callable[[], bool], within_s: float = 60.0) -> None:
    deadline_s = time.monotonic() + within_s
    while not is_true():
        if time.monotonic() > deadline_s:
            sys.exit("the show did not begin")
        time.sleep(0.02)


def look_at(soak: Soak, before: set[str], real_s: float) -> list[Result]:
    """Judge it, once the engine has stopped."""
    last = soak.ended[-1]
    seen = media.look(Path(last.path))
    whole = [flash for flash in seen.flashes if EDGE_S < flash < last.seconds - EDGE_S]  # their beep is in the file too
    apart_ms = max(min(abs(flash - beep) for beep in seen.beeps) for flash in whole) * 1000
    slope, held = soak.slope_mb_h(), [held / 1e6 for _, held in soak.samples]
    print(
        f"# {soak.name}: {soak.seconds / 3600:.3f} h of show in {real_s:.0f} s, {soak.engine.health().frames_encoded} frames, "
        f"{len(soak.ended)} files, dropped {soak.engine.health().dropped}\n"
        f"#   memory {held[0]:.1f} -> {held[-1]:.1f} MB (most {max(held):.1f}), slope {slope:+.3f} MB/h of show, "
        f"{slope * soak.seconds / real_s:+.2f} MB/h of work; (files, threads) {soak.warm} warm, {soak.still} at the end\n"
        f"#   last file: {len(seen.flashes)} flashes, at most {apart_ms:.1f} ms from their beeps",
        flush=True,
    )
    faults = [*soak.faults(seen), *(f"left open: {one}" for one in files() - before)]
    faults += [f"left running: {one.name}" for one in threading.enumerate() if one is not threading.main_thread()]
    for fault in faults:
        print(f"# {soak.name}: FAULT: {fault}", flush=True)
    name = f"{soak.name} {soak.canvas}"
    found = [
        Result(f"sound from picture, {name}", apart_ms, "ms, worst", APART_MS, 1.0),
        Result(f"handles, {name}", float(sum(soak.still)), "files and threads", float(sum(soak.warm)), 1.0),
        Result(f"faults, {name}", float(len(faults)), "faults", 1.0, 0.0),
    ]
    if soak.seconds >= SEGMENTS_FOR_A_SLOPE * SEGMENT_S[soak.name]:
        found.append(Result(f"memory, {name}", max(slope, 0.0), "MB/h of show", SLOPE_MB_H, 1.0))
    return found


def day(folder: Path, hours: float) -> list[Result]:
    """Timestamps of a day on the bench's clock."""
    before, began_s = files(), time.monotonic()
    with running("day", Canvas(180, 320, 15), folder, hours * 3600, SwiftPace()) as soak:
        soak.watch()
    return look_at(soak, before, time.monotonic() - began_s)


def real(folder: Path, minutes: float) -> list[Result]:
    """Everything on the wall's clock."""
    server = rtmp_server.RtmpServer(folder / "server").start()
    before, began_s = files(), time.monotonic()
    try:
        with running("real", Canvas(720, 1280, 30), folder, minutes * 60, REAL_TIME) as soak:
            soak.engine.start_push("soak", server.url, rtmp_server.KEY)
            wait_for(lambda: [one.state for one in soak.engine.health().pushes] == [PushState.LIVE])
            soak.watch()
            pushed = soak.engine.health().pushes[0]
        print(f"# real: pushed {pushed.frames_sent} frames, dropped {pushed.dropped}, reconnects {pushed.reconnects}")
        return look_at(soak, before, time.monotonic() - began_s)
    finally:
        server.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--hours", type=float)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--only", choices=("day", "real"))
    chosen = parser.parse_args()
    if not rtmp_server.IS_INSTALLED:
        sys.exit(f"this bench pushes to a real server: {rtmp_server.HOW_TO_INSTALL}")
    hours = chosen.hours or (24.0 if chosen.full else 1.0)
    minutes = chosen.minutes or (20.0 if chosen.full else 1.0)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    application = QGuiApplication([])
    found: list[Result] = []
    with tempfile.TemporaryDirectory() as name:
        if chosen.only != "real":
            found += day(Path(name), hours)
        if chosen.only != "day":
            found += real(Path(name), minutes)
    del application
    finish(found)


if __name__ == "__main__":
    main()
