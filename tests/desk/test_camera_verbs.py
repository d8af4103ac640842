"""Verbs of the picture: what they check, save, hand to the picture machine and show; and what the next start finds."""

import json

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.errors import UserError
from studio.desk.camera_verbs import setup_of
from studio.desk.picture_setup import CHOICES, RANGES, InsetSetup, KeySetup, PictureSetup, SourceSetup, checked, masked
from studio.video.scene import BLUE_UV, PLAIN, Look, PictureInPicture, Place
from studio.video.sources import SourceSpec
from tests.desk.doubles import play


@pytest.fixture
def card(tmp_path):
    path = tmp_path / "背景 card.png"
    av.VideoFrame.from_ndarray(np.full((64, 64, 3), 90, np.uint8), "rgb24").save(str(path))
    return path


def rows(stage):
    return [(row.verb, json.loads(row.payload)) for row in stage.store.last_as_run(stage.desk.state.session.id, 50)]


def seated(stage):
    return [args for name, args in stage.picture.told if name in ("set_source", "clear_source")]


def shown(stage):
    return stage.desk.snapshot()["setup"]["picture"]


def test_a_source_is_checked_saved_opened_and_shown(tmp_path, card):
    async def story(stage):
        await stage.do("picture.source", address=str(card), mode="contain", mirror=True, rotate=90, crop="0.1,0,0.1,0")
        ((spec,),) = seated(stage)
        assert (spec.kind, spec.address, spec.mode, spec.mirror, spec.rotate) == (
            "still",
            str(card),
            "contain",
            True,
            90,
        )
        assert spec.crop == (0.1, 0, 0.1, 0)
        now = shown(stage)
        assert (now["source"], now["mode"], now["mirror"], now["rotate"], now["crop"]) == (
            str(card), "contain", True, 90, "0.1,0,0.1,0",
        )  # fmt: skip
        assert rows(stage)[-1] == ("picture.source", {"name": card.name})
        assert "背景 card.png" in stage.desk.snapshot()["log"][-1]["text"]
        again = await stage.again()
        await again.camera.apply(None)
        assert seated(again) == [(spec,)]
        return again

    play(story, tmp_path)


def test_the_command_line_s_source_wins_for_its_run_only(tmp_path, card):
    async def story(stage):
        await stage.do("picture.source", address=str(card))
        again = await stage.again()
        await again.camera.apply(SourceSpec(kind="device", address="HD cam"))
        assert shown(again)["source"] == "device:HD cam"
        await again.do("picture.look", brightness=10)
        assert shown(again)["source"] == "device:HD cam"
        last = await again.again()
        await last.camera.apply(None)
        assert (shown(last)["source"], shown(last)["look"]["brightness"]) == (str(card), 10)
        await last.do("picture.restart")
        assert last.picture.told[-1] == ("restart_source", ())
        return last

    play(story, tmp_path)


def test_a_saved_file_that_is_away_is_waited_for(tmp_path, card):
    async def story(stage):
        await stage.do("picture.source", address=str(card))
        await stage.do("picture.inset", address=str(card))
        card.unlink()
        again = await stage.again()
        await again.camera.apply(None)
        assert [(args[0].kind, args[0].address) for args in seated(again)] == [("file", str(card))] * 2
        return again

    play(story, tmp_path)


def test_look_key_inset_and_transition_reach_the_scene(tmp_path, card):
    async def story(stage):
        await stage.do("picture.look", brightness=5, contrast=-6, warmth=7, tint=-8, smoothing=9)
        await stage.do(
            "picture.key", is_on=True, color="blue", similarity=40, smoothness=20, spill=10, backdrop=str(card)
        )
        await stage.do("picture.inset", address="test", x=0.1, y=0.2, width=0.3, height=0.4)
        await stage.do("picture.transition", ms=0)
        scene = stage.picture.scenes()[-1]
        assert scene.look == Look(5, -6, 7, -8, 9)
        assert (scene.key.uv, scene.key.is_measured) == (BLUE_UV, True)
        assert (scene.key.similarity, scene.key.smoothness, scene.key.spill) == (0.4, 0.2, 0.1)
        assert scene.inset == PictureInPicture(0.1, 0.2, 0.3, 0.4)
        assert scene.transition_ms == 0
        still = SourceSpec(kind="still", address=str(card))
        assert seated(stage) == [(still, Place.BACKDROP), (SourceSpec(kind="test"), Place.INSET)]
        await stage.do("picture.key", is_on=False, backdrop=str(card))
        await stage.do("picture.inset", address="")
        assert seated(stage)[2:] == [(Place.BACKDROP,), (Place.INSET,)]
        scene = stage.picture.scenes()[-1]
        assert (scene.key, scene.inset) == (None, None)
        assert shown(stage)["key"]["backdrop"] == str(card)  # kept for the next time
        verbs = [verb for verb, _ in rows(stage)]
        assert verbs == [f"picture.{name}" for name in ("look", "key", "inset", "transition", "key_off", "inset_off")]
        texts = [row["text"] for row in stage.desk.snapshot()["log"]]
        assert all("log." not in text and "{" not in text for text in texts)

    play(story, tmp_path)


def test_balance_takes_what_the_picture_proposes_and_keeps_the_rest(tmp_path):
    async def story(stage):
        await stage.do("picture.look", brightness=20, warmth=1)
        with pytest.raises(UserError) as refused:
            await stage.do("picture.balance")
        assert refused.value.key == "error.picture.no_picture_yet"
        stage.picture.propose_balance = lambda: Look(warmth=-12, tint=4)
        await stage.do("picture.balance")
        assert stage.picture.scenes()[-1].look == Look(brightness=20, warmth=-12, tint=4)

    play(story, tmp_path)


BAD = [
    ("picture.look", {"brightness": 101}, "out_of_range", "-100"),
    ("picture.look", {"smoothing": -1}, "out_of_range", "100"),
    ("picture.key", {"is_on": True, "similarity": 101}, "out_of_range", "100"),
    ("picture.key", {"is_on": True, "color": "reddish"}, "no_colour", "#00b140"),
    ("picture.key", {"is_on": True, "color": "#808080"}, "grey_screen", "#00b140"),
    ("picture.inset", {"address": "test", "width": 0.05}, "out_of_range", "0.1"),
    ("picture.inset", {"address": "test", "x": float("nan")}, "out_of_range", "0"),
    ("picture.transition", {"ms": 3001}, "out_of_range", "3000"),
    ("picture.source", {"address": "test", "mode": "stretch"}, "no_such_choice", "contain"),
    ("picture.source", {"address": "test", "rotate": 45}, "no_such_choice", "270"),
]


@pytest.mark.parametrize("verb, args, key, allowed", BAD)
def test_a_bad_value_is_refused_with_what_is_allowed_and_changes_nothing(tmp_path, verb, args, key, allowed):
    async def story(stage):
        with pytest.raises(UserError) as refused:
            await stage.do(verb, **args)
        assert refused.value.key == f"error.picture.{key}"
        assert allowed in str(refused.value)
        assert not rows(stage) and not seated(stage) and not stage.picture.scenes()

    play(story, tmp_path)


@pytest.mark.parametrize("verb", ["picture.source", "picture.inset"])
def test_a_file_that_is_no_picture_is_refused(tmp_path, verb):
    async def story(stage):
        (tmp_path / "x.mp4").write_bytes(b"no video")
        for address in (str(tmp_path / "x.mp4"), str(tmp_path / "missing.mp4")):
            with pytest.raises(UserError):
                await stage.do(verb, address=address)
        assert not seated(stage)

    play(story, tmp_path)


def test_one_camera_stands_in_one_place_only(tmp_path):
    async def story(stage):
        await stage.do("picture.source", address="device:0")
        for verb, args in (
            ("picture.inset", {"address": "device:0"}),
            ("picture.key", {"is_on": True, "backdrop": "device:0"}),
        ):
            with pytest.raises(UserError) as refused:
                await stage.do(verb, **args)
            assert refused.value.key == "error.picture.camera_twice"
        await stage.do("picture.inset", address="device:1")

    play(story, tmp_path)


def test_a_network_camera_s_password_is_nobody_s_business(tmp_path):
    async def story(stage):
        secret = "rtsp://admin:geheim@10.0.0.9/stream?x=1"
        await stage.do("picture.source", address=secret)
        told = json.dumps(stage.desk.snapshot(), ensure_ascii=False)
        assert "geheim" not in told and "rtsp://admin:***@10.0.0.9" in told
        await stage.do("picture.source", address=shown(stage)["source"], mirror=True)  # as a form sends it back
        assert seated(stage)[-1][0].address == secret and seated(stage)[-1][0].mirror

    play(story, tmp_path)
    assert masked("rtsp://10.0.0.9/a@b:c") == "rtsp://10.0.0.9/a@b:c"


numbers = {name: st.integers(int(low), int(high)) for name, (low, high) in RANGES.items() if low != 0.1 and high > 1}


@given(
    st.builds(
        PictureSetup,
        source=st.builds(
            SourceSetup,
            source=st.text(max_size=9),
            mode=st.sampled_from(CHOICES["mode"]),
            mirror=st.booleans(),
            rotate=st.sampled_from(CHOICES["rotate"]),
        ),
        look=st.builds(Look, *(numbers[name] for name in vars(PLAIN))),
        key=st.builds(KeySetup, is_on=st.booleans(), similarity=numbers["similarity"], backdrop=st.text(max_size=9)),
        inset=st.builds(InsetSetup, address=st.text(max_size=9), x=st.floats(0, 1), width=st.floats(0.1, 1)),
        transition_ms=numbers["transition_ms"],
    )
)
def test_every_setup_survives_its_saving(setup):
    assert PictureSetup.read(json.loads(json.dumps(setup.plain()))) == setup
    checked(setup.look)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.dictionaries(
    st.sampled_from(["source", "look", "key", "inset", "x", "mode", "crop", "color", "brightness", "transition_ms"]), inner),
))  # fmt: skip
def test_a_broken_saved_setup_gives_the_defaults_where_it_is_broken(saved):
    setup = PictureSetup.read(saved if isinstance(saved, dict) else {})
    for part in (setup.source, setup.look, setup.key, setup.inset):
        checked(part)


def test_unknown_saved_values_are_left_out(tmp_path):
    async def story(stage):
        stage.desk.hold(
            setup={"picture": {"look": {"brightness": 900, "contrast": 3}, "rotate": "up", "from": "future"}}
        )
        assert setup_of(stage.desk).look == Look(contrast=3)
        assert setup_of(stage.desk).source == SourceSetup()

    play(story, tmp_path)
