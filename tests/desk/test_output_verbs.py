"""The virtual camera and the pinned quality: wished, saved, and as they were after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.desk.quality_verbs import QualitySetup
from studio.desk.queries import ListEncoders
from studio.video.facts import HealthTicked, VirtualCameraChanged
from studio.video.health import EncoderVerdict
from tests.desk.doubles import Stage, play
from tests.desk.healths import a_health
from tests.refused import refused


def told(stage: Stage, name: str) -> list[tuple[object, ...]]:
    return [args for said, args in stage.picture.told if said == name]


def test_virtual_camera_is_on_again_after_a_restart_until_it_is_stopped(tmp_path: Path) -> None:
    async def story(stage: Stage) -> Stage:
        assert stage.desk.snapshot()["setup"]["outputs"]["virtual_camera"] == {"is_on": False}
        await stage.do("virtual_camera.start")
        assert told(stage, "start_virtual_camera")
        assert stage.desk.snapshot()["setup"]["outputs"]["virtual_camera"] == {"is_on": True}
        again = await stage.again()
        again.virtual_camera.apply()
        assert told(again, "start_virtual_camera")
        await again.do("virtual_camera.stop")
        assert told(again, "stop_virtual_camera")
        third = await again.again()
        third.virtual_camera.apply()
        assert not told(third, "start_virtual_camera")
        return third

    play(story, tmp_path)


def test_virtual_camera_says_what_to_choose_and_what_to_install(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        facts = [
            VirtualCameraChanged(state="live", device="OBS Virtual Camera"),
            VirtualCameraChanged(state="failed", reason_key="video.virtual_camera.no_driver_linux"),
            VirtualCameraChanged(state="off"),
        ]
        stage.desk.hear(facts)
        levels = [(notice.level, notice.text) for notice in stage.desk.state.notices]
        assert [level for level, _ in levels] == ["info", "warn"]
        assert "OBS Virtual Camera" in levels[0][1] and "modprobe v4l2loopback" in levels[1][1]

    play(story, tmp_path)


def test_quality_is_pinned_also_after_a_restart(tmp_path: Path) -> None:
    async def story(stage: Stage) -> Stage:
        await stage.do("quality.pin", step=2)
        assert told(stage, "pin_quality") == [(2,)]
        assert stage.desk.snapshot()["setup"]["quality"]["pinned"] == 2
        again = await stage.again()
        again.quality.apply()
        assert told(again, "pin_quality") == [(2,)]
        await again.do("quality.pin", step=-1)
        assert told(again, "pin_quality")[-1] == (None,)
        with refused("desk.bad_argument"):
            await again.do("quality.pin", step=-2)
        return again

    play(story, tmp_path)


@pytest.mark.parametrize(
    "broken", [{}, {"quality": {"pinned": "x"}}, {"quality": {"pinned": True}}, {"quality": {"pinned": -7}}]
)
def test_broken_choice_is_the_default(broken: dict[str, dict[str, object]]) -> None:
    assert QualitySetup.read(broken) == QualitySetup()


def test_encoder_is_chosen_after_its_trial_only_and_tried_again_after_a_restart(tmp_path: Path) -> None:
    def found(name: str) -> EncoderVerdict:
        return EncoderVerdict(
            name=name, is_usable=name != "h264_amf", reason_key="video.encoder.fails" if name == "h264_amf" else ""
        )

    async def story(stage: Stage) -> Stage:
        stage.picture.try_encoder = found  # type: ignore[attr-defined]
        await stage.do("quality.pin", step=1)
        with refused("video.encoder_unusable"):
            await stage.do("encoder.choose", name="h264_amf")
        assert not told(stage, "choose_encoder")
        await stage.do("encoder.choose", name="h264_nvenc")
        assert told(stage, "choose_encoder") == [("h264_nvenc",)]
        again = await stage.again()
        again.picture.try_encoder = found  # type: ignore[attr-defined]
        again.quality.apply()
        await again.settle()
        assert told(again, "choose_encoder") == [("h264_nvenc",)]
        encoders = (EncoderVerdict(name="libx264", is_usable=True), found("h264_amf"))
        again.desk.hear([HealthTicked(health=a_health(encoders=encoders))])
        quality = again.desk.snapshot()["setup"]["quality"]
        assert (quality["pinned"], quality["encoder"]) == (1, "h264_nvenc")
        assert quality["encoders"][1] == {"name": "h264_amf", "is_usable": False, "reason_key": "video.encoder.fails"}
        again.picture.try_encoders = lambda: encoders  # type: ignore[attr-defined]
        assert [one["name"] for one in await again.desk.ask(ListEncoders())] == ["libx264", "h264_amf"]
        return again

    play(story, tmp_path)


def test_encoder_that_no_longer_works_is_said_and_x264_stays(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        stage.desk.hold(setup={"quality": {"encoder": "h264_qsv"}})
        verdict = EncoderVerdict(name="h264_qsv", is_usable=False, reason_key="video.encoder.no_device")
        stage.picture.try_encoder = lambda _: verdict  # type: ignore[attr-defined]
        stage.quality.apply()
        await stage.settle()
        assert not told(stage, "choose_encoder")
        (notice,) = stage.desk.state.notices
        assert notice.level == "warn" and "h264_qsv" in notice.text

    play(story, tmp_path)
