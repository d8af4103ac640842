"""One run of the whole program in a process of its own: `python -m tests.bench.studio_run '<wish as JSON>'`.

File camera, overlays, a real monitor window, x264, recording, push to a server: everything that runs in a show. Prints
one JSON object: CPU milliseconds per encoded frame, by thread, over a stretch that begins when all of it is in full swing."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from studio.core.events import Fact
from studio.video.encoder import Codecs, EncoderSettings, SoundCodec
from studio.video.engine import Engine
from studio.video.health import PushState
from studio.video.scene import Canvas
from studio.video.sources import SourceSpec
from tests.bench import cpu
from tests.bench.overlay_chain import STARTED_MS, Case

LIVE_WITHIN_S = 30.0
WARM_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What to run; ``url`` and ``key`` name the server, ``monitor`` is the size of the picture in the window."""

    size: str
    file: str
    folder: str
    url: str
    key: str
    kbps: int
    seconds: float
    is_raining: bool
    monitor: tuple[int, int] = (960, 540)
    fps: int = 30


class ShowClock:
    """Wall time that begins when the overlays of the bench do."""

    def __init__(self) -> None:
        self._zero_s = time.monotonic()

    def now_ms(self) -> int:
        return STARTED_MS + round((time.monotonic() - self._zero_s) * 1000)

    def monotonic_s(self) -> float:
        return time.monotonic()


class Stopwatch:
    """Counts the CPU time inside the encoder's calls, which the encoder's thread spends beside its own work."""

    def __init__(self) -> None:
        self.spent_s = 0.0
        for codec, name in ((Codecs, "encode_picture"), (SoundCodec, "encode")):
            setattr(codec, name, self._timed(getattr(codec, name)))

    def _timed(self, call):  # type: ignore[no-untyped-def]
        def timed(*args):  # type: ignore[no-untyped-def]
            began_s = time.thread_time()
            try:
                return call(*args)
            finally:
                self.spent_s += time.thread_time() - began_s

        return timed


def ignore(_: Fact) -> None:
    """Facts go to the desk, which is not measured here."""


def run(wish: Wish) -> dict[str, object]:
    """Run it and measure ``seconds`` of it."""
    from PySide6.QtCore import QEventLoop, QSize, QTimer
    from PySide6.QtWidgets import QApplication

    from studio.ui.monitor import Monitor

    application = QApplication([])
    canvas = Canvas.parse(wish.size, wish.fps)
    watch = Stopwatch()
    engine = Engine(canvas, ShowClock(), ignore, EncoderSettings(canvas=canvas, bitrate_kbps=wish.kbps))
    monitor = Monitor(engine, QSize(canvas.width, canvas.height), canvas.fps)
    monitor.resize(*wish.monitor)
    monitor.show()

    def turn(seconds: float) -> None:
        loop = QEventLoop()
        QTimer.singleShot(round(seconds * 1000), loop.quit)
        loop.exec()

    engine.set_source(SourceSpec.parse(wish.file))
    engine.pin_quality(0)
    engine.start()
    engine.show(Case(canvas, Path(wish.file), Path(wish.folder), wish.is_raining).scene())
    engine.start_recording(Path(wish.folder) / f"{time.time_ns()}.mp4")
    engine.start_push("bench", wish.url, wish.key)
    deadline_s = time.monotonic() + LIVE_WITHIN_S
    while [one.state for one in engine.health().pushes] != [PushState.LIVE] or not engine.health().recording.is_on:
        if time.monotonic() > deadline_s:
            sys.exit(f"it is not live: {engine.health()}")
        turn(0.1)
    turn(WARM_S)
    before, paints = counted(engine, watch), monitor.paints
    turn(wish.seconds)
    after, painted = counted(engine, watch), monitor.paints - paints
    health = engine.health()
    monitor.close()
    engine.stop()
    application.quit()
    spent = after[0] - before[0]
    frames = health_delta(before, after)
    return {
        "threads": {name: 1000 * seconds / frames for name, seconds in spent.most_common()},
        "encoder": 1000 * (spent[cpu.LIBRARY] + after[1] - before[1]) / frames,
        "total": 1000 * sum(spent.values()) / frames,
        "frames": frames,
        "painted": painted,
        "dropped": health.dropped,
        "pushed": health.pushes[0].frames_sent,
    }


def counted(engine: Engine, watch: Stopwatch) -> tuple[Counter[str], float, int]:
    """CPU so far by thread (children are one), CPU inside the encoder, frames encoded."""
    threads = cpu.by_thread()
    threads["push process"] = cpu.of_children()
    return threads, watch.spent_s, engine.health().frames_encoded


def health_delta(before: tuple[Counter[str], float, int], after: tuple[Counter[str], float, int]) -> int:
    return max(1, after[2] - before[2])


def command(wish: Wish) -> list[str]:
    """How a bench starts it."""
    return [sys.executable, "-m", "tests.bench.studio_run", json.dumps(asdict(wish))]


if __name__ == "__main__":
    told = json.loads(sys.argv[1])
    told["monitor"] = tuple(told["monitor"])
    print(json.dumps(run(Wish(**told))), flush=True)
