"""The live session (场次): one show from the first plan to the end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from studio.core.errors import UserError


class SessionState(Enum):
    """Whether the show is on air."""

    OFF_AIR = "off_air"
    LIVE = "live"
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True)
class LiveSession:
    """One show; ``room_id`` is the platform's room once it is open."""

    id: str
    title: str
    anchor: str
    rundown_id: str
    is_rehearsal: bool
    state: SessionState = SessionState.OFF_AIR
    started_ms: int | None = None
    ended_ms: int | None = None
    room_id: str | None = None
    events_seen: int = 0
    orders_seen: int = 0
    viewers: int = 0
    hidden_layers: tuple[str, ...] = ()
    is_recording: bool = False

    def go_live(self, room_id: str, now_ms: int) -> LiveSession:
        """On air (开播); raises UserError unless the show is off air."""
        if self.state is SessionState.LIVE:
            raise UserError("error.show.already_live")
        if self.state is SessionState.ENDED:
            raise UserError("error.show.already_ended")
        return replace(self, state=SessionState.LIVE, room_id=room_id, started_ms=now_ms)

    def end(self, now_ms: int) -> LiveSession:
        """Off air for good (下播); raises UserError unless the show is live."""
        if self.state is not SessionState.LIVE:
            raise UserError("error.show.not_live")
        return replace(self, state=SessionState.ENDED, ended_ms=now_ms, is_recording=False)
