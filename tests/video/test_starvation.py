"""A computer that really is too slow: a slow preset of x264 at a size and rate it cannot do, until the ladder steps down."""

import numpy as np
import pytest

from studio.video.codec_options import PRESETS
from studio.video.encoder import EncoderSettings
from studio.video.facts import HealthTicked, PushStateChanged, QualityChanged, RecordingStarted
from studio.video.scene import Canvas
from tests import media
from tests.video import rtmp_server
from tests.video.frames import frames_of, taken
from tests.video.rtmp_server import KEY, RtmpServer
from tests.video.told import Told, engine, until


def noise(folder):
    """A clip in which nothing is like the frame before."""
    dice = np.random.default_rng(7)
    pictures = dice.integers(0, 255, (15, 320, 180, 3)).astype(np.uint8)
    spec = media.ClipSpec(width=180, height=320, seconds=0.5, has_sound=False)
    return media.write(folder / "noise.mp4", spec, lambda i: pictures[i], lambda _, count: np.zeros(count, np.float32))


def starves_for(told, seconds):
    """Wait until frames were dropped in so many looks one after the other."""

    def is_so():
        counts = [fact.health.dropped for fact in told.all(HealthTicked)][-seconds - 1 :]
        return len(counts) > seconds and bool(np.all(np.diff(counts) > 0))

    until(is_so, 60)


@pytest.mark.skipif(not rtmp_server.IS_INSTALLED, reason=rtmp_server.HOW_TO_INSTALL)
def test_a_starved_encoder_is_one_step_down_and_nothing_encoded_is_lost(tmp_path, monkeypatch):
    monkeypatch.setitem(PRESETS, "slower", {"preset": "slower"})
    given, told, out = taken(monkeypatch), Told(), tmp_path / "show.mp4"
    server = RtmpServer(tmp_path / "nginx").start()
    wished = EncoderSettings(canvas=Canvas(720, 1280, 30), preset="slower")
    try:
        with engine(told, noise(tmp_path), wished, pinned=0) as running:
            running.start_recording(out)
            until(lambda: running.health().recording.seconds > 0.3, 60)
            zero = running._recorder._current.zero_pts
            running.start_push("a", server.url, KEY)
            told.wait(PushStateChanged, lambda fact: fact.state == "live", 60)
            starves_for(told, 6)
            assert not told.all(QualityChanged)  # pinned it stays
            running.pin_quality(None)
            stepped = told.wait(QualityChanged, lambda fact: fact.is_step, 60)
            assert stepped.reason_key == "video.quality.computer_slow"
            assert (stepped.step, running.health().encoder_name) == (2, stepped.name)
            running.pin_quality(2)  # whatever else this machine does now
            told.wait(RecordingStarted, lambda started: started.continues == str(out), 60)
            until(lambda: running.health().recording.seconds > 1, 60)
            until(lambda: [fact.state for fact in told.all(PushStateChanged)].count("live") >= 2, 60)
            sent = running.health().pushes[0].frames_sent
            until(lambda: running.health().pushes[0].frames_sent > sent + 30, 60)
        steps = [fact for fact in told.all(QualityChanged) if fact.is_step]
        assert len(steps) == 1 and len(told.all(RecordingStarted)) == 2
        assert len(server.records()) >= 2
    finally:
        server.kill()
    assert len(set(given)) == len(given)
    assert frames_of(told) == sum(index >= zero for index in given)
