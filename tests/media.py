"""Real clips made with PyAV for the tests: what a camera, a phone or a broken download would give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

RATE_HZ = 48_000
FLASH_S = 0.1
FLASH_LEVEL, DARK_LEVEL = 220, 40

Picture = npt.NDArray[np.uint8]
Draw = Callable[[int], Picture]


@dataclass(frozen=True, kw_only=True)
class ClipSpec:
    """What a test clip looks and sounds like."""

    width: int = 320
    height: int = 240
    fps: int = 30
    seconds: float = 4.0
    rate_hz: int = RATE_HZ
    layout: str = "stereo"
    has_sound: bool = True
    codec: str = "libx264"
    pix_fmt: str = "yuv420p"


def flash_and_beep(path: Path, spec: ClipSpec | None = None) -> Path:
    """A clip with a white flash and a 1 kHz beep at the beginning of every second."""
    spec = spec or ClipSpec()

    def draw(index: int) -> Picture:
        is_flash = index % spec.fps < FLASH_S * spec.fps
        return np.full((spec.height, spec.width, 3), FLASH_LEVEL if is_flash else DARK_LEVEL, np.uint8)

    def sound(at: int, count: int) -> npt.NDArray[np.float32]:
        times = np.arange(at, at + count) / spec.rate_hz
        loud = (times % 1.0) < FLASH_S
        return np.asarray(0.5 * np.sin(2 * np.pi * 1000 * times) * loud, np.float32)

    return write(path, spec, draw, sound)


def moving_pattern(path: Path, spec: ClipSpec | None = None) -> Path:
    """A clip whose bar moves every frame, with a steady tone."""
    spec = spec or ClipSpec()
    ramp = np.linspace(0, 255, spec.width).astype(np.uint8)

    def draw(index: int) -> Picture:
        row = np.roll(ramp, index * 4)
        return np.repeat(np.repeat(row[None, :, None], spec.height, 0), 3, 2)

    def sound(at: int, count: int) -> npt.NDArray[np.float32]:
        return np.asarray(0.25 * np.sin(2 * np.pi * 440 * np.arange(at, at + count) / spec.rate_hz), np.float32)

    return write(path, spec, draw, sound)


def write(path: Path, spec: ClipSpec, draw: Draw, sound: Callable[[int, int], npt.NDArray[np.float32]]) -> Path:
    """Encode pictures and sound into ``path``; its suffix chooses the container."""
    with av.open(str(path), "w") as container:
        video = container.add_stream(spec.codec, rate=spec.fps)
        video.width, video.height, video.pix_fmt = spec.width, spec.height, spec.pix_fmt
        if spec.codec == "libx264":
            video.options = {"preset": "ultrafast", "g": str(spec.fps)}
        audio = None
        if spec.has_sound:
            audio = container.add_stream("aac", rate=spec.rate_hz, layout=spec.layout)
        for index in range(round(spec.seconds * spec.fps)):
            frame = av.VideoFrame.from_ndarray(draw(index), "rgb24")
            frame.pts, frame.time_base = index, Fraction(1, spec.fps)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio is not None:
            for packet in _sound_packets(audio, spec, sound):
                container.mux(packet)
    return path


def _sound_packets(
    audio: av.AudioStream, spec: ClipSpec, sound: Callable[[int, int], npt.NDArray[np.float32]]
) -> Iterator[av.Packet]:
    total, at = round(spec.seconds * spec.rate_hz), 0
    while at < total:
        count = min(1024, total - at)
        frame = av.AudioFrame(format="fltp", layout=spec.layout, samples=count)
        frame.sample_rate, frame.pts, frame.time_base = spec.rate_hz, at, Fraction(1, spec.rate_hz)
        for plane in frame.planes:
            plane.update(sound(at, count).tobytes())
        yield from audio.encode(frame)
        at += count
    yield from audio.encode(None)


def no_video(path: Path) -> Path:
    """A file that says it is a video and is none."""
    path.write_bytes(b"this is no video at all\n" * 200)
    return path


def truncated(path: Path, spec: ClipSpec | None = None) -> Path:
    """A download that was cut off: the index at the end of the file is missing."""
    whole = moving_pattern(path, spec)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    return path


@dataclass(frozen=True)
class Seen:
    """What is in a recording: times of flashes and beeps in seconds, and counts."""

    flashes: list[float]
    beeps: list[float]
    frames: int
    length_s: float


def look(path: Path) -> Seen:
    """Decode a recording from its first to its last frame; every frame must decode."""
    lights: list[tuple[float, float]] = []
    sounds: list[tuple[float, npt.NDArray[np.float32]]] = []
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.video[0], container.streams.audio[0]):
            if isinstance(frame, av.VideoFrame):
                lights.append((float(frame.time), float(frame.to_ndarray(format="gray").mean())))
            else:
                sounds.append((float(frame.time), frame.to_ndarray()[0]))
    level = (FLASH_LEVEL + DARK_LEVEL) / 2
    flashes = [at for (at, light), (_, before) in zip(lights[1:], lights, strict=False) if light > level >= before]
    return Seen(flashes, _beeps(sounds), len(lights), lights[-1][0] if lights else 0.0)


def _beeps(sounds: list[tuple[float, npt.NDArray[np.float32]]]) -> list[float]:
    """Where silence turns into sound, to a millisecond."""
    step = RATE_HZ // 1000
    found: list[float] = []
    was_loud_s = -1.0
    for start_s, samples in sounds:
        for place in range(0, len(samples) - step + 1, step):
            if np.abs(samples[place : place + step]).max() > 0.1:
                at_s = start_s + place / RATE_HZ
                if at_s - was_loud_s > 0.3:
                    found.append(at_s)
                was_loud_s = at_s
    return found
