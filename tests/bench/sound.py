"""What the sound costs and how far it drifts: three inputs through mixer, limiter and meters against one core; 24 hours of a
device whose clock is off. The reference of the cost is AAC, which has to be paid anyway."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

import cv2
import numpy as np

from studio.video.clockwork import SOUND_RATE_HZ, Timeline
from studio.video.encoder import SOUND_BLOCK, SoundCodec
from studio.video.sound import clock
from studio.video.sound.clock import SampleClock
from studio.video.sound.denoise import Denoiser
from studio.video.sound.mixer import Mixer
from studio.video.sound.spec import SoundInput
from studio.video.sound.strip import Strip
from studio.video.sound.thread import MIXED
from tests.bench.result import Result, finish
from tests.video.drifting import Device, run

SECONDS = 30
RUNS = 7
MOST_DRIFT_MS = 40.0
DEVICES = (
    Device(hours=24, count=4096, ppm=500, jitter_s=0.01),
    Device(hours=24, count=4096, ppm=-500, jitter_s=0.03),
    Device(hours=2, count=480, ppm=250, jitter_s=0.02),
    Device(hours=2, count=1024, ppm=-40, jitter_s=0.0),
    Device(hours=2, count=64, ppm=-500, jitter_s=0.004),
)


def voice(seconds: int, level: float = 0.03) -> np.ndarray:
    """Noise that swells like speech, at -23 LUFS where three are mixed; four times as loud it keeps the limiter at work."""
    random = np.random.default_rng(1)
    noise = random.standard_normal((2, seconds * SOUND_RATE_HZ)).astype(np.float32)
    swell = np.abs(np.sin(np.arange(noise.shape[1]) * 2 * np.pi * 1.5 / SOUND_RATE_HZ)).astype(np.float32)
    return noise * swell * np.float32(level)


def mixed(sound: np.ndarray) -> None:
    """Two microphones that are held to the clock and a file, a block at a time, as the sound thread does it."""
    strips = [Strip(SoundInput(id=str(number), address=f"mic:{number}", gain_db=number)) for number in range(3)]
    clocks = [SampleClock(Timeline(0.0, 30)) for _ in strips[1:]]
    mixer = Mixer()
    mixer.set(tuple(strips))
    for at in range(0, sound.shape[1] - MIXED, MIXED):
        block = sound[:, at : at + MIXED]
        strips[0].sound.put(at, block)
        for strip, device in zip(strips[1:], clocks, strict=True):
            strip.sound.put(*device.place(block, (at + MIXED) / SOUND_RATE_HZ * 1.0001))
        if at:
            mixer.block(at - MIXED, MIXED)


def encoded(sound: np.ndarray) -> None:
    """The same time through AAC."""
    codec = SoundCodec(128)
    for at in range(0, sound.shape[1] - SOUND_BLOCK, SOUND_BLOCK):
        codec.encode(np.ascontiguousarray(sound[:, at : at + SOUND_BLOCK]), at)
    codec.close()


def denoised(sound: np.ndarray) -> None:
    """One mono microphone, noise suppression on."""
    denoiser, mono = Denoiser(), np.stack([sound[0], sound[0]])
    for at in range(0, sound.shape[1] - 480, 480):
        for _ in denoiser.feed(mono[:, at : at + 480], is_on=True):
            pass


def share(work: Callable[[np.ndarray], None], sound: np.ndarray) -> float:
    """CPU per second of sound in percent of a core, the least of some runs."""
    costs = []
    for _ in range(RUNS):  # the least: other programs make caches cold, never warm
        began_s = time.process_time()
        work(sound)
        costs.append((time.process_time() - began_s) / SECONDS * 100)
    return min(costs)


def drifts() -> list[Result]:
    """The worst distance of sound and picture after half a minute, for devices of all kinds."""
    results = []
    for device in DEVICES:
        with contextlib.ExitStack() as stack:
            real = clock.Stretcher
            stack.callback(setattr, clock, "Stretcher", real)
            seen = run(device, lambda place, value: setattr(clock, place.rpartition(".")[2], value))
        name = f"drift {device.hours:g} h, {device.ppm:+g} ppm, blocks of {device.count}, {seen.jumps} jumps"
        results.append(Result(name, seen.worst_s * 1000 + 1000 * seen.jumps, "ms", MOST_DRIFT_MS, 1.0))
    return results


def main() -> None:
    """Measure and tell."""
    cv2.setNumThreads(1)  # as the engine does
    sound = voice(SECONDS)
    mixed(sound[:, : 4 * SOUND_RATE_HZ])
    aac = share(encoded, sound)
    cost = share(mixed, sound)
    results = [
        Result("mixer, 3 inputs, % of a core", cost, "%", 1.0, 1.0),
        Result("mixer, 3 inputs, against AAC", cost, "%", aac, 1.0),
        Result("the same, limiting all the time, % of a core", share(mixed, sound * np.float32(4)), "%", 1.5, 1.0),
        Result("noise suppression of one microphone, % of a core", share(denoised, sound), "%", 1.0, 1.0),
    ]
    finish([*results, *drifts()])


if __name__ == "__main__":
    main()
