"""Clips cut from a recording of 1200 seconds against real time and against `ffmpeg -ss … -c copy` of the same stretch.

`python -m tests.bench.clips [--seconds N] [--rounds N]`. The recording is real: our encoder's packets (720x1280, 4 Mbit/s,
keyframes at random takes) written by our muxer, the same 20 seconds again and again. A cut counts with its cover, title and
tables. Every packet of every clip is compared with the recording's: one frame too many, too few or elsewhere ends the bench.
The two alternate and medians are compared. What decides is CPU (user and system, of ffmpeg as a child), for other programs
on the machine change the wall time tenfold; the wall time is printed beside it."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np

from studio.video.clips import Stretch, cut
from studio.video.encoder import Codecs, EncoderSettings
from studio.video.outputs.muxing import Muxer
from studio.video.outputs.recording import CONTAINER_OPTIONS
from studio.video.outputs.safe_file import SafeFile
from studio.video.packets import EncodedPacket
from studio.video.scene import Canvas
from tests.bench.result import Result, finish, median

FPS, LOOP_S, RATE_HZ, BLOCK = 30, 20, 48_000, 1024
CANVAS = Canvas(720, 1280, FPS)
TAKES = 6
AT_LEAST, STRETCH = 400.0, 800.0
LENGTHS_S = (480.0, 150.0, 20.0)


@dataclass(frozen=True)
class Made:
    """A recording, the same as it lay on the disk while it grew, and where items may begin."""

    finished: Path
    growing: Path
    takes_s: tuple[float, ...]
    packets: tuple[tuple[float, int], ...]


def encoded(dice: random.Random) -> tuple[bytes, list[EncodedPacket], list[int]]:
    """Twenty seconds from the encoder: a moving picture with noise, a tone, keyframes at random frames."""
    codecs = Codecs(EncoderSettings(canvas=CANVAS, bitrate_kbps=4000))
    takes = sorted({0, *(dice.randrange(1, LOOP_S * FPS) for _ in range(TAKES))})
    noise = np.random.default_rng(7)
    picture = noise.integers(16, 235, (CANVAS.height * 3 // 2, CANVAS.width)).astype(np.uint8)
    found: list[EncodedPacket] = []
    for index in range(LOOP_S * FPS):
        found += codecs.encode_picture(np.roll(picture, index * 8, 1), index, index in takes)
    tone = np.sin(np.arange(BLOCK, dtype=np.float32) / 9).astype(np.float32) * 0.2
    for block in range(LOOP_S * RATE_HZ // BLOCK):
        found += codecs.encode_sound(np.stack([tone, tone]), block * BLOCK)
    header = codecs.header
    codecs.close()
    ordered = sorted((one for one in found if one.pts >= 0), key=lambda one: (one.pts_s, not one.is_video))
    return header, [one for one in ordered if one.pts_s < LOOP_S], takes


def record(folder: Path, seconds: int) -> Made:
    """Write the recording as the studio does, and keep a copy from the moment before it was closed."""
    header, packets, takes = encoded(random.Random(5))
    path = folder / "show.mp4"
    file = SafeFile(path)
    muxer = Muxer(av.open(file, "w", format="mp4", options=CONTAINER_OPTIONS), header)
    loops = seconds // LOOP_S
    for loop in range(loops):
        for one in packets:
            shift = round(loop * LOOP_S / one.time_base)
            muxer.write(replace(one, pts=one.pts + shift, dts=one.dts + shift))
    growing = folder / "growing.mp4"
    shutil.copyfile(path, growing)
    muxer.container.close()
    file.close()
    takes_s = tuple(loop * LOOP_S + take / FPS for loop in range(loops) for take in takes)
    return Made(path, growing, takes_s, tuple(video_packets(path)))


def video_packets(path: Path) -> Iterator[tuple[float, int]]:
    """(time, checksum) of every picture, as another reader sees them."""
    with av.open(str(path)) as container:
        for packet in container.demux(video=0):
            if packet.pts is not None:
                yield float(packet.pts * packet.time_base), zlib.crc32(bytes(packet))


def check(made: Made, stretch: Stretch, path: Path) -> None:
    """The clip is, picture by picture, what the recording has from the take to the end of the stretch."""
    half_s, end_s = 0.5 / FPS, stretch.end_s or float("inf")
    wanted = [(at, crc) for at, crc in made.packets if stretch.start_s - half_s <= at < end_s - half_s]
    got = list(video_packets(path))
    if [crc for _, crc in got] != [crc for _, crc in wanted]:
        sys.exit(f"{path.name}: {len(got)} frames, {len(wanted)} wanted, or others")
    if any(abs(at - (origin - wanted[0][0])) > 0.001 for (at, _), (origin, _) in zip(got, wanted, strict=True)):
        sys.exit(f"{path.name}: a frame is at another time")


def ours(stretch: Stretch, folder: Path) -> tuple[float, float]:
    """(CPU, wall) seconds of a cut."""
    began, began_cpu = time.perf_counter(), time.process_time()
    clip = cut(stretch, folder / "ours.mp4", "丹东草莓 99 红颜")
    spent = time.process_time() - began_cpu, time.perf_counter() - began
    if clip.start_error_s:
        sys.exit(f"the clip begins {clip.start_error_s} s early")
    return spent


def ffmpeg(stretch: Stretch, folder: Path) -> tuple[float, float]:
    """The same, of the ffmpeg program."""
    span = ["-ss", f"{stretch.start_s:.6f}", *(["-to", f"{stretch.end_s:.6f}"] if stretch.end_s else [])]
    command = ["ffmpeg", "-v", "error", "-nostdin", *span, "-i", str(stretch.recording), "-c", "copy", "-y"]
    began, began_cpu = time.perf_counter(), children_s()
    subprocess.run([*command, str(folder / "theirs.mp4")], check=True)
    return children_s() - began_cpu, time.perf_counter() - began


def children_s() -> float:
    """CPU seconds of all children so far."""
    times = os.times()
    return times.children_user + times.children_system


def compare(made: Made, recording: Path, length_s: float, rounds: int, folder: Path) -> list[Result]:
    """Alternate the two on the same stretches."""
    is_growing, dice = recording is made.growing, random.Random(11)
    starts = [one for one in made.takes_s if one + length_s <= made.packets[-1][0] - 1]
    mine, theirs = [], []
    for _ in range(rounds):
        start_s = dice.choice(starts)
        end_s = min((one for one in made.takes_s if one >= start_s + length_s), default=made.takes_s[-1])
        stretch = Stretch(recording=recording, item_id="x", start_s=start_s, end_s=end_s)
        mine.append([one / (end_s - start_s) for one in ours(stretch, folder)])
        theirs.append([one / (end_s - start_s) for one in ffmpeg(stretch, folder)])
        check(made, stretch, folder / "ours.mp4")
    name = f"{length_s:.0f} s of a recording that {'grows' if is_growing else 'is closed'}"
    (cpu, wall), (their_cpu, their_wall) = (
        [[each[place] for each in figures] for place in (0, 1)] for figures in (mine, theirs)
    )
    speed, slowest, fastest = 1 / median(cpu), 1 / max(cpu), 1 / min(cpu)
    reached = "reached" if speed >= STRETCH else "not reached"
    print(
        f"# {name}: {speed:.0f}x real time [{slowest:.0f}..{fastest:.0f}], stretch {reached}, ffmpeg {1 / median(their_cpu):.0f}x; "
        f"by the wall {1 / median(wall):.0f}x (best {1 / min(wall):.0f}x), ffmpeg {1 / median(their_wall):.0f}x "
        f"(best {1 / min(their_wall):.0f}x); frame errors 0 in {rounds} clips",
        flush=True,
    )
    results = [Result(f"{name}, times real time", speed, "x", 1.0, AT_LEAST, is_at_least=True)]
    if not is_growing:
        ratio = median([one / other for one, other in zip(cpu, their_cpu, strict=True)])
        their_s = median(their_cpu) * length_s
        results.append(Result(f"{name}, against ffmpeg -c copy", ratio * their_s, "CPU s", their_s, 1.0))
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=1200)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    if shutil.which("ffmpeg") is None:
        sys.exit("this bench needs the ffmpeg program: apt-get install ffmpeg")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = record(folder, chosen.seconds)
        size = made.finished.stat().st_size
        print(f"# {chosen.seconds} s, {size / 1e6:.0f} MB, {len(made.packets)} frames", flush=True)
        results = []
        for length_s in LENGTHS_S:
            if length_s < chosen.seconds / 2:
                results += compare(made, made.finished, length_s, chosen.rounds, folder)
        results += compare(made, made.growing, min(480.0, chosen.seconds / 3), chosen.rounds, folder)
    finish(results)


if __name__ == "__main__":
    main()
