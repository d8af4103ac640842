"""What is on the picture: a frozen Scene that the desk hands to the engine by one assignment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.core.errors import UserError

if TYPE_CHECKING:
    from studio.video.overlays.overlay import Overlay

SMALLEST_SIDE, LARGEST_SIDE = 64, 4096
FASTEST_FPS = 60


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
class Layer:
    """One overlay's place in the pile (图层); the last layer of a scene lies on top."""

    id: str
    overlay: Overlay
    is_visible: bool = True


@dataclass(frozen=True)
class Scene:
    """Everything on the picture at a moment (场景); ``item_id`` is the rundown item it shows, ``version`` grows."""

    canvas: Canvas
    layers: tuple[Layer, ...] = ()
    item_id: str | None = None
    version: int = 0

    def __post_init__(self) -> None:
        ids = [layer.id for layer in self.layers]
        if len(ids) != len(set(ids)):
            raise ValueError(f"layer ids must differ: {ids}")
