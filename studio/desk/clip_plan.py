"""Which clips a show has: a pure reading of its marks, its log and its recordings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.store.as_run import AsRunRow
from studio.store.show_store import ShowStore
from studio.video.clips import Stretch, TakeMark, file_name, stretches

AT_ITS_START = 0
"""Frame index of a mark that says what is on air where a file begins; a take's own mark has the frame's."""
SHORTER_BY_S = 0.012


@dataclass(frozen=True, kw_only=True)
class PlannedClip:
    """A clip to cut (切片); ``part`` grows when an item lies in several files or was on air several times.

    ``is_made``: it was cut already, to its end."""

    item_id: str
    number: int
    title: str
    part: int
    stretch: Stretch
    path: Path
    is_made: bool

    @property
    def id(self) -> str:
        return f"{self.item_id}-{self.part}"


def folder_of(recordings: Path, session_id: str) -> Path:
    """Where the clips of a show lie: beside its recording."""
    return recordings / f"{session_id}-clips"


def plan(store: ShowStore, recordings: Path, session_id: str) -> tuple[PlannedClip, ...]:
    """Every clip of a show in the order of the takes, whether it is cut already or not."""
    taken = _taken(store.as_run(session_id))
    lengths = {one.path: one.seconds for one in store.recordings(session_id)}
    made = {(row["item_id"], row["part"]): row["seconds"] for row in store.clips(session_id) if row["kind"] == "item"}
    folder, parts, planned = folder_of(recordings, session_id), dict[str, int](), list[PlannedClip]()
    for stretch in stretches(_marks(store.marks(session_id), recordings)):
        number, title = taken.get(stretch.item_id, (0, stretch.item_id))
        name = file_name(number, title).casefold()
        part = parts[name] = parts.get(name, 0) + 1
        end_s = lengths.get(stretch.recording.name) if stretch.end_s is None else stretch.end_s
        seconds = made.get((stretch.item_id, part))
        is_made = end_s is not None and seconds is not None and seconds > end_s - stretch.start_s - SHORTER_BY_S
        path = folder / file_name(number, title, part)
        planned.append(
            PlannedClip(
                item_id=stretch.item_id,
                number=number,
                title=title,
                part=part,
                stretch=stretch,
                path=path,
                is_made=is_made,
            )
        )
    return tuple(planned)


def _taken(log: Sequence[AsRunRow]) -> dict[str, tuple[int, str]]:
    """Number and title of each item as it first went on air."""
    found: dict[str, tuple[int, str]] = {}
    for row in log:
        if row.verb == "show.take":
            payload = json.loads(row.payload)
            found.setdefault(payload["item_id"], (payload["number"], payload["title"]))
    return found


def _marks(rows: Sequence[dict[str, Any]], folder: Path) -> list[TakeMark]:
    """The marks that lie in a file; where a file's beginning and a take say the same, the take knows the frame."""
    placed = [row for row in rows if row["recording"] is not None and row["pts_ms"] is not None]
    marks: list[TakeMark] = []
    for place, row in enumerate(placed):
        is_said_again = any(
            (after["recording"], after["item_id"]) == (row["recording"], row["item_id"])
            for after in placed[place + 1 : place + 2]
        )
        if row["frame_index"] <= AT_ITS_START and is_said_again:
            continue
        path = folder / row["recording"]
        marks.append(TakeMark(recording=path, item_id=row["item_id"], pts_s=row["pts_ms"] / 1000))
    return marks
