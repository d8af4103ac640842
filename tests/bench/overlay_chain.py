"""The picture of a case by the ffmpeg program: our overlays as PNG files, laid on by its `overlay` filters."""

from __future__ import annotations

import resource
import subprocess
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from studio.core.clock import ManualClock
from studio.video.atlas import Atlas
from studio.video.overlays import OVERLAYS
from studio.video.overlays.overlay import scaled, unit
from studio.video.painter import Painter
from studio.video.scene import Canvas, Layer, Scene

FPS = 25  # whole milliseconds a frame, so that both sides move the sprites at the same times
STARTED_MS = 1_780_000_000_000


@dataclass(frozen=True)
class Case:
    """One comparison: a canvas, its raw file, with or without rain."""

    canvas: Canvas
    file: Path
    folder: Path
    is_raining: bool

    @property
    def name(self) -> str:
        return "rain" if self.is_raining else "static"

    def scene(self) -> Scene:
        """Five overlays as in a show, above the rain."""
        ends_ms = STARTED_MS + 300_000
        layers = [
            Layer("card", make("product_card", title="赣南脐橙 5斤装 果园现摘 单果65-75mm", live_price_fen=2990,
                                list_price_fen=4990, stock=38, number=1, selling_point="现摘现发 · 坏果包赔")),
            Layer("price", make("price_tag", price_fen=2990, was_fen=4990, label="限时秒杀价")),
            Layer("countdown", make("countdown", ends_ms=ends_ms, label="距秒杀结束")),
            Layer("coupon", make("coupon_banner", title="限时券 满59减20", left=118)),
            Layer("bug", make("corner_bug", text="青山村助农直播间")),
        ]  # fmt: skip
        if self.is_raining:
            rain = make("red_envelope_rain", started_ms=STARTED_MS - 20_000, ends_ms=ends_ms)
            layers.insert(0, Layer("rain", rain))
        return Scene(self.canvas, tuple(layers))


def make(kind: str, **settings: object):  # type: ignore[no-untyped-def]
    return OVERLAYS.get(kind)(**settings)


def write_pictures(case: Case, frames: int) -> tuple[list[str], str]:
    """Write what our overlays drew as PNG files; ffmpeg's inputs and its filter graph."""
    scene, painter = case.scene(), Painter(ManualClock())
    inputs, chains, stack, last = [], [], [], "0:v"
    atlas = painter.paint_now(scene, STARTED_MS)
    if case.is_raining:
        inputs, chains, stack, last = _rain_graph(case, scene)
    for blit in atlas.blits:
        number = len(inputs)
        if blit.layer_id == "countdown":
            pattern = case.folder / "countdown_%03d.png"
            for second in range(frames // FPS + 1):
                shown = painter.paint_now(scene, STARTED_MS + second * 1000)
                _save_blit(shown, scene, "countdown", Path(str(pattern) % second), STARTED_MS + second * 1000)
            inputs.append(f"-framerate 1 -start_number 0 -i {pattern}")
        else:
            file = case.folder / f"{blit.layer_id}.png"
            _save_blit(atlas, scene, blit.layer_id, file, STARTED_MS)
            inputs.append(f"-i {file}")
        chains.append(f"[{number + 1}:v]{_TO_YUV}[p{number}]")
        stack.append(f"[{last}][p{number}]overlay={blit.x}:{blit.y}:format=yuv420[o{number}]")
        last = f"o{number}"
    return inputs, ";".join([*chains, *stack]) + f";[{last}]null[out]"


_TO_YUV = "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int,format=yuva420p"


def _save_blit(atlas: Atlas, scene: Scene, layer_id: str, file: Path, now_ms: int) -> None:
    """The layer's drawing, cut to what we blend of it, so that ffmpeg has no larger picture to lay on."""
    from studio.video.overlays.paint import painted

    blit = next(one for one in atlas.blits if one.layer_id == layer_id)
    overlay = next(layer.overlay for layer in scene.layers if layer.id == layer_id)
    x, y = overlay.place(scene.canvas)
    (pixels,) = painted(overlay, scene.canvas, now_ms)
    _save(pixels[blit.y - y : blit.y - y + blit.height, blit.x - x : blit.x - x + blit.width], file)


def _save(premultiplied: np.ndarray, file: Path) -> None:
    alpha = premultiplied[..., 3:].astype(np.uint16)
    straight = (premultiplied[..., :3].astype(np.uint16) * 255 + alpha // 2) // np.maximum(alpha, 1)
    cv2.imwrite(str(file), np.dstack([straight.astype(np.uint8), premultiplied[..., 3]]))


def _rain_graph(case: Case, scene: Scene) -> tuple[list[str], list[str], list[str], str]:
    """The forty sprites as forty `overlay` filters whose x and y are the rain's own formula."""
    from studio.video.overlays.paint import painted
    from studio.video.overlays.red_envelope_rain import ANGLES, SIDE, habits

    rain = scene.layers[0].overlay
    canvas, scale = case.canvas, unit(case.canvas)
    side, _ = scaled(canvas, SIDE, SIDE)
    inputs, chains, stack, last = [], [], [], "0:v"
    for k, pixels in enumerate(painted(rain, canvas, STARTED_MS)):
        _save(pixels, case.folder / f"envelope_{k}.png")
        inputs.append(f"-i {case.folder / f'envelope_{k}.png'}")
        outs = "".join(f"[e{k}_{i}]" for i in range(k, 40, len(ANGLES)))
        chains.append(f"[{k + 1}:v]{_TO_YUV},split={len(range(k, 40, len(ANGLES)))}{outs}")
    late_s = (STARTED_MS - rain.started_ms) / 1000
    for i, speed, delay, phase, sway in zip(*habits(40), strict=True):
        fall = speed * scale
        trip = (canvas.height + side) / fall
        turn = f"floor((t+{late_s - delay:.9f})/{trip:.9f})"
        fallen = f"((t+{late_s - delay:.9f}-{turn}*{trip:.9f})*{fall:.9f})"
        lane = f"({i * 0.618033988749895 + phase:.12f}+{turn}*0.38196601125)"
        x = f"2*floor((({lane}-floor({lane}))*{canvas.width + side}-{side}+sin({fallen}*{0.006 / scale:.12f}"
        x += f"+{phase * 6.28:.9f})*{sway * scale:.9f})/2)"
        y = f"2*floor(({fallen}-{side})/2)"
        picture = f"e{int(i) % len(ANGLES)}_{int(i)}"
        stack.append(f"[{last}][{picture}]overlay=x='{x}':y='{y}':format=yuv420[r{int(i)}]")
        last = f"r{int(i)}"
    return inputs, chains, stack, last


def ffmpeg_command(case: Case, inputs: list[str], graph: str, frames: int, to: str) -> list[str]:
    raw = f"-f rawvideo -pix_fmt yuv420p -s {case.canvas} -framerate {FPS}"
    start = f"ffmpeg -v error -nostdin -stream_loop -1 {raw} -i {case.file}".split()
    pictures = [word for one in inputs for word in one.split()]
    return [*start, *pictures, "-filter_complex", graph, "-map", "[out]", "-frames:v", str(frames), *to.split()]


def ffmpeg_cpu(command: list[str]) -> float:
    """CPU seconds of one ffmpeg run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
