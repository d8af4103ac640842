"""The virtual camera and the pinned quality: wished, saved, and as they were after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.desk.quality_verbs import QualitySetup
from studio.video.facts import VirtualCameraChanged
from tests.desk.doubles import Stage, play
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
