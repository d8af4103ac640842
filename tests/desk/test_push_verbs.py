"""Verbs of the push targets: saved without the key, with the show on air and off, one's failure never the show's."""

from pathlib import Path

from studio.desk.snapshot import snapshot
from studio.video.facts import PushStateChanged
from tests.desk.doubles import ASSISTANT, Stage, play
from tests.refused import refused

SECRET = "k-7f3a"
URL = "rtmps://live.example/app"


def pushes(stage: Stage) -> list[tuple]:
    return [(name, *args) for name, args in stage.picture.told if name in ("start_push", "stop_push")]


async def add(stage: Stage, name: str = "b", url: str = URL, key: str = SECRET) -> None:
    await stage.do("push.add", name=name, url=url, key=key)


def targets(stage: Stage) -> list[dict]:
    return snapshot(stage.desk)["setup"]["outputs"]["targets"]


def test_targets_go_live_and_end_with_the_show(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await add(stage)
        await add(stage, "c")
        await stage.do("push.stop", name="c")
        assert not [one for one in pushes(stage) if one[0] == "start_push"]
        await stage.live()
        await stage.settle()
        assert ("start_push", "b", URL, SECRET) in pushes(stage)
        assert not [one for one in pushes(stage) if one[:2] == ("start_push", "c")]
        stage.picture.told.clear()
        await stage.do("show.end")
        assert {one[1] for one in pushes(stage)} == {"hub", "b", "c"}
        assert {one[0] for one in pushes(stage)} == {"stop_push"}

    play(story, tmp_path)


def test_targets_come_and_go_while_on_air(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.live()
        await add(stage)
        await stage.do("push.stop", name="b")
        await stage.do("push.start", name="b")
        await stage.do("push.remove", name="b")
        told = [one[:2] for one in pushes(stage) if one[1] == "b"]
        assert told == [("start_push", "b"), ("stop_push", "b"), ("start_push", "b"), ("stop_push", "b")]
        assert targets(stage) == [] and stage.secrets.keys == {}
        with refused("push.no_such_target"):
            await stage.do("push.start", name="b")

    play(story, tmp_path)


def test_a_restart_goes_on_pushing_and_keeps_other_outputs(tmp_path: Path) -> None:
    async def story(stage: Stage) -> Stage:
        stage.desk.save(ASSISTANT, "log.note", {"text": "x"}, setup={"outputs": {"segment_minutes": 5}})
        await stage.live()
        await add(stage)
        again = await stage.again()
        await again.settle()
        assert ("start_push", "b", URL, SECRET) in pushes(again)
        assert again.desk.state.setup["outputs"]["segment_minutes"] == 5
        assert targets(again) == [{"name": "b", "url": URL, "is_key_known": True, "is_on": True}]
        return again

    play(story, tmp_path)


def test_the_key_of_a_target_is_saved_and_shown_nowhere(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.live()
        await add(stage, url=f"{URL}/{SECRET}?sign={SECRET}", key="")
        assert stage.secrets.keys == {"push b": f"{SECRET}?sign={SECRET}"}
        await stage.settle()
        assert SECRET not in repr(snapshot(stage.desk)) + repr(stage.told) + repr(stage.desk.state)
        assert SECRET not in repr(stage.store.as_run(stage.desk.state.session.id)) + repr(stage.store.setup())

    play(story, tmp_path)
    assert all(SECRET.encode() not in path.read_bytes() for path in tmp_path.iterdir() if path.is_file())


def test_a_new_key_replaces_the_old_one_and_none_keeps_it(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.live()
        await add(stage)
        await add(stage, key="k-new")
        await add(stage, key="")
        assert [one[3] for one in pushes(stage) if one[:2] == ("start_push", "b")] == [SECRET, "k-new", "k-new"]
        assert len(targets(stage)) == 1
        with refused("push.no_key"):
            await add(stage, url="rtmp://other.example/app", key="")  # the old key belongs to the old address

    play(story, tmp_path)


def test_bad_wishes_change_nothing(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        for name, problem in (
            ("", "bad_name"),
            ("a\nb", "bad_name"),
            ("x" * 99, "bad_name"),
            (" HUB ", "reserved_name"),
        ):
            with refused(f"push.{problem}"):
                await add(stage, name)
        with refused("push.not_in_this_build"):
            await add(stage, url="srt://live.example:9000")
        with refused("desk.not_allowed"):
            await stage.do("push.add", ASSISTANT, name="b", url=URL, key=SECRET)
        for number in range(6):
            await add(stage, f"t{number}")
        with refused("push.too_many"):
            await add(stage, "one more")
        assert len(targets(stage)) == 6 and len(stage.secrets.keys) == 6

    play(story, tmp_path)


def test_a_locked_key_store_costs_its_target_only(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await add(stage)
        stage.secrets.is_locked = True
        await stage.live()
        await stage.settle()
        assert [one[1] for one in pushes(stage) if one[0] == "start_push"] == ["hub"]
        levels = [notice.level for notice in stage.desk.state.notices]
        assert levels == ["warn", "warn"]
        await stage.do("push.remove", name="b")
        assert targets(stage) == []

    play(story, tmp_path)


def test_broken_saved_targets_are_left_out(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        saved = [
            None,
            {"name": "b"},
            {"name": "c", "url": "ftp://x.example"},
            {"name": "d", "url": URL, "is_on": "yes"},
        ]
        stage.desk.hold(setup={"outputs": {"targets": [*saved, {"name": "e", "url": URL}]}})
        assert [target["name"] for target in targets(stage)] == ["e"]
        stage.desk.hold(setup={"outputs": {"targets": 7}})
        assert targets(stage) == []

    play(story, tmp_path)


def test_a_lost_target_is_said_once_however_often_it_is_tried(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        for reason in ("unreachable", "closed", "unreachable"):
            stage.desk.hear([PushStateChanged(name="b", state="reconnecting", reason_key=f"video.push.{reason}")])
        stage.desk.hear([PushStateChanged(name="c", state="reconnecting", reason_key="video.push.renewed")])
        stage.desk.hear([PushStateChanged(name="hub", state="live")])
        texts = [notice.text for notice in stage.desk.state.notices]
        assert len(texts) == 2 and "hub" not in texts[1]

    play(story, tmp_path)
