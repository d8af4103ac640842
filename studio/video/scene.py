"""What is on the picture: a frozen Scene that the desk hands to the engine by one assignment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from studio.core.errors import UserError

if TYPE_CHECKING:
    from studio.video.overlays.overlay import Overlay

SMALLEST_SIDE, LARGEST_SIDE = 64, 4096
FASTEST_FPS = 60
GREEN_UV, BLUE_UV = (42, 26), (240, 118)  # BT.709, limited range, of pure green and blue


class Place(StrEnum):
    """Where a source stands in the picture: the camera, the small picture in it, what is seen behind the green screen."""

    MAIN = "main"
    INSET = "inset"
    BACKDROP = "backdrop"


@dataclass(frozen=True)
class Canvas:
    """The programme's size in pixels (even) and its frame rate (画布)."""

    width: int
    height: int
    fps: int = 30

    def __post_init__(self) -> None:
        for side in (self.width, self.height):
            if side % 2 or not SMALLEST_SIDE <= side <= LARGEST_SIDE:
                raise UserError("overlay.error.canvas_size", size=f"{self.width}x{self.height}")
        if not 1 <= self.fps <= FASTEST_FPS:
            raise UserError("overlay.error.canvas_fps", fps=self.fps)

    @classmethod
    def parse(cls, text: str, fps: int = 30) -> Canvas:
        """Read ``"720x1280"``; raises UserError when it is no size or a side is odd, too small or too large."""
        match = re.fullmatch(r"\s*(\d{1,5})\s*[x×*]\s*(\d{1,5})\s*", text, re.ASCII | re.IGNORECASE)
        if match is None:
            raise UserError("overlay.error.canvas_size", size=text)
        return cls(int(match[1]), int(match[2]), fps)

    @property
    def is_portrait(self) -> bool:
        """Higher than wide, as a phone is held."""
        return self.height > self.width

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass(frozen=True)
class Look:
    """The camera's look, settings of -100..100 (``smoothing`` 0..100); ``warmth`` makes it more orange, ``tint`` more
    magenta, ``smoothing`` calms skin (美颜)."""

    brightness: int = 0
    contrast: int = 0
    warmth: int = 0
    tint: int = 0
    smoothing: int = 0


PLAIN = Look()


@dataclass(frozen=True)
class ChromaKey:
    """The chroma key (绿幕抠像). ``uv`` is the screen's colour; with ``is_measured`` only its direction counts and the
    colour is measured on the picture, because no real screen is pure green.

    In shares of the way from the screen's colour to grey: nearer than ``similarity`` is clear, beyond ``similarity`` +
    ``smoothness`` is kept. ``spill`` (0..1) takes the screen's light off what is kept."""

    uv: tuple[int, int] = GREEN_UV
    similarity: float = 0.45
    smoothness: float = 0.25
    spill: float = 0.6
    is_measured: bool = True


@dataclass(frozen=True)
class PictureInPicture:
    """Where the second picture (画中画) lies, in shares of the canvas (0..1), its border and corners in shares of its width."""

    x: float
    y: float
    width: float
    height: float
    border: float = 0.015
    radius: float = 0.06
    is_mirrored: bool = False

    def rectangle(self, canvas: Canvas) -> tuple[int, int, int, int]:
        """(x, y, width, height) in pixels: even, inside the canvas, at least `SMALLEST_SIDE` a side."""
        width = min(canvas.width, max(SMALLEST_SIDE, round(self.width * canvas.width / 2) * 2))
        height = min(canvas.height, max(SMALLEST_SIDE, round(self.height * canvas.height / 2) * 2))
        x = min(max(0, round(self.x * canvas.width / 2) * 2), canvas.width - width)
        y = min(max(0, round(self.y * canvas.height / 2) * 2), canvas.height - height)
        return x, y, width, height


@dataclass(frozen=True)
class Layer:
    """One overlay's place in the pile (图层); the last layer of a scene lies on top."""

    id: str
    overlay: Overlay
    is_visible: bool = True


@dataclass(frozen=True)
class Scene:
    """Everything on the picture at a moment (场景); ``item_id`` is the rundown item it shows, ``version`` grows.

    When another source, the key or the inset comes or goes, the picture under the overlays fades over for
    ``transition_ms`` (0: a cut); settings that only take other values, and overlays, change at once."""

    canvas: Canvas
    layers: tuple[Layer, ...] = ()
    item_id: str | None = None
    version: int = 0
    look: Look = PLAIN
    key: ChromaKey | None = None
    inset: PictureInPicture | None = None
    transition_ms: int = 0

    def __post_init__(self) -> None:
        ids = [layer.id for layer in self.layers]
        if len(ids) != len(set(ids)):
            raise ValueError(f"layer ids must differ: {ids}")
