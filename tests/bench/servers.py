"""Deaths of the servers in one show: two targets, and the recording must not notice.

`python -m tests.bench.servers [--full] [--deaths N] [--seed S]`. Two real nginx take the show; again and again one of them is
killed or stopped (as a crash and as a hang) and comes back seconds later, while the other must go on undisturbed. `--full`: 20
deaths. Measured: encoded frames missing in the recording; the longest that one of our threads waited while it handed a packet or
a frame on (a core taken by others aside); the seconds from the server's return to its first bytes of picture, and to our light."""

from __future__ import annotations

import argparse
import logging
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from studio.core.clock import SystemClock
from studio.video.encoder import EncoderSettings
from studio.video.engine import Engine
from studio.video.health import PushState
from studio.video.outputs import push
from studio.video.packets import EncodedPacket
from studio.video.scene import Canvas
from studio.video.sources import SourceSpec
from tests import media
from tests.bench.result import Result, finish, median
from tests.video import frames, rtmp_server
from tests.video.rtmp_server import KEY, RtmpServer

LOST_LIMIT, WAIT_LIMIT_MS, BACK_LIMIT_S = 1, 10.0, 2.0
WITHIN_S = 60.0


class Waits:
    """The longest that a call of ours waited for anything but a free core, in ms: in calm seconds, and around a death.

    On a busy machine threads also wait for one that holds the interpreter and got no core: the calm seconds show how long."""

    def __init__(self) -> None:
        self.is_calm = True
        self.calm_ms: dict[str, float] = {}
        self.death_ms: dict[str, float] = {}

    def timed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """``call``, measured."""

        def measured(*args: Any, **named: Any) -> Any:
            began_s, busy_s = time.monotonic(), time.thread_time() + core_awaited_s()
            result = call(*args, **named)
            waited_s = time.monotonic() - began_s - (time.thread_time() + core_awaited_s() - busy_s)
            longest, name = self.calm_ms if self.is_calm else self.death_ms, threading.current_thread().name
            longest[name] = max(1000 * waited_s, longest.get(name, 0.0))
            return result

        return measured


def core_awaited_s() -> float:
    """How long this thread was ready and got no core so far; 0 where the system does not say."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


@dataclass
class Measured:
    """What the show told."""

    waits: Waits
    back_s: list[float] = field(default_factory=list)
    light_s: list[float] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    lost_frames: int = 0


def until(is_true: Callable[[], bool], what: str) -> float:
    """Wait; when it became true."""
    deadline_s = time.monotonic() + WITHIN_S
    while not is_true():
        if time.monotonic() > deadline_s:
            raise AssertionError(f"{what} did not come in {WITHIN_S:.0f} s")
        time.sleep(0.005)
    return time.monotonic()


def noise(folder: Path, canvas: Canvas) -> Path:
    """A camera whose picture takes the bitrate it is given, so that a hang fills every buffer."""
    dice = np.random.default_rng(1)
    small = dice.integers(0, 255, (15, canvas.height // 8, canvas.width // 8, 3)).astype(np.uint8)
    spec = media.ClipSpec(width=canvas.width, height=canvas.height, seconds=0.5)
    draw: Callable[[int], Any] = lambda i: small[i % 15].repeat(8, 0).repeat(8, 1)  # noqa: E731
    return media.write(folder / "noise.mp4", spec, draw, lambda _, count: np.zeros(count, np.float32))


class Show:
    """One engine, one recording, two servers."""

    def __init__(self, folder: Path, canvas: Canvas, kbps: int) -> None:
        self.measured = Measured(Waits())
        self.servers = {name: RtmpServer(folder / name).start() for name in ("a", "b")}
        self._path = folder / "show.mp4"
        self._offered: list[tuple[int, bool]] = []
        self.engine = Engine(
            canvas, SystemClock(), lambda _: None, EncoderSettings(canvas=canvas, bitrate_kbps=kbps, preset="ultrafast")
        )
        self._measure()
        self.engine.set_source(SourceSpec.parse(str(noise(folder, canvas))))

    def begin(self) -> None:
        """On air, on both servers."""
        self.engine.start()
        self.engine.pin_quality(0)  # a step down on a busy machine would be another file and other connections
        until(lambda: self.engine.health().frames_encoded > 30, "the picture")
        self.engine.start_recording(self._path)
        for name, server in self.servers.items():
            self.engine.start_push(name, server.url, KEY)
        for name in self.servers:
            until(lambda name=name: self.state(name) is PushState.LIVE, f"push {name}")  # type: ignore[misc]

    def _measure(self) -> None:
        """Packets to the pushes from the encoder's and the sound's thread, frames to the encoder from the compositor's."""
        pushes, encoder, waits = self.engine._pushes, self.engine.encoding.thread, self.measured.waits
        recorder, offer = self.engine._recorder, self.engine._recorder.offer

        def offered(packet: EncodedPacket) -> bool:
            if packet.is_video:
                self._offered.append((packet.pts, packet.is_keyframe))
            return offer(packet)

        recorder.offer = offered  # type: ignore[method-assign]
        pushes.offer = waits.timed(pushes.offer)  # type: ignore[method-assign]
        encoder.offer = waits.timed(encoder.offer)  # type: ignore[method-assign]

    def state(self, name: str) -> PushState:
        return self._push(name).state

    def _push(self, name: str) -> Any:
        return next(one for one in self.engine.health().pushes if one.name == name)

    def die(self, name: str, *, is_kill: bool, away_s: float) -> None:
        """One death and return of a server."""
        server, (other,) = self.servers[name], [one for one in self.servers if one != name]
        before, known = self._push(other), len(server.records())
        self.measured.waits.is_calm = False
        if is_kill:
            server.kill()
        else:
            server.signal(signal.SIGSTOP)
        until(lambda: self.state(name) is not PushState.LIVE, "the loss")
        time.sleep(away_s)
        if is_kill:
            server.start()
        else:
            server.signal(signal.SIGCONT)
        back_s = time.monotonic()
        first_s = until(lambda: is_receiving(server, known), "the picture at the server") - back_s
        light_s = until(lambda: self.state(name) is PushState.LIVE, "the light") - back_s
        self.measured.waits.is_calm = True
        self.measured.back_s.append(first_s)
        self.measured.light_s.append(light_s)
        after = self._push(other)
        if (after.dropped, after.reconnects) != (
            before.dropped,
            before.reconnects,
        ) or after.frames_sent <= before.frames_sent:
            self.measured.others.append(f"{before} {after}")
        word = "killed" if is_kill else "hung"
        print(
            f"{name} {word}, away {away_s:.1f} s: picture after {first_s:.2f} s, light after {light_s:.2f} s",
            flush=True,
        )

    def end(self) -> Measured:
        """Stop and count the frames of the recording."""
        health = self.engine.health()
        self.close()
        there = set(frames.numbers(self._path))
        wanted = [
            {pts - zero for pts, _ in self._offered if pts >= zero}
            for zero, is_keyframe in self._offered
            if is_keyframe
        ]
        self.measured.lost_frames = min(len(one ^ there) for one in wanted)  # of the keyframes one is the file's zero
        print(f"{len(there)} frames recorded, {health.dropped} never encoded, late {health.late}", flush=True)
        return self.measured

    def close(self) -> None:
        """Whatever happened, leave nothing running."""
        self.engine.stop()
        for server in self.servers.values():
            server.kill()


def is_receiving(server: RtmpServer, known: int) -> bool:
    """A publisher came after the death, and its picture is in the server's newest file."""
    fresh = server.records()[known:]
    return any(one.stat().st_size > 2000 for one in fresh)


def run(deaths: int, dice: random.Random, canvas: Canvas, kbps: int) -> Measured:
    """One show with so many deaths: the first a kill, the second a hang, then as the dice fall."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        show = Show(Path(folder), canvas, kbps)
        try:
            show.begin()
            for number in range(deaths):
                is_kill = number == 0 or (number > 1 and dice.random() < 0.5)
                show.die(dice.choice("ab"), is_kill=is_kill, away_s=dice.uniform(0.2, 6.0))
                time.sleep(dice.uniform(2.0, 6.0))
            return show.end()
        finally:
            show.close()


def results(measured: Measured) -> list[Result]:
    """The figures against what is allowed."""
    longest_ms = max(measured.waits.death_ms.values())
    allowed_ms = max(WAIT_LIMIT_MS, *measured.waits.calm_ms.values())
    return [
        Result(
            "recording", measured.lost_frames + len(measured.others), "frames lost, others disturbed", LOST_LIMIT, 0.0
        ),
        Result("waits", longest_ms, "ms, the longest in our threads", allowed_ms, 1.0),
        Result("back", max(measured.back_s), "s to picture at the server, worst", BACK_LIMIT_S, 1.0),
        Result("light", max(measured.light_s), "s to our light, worst", BACK_LIMIT_S, 1.0),
    ]


def main() -> NoReturn:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--deaths", type=int)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    args = parser.parse_args()
    if not rtmp_server.IS_INSTALLED:
        raise SystemExit(rtmp_server.HOW_TO_INSTALL)
    logging.basicConfig(level=logging.WARNING, stream=sys.stdout, format="  %(relativeCreated)d ms: %(message)s")
    logging.getLogger(push.__package__).setLevel(logging.INFO)
    push.HANGS_AFTER_S = 2.0 if not args.full else push.HANGS_AFTER_S
    print(f"seed {args.seed}", flush=True)
    deaths = args.deaths or (20 if args.full else 4)
    measured = run(deaths, random.Random(args.seed), Canvas(360, 640, 30), 2500)
    print(
        f"{deaths} deaths; picture back: median {median(measured.back_s):.2f} s; light: median {median(measured.light_s):.2f} s"
    )
    for when, by_thread in (("calm", measured.waits.calm_ms), ("around deaths", measured.waits.death_ms)):
        print(f"longest waits, {when}, ms: " + ", ".join(f"{name} {ms:.2f}" for name, ms in by_thread.items()))
    for line in measured.others:
        print("the other was disturbed:", line)
    finish(results(measured))


if __name__ == "__main__":
    main()
