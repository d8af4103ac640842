from pathlib import Path

from studio.core.by import By, Role
from studio.desk.events import ItemTaken, WentLive
from studio.store.as_run import first_break
from tests.desk.doubles import ANCHOR, ASSISTANT, Stage, play
from tests.refused import refused


def test_a_take_is_saved_then_shown_then_told(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.live()
        saved_when_shown: list[str] = []
        show = stage.picture.told.append

        def remember(entry: tuple[str, object]) -> None:
            if entry[0] == "show":
                saved_when_shown.append(stage.store.as_run(stage.desk.state.session.id)[-1].verb)
            show(entry)

        stage.picture.told = type("Told", (list,), {"append": lambda self, entry: remember(entry)})()
        await stage.do("show.next")
        assert saved_when_shown == ["show.take"]
        assert isinstance(stage.told[-1], ItemTaken)
        assert stage.store.rundown(stage.desk.state.rundown.id).on_air.item_id == stage.told[-1].item_id

    play(story, tmp_path)


def test_going_live_opens_records_pushes_and_leaves_a_witness(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.live()
        await stage.settle()
        told = [name for name, _ in stage.picture.told]
        assert told.count("start_recording") == told.count("start_push") == 1
        assert any(isinstance(event, WentLive) for event in stage.told)
        row = next(row for row in stage.store.as_run(stage.desk.state.session.id) if row.verb == "show.go_live")
        assert stage.platform.witnessed == [(row.seq, row.hash)]
        with refused("show.already_live"):
            await stage.do("show.go_live")

    play(story, tmp_path)


def test_the_push_key_is_kept_nowhere(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.live()
        await stage.settle()

    play(story, tmp_path)
    assert all(b"secret" not in path.read_bytes() for path in tmp_path.iterdir() if path.is_file())


def test_a_press_counts_once_also_after_a_restart(tmp_path: Path) -> None:
    async def story(stage: Stage) -> Stage:
        await stage.live()
        press = By(role=Role.ANCHOR, name="小王", device_id="phone", press_id="press-1")
        await stage.do("show.next", press)
        await stage.do("show.next", press)
        assert stage.desk.state.rundown.on_air.number == 1
        stage = await stage.again()
        await stage.do("show.next", press)
        assert stage.desk.state.rundown.on_air.number == 1
        await stage.do("show.next")
        assert stage.desk.state.rundown.on_air.number == 2
        return stage

    play(story, tmp_path)


def test_a_wish_on_an_old_version_is_refused(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.plan()
        item_id = stage.desk.state.rundown.items[2].id
        seen = stage.desk.state.rundown.version
        await stage.do("rundown.move", item_id=item_id, to=0)
        old = By(role=Role.ASSISTANT, name="小李", seen_version=seen)
        with refused("rundown.changed_meanwhile"):
            await stage.do("rundown.remove", By(role=Role.OPERATOR, name="x", seen_version=seen), item_id=item_id)
        with refused("rundown.changed_meanwhile"):
            await stage.do("rundown.move", old, item_id=item_id, to=1)

    play(story, tmp_path)


def test_rights_and_arguments(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.plan(1)
        with refused("desk.not_allowed"):
            await stage.do("show.go_live", ASSISTANT)
        with refused("desk.missing_argument"):
            await stage.do("show.take")
        with refused("desk.bad_argument"):
            await stage.do("rundown.move", item_id="x", to="1")
        with refused("desk.unknown_argument"):
            await stage.do("show.next", item_id="x")
        with refused("desk.unknown_verb"):
            await stage.do("show.explode")
        with refused("rundown.unknown_product"):
            await stage.do("rundown.add", product_id="nothing")

    play(story, tmp_path)


def test_the_show_stands_where_it_stood_after_a_restart(tmp_path: Path) -> None:
    async def story(stage: Stage) -> Stage:
        await stage.live()
        await stage.do("show.next")
        await stage.do("overlay.hide", layer_id="countdown")
        before = stage.desk.snapshot()
        stage.clock.advance(7)
        stage = await stage.again()
        after = stage.desk.snapshot()
        for key in ("on_air_id", "standby_id"):
            assert after["rundown"][key] == before["rundown"][key]
        assert after["rundown"]["remaining_ms"] == before["rundown"]["remaining_ms"] - 7_000
        assert [item["id"] for item in after["rundown"]["items"]] == [item["id"] for item in before["rundown"]["items"]]
        assert after["overlays"] == before["overlays"]
        await stage.settle()
        assert [name for name, _ in stage.picture.told].count("start_push") == 1
        assert [each.part for each in stage.store.recordings(stage.desk.state.session.id)] == [1, 2]
        return stage

    play(story, tmp_path)


def test_a_platform_that_is_away_costs_the_picture_nothing(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.live()
        await stage.settle()
        stage.platform.is_away = True
        await stage.do("show.next")
        await stage.settle()
        assert stage.picture.scenes()[-1].item_id == stage.desk.state.rundown.on_air.item_id
        assert any(notice.level == "warn" for notice in stage.desk.state.notices)
        await stage.do("show.end")
        await stage.settle()
        assert stage.desk.state.session.state.value == "ended"
        assert [row["sent_ms"] is None for row in stage.store.witnesses(stage.desk.state.session.id)] == [False, True]

    play(story, tmp_path)


def test_the_log_tells_everything_and_its_chain_holds(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.live()
        await stage.do("show.next")
        await stage.do("log.note", text="  换了 话筒 ")
        await stage.do("show.end")
        rows = stage.store.as_run(stage.desk.state.session.id)
        assert [row.verb for row in rows][-4:] == ["show.go_live", "show.take", "log.note", "show.end"]
        assert first_break(stage.desk.state.session.id, rows) is None
        texts = [line["text"] for line in stage.desk.snapshot()["log"]]
        assert not any(text.startswith("log.") for text in texts)

    play(story, tmp_path)


def test_every_verb_has_a_title(tmp_path: Path) -> None:
    from studio.core.i18n import texts

    async def story(stage: Stage) -> None:
        await stage.do("log.note", ANCHOR, text="x")
        for language in ("zh_CN", "en"):
            assert not [verb for verb in stage.desk.actions if f"verb.{verb.replace('.', '_')}" not in texts(language)]

    play(story, tmp_path)
