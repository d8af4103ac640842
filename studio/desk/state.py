"""What the desk holds in memory: the newest saved values and what is only shown."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from studio.desk.on_air import Progress
from studio.promo.promotion import Promotion
from studio.show.rundown import Rundown
from studio.show.session import LiveSession


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A sentence for the people at the desk."""

    at_ms: int
    level: str
    text: str


@dataclass(frozen=True, kw_only=True)
class PoolStatus:
    """How the local slice of the pool stands."""

    count: int = 0
    synced_ms: int | None = None
    is_syncing: bool = False
    progress: float | None = None


@dataclass(frozen=True, kw_only=True)
class ClipState:
    """A clip as every screen shows it; ``state``: waiting, cutting, done, failed (then ``reason`` says why)."""

    id: str
    kind: str
    item_id: str | None
    number: int | None
    part: int
    title: str
    state: str = "waiting"
    seconds: float = 0.0
    path: str | None = None
    cover: str | None = None
    reason: str = ""


@dataclass(kw_only=True)
class ShowState:
    """Replaced value by value after each save; ``version`` grows with every change.

    ``setup`` holds plain values by name (``picture``, ``sound``, ``outputs``), as they are saved; the verbs of each part
    know their form."""

    session: LiveSession
    rundown: Rundown
    promotions: dict[str, Promotion]
    version: int = 1
    orders: int = 0
    gmv_fen: int = 0
    comment_count: int = 0
    pool: PoolStatus = field(default_factory=PoolStatus)
    pictures: dict[str, bytes] = field(default_factory=dict)
    setup: dict[str, dict[str, Any]] = field(default_factory=dict)
    health: Any = None
    progress: Progress = field(default_factory=Progress)
    room_closes_after_s: int = 60
    cpu_percent: float = 0.0
    notices: deque[Notice] = field(default_factory=lambda: deque(maxlen=20))
    featured_id: str | None = None
    is_platform_lost: bool = False
    stale_ids: set[str] = field(default_factory=set)
    problems: int = 0
    clips: dict[str, ClipState] = field(default_factory=dict)
    open_recordings: set[str] = field(default_factory=set)
    is_recording_waiting: bool = False

    def all_promotions(self) -> tuple[Promotion, ...]:
        return tuple(self.promotions.values())
