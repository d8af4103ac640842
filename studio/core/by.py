"""Who wishes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Role(Enum):
    """What a person is allowed to wish for (角色)."""

    ANCHOR = "anchor"
    OPERATOR = "operator"
    ASSISTANT = "assistant"
    FLOOR_MANAGER = "floor_manager"
    PLUGIN = "plugin"


@dataclass(frozen=True, kw_only=True)
class By:
    """The person and device behind a wish; a ``press_id`` is used once, durably, and ``seen_version`` is the version of
    the thing the person was looking at (None: does not matter)."""

    role: Role
    name: str
    device_id: str = "local"
    press_id: str | None = None
    seen_version: int | None = None
