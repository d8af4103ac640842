"""The setup part of the snapshot: how the studio is set up, each part read by those who wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from studio.desk.desk import Desk


def setup_of(desk: Desk) -> dict[str, Any]:
    """Source, sound, outputs and quality as plain values; keys and passwords never stand here."""
    return {"outputs": {"targets": desk.pushing.plain()}}
