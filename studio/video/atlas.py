"""The atlas: every painted overlay of a scene, packed in one array that one kernel call can blend."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from studio.video.planes import Bytes, OverlayPlanes
from studio.video.scene import Canvas, Scene

if TYPE_CHECKING:
    from studio.video.overlays.overlay import Positions

_log = logging.getLogger(__name__)

Table = npt.NDArray[np.int64]
TABLE_COLUMNS = 5  # offset, width, height, x, y


OnFault = Callable[[str, Exception], None]  # layer id, what it raised


class Mover(Protocol):
    """What an atlas asks of a sprite overlay: which image lies where at a time."""

    def positions(self, now_ms: int, canvas: Canvas) -> Positions: ...


@dataclass(frozen=True)
class Blit:
    """One picture in the atlas and its rectangle on the canvas: all numbers even, the corner may lie outside."""

    layer_id: str
    offset: int
    width: int
    height: int
    x: int
    y: int


@dataclass(frozen=True, eq=False)
class Sprites:
    """A sprite overlay's images in the atlas; ``row`` is where in the pile of blits they are drawn.

    An image is kept trimmed: ``x`` and ``y`` of its blit are the trimmed corner within the image."""

    layer_id: str
    mover: Mover
    images: Table
    row: int
    on_fault: OnFault
    is_broken: Event = field(default_factory=Event)

    def table(self, now_ms: int, canvas: Canvas) -> Table:
        """One row (offset, width, height, x, y) per sprite to be seen at ``now_ms``; none once its overlay has raised."""
        if self.is_broken.is_set():
            return self.images[:0]
        try:
            places = np.asarray(self.mover.positions(now_ms, canvas), np.int64).reshape(-1, 3)
            rows: Table = self.images[places[:, 0]]
        except Exception as error:  # noqa: BLE001 - a plugin's overlay must not cost the picture
            self.is_broken.set()
            self.on_fault(self.layer_id, error)
            return self.images[:0]
        rows[:, 3:] += places[:, 1:] & ~1
        return rows


@dataclass(frozen=True, eq=False)
class Atlas:
    """What the compositor blends, never changed after it was made; a new one replaces it by one assignment."""

    scene_version: int
    item_id: str | None
    canvas: Canvas
    pixels: Bytes
    blits: tuple[Blit, ...]
    sprites: tuple[Sprites, ...]
    still: Table

    def table(self, now_ms: int) -> Table:
        """The rows (offset, width, height, x, y) to blend at ``now_ms``, lowest first."""
        if not self.sprites:
            return self.still
        parts: list[Table] = []
        taken = 0
        for run in self.sprites:
            parts += [self.still[taken : run.row], run.table(now_ms, self.canvas)]
            taken = run.row
        parts.append(self.still[taken:])
        return np.concatenate(parts)


@dataclass(frozen=True, eq=False)
class Painted:
    """A layer's newest picture: one for a still overlay, several for a sprite overlay (``mover`` is then given)."""

    layer_id: str
    pictures: tuple[OverlayPlanes, ...]
    mover: Mover | None = None


def empty(canvas: Canvas) -> Atlas:
    """An atlas that draws nothing."""
    return pack(Scene(canvas), ())


def log_fault(layer_id: str, error: Exception) -> None:
    """Write an overlay's fault to the log."""
    _log.error("overlay %s failed and is left out", layer_id, exc_info=error)


def pack(scene: Scene, painted: Sequence[Painted], on_fault: OnFault = log_fault) -> Atlas:
    """Pack the layers' pictures, lowest first; fully transparent pictures take no room."""
    chunks: list[Bytes] = []
    blits: list[Blit] = []
    sprites: list[Sprites] = []
    end = 0
    for layer in painted:
        row = len(blits)
        images: list[Blit] = []
        for picture in layer.pictures:
            images.append(Blit(layer.layer_id, end, picture.width, picture.height, picture.x, picture.y))
            chunks.append(picture.packed)
            end += picture.packed.size
        if layer.mover is not None:
            sprites.append(Sprites(layer.layer_id, layer.mover, _rows(images), row, on_fault))
        else:
            blits += [image for image in images if image.width and image.height]
    pixels = np.concatenate(chunks) if chunks else np.zeros(0, np.uint8)
    return Atlas(scene.version, scene.item_id, scene.canvas, pixels, tuple(blits), tuple(sprites), _rows(blits))


def _rows(blits: Sequence[Blit]) -> Table:
    rows = [(b.offset, b.width, b.height, b.x, b.y) for b in blits]
    return np.array(rows, np.int64).reshape(-1, TABLE_COLUMNS)
