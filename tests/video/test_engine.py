"""The engine on real clips: what is recorded is what was shown and heard, at its time."""

import threading
import time

import numpy as np
import pytest

from studio.core.clock import SystemClock
from studio.core.errors import UserError
from studio.video.encoder import EncoderSettings
from studio.video.engine import Engine
from studio.video.facts import HealthTicked, RecordingEnded, RecordingStarted, SceneShown
from studio.video.health import PushState, SourceState
from studio.video.scene import Canvas, Scene
from studio.video.sources import SourceSpec
from tests import media
from tests.video.told import SMALL, Told, engine, until

AT_MOST_APART_S = 0.040


def apart(seen):
    """How far each flash is from the beep nearest to it."""
    return [min((abs(flash - beep) for beep in seen.beeps), default=9.0) for flash in seen.flashes]


@pytest.mark.parametrize(
    "clip",
    [
        media.ClipSpec(seconds=2.0),
        media.ClipSpec(seconds=2.0, fps=25, rate_hz=44_100, layout="mono", width=642, height=358),
    ],
    ids=["30 fps 48 kHz", "25 fps 44.1 kHz mono odd size"],
)
def test_flash_and_beep_stay_together_through_every_loop(tmp_path, clip):
    told, out = Told(), tmp_path / "show.mp4"
    source = media.flash_and_beep(tmp_path / "flash.mp4", clip)
    with engine(told, source) as running:
        running.start_recording(out)
        until(lambda: running.health().recording.seconds > 6.5)
    seen = media.look(out)
    assert len(seen.flashes) >= 6
    assert max(apart(seen)) <= AT_MOST_APART_S, (seen.flashes, seen.beeps)
    gaps = np.diff(seen.flashes)
    assert np.all(np.abs(gaps - 1.0) < 0.05), "a loop is not seamless"


def test_recording_has_every_frame_from_first_to_last(tmp_path):
    told, out = Told(), tmp_path / "show.mp4"
    with engine(told, media.moving_pattern(tmp_path / "clip.mp4", media.ClipSpec(seconds=1.0))) as running:
        running.start_recording(out)
        until(lambda: running.health().recording.seconds > 1.0)
        assert running.health().recording.is_growing
        running.stop_recording()
        ended = told.wait(RecordingEnded)
        rendered = running.health().frames_rendered
        until(lambda: running.health().frames_rendered > rendered + 5)  # the show goes on without it
    seen = media.look(out)
    assert told.wait(RecordingStarted).path == ended.path == str(out)
    assert ended.bytes == out.stat().st_size
    assert seen.frames == round(ended.seconds * 30)
    assert b"moov" in out.read_bytes()[-200_000:] and b"moof" not in out.read_bytes()[:4096]


def test_second_recording_closes_the_first_and_both_play(tmp_path):
    told = Told()
    with engine(told) as running:
        for name in ("1.mp4", "2.mp4"):
            running.start_recording(tmp_path / name)
            until(lambda: running.health().recording.seconds > 0.4)
        with pytest.raises(UserError) as refused:
            running.start_recording(tmp_path / "2.mp4")
        assert refused.value.key == "error.video.cannot_record"
    assert all(media.look(tmp_path / name).frames >= 12 for name in ("1.mp4", "2.mp4"))


def test_marks_are_keyframes_of_the_recording_at_their_time(tmp_path):
    import av

    told, out = Told(), tmp_path / "show.mp4"
    with engine(told) as running:
        running.start_recording(out)
        for number in range(3):
            running.show(Scene(SMALL, (), f"item-{number}", number + 1))
            told.wait(SceneShown, lambda shown, number=number: shown.item_id == f"item-{number}")
            frames = running.health().frames_encoded
            until(lambda frames=frames: running.health().frames_encoded > frames + 7)
        running.show(Scene(SMALL, (), "item-2", 9))  # a change of the same item is no mark
        until(lambda: running.health().recording.seconds > 1)
    marks = told.all(SceneShown)
    assert [mark.item_id for mark in marks] == ["item-0", "item-1", "item-2"]
    with av.open(str(out)) as container:
        keys = [float(one.pts * one.time_base) for one in container.demux(video=0) if one.is_keyframe]
    for mark in marks:
        assert mark.recording == str(out)
        assert min(abs(mark.pts_s - key) for key in keys) < 0.001


def test_source_changes_live_and_health_says_what_it_is(tmp_path):
    told = Told()
    with engine(told) as running:
        assert running.health().source.name == "test"
        clip = media.flash_and_beep(tmp_path / "flash.mp4", media.ClipSpec(seconds=1.0))
        running.set_source(SourceSpec.parse(str(clip)))
        until(lambda: running.health().source.width == 320)
        until(lambda: running.health().sound.peak_db > -20)
        running.set_sound(())
        until(lambda: running.health().sound.peak_db == -90)
        health = told.wait(HealthTicked, lambda fact: fact.health.fps > 25).health
    assert health.source.state is SourceState.OK
    assert health.disk_free_bytes > 0
    assert health.encoder_name == "x264 superfast 180x320@30"
    assert health.frames_rendered >= health.frames_encoded > 0


def test_dry_run_counts_what_no_other_output_takes():
    told = Told()
    with engine(told) as running:
        until(lambda: running.null.frames > 20)
        assert running.health().bitrate_bps > 10_000
    assert running.null.frames == running.health().frames_encoded
    assert running.null.bytes > 1000


def test_monitor_is_the_programme_reduced_to_what_fits(tmp_path):
    clip = media.write(
        tmp_path / "red.mp4",
        media.ClipSpec(seconds=0.5, has_sound=False),
        lambda _: np.full((240, 320, 3), (200, 30, 30), np.uint8),
        lambda _at, count: np.zeros(count, np.float32),
    )
    with engine(Told(), clip) as running:
        until(lambda: running.monitor(100, 100)[1][80:90, 25:30, 2].mean() > 150)
        index, picture = running.monitor(100, 100)
        assert picture.shape == (100, 56, 4)
        again = running.monitor(100, 100)
        assert again[0] > index or again[1] is picture
        assert running.monitor(5000, 5000)[1].shape == (320, 180, 4)


def test_stop_works_before_start_and_twice():
    before = threading.active_count()
    never_started = Engine(SMALL, SystemClock(), Told())
    never_started.stop()
    never_started.stop()
    assert threading.active_count() == before


def test_engine_refuses_a_scene_of_another_canvas_and_an_address_that_is_no_rtmp():
    with engine(Told()) as running:
        with pytest.raises(ValueError, match="canvas"):
            running.show(Scene(Canvas(640, 360), (), "a", 1))
        with pytest.raises(UserError) as refused:
            running.start_push("a", "ftp://live.example", "key")
        assert refused.value.key == "error.video.no_push_address"
        assert running.health().pushes == ()
        assert PushState.LIVE == "live"


@pytest.mark.parametrize("fps", [15, 60])
def test_frame_rate_is_the_canvas_s_own(tmp_path, fps):
    settings = EncoderSettings(canvas=Canvas(128, 128, fps), bitrate_kbps=300)
    source = media.moving_pattern(tmp_path / "clip.mp4", media.ClipSpec(seconds=1.0, fps=30))
    out = tmp_path / "show.mp4"
    with engine(Told(), source, settings) as running:
        running.start_recording(out)
        until(lambda: running.health().recording.seconds > 1.5)
        began_s, rendered = time.monotonic(), running.health().frames_rendered
        until(lambda: running.health().frames_rendered >= rendered + fps)
        assert 0.8 < time.monotonic() - began_s < 1.6
    seen = media.look(out)
    assert seen.length_s * fps == pytest.approx(seen.frames - 1, abs=0.2 * fps)
