"""Verbs of the picture: overlays and the recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from studio.core.by import By
from studio.core.errors import UserError
from studio.desk.actions import EVERYONE, action
from studio.desk.scene import LAYERS
from studio.show.session import LiveSession
from studio.store.show_store import Recording, Transaction

if TYPE_CHECKING:
    from studio.desk.desk import Desk


class PictureVerbs:
    """overlay.show, .hide; recording.start, .stop."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @action("overlay.show", icon="eye-outline", roles=EVERYONE)
    async def show_overlay(self, by: By, layer_id: str) -> None:
        """Let an overlay be seen."""
        self._set_hidden(by, "overlay.show", layer_id, is_hidden=False)

    @action("overlay.hide", icon="eye-off-outline", roles=EVERYONE)
    async def hide_overlay(self, by: By, layer_id: str) -> None:
        """Take an overlay out of the picture."""
        self._set_hidden(by, "overlay.hide", layer_id, is_hidden=True)

    @action("recording.start", icon="record-rec", is_stream=True)
    async def start_recording(self, by: By) -> None:
        """Record into a new file."""
        desk = self._desk
        if desk.state.session.is_recording:
            raise UserError("error.show.already_recording")
        session = replace(desk.state.session, is_recording=True)
        part = next_part(desk, session)

        def also(tx: Transaction) -> None:
            tx.recording(session.id, part)

        desk.save(by, "recording.start", {"path": part.path}, session=session, also=also)
        desk.record(part)
        desk.tell(desk.changed("recording.start"))

    @action("recording.stop", icon="stop", is_stream=True)
    async def stop_recording(self, by: By) -> None:
        """End the recording, also one that waits for room on the disk; the file is whole."""
        desk = self._desk
        if not desk.state.session.is_recording and not desk.state.is_recording_waiting:
            raise UserError("error.show.not_recording")
        session = replace(desk.state.session, is_recording=False)
        desk.save(by, "recording.stop", {}, session=session)
        desk.state.is_recording_waiting = False
        desk.picture.stop_recording()
        desk.tell(desk.changed("recording.stop"))

    def _set_hidden(self, by: By, verb: str, layer_id: str, *, is_hidden: bool) -> None:
        desk = self._desk
        if layer_id not in LAYERS and layer_id not in [layer.id for layer in desk.extra_layers]:
            raise UserError("error.desk.no_such_layer", layer_id=layer_id)
        hidden = [layer for layer in desk.state.session.hidden_layers if layer != layer_id]
        session = replace(desk.state.session, hidden_layers=tuple([*hidden, layer_id] if is_hidden else hidden))
        desk.save(by, verb, {"layer_id": layer_id}, session=session)
        desk.show_scene()
        desk.tell(desk.changed(verb))


def next_part(desk: Desk, session: LiveSession) -> Recording:
    """The next file of a session's recording."""
    part = next_number(desk.store.recordings(session.id))
    return Recording(part=part, path=f"{session.id}-{part}.mp4", started_ms=desk.clock.now_ms())


def next_number(parts: Sequence[Recording]) -> int:
    """The number of a recording's next part; numbers are used once."""
    return max((one.part for one in parts), default=0) + 1
