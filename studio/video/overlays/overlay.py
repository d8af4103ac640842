"""What every overlay is; free of Qt, so that a scene can be built and stored without it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PySide6.QtGui import QImage, QPainter

    from studio.video.scene import Canvas

Positions = Sequence[tuple[int, int, int]] | npt.NDArray[np.int64]

FORM = "form"  # key of a dataclass field's metadata: how a window asks for it
FORMS = ("text", "money_fen", "count", "time_ms", "picture")


@dataclass(frozen=True)
class FormField:
    """One setting of an overlay as a form asks for it; ``label`` is an i18n key, ``default`` None where one must be given."""

    name: str
    form: str
    label: str
    default: Any
    is_required: bool


@dataclass(frozen=True)
class Overlay(ABC):
    """A picture in a fixed rectangle of the canvas (贴片); its fields are its settings."""

    kind: ClassVar[str] = ""

    @abstractmethod
    def size(self, canvas: Canvas) -> tuple[int, int]:
        """Width and height in pixels of the canvas; what is drawn outside is cut off."""

    @abstractmethod
    def place(self, canvas: Canvas) -> tuple[int, int]:
        """The upper left corner on the canvas, even numbers."""

    def content_key(self, now_ms: int) -> Hashable:
        """What the drawing depends on besides the settings: it is drawn again only when this changes."""
        return None

    @abstractmethod
    def draw(self, painter: QPainter, width: int, height: int, now_ms: int) -> None:
        """Paint into (0, 0, width, height); called off the main thread, with QtCore and QtGui only."""

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """The settings in the order of the dataclass, for a form."""
        return tuple(
            FormField(
                field.name,
                field.metadata.get(FORM, "text"),
                f"overlay.field.{field.name}",
                None if field.default is MISSING else field.default,
                field.default is MISSING and field.default_factory is MISSING,
            )
            for field in fields(cls)
        )


@dataclass(frozen=True)
class SpriteOverlay(Overlay):
    """A few pictures at many moving places; the pictures are painted once, the places are a pure function of time."""

    @abstractmethod
    def sprite_images(self, canvas: Canvas) -> list[QImage]:
        """The pictures, ARGB32_Premultiplied; a picture's index is the k of `positions`."""

    @abstractmethod
    def positions(self, now_ms: int, canvas: Canvas) -> Positions:
        """Rows (k, x, y) of what is to be seen now, lowest first; may lie partly or wholly outside the canvas."""

    def size(self, canvas: Canvas) -> tuple[int, int]:
        return canvas.width, canvas.height

    def place(self, canvas: Canvas) -> tuple[int, int]:
        return 0, 0

    def draw(self, painter: QPainter, width: int, height: int, now_ms: int) -> None:
        """Nothing: the pictures are drawn by `sprite_images`."""


def even(value: float) -> int:
    """The nearest even number."""
    return round(value / 2) * 2


def unit(canvas: Canvas) -> float:
    """Canvas pixels per design pixel: overlays are designed on a short side of 720."""
    return min(canvas.width, canvas.height) / 720


def scaled(canvas: Canvas, width: int, height: int) -> tuple[int, int]:
    """A design size on this canvas, even and at least 2x2."""
    scale = unit(canvas)
    return max(2, even(width * scale)), max(2, even(height * scale))
