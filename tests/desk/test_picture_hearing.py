"""What the picture machine tells becomes rows and sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.errors import UserError
from studio.video.facts import QualityChanged, RecordingEnded, RecordingFailed, RecordingStarted
from tests.desk.doubles import Stage, play


def changed(kbps: int, *, is_step: bool = False, key: str = "network_slow") -> QualityChanged:
    reason_key = f"video.quality.{key}"
    return QualityChanged(
        name="x264 ultraplus", bitrate_kbps=kbps, wanted_kbps=2500, step=1, is_step=is_step, reason_key=reason_key
    )


def test_every_file_of_a_recording_is_a_part_that_begins_with_what_is_on_air(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.live()
        session_id = stage.desk.state.session.id
        first = f"{session_id}-1.mp4"
        stage.desk.hear([RecordingStarted(path=str(tmp_path / first))])
        continued = tmp_path / f"{session_id}-1.2.mp4"
        stage.desk.hear([RecordingStarted(path=str(continued), item_id="berry", continues=str(tmp_path / first))])
        stage.desk.hear([RecordingEnded(path=str(tmp_path / first), bytes=900, seconds=3.0)])
        stage.desk.hear([RecordingEnded(path=str(continued), bytes=800, seconds=2.0)])
        parts = stage.store.recordings(session_id)
        assert [(one.part, one.path, one.bytes) for one in parts] == [(1, first, 900), (2, continued.name, 800)]
        (mark,) = stage.store.marks(session_id)
        assert (mark["recording"], mark["item_id"], mark["pts_ms"]) == (continued.name, "berry", 0)
        await stage.do("recording.stop")
        await stage.do("recording.start")
        assert stage.store.recordings(session_id)[-1].path == f"{session_id}-3.mp4"
        stage.desk.hear([RecordingEnded(path=str(continued), bytes=0, seconds=0.0)])  # it got no picture and is gone
        assert [one.part for one in stage.store.recordings(session_id)] == [1, 3]

    play(story, tmp_path)


def test_a_recording_that_waits_for_room_is_none_until_it_goes_on_and_can_be_given_up(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.live()
        session_id = stage.desk.state.session.id
        paths = [str(tmp_path / f"{session_id}-{name}.mp4") for name in ("1", "1.2")]
        full = RecordingFailed(
            path=paths[0], reason_key="error.video.disk_full", reason_args={"path": paths[0], "free_mb": 9}
        )
        stage.desk.hear([RecordingStarted(path=paths[0]), full])
        assert not stage.desk.state.session.is_recording
        stage.desk.hear([RecordingStarted(path=paths[1], continues=paths[0])])
        assert stage.desk.state.session.is_recording
        assert stage.store.recordings(session_id)[-1].path == Path(paths[1]).name
        assert Path(paths[1]).name in stage.desk.state.notices[-1].text
        stage.desk.hear([full])
        await stage.do("recording.stop")
        stage.desk.hear([RecordingStarted(path=paths[1], continues=paths[0])])  # was on its way
        assert not stage.desk.state.session.is_recording
        with pytest.raises(UserError):
            await stage.do("recording.stop")

    play(story, tmp_path)


def test_steps_are_told_and_the_network_s_ups_and_downs_only_at_their_ends(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        facts = [changed(1750), changed(1225), changed(1408, key="better"), changed(1225), changed(2500, key="better")]
        stage.desk.hear([*facts, changed(2500, is_step=True, key="computer_slow")])
        texts = [(notice.level, notice.text) for notice in stage.desk.state.notices]
        assert [level for level, _ in texts] == ["warn", "info", "warn"]
        assert "1750" in texts[0][1] and "2500" in texts[1][1] and "x264 ultraplus" in texts[2][1]

    play(story, tmp_path)
