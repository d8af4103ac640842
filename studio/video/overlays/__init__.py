"""Overlays (贴片): what lies on the picture: product card, price tag, countdown, coupon banner, rain, corner bug.

May import `core`, numpy, PySide6.QtCore and QtGui (in no other room of the trade), never a codec or the engine.
Add one: a file with a frozen dataclass below `Overlay`; its fields are its settings, `draw` paints it with a QPainter,
`content_key` says when it must be painted again. List it in `builtin.py`; a plugin adds it to `OVERLAYS`.
Read `OVERLAYS` and the classes from here: the files behind them load Qt only then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.video.overlays.builtin import OVERLAYS
    from studio.video.overlays.overlay import Overlay, SpriteOverlay

__all__ = ["OVERLAYS", "Overlay", "SpriteOverlay"]


def __getattr__(name: str) -> object:
    if name == "OVERLAYS":
        from studio.video.overlays import builtin

        return builtin.OVERLAYS
    if name in ("Overlay", "SpriteOverlay"):
        from studio.video.overlays import overlay

        return getattr(overlay, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
