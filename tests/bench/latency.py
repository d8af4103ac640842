"""Glass to glass: from a camera's picture to the window and to the packet; from a take to its card.

`python -m tests.bench.latency [--seconds S] [--rounds N]`. The camera is a process of its own that writes stamped pictures into a
pipe (`tests.bench.stamps`), not in step with the studio: another phase each round, 29.97 or 30 pictures a second, up to
2 ms late. A picture's age is read from its pixels where it arrives: in the window once it is painted and flushed to a real X
server, and in the packet, which is decoded again afterwards. A take shows a scene that was prepared, as the desk does.
The last column is against the target itself; p95 of all rounds, medians beside it."""

from __future__ import annotations

import argparse
import io
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import av
import numpy as np
from av.container import InputContainer

from studio.core.clock import SystemClock
from studio.core.events import Fact
from studio.video.compositor import Mark
from studio.video.encoder import EncoderSettings
from studio.video.engine import Engine
from studio.video.framepool import PooledFrame
from studio.video.outputs.muxing import Muxer
from studio.video.packets import EncodedPacket
from studio.video.scene import Canvas, Scene
from studio.video.sources.live import LiveSource
from studio.video.sources.registry import SOURCES
from studio.video.sources.source import Shot
from studio.video.sources.spec import SourceSpec
from tests.bench import stamps
from tests.bench.overlay_chain import Case
from tests.bench.result import Result, finish, median
from tests.bench.screen import screen

FPS = 30
CAMERAS = ((29.97, 2.0), (30.0, 0.5), (30.0, 2.0))  # pictures a second, and how late one may be, in ms
WARM_S = 3.0
PAINT_MS, PACKET_MS = 10.0, 33.0
TAKE_FRAMES, PRESS_MS = 2.0, 100.0
TAKE_EVERY_S = 0.7


class PipeCamera(LiveSource):
    """A driver that gives raw pictures through a pipe."""

    kind: ClassVar[str] = "bench_pipe"
    ages: ClassVar[list[tuple[float, float]]] = []

    def _connect(self) -> InputContainer:
        canvas = self.stage.canvas
        options = {"video_size": str(canvas), "pixel_format": "yuv420p", "framerate": str(FPS)}
        container: InputContainer = av.open(self.spec.address, "r", format="rawvideo", options=options)
        return container

    def read(self) -> Shot | None:
        shot = super().read()
        if shot is not None:
            now_s = time.monotonic()
            self.ages.append((now_s, stamps.age_s(shot.picture.frame.y, self.stage.canvas.width, now_s)))
        return shot


class WatchedEngine(Engine):
    """Notes when each packet left the encoder and when a take's first frame was in the programme."""

    def __init__(self, canvas: Canvas, kbps: int) -> None:
        self.packets: list[tuple[EncodedPacket, float]] = []
        self.taken: list[tuple[int, int, float]] = []
        self.ages: list[tuple[float, float]] = []
        super().__init__(canvas, SystemClock(), ignore, EncoderSettings(canvas=canvas, bitrate_kbps=kbps))

    def _hand_out(self, packet: EncodedPacket) -> None:
        if packet.is_video:
            self.packets.append((packet, time.monotonic()))
        super()._hand_out(packet)

    def _hand_over(self, frame: PooledFrame, mark: Mark | None) -> None:
        if mark is not None:
            self.taken.append((mark.scene.version, frame.index, time.monotonic()))
        now_s = time.monotonic()
        self.ages.append((now_s, stamps.age_s(frame.frame.y, self.canvas.width, now_s)))
        super()._hand_over(frame, mark)


def ignore(_: Fact) -> None:
    """Facts go to the desk, which is not measured here."""


class Round:
    """One camera, one engine, one window."""

    def __init__(self, canvas: Canvas, folder: Path, camera: tuple[float, float], seconds: float) -> None:
        self.canvas = canvas
        self.paints: list[tuple[int, float, float]] = []  # frame, when it was on the screen, how old it was
        self.takes: dict[int, float] = {}
        self._folder = folder
        self._camera = camera
        self._seconds = seconds

    def run(self) -> None:
        pipe = self._folder / f"camera-{time.time_ns()}"
        os.mkfifo(pipe)
        fps, jitter_ms = self._camera
        command = [sys.executable, "-m", "tests.bench.stamps", str(pipe), str(self.canvas), str(fps), str(jitter_ms)]
        camera = subprocess.Popen([*command, str(self._seconds + 30)])
        try:
            self._watch(SourceSpec(kind=PipeCamera.kind, address=str(pipe)))
        finally:
            camera.kill()
            camera.wait()

    def _watch(self, spec: SourceSpec) -> None:
        from PySide6.QtCore import QEvent, QEventLoop, QSize, QTimer

        from studio.ui.monitor import Monitor

        this = self

        class Window(Monitor):
            """A monitor that notes what is on the screen after each painting."""

            def event(self, event: QEvent) -> bool:
                is_done = super().event(event)
                if event.type() == QEvent.Type.UpdateRequest and self._pixels is not None:
                    now_s = time.monotonic()
                    this.paints.append(
                        (self._seq or 0, now_s, stamps.age_s(self._pixels[..., 1], this.canvas.width, now_s))
                    )
                return is_done

        self.engine = engine = WatchedEngine(
            self.canvas, 4000 if self.canvas.height * self.canvas.width > 10**6 else 2500
        )
        window = Window(engine, QSize(self.canvas.width, self.canvas.height), FPS)  # type: ignore[arg-type]
        window.resize(self.canvas.width // 2, self.canvas.height // 2)
        window.show()
        engine.pin_quality(0)
        engine.set_source(spec)
        engine.start()
        loop, takes = QEventLoop(), QTimer()
        scenes = self._scenes()
        engine.show(next(scenes))

        def prepare() -> None:
            scene = next(scenes)
            engine.prepare(scene)
            QTimer.singleShot(round(random.uniform(0.3, 0.5) * 1000), lambda: take(scene))

        def take(scene: Scene) -> None:
            self.takes[scene.version] = time.monotonic()
            engine.show(scene)

        takes.timeout.connect(prepare)
        QTimer.singleShot(round(WARM_S * 1000), lambda: (self._begin(), takes.start(round(TAKE_EVERY_S * 1000))))
        QTimer.singleShot(round((WARM_S + self._seconds) * 1000), takes.stop)
        QTimer.singleShot(round((WARM_S + self._seconds + 1) * 1000), loop.quit)
        loop.exec()
        window.close()
        engine.stop()

    def _begin(self) -> None:
        self._began_s = time.monotonic()

    def _scenes(self):  # type: ignore[no-untyped-def]
        """Show after show of five overlays, each with another card."""
        whole = Case(self.canvas, Path(), Path(), False).scene()
        version = 0
        while True:
            version += 1
            card = whole.layers[0]
            card = replace(card, overlay=replace(card.overlay, number=version % 90 + 1, stock=version))  # type: ignore[call-arg]
            yield replace(whole, layers=(card, *whole.layers[1:]), item_id=f"item-{version}", version=version)

    def paint_ms(self) -> list[float]:
        """Age of each picture when it was on the screen for the first time."""
        first = {seq: age for seq, at_s, age in reversed(self.paints) if at_s > self._began_s}
        return [age * 1000 for age in first.values()]

    def packet_ms(self) -> list[float]:
        """Age of each picture when its packet was there."""
        memory, engine = io.BytesIO(), self.engine
        with av.open(memory, "w", format="mp4") as container:
            muxer = Muxer(container, engine.encoding.codecs.header)
            for packet, _ in engine.packets:
                muxer.write(packet)
        memory.seek(0)
        zero = next(packet.pts for packet, _ in engine.packets if packet.is_keyframe)
        came_s = {packet.pts - zero: at_s for packet, at_s in engine.packets if at_s > self._began_s}
        ages = []
        with av.open(memory, "r") as container:
            for frame in container.decode(video=0):
                at_s = came_s.get(round(frame.time * FPS))
                if at_s is not None:
                    luma = np.frombuffer(frame.planes[0], np.uint8).reshape(-1, frame.planes[0].line_size)
                    ages.append(stamps.age_s(luma[: frame.height, : frame.width], self.canvas.width, at_s) * 1000)
        return ages

    def take_ms(self) -> tuple[list[float], list[float]]:
        """From the take to the programme frame that has its card, and to the window."""
        to_frame, to_paint = [], []
        for version, index, at_s in self.engine.taken:
            if version in self.takes:
                to_frame.append((at_s - self.takes[version]) * 1000)
                painted = [painted_s for seq, painted_s, _ in self.paints if seq >= index]
                to_paint.append((min(painted) - self.takes[version]) * 1000)
        return to_frame, to_paint


def p95(figures: list[float]) -> float:
    return statistics.quantiles(figures, n=20)[-1]


def measure(canvas: Canvas, folder: Path, seconds: float, rounds: int) -> list[Result]:
    """All rounds with one canvas."""
    paint: list[float] = []
    packet: list[float] = []
    frame: list[float] = []
    press: list[float] = []
    for number in range(rounds):
        camera = CAMERAS[number % len(CAMERAS)]
        one = Round(canvas, folder, camera, seconds)
        one.run()
        paints, packets, (frames, presses) = one.paint_ms(), one.packet_ms(), one.take_ms()
        steps = [[age * 1000 for at, age in ages if at > one._began_s] for ages in (PipeCamera.ages, one.engine.ages)]
        print(
            f"#   in the studio p50 {median(steps[0]):.1f} p95 {p95(steps[0]):.1f}, in the programme p50 {median(steps[1]):.1f} p95 {p95(steps[1]):.1f} ms"
        )
        print(
            f"# {canvas}, camera of {camera[0]} with {camera[1]} ms of jitter: to paint p50 {median(paints):.1f} p95 {p95(paints):.1f}, "
            f"to packet p50 {median(packets):.1f} p95 {p95(packets):.1f}, take to frame p50 {median(frames):.1f} p95 {p95(frames):.1f}, "
            f"to paint p50 {median(presses):.1f} p95 {p95(presses):.1f} ms; {len(paints)} paints, {len(packets)} packets of "
            f"{round(seconds * FPS)}, {len(frames)} takes",
            flush=True,
        )
        paint, packet, frame, press = paint + paints, packet + packets, frame + frames, press + presses
    return [
        Result(f"capture to paint {canvas}", p95(paint), "ms, p95", PAINT_MS, 1.0),
        Result(f"capture to packet {canvas}", p95(packet), "ms, p95", PACKET_MS, 1.0),
        Result(f"take to frame {canvas}", p95(frame) * FPS / 1000, "frames, p95", TAKE_FRAMES, 1.0),
        Result(f"take to paint {canvas}", p95(press), "ms, p95", PRESS_MS, 1.0),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", nargs="*", default=["720x1280"])
    chosen = parser.parse_args()
    SOURCES.add(PipeCamera.kind, PipeCamera)
    found: list[Result] = []
    with tempfile.TemporaryDirectory() as folder, screen():
        from PySide6.QtWidgets import QApplication

        application = QApplication([])
        for size in chosen.sizes:
            found += measure(Canvas.parse(size, FPS), Path(folder), chosen.seconds, chosen.rounds)
        del application
    finish(found)


if __name__ == "__main__":
    main()
