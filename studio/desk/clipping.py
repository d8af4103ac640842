"""Cuts the clips of a show one after the other on a worker thread, and keeps what became of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.core.by import By
from studio.core.errors import UserError
from studio.desk.clip_plan import PlannedClip, folder_of, plan
from studio.desk.desk import SYSTEM
from studio.desk.state import ClipState
from studio.store.show_store import Transaction
from studio.video import clips
from studio.video.clips import Clip
from studio.video.outputs.replay import ReplayPiece

if TYPE_CHECKING:
    from studio.desk.desk import Desk

CLOSED_WITHIN_S = 10.0
LOOK_EVERY_S = 0.05
SAVED = ("kind", "item_id", "part", "title", "path", "cover", "seconds")


class Clipping:
    """One clip at a time: a weak laptop has other work, and the disk belongs to the recording."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._turn = asyncio.Lock()
        self._jobs: set[asyncio.Task[None]] = set()

    def start(self, job: Coroutine[Any, Any, None]) -> None:
        """Let a job go on beside the show."""
        task = self._desk.later(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    async def done(self) -> None:
        """Wait until nothing is being cut any more."""
        while self._jobs:
            await asyncio.wait(tuple(self._jobs))

    def load(self) -> None:
        """Hold what was cut before this start."""
        desk = self._desk
        numbers = {one.id: one.number for one in self._plan(desk.state.session.id)}
        for row in desk.store.clips(desk.state.session.id):
            clip_id = f"{row['item_id']}-{row['part']}" if row["kind"] == "item" else f"replay-{row['part']}"
            saved = {name: row[name] for name in SAVED}
            desk.state.clips[clip_id] = ClipState(id=clip_id, number=numbers.get(clip_id), state="done", **saved)

    async def after_show(self, session_id: str) -> None:
        """Cut all that is missing, once the last file of the recording is closed; then say where the clips are."""
        desk, waited_s = self._desk, 0.0
        while desk.state.open_recordings and waited_s < CLOSED_WITHIN_S:
            await asyncio.sleep(LOOK_EVERY_S)
            waited_s += LOOK_EVERY_S
        planned = self._plan(session_id)
        if not planned:
            return
        failed = await self.cut([one for one in planned if not one.is_made], session_id)
        payload = {"count": len(planned) - failed, "failed": failed}
        with desk.store.transaction() as tx:
            tx.as_run(session_id, desk.clock.now_ms(), "clip.finished", SYSTEM, payload)
        desk.state.version += 1
        desk.notice("info", "show.clips_made", count=payload["count"], folder=folder_of(desk.recordings, session_id))

    async def cut_item(self, item_id: str, session_id: str) -> None:
        """Cut every part of an item that was not cut to its end; all of them when there is none."""
        parts = [one for one in self._plan(session_id) if one.item_id == item_id]
        await self.cut([one for one in parts if not one.is_made] or parts, session_id)

    async def cut(self, planned: Iterable[PlannedClip], session_id: str) -> int:
        """Cut these; returns how many could not be cut. One that fails is named and stops no other."""
        states = [
            ClipState(id=one.id, kind="item", item_id=one.item_id, number=one.number, part=one.part, title=one.title)
            for one in planned
        ]
        for state in states:
            self._show(state)
        failed = 0
        for state in states:
            failed += not await self.make(state, partial(self._cut_now, state.id, session_id), session_id)
        return failed

    def _cut_now(self, clip_id: str, session_id: str) -> Callable[[], Clip]:
        """Read once more: the next item may have been taken while this clip waited for its turn."""
        one = next((one for one in self._plan(session_id) if one.id == clip_id), None)
        if one is None:
            raise UserError("error.clip.not_recorded")
        return lambda: clips.cut(one.stretch, one.path, one.title)

    def _plan(self, session_id: str) -> tuple[PlannedClip, ...]:
        return plan(self._desk.store, self._desk.recordings, session_id)

    def keep(self, state: ClipState, piece: ReplayPiece, path: Path, session_id: str) -> None:
        """Write a piece of a replay beside the show."""

        async def job() -> None:
            await self.make(state, lambda: lambda: clips.keep(piece, path, state.title), session_id)

        self._show(state)
        self.start(job())

    async def make(self, state: ClipState, prepare: Callable[[], Callable[[], Clip]], session_id: str) -> bool:
        """Make one clip on a worker and save it with its row in the log; False when it could not be made."""
        desk = self._desk
        async with self._turn:
            self._show(replace(state, state="cutting"))
            try:
                self._save(state, await desk.work(prepare()), session_id)
            except UserError as error:
                self._show(replace(state, state="failed", reason=str(error)))
                desk.say("warn", str(error))
                return False
        return True

    def _save(self, state: ClipState, clip: Clip, session_id: str) -> None:
        desk = self._desk
        with desk.store.transaction() as tx:
            note(tx, session_id, desk.clock.now_ms(), SYSTEM, (state.kind, state.item_id, state.part), clip)
        seconds = round(clip.seconds, 3)
        self._show(replace(state, state="done", seconds=seconds, path=str(clip.path), cover=str(clip.cover)))
        if clip.start_error_s > 0:
            desk.notice("info", "show.clip_begins_early", title=clip.title, seconds=f"{clip.start_error_s:.1f}")

    def _show(self, state: ClipState) -> None:
        desk = self._desk
        desk.state.clips[state.id] = state
        desk.state.version += 1
        desk.tell(desk.changed("clips"))


def note(tx: Transaction, session_id: str, now_ms: int, by: By, what: tuple[str, str | None, int], clip: Clip) -> None:
    """Write down a clip that was made: ``what`` is its kind, item and part."""
    row = {
        "session_id": session_id,
        "kind": what[0],
        "item_id": what[1],
        "part": what[2],
        "title": clip.title,
        "path": str(clip.path),
        "cover": str(clip.cover),
        "seconds": round(clip.seconds, 3),
        "made_ms": now_ms,
    }
    tx.clip(row)
    payload = {"file": clip.path.name, "seconds": round(clip.seconds, 1), "early_s": clip.start_error_s}
    tx.as_run(session_id, now_ms, "clip.made", by, payload)
