"""Formats that cameras offer, and which of them to take: no driver is asked here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from studio.core.errors import UserError
from studio.video.scene import Canvas
from studio.video.sources import address

# Nanoseconds of CPU a pixel from the driver's bytes to planes of 4:2:0, measured at 1080p (shared/notes/video.md, 2);
# compressed ones are decoded, the rest is copied or repacked.
_COSTS_NS = {"yuv420p": 0.05, "nv12": 0.12, "yuyv422": 0.2, "uyvy422": 0.3, "bgr24": 1.2, "rgb24": 1.4, "gray": 0.3}
_COMPRESSED_NS = {"mjpeg": 3.3, "h264": 4.0}
_UNKNOWN_NS = 5.0
_NAMES = {"mjpeg": "MJPEG", "h264": "H.264", "yuyv422": "YUYV", "uyvy422": "UYVY", "nv12": "NV12", "yuv420p": "I420"}
GOOD_ENOUGH = 0.97  # 29.97 of 30
GUESSED = ("nv12", "yuyv422", "mjpeg")


@dataclass(frozen=True)
class CameraFormat:
    """What a camera can send: ``pixels`` by libav's name, size in pixels, the fastest rate at that size."""

    pixels: str
    width: int
    height: int
    fps: float

    @property
    def is_compressed(self) -> bool:
        """Decoded by a codec, not copied."""
        return self.pixels in _COMPRESSED_NS

    @property
    def cost(self) -> float:
        """CPU seconds a second."""
        each_ns = _COSTS_NS.get(self.pixels, _COMPRESSED_NS.get(self.pixels, _UNKNOWN_NS))
        return each_ns * 1e-9 * self.width * self.height * self.fps

    @property
    def wishes(self) -> dict[str, str]:
        """As the wishes behind a camera's name."""
        return {"format": self.pixels, "size": f"{self.width}x{self.height}", "fps": f"{self.fps:g}"}

    def __str__(self) -> str:
        name = _NAMES.get(self.pixels, self.pixels.upper())
        return f"{name} {self.width}×{self.height} {self.fps:g} fps"


@dataclass(frozen=True)
class Pin:
    """What the user insists on; nothing (empty, 0) leaves it to us."""

    pixels: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0

    @classmethod
    def read(cls, wishes: Mapping[str, str]) -> Pin:
        """Read ``format=mjpeg``, ``size=1280x720``, ``fps=30``, each or none; raises UserError."""
        size = re.fullmatch(r"(\d{2,5})[x×*](\d{2,5})", wishes.get("size", "0010x0010"), re.ASCII)
        fps = re.fullmatch(r"\d{1,3}(\.\d{1,3})?", wishes.get("fps", "0"), re.ASCII)
        pixels = re.fullmatch(r"[a-z0-9]*", wishes.get("format", ""), re.ASCII)
        if size is None or fps is None or pixels is None:
            raise UserError("error.video.camera_format", text=address.joined("", **wishes).removeprefix("?"))
        width, height = (int(size[1]), int(size[2])) if "size" in wishes else (0, 0)
        return cls(pixels[0], width, height, float(fps[0]))

    def allows(self, one: CameraFormat) -> bool:
        """Whether a format is what the user wants."""
        return (
            (not self.pixels or one.pixels == self.pixels)
            and (not self.width or (one.width, one.height) == (self.width, self.height))
            and (not self.fps or one.fps >= self.fps - 0.5)
        )


def ranked(offered: Iterable[CameraFormat], canvas: Canvas, pin: Pin) -> list[CameraFormat]:
    """Best first: those that are pinned; among them those as large and fast as the canvas, the cheapest of these first;
    then what comes nearest. A size turned on its side is as good, because the middle is cut out."""
    long, short = max(canvas.width, canvas.height), min(canvas.width, canvas.height)

    def order(one: CameraFormat) -> tuple[bool, float, float]:
        sharpness = min(1.0, max(one.width, one.height) / long, min(one.width, one.height) / short)
        quality = sharpness * min(1.0, one.fps / (pin.fps or canvas.fps))
        return not pin.allows(one), -min(quality, GOOD_ENOUGH), one.cost

    return sorted(set(offered), key=order)


def guessed(canvas: Canvas, pin: Pin) -> list[CameraFormat]:
    """What to try with a camera that does not tell what it offers."""
    width, height = pin.width, pin.height
    if not width:
        width, height = max(canvas.width, canvas.height), min(canvas.width, canvas.height)
    names = (pin.pixels,) if pin.pixels else GUESSED
    return [CameraFormat(name, width, height, pin.fps or canvas.fps) for name in names]
