"""Clips of a real show: taken at random moments, cut on air and after the end, over files and restarts; nothing twice."""

import asyncio
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from studio.core.events import Fact
from studio.desk.clip_plan import folder_of, plan
from studio.store.show_store import Recording
from studio.video.clips import cut, file_name
from studio.video.engine import Engine
from studio.video.outputs.recorder import Segments
from studio.video.sources import SourceSpec
from tests import media
from tests.desk.doubles import ANCHOR, Stage, play
from tests.refused import refused
from tests.video.told import SMALL

pytestmark = [pytest.mark.usefixtures("qapp"), pytest.mark.timeout(120)]

HALF_S = 1 / 60
SEED = random.SystemRandom().randrange(10**6)


@dataclass
class Show:
    """What a whole show left behind."""

    folder: Path
    session_id: str = ""
    rows: list[dict[str, Any]] = field(default_factory=list)
    planned: tuple[Any, ...] = ()
    recordings: tuple[Recording, ...] = ()
    snapshot: dict[str, Any] = field(default_factory=dict)
    verbs: list[str] = field(default_factory=list)
    at_once: list[dict[str, Any]] = field(default_factory=list)


def pictures(path: Path, start_s: float = 0.0, end_s: float = float("inf")) -> list[tuple[float, Any]]:
    """(seconds since the first, picture) of a stretch of a file, each decoded."""
    with av.open(str(path)) as container:
        found = [(float(frame.time), frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]
    first_s = found[0][0]
    return [(at - first_s, grey) for at, grey in found if start_s - HALF_S <= at - first_s < end_s - HALF_S]


async def until(is_true: Callable[[], Any], within_s: float = 30.0) -> None:
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + within_s
    while not is_true():
        assert loop.time() < deadline_s, "it never became true"
        await asyncio.sleep(0.02)


async def run_show(stage: Stage, camera: Path, show: Show) -> None:
    """Items at random moments; by hand and by length the recording goes on in other files."""
    dice, loop = random.Random(SEED), asyncio.get_running_loop()
    print(f"seed {SEED}")

    def tell(fact: Fact) -> None:
        loop.call_soon_threadsafe(stage.desk.hear, [fact])

    desk = stage.desk
    desk.canvas = SMALL
    desk.picture = engine = Engine(SMALL, stage.clock, tell)
    engine.set_source(SourceSpec.parse(str(camera)))
    engine.start()
    engine.pin_quality(0)  # a busy machine would go on in another file
    try:
        await until(lambda: engine.health().frames_encoded > 2)
        await stage.live(4)
        ids = [item.id for item in desk.state.rundown.items]
        await until(lambda: engine.health().recording.seconds > 0.5)
        await stage.do("show.take", item_id=ids[0])
        await asyncio.sleep(dice.uniform(2.2, 2.8))
        await stage.do("clip.cut", item_id=ids[0])
        await stage.clips.done()
        show.at_once = list(stage.store.clips(desk.state.session.id))
        await stage.do("show.take", item_id=ids[1])
        await asyncio.sleep(dice.uniform(1.0, 2.0))
        engine.set_segments(Segments(max_s=0.5))
        before = engine.health().recording.path
        await until(lambda: engine.health().recording.path != before)
        engine.set_segments(Segments())
        await asyncio.sleep(dice.uniform(0.8, 1.5))
        await stage.do("show.take", item_id=ids[2])
        await asyncio.sleep(dice.uniform(0.8, 1.5))
        await stage.do("recording.stop")
        await until(lambda: not desk.state.open_recordings)
        await stage.do("recording.start")
        await until(lambda: engine.health().recording.seconds > 0.8)
        await stage.do("replay.save", seconds=5)
        await stage.do("replay.save", seconds=5)
        await stage.do("show.take", item_id=ids[0])
        await asyncio.sleep(dice.uniform(0.8, 1.2))
        await stage.do("show.end")
        await stage.clips.done()
        show.snapshot = desk.snapshot()
    finally:
        await asyncio.to_thread(engine.stop)
    show.session_id = desk.state.session.id
    show.rows = list(stage.store.clips(show.session_id))
    show.planned = plan(stage.store, stage.desk.recordings, show.session_id)
    show.recordings = stage.store.recordings(show.session_id)
    show.verbs = [row.verb for row in stage.store.as_run(show.session_id)]


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory, qapp: Any) -> Iterator[Show]:
    folder = tmp_path_factory.mktemp("show")
    camera = media.flash_and_beep(folder / "flash.mp4", media.ClipSpec(seconds=2.0))
    found = Show(folder)

    async def story(stage: Stage) -> None:
        await run_show(stage, camera, found)

    play(story, folder)
    return found


def test_every_item_is_cut_once_in_as_many_parts_as_files(show: Show) -> None:
    items = [(row["item_id"], row["part"]) for row in show.rows if row["kind"] == "item"]
    assert len(items) == len(set(items)) == len(show.planned)
    assert all(one.is_made for one in show.planned)
    names = [one.path.name for one in show.planned]
    assert sorted(names) == sorted(
        [
            "01 赣南脐橙 0.mp4",
            "01 赣南脐橙 0 (2).mp4",
            "02 赣南脐橙 1.mp4",
            "02 赣南脐橙 1 (2).mp4",
            "03 赣南脐橙 2.mp4",
            "03 赣南脐橙 2 (2).mp4",
        ]
    )
    assert len(show.recordings) == 3
    assert {one.stretch.recording.name for one in show.planned} == {one.path for one in show.recordings}


def test_clips_hold_the_very_pictures_of_their_takes_and_sum_to_the_recording(show: Show) -> None:
    clips = {row["path"]: row for row in show.rows if row["kind"] == "item"}
    for one in show.planned:
        origin, copied = (
            pictures(one.stretch.recording, one.stretch.start_s, one.stretch.end_s or float("inf")),
            pictures(one.path),
        )
        assert len(copied) == len(origin) > 3, one.path.name
        assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(copied, origin, strict=True)), one.path.name
        assert clips[str(one.path)]["seconds"] >= origin[-1][0] - origin[0][0]
    for recording in show.recordings:
        path = show.folder / recording.path
        inside = [one for one in show.planned if one.stretch.recording == path]
        first_s = min(one.stretch.start_s for one in inside)
        assert sum(len(pictures(one.path)) for one in inside) == len(pictures(path, first_s))


def apart_s(path: Path) -> list[float]:
    """How far each flash is from its beep; a machine too busy for sound gives none."""
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return []
    seen = media.look(path)
    inside = [flash for flash in seen.flashes if 0.1 < flash < seen.length_s - 0.1]
    return [min((abs(flash - beep) for beep in seen.beeps), default=9.0) for flash in inside]


def test_sound_and_picture_of_each_clip_are_as_close_as_in_the_recording(show: Show) -> None:
    worst_s = max([0.035, *(apart for one in show.recordings for apart in apart_s(show.folder / one.path))])
    found = [(apart, row["path"]) for row in show.rows for apart in apart_s(Path(row["path"]))]
    assert len(found) >= 3
    assert [one for one in found if one[0] > worst_s + 0.005] == []


def test_a_clip_cut_on_air_is_right_and_the_whole_one_takes_its_place(show: Show) -> None:
    [early] = show.at_once
    whole = next(row for row in show.rows if row["path"] == early["path"])
    assert 1.5 < early["seconds"] < whole["seconds"]
    assert show.verbs.count("clip.cut") == 1


def test_covers_titles_rows_and_snapshot(show: Show) -> None:
    assert show.verbs[-1] == "clip.finished"
    assert show.verbs.count("clip.made") == len(show.rows) + 1
    states = show.snapshot["clips"]
    assert {one["state"] for one in states} == {"done"}
    assert {one["path"] for one in states} == {row["path"] for row in show.rows}
    assert {one["number"] for one in states} == {1, 2, 3, None}
    for row in show.rows:
        with av.open(row["path"]) as container:
            assert container.metadata["title"] == row["title"]
        with av.open(row["cover"]) as container:
            picture = next(container.decode(video=0))
        assert (picture.width, picture.height) == (SMALL.width, SMALL.height)
        assert picture.to_ndarray(format="gray").mean() > 24
    assert any(str(folder_of(show.folder, show.session_id)) in one["text"] for one in show.snapshot["notices"])
    assert not list(folder_of(show.folder, show.session_id).glob("*.part"))


def test_replays_are_whole_and_each_a_file(show: Show) -> None:
    replays = [row for row in show.rows if row["kind"] == "replay"]
    assert [row["part"] for row in replays] == [1, 2]
    for row in replays:
        assert pictures(Path(row["path"]))[-1][0] == pytest.approx(row["seconds"] - 1 / 30, abs=0.02)
        assert 5.0 <= row["seconds"] <= 20
    assert len({row["path"] for row in replays}) == 2


# --- without an engine: a show that was made before


def kept_show(stage: Stage, show: Show) -> None:
    """What the show left, as the store of a program that was closed before it cut."""
    session_id = stage.desk.state.session.id
    with stage.store.transaction() as tx:
        for one in show.recordings:
            path = stage.folder / one.path
            path.write_bytes((show.folder / one.path).read_bytes())
            tx.recording(session_id, replace(one, part=one.part + 10))
        for item_id, one in {one.item_id: one for one in show.planned}.items():
            payload = {"item_id": item_id, "number": one.number, "title": one.title}
            tx.as_run(session_id, 1, "show.take", ANCHOR, payload)
        for one in show.planned:
            mark = {"recording": one.stretch.recording.name, "item_id": one.item_id, "frame_index": 9, "at_ms": 1}
            tx.mark(mark | {"session_id": session_id, "pts_ms": round(one.stretch.start_s * 1000)})


async def ended(stage: Stage, show: Show) -> str:
    await stage.live(1)
    kept_show(stage, show)
    session_id = stage.desk.state.session.id
    await stage.do("show.end")
    return session_id


def test_a_lost_file_is_named_and_costs_only_its_clips(show: Show, tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.live(1)
        kept_show(stage, show)
        (tmp_path / show.recordings[1].path).unlink()
        await stage.do("show.end")
        await stage.clips.done()
        states = [one["state"] for one in stage.desk.snapshot()["clips"]]
        lost = [one for one in show.planned if one.stretch.recording.name == show.recordings[1].path]
        assert (states.count("failed"), states.count("done")) == (len(lost), len(show.planned) - len(lost))
        warnings = [notice.text for notice in stage.desk.state.notices if notice.level == "warn"]
        assert all(show.recordings[1].path in text for text in warnings[-len(lost) :])
        finished = stage.store.as_run(stage.desk.state.session.id)[-1]
        assert json.loads(finished.payload)["failed"] == len(lost)

    play(story, tmp_path)


def test_what_a_closed_program_had_not_cut_is_cut_at_the_next_start_and_nothing_twice(
    show: Show, tmp_path: Path
) -> None:
    async def story(stage: Stage) -> Stage:
        session_id = await ended(stage, show)
        await until(lambda: len(stage.store.clips(session_id)) >= 2)
        before = {row["path"]: row["made_ms"] for row in stage.store.clips(session_id)}
        assert len(before) < len(show.planned)
        stage.clock.advance(1000)
        stage = await stage.again()
        await stage.clips.done()
        rows = stage.store.clips(session_id)
        assert len(rows) == len(show.planned)
        assert {path: row["made_ms"] for row in rows if (path := row["path"]) in before} == before
        verbs = [row.verb for row in stage.store.as_run(session_id)]
        assert (verbs.count("clip.made"), verbs.count("clip.finished")) == (len(rows), 1)
        stage = await stage.again()
        assert not stage.desk._tasks
        return stage

    play(story, tmp_path)


def test_segments_are_set_up_once_and_kept(tmp_path: Path) -> None:
    async def story(stage: Stage) -> Stage:
        await stage.do("recording.segments", minutes=30, megabytes=2000)
        told = [args[0] for name, args in stage.picture.told if name == "set_segments"]
        assert told[-1] == Segments(max_s=1800, max_bytes=2_000_000_000)
        with refused("clip.bad_segments"):
            await stage.do("recording.segments", minutes=0, megabytes=3)
        stage = await stage.again()
        assert stage.picture.told[0] == ("set_segments", (Segments(max_s=1800, max_bytes=2_000_000_000),))
        outputs = stage.desk.snapshot()["setup"]["outputs"]
        assert (outputs["segment_minutes"], outputs["segment_megabytes"]) == (30, 2000)
        with stage.store.transaction() as tx:
            tx.setup("outputs", {"segment_minutes": "often", "segment_megabytes": True})
        stage = await stage.again()
        assert stage.picture.told[0] == ("set_segments", (Segments(max_s=3600),))
        return stage

    play(story, tmp_path)


def test_wishes_that_cannot_be_met(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.live(1)
        with refused("clip.not_recorded"):
            await stage.do("clip.cut", item_id="nobody")
        with refused("clip.bad_seconds"):
            await stage.do("replay.save", seconds=500)

    play(story, tmp_path)


def test_names_of_any_title_are_files(show: Show, tmp_path: Path) -> None:
    stretch = show.planned[0].stretch
    for title in ("a/b\\c:d*?", "🍓" * 300, "CON", "..", "\u202eabc", "\ud800x", "很长" * 300):
        clip = cut(stretch, tmp_path / file_name(1, title), title)
        assert clip.path.is_file() and clip.cover.is_file()
        with av.open(str(clip.path)) as container:
            assert container.metadata["title"] == title.replace("\ud800", "?")
