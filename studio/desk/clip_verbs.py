"""Verbs of clips: cut one at once, save the last seconds, let the recording go on in files of a size."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from studio.core.by import By
from studio.core.errors import UserError
from studio.core.events import Event
from studio.core.i18n import tr
from studio.desk.actions import action
from studio.desk.clip_plan import folder_of, plan
from studio.desk.clipping import Clipping
from studio.desk.events import ShowEnded
from studio.desk.segments import LEAST_MB, MOST_MB, MOST_MINUTES, SETUP, SegmentSetup
from studio.desk.state import ClipState
from studio.video.clips import file_name

if TYPE_CHECKING:
    from studio.desk.desk import Desk

REPLAY_S = (5, 120)


class ClipVerbs:
    """clip.cut, replay.save, recording.segments; after the show every clip that is missing is cut."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._clipping = Clipping(desk)
        desk.bus.subscribe(self._told)

    @action("clip.cut", icon="content-cut")
    async def cut(self, by: By, item_id: str) -> None:
        """Cut what was recorded of an item until now (切片)."""
        desk = self._desk
        session_id = desk.state.session.id
        planned = plan(desk.store, desk.recordings, session_id)
        part = next((one for one in planned if one.item_id == item_id), None)
        if part is None:
            raise UserError("error.clip.not_recorded")
        desk.save(by, "clip.cut", {"item_id": item_id, "number": part.number, "title": part.title})
        desk.tell(desk.changed("clip.cut"))
        self._clipping.start(self._clipping.cut_item(item_id, session_id))

    @action("replay.save", icon="replay")
    async def save_replay(self, by: By, seconds: int) -> None:
        """Keep the last seconds of the programme in a file (即时回放)."""
        desk = self._desk
        if not REPLAY_S[0] <= seconds <= REPLAY_S[1]:
            raise UserError("error.clip.bad_seconds", least=REPLAY_S[0], most=REPLAY_S[1])
        pieces = desk.picture.replay(float(seconds))
        session_id, on_air = desk.state.session.id, desk.state.rundown.on_air
        title = f"{tr('show.replay')} {on_air.product.title}" if on_air else tr("show.replay")
        desk.save(by, "replay.save", {"seconds": seconds})
        desk.tell(desk.changed("replay.save"))
        for piece in pieces:
            part = 1 + max((one.part for one in desk.state.clips.values() if one.kind == "replay"), default=0)
            state = ClipState(
                id=f"replay-{part}",
                kind="replay",
                item_id=on_air.item_id if on_air else None,
                number=None,
                part=part,
                title=title,
            )
            path = folder_of(desk.recordings, session_id) / file_name(part, title)
            self._clipping.keep(state, piece, path, session_id)

    @action("recording.segments", icon="file-multiple-outline")
    async def segments(self, by: By, minutes: int, megabytes: int) -> None:
        """Let the recording go on in another file after so long or so much; 0 is never (录制分段)."""
        desk, chosen = self._desk, SegmentSetup(segment_minutes=minutes, segment_megabytes=megabytes)
        if not chosen.is_possible:
            raise UserError("error.clip.bad_segments", most=MOST_MINUTES, least_mb=LEAST_MB, most_mb=MOST_MB)
        outputs = desk.state.setup.get(SETUP, {}) | asdict(chosen)
        desk.save(by, "recording.segments", {"minutes": minutes, "megabytes": megabytes}, setup={SETUP: outputs})
        desk.picture.set_segments(chosen.segments)
        desk.tell(desk.changed("recording.segments"))

    def resume(self) -> None:
        """After a start: set up the recording, hold what was cut, cut what the last show that ended still lacks."""
        self._desk.picture.set_segments(SegmentSetup.read(self._desk.state.setup).segments)
        self._clipping.load()
        last = self._desk.store.last_ended_session()
        if last is None or last.started_ms is None:
            return
        verbs = {row.verb for row in self._desk.store.as_run(last.id)}
        if "show.end" in verbs and "clip.finished" not in verbs:
            self._clipping.start(self._clipping.after_show(last.id))

    async def done(self) -> None:
        """Wait until nothing is being cut any more."""
        await self._clipping.done()

    def _told(self, event: Event) -> None:
        if isinstance(event, ShowEnded):
            self._clipping.start(self._clipping.after_show(event.session_id))
