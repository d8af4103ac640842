"""The plugins' only door: what a plugin may import, and what ``enable(api)`` is given. Version 1."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from studio.core.errors import UserError
from studio.core.events import Bus, Event, Listener
from studio.core.i18n import tr
from studio.core.money import Money
from studio.core.paths import Profile
from studio.desk.desk import Desk
from studio.video.overlays import OVERLAYS, Overlay
from studio.video.scene import Canvas, Layer

API_VERSION = 1

__all__ = ["API_VERSION", "Canvas", "Event", "Money", "Overlay", "PluginApi", "UserError", "tr"]


class PluginApi:
    """What a plugin may do; everything it registers is taken out again when its ``enable`` fails."""

    def __init__(self, desk: Desk, bus: Bus, profile: Profile) -> None:
        self._desk = desk
        self._bus = bus
        self._profile = profile
        self._undo: list[Callable[[], object]] = []

    def add_overlay(self, overlay: type[Overlay]) -> None:
        """Register a kind of overlay (贴片), like the built-in ones."""
        self._undo.append(OVERLAYS.add(overlay.kind, overlay))

    def add_layer(self, layer_id: str, overlay: Overlay, *, is_visible: bool = True) -> None:
        """Put an overlay on the programme picture; people can show and hide it like any other."""
        self._undo.append(self._desk.add_layer(Layer(id=layer_id, overlay=overlay, is_visible=is_visible)))

    def subscribe(self, listener: Listener) -> None:
        """Be told every event of the desk, after it was saved."""
        self._undo.append(self._bus.subscribe(listener))

    def snapshot(self) -> dict[str, Any]:
        """Everything on air as plain values."""
        return self._desk.snapshot()

    def settings(self, plugin_name: str) -> dict[str, Any]:
        """The user's settings of a plugin from ``<profile>/plugins/<name>.json``; empty when there are none."""
        path = self._profile.plugins / f"{plugin_name}.json"
        if not path.exists():
            return {}
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UserError("error.settings.broken", path=path, reason=error) from error
        if not isinstance(found, dict):
            raise UserError("error.settings.broken", path=path, reason="not an object")
        return found

    def mark(self) -> int:
        """How much was registered so far (the loader takes back what came after a mark)."""
        return len(self._undo)

    def undo_since(self, mark: int) -> None:
        """Take back everything registered since ``mark``."""
        while len(self._undo) > mark:
            self._undo.pop()()
