"""What the desk tells after it saved: past participles, read only."""

from __future__ import annotations

from dataclasses import dataclass

from studio.core.events import Event


@dataclass(frozen=True, kw_only=True)
class Changed(Event):
    """Something in the show changed; look at ``desk.snapshot()``. ``verb`` says by what."""

    verb: str


@dataclass(frozen=True, kw_only=True)
class WentLive(Event):
    """The show went on air (开播)."""

    session_id: str


@dataclass(frozen=True, kw_only=True)
class ItemTaken(Event):
    """An item went on air (切出)."""

    item_id: str
    title: str


@dataclass(frozen=True, kw_only=True)
class PromotionChanged(Event):
    """A promotion took a new state."""

    promotion_id: str
    state: str


@dataclass(frozen=True, kw_only=True)
class ShowEnded(Event):
    """The show ended (下播)."""

    session_id: str


@dataclass(frozen=True, kw_only=True)
class Noticed(Event):
    """Something the people at the desk should know; ``text`` is translated."""

    level: str
    text: str
