"""From one recording file to the next: not a frame and not a sample lost, whatever changes between them."""

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from studio.video.codec_options import PRESETS
from studio.video.encoder import Codecs, EncoderSettings
from studio.video.facts import PushStateChanged, RecordingEnded, RecordingStarted, SceneShown
from studio.video.health import RecordingHealth
from studio.video.outputs.recorder import Segments
from studio.video.scene import Canvas, Scene
from tests import media
from tests.video import rtmp_server
from tests.video.rtmp_server import KEY, RtmpServer
from tests.video.told import SMALL, Told, engine, until


def counter(folder):
    """A clip of three seconds whose brightness tells the frame number, with a steady tone."""
    spec = media.ClipSpec(seconds=3.0)

    def draw(index):
        return np.full((240, 320, 3), 40 + index * 2, np.uint8)

    def tone(at, count):
        return np.asarray(0.3 * np.sin(2 * np.pi * 440 * np.arange(at, at + count) / 48_000), np.float32)

    return media.write(folder / "counter.mp4", spec, draw, tone)


def content(path):
    """Brightness of every frame, and the sound in one piece."""
    lights, sounds = [], []
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.video[0], container.streams.audio[0]):
            if isinstance(frame, av.VideoFrame):
                lights.append(float(frame.to_ndarray(format="gray").mean()))
            else:
                sounds.append(frame.to_ndarray()[0])
    return np.array(lights), np.concatenate(sounds)


def frame_numbers(lights):
    return np.round((lights - lights.min()) / np.ptp(lights) * 89).astype(int)


def test_next_file_begins_with_the_frame_after_the_last(tmp_path):
    told, paths = Told(), [tmp_path / "1.mp4", tmp_path / "2.mp4"]
    with engine(told, counter(tmp_path)) as running:
        until(lambda: running.monitor(90, 160)[1][..., 0].mean() > 20)  # the clip has begun
        running.start_recording(paths[0])
        until(lambda: running.health().recording.seconds > 1.7)
        running.start_recording(paths[1])
        until(lambda: running.health().recording.seconds > 1.7)
    whole = [content(path) for path in paths]
    numbers = frame_numbers(np.concatenate([lights for lights, _ in whole]))
    steps = np.diff(numbers) % 90
    assert len(numbers) > 100
    assert np.count_nonzero(np.abs(steps - 1) > 1) <= 1  # each frame once; rounding of the brightness may be one off
    seconds = [len(lights) / 30 for lights, _ in whole]
    assert len(whole[0][1]) / 48_000 == pytest.approx(seconds[0], abs=0.03)
    first, second = whole[0][1], whole[1][1]
    assert np.abs(first[-4800:-1024]).max() > 0.2  # sound to the end of the one
    assert np.abs(second[2048:4800]).max() > 0.2  # and from the beginning of the other


def test_recording_goes_on_in_segments_by_length(tmp_path):
    told, out = Told(), tmp_path / "show.mp4"
    with engine(told, counter(tmp_path)) as running:
        running.set_segments(Segments(max_s=0.8))
        running.show(Scene(SMALL, (), "berry", 1))
        running.start_recording(out)
        third = told.wait(RecordingStarted, lambda started: started.path.endswith("show.3.mp4"))
        running.show(Scene(SMALL, (), "honey", 2))
        mark = told.wait(SceneShown, lambda shown: shown.item_id == "honey")
        until(lambda: running.health().recording.seconds > 0.4)
    started = told.all(RecordingStarted)
    assert [Path(one.path).name for one in started[:3]] == ["show.mp4", "show.2.mp4", "show.3.mp4"]
    assert (third.continues, third.item_id) == (started[1].path, "berry")
    assert mark.recording in {third.path, str(tmp_path / "show.4.mp4")}
    assert len(told.all(RecordingEnded)) == len(started)
    frames = sum(len(content(one.path)[0]) for one in started)
    assert frames == pytest.approx(running.health().frames_encoded, abs=15)  # all but the few before the recording


def test_segments_by_size():
    health = RecordingHealth(is_on=True, bytes=2_000_000, seconds=10)
    assert Segments(max_bytes=1_000_000).are_over(health)
    assert not Segments(max_bytes=3_000_000, max_s=11).are_over(health)
    assert not Segments().are_over(health)
    assert not Segments(max_s=1).are_over(replace(health, is_on=False))


def test_other_size_and_rate_mid_show_keep_sound_and_picture_together(tmp_path):
    told, out = Told(), tmp_path / "show.mp4"
    settings = EncoderSettings(canvas=Canvas(320, 240, 30))
    with engine(told, media.flash_and_beep(tmp_path / "flash.mp4"), settings) as running:
        running.start_recording(out)
        until(lambda: running.health().recording.seconds > 2.2)
        running.encoding.change(replace(settings, preset="ultraplus", scale=0.5, every=2))
        until(lambda: running.health().recording.path.endswith("show.2.mp4"))
        until(lambda: running.health().recording.seconds > 2.6)
        assert running.health().encoder_name == "x264 ultraplus 160x120@15"
    for path, size, rate in ((out, 320, 30), (tmp_path / "show.2.mp4", 160, 15)):
        seen = media.look(path)
        assert max(min(abs(flash - beep) for beep in seen.beeps) for flash in seen.flashes) <= 0.040
        with av.open(str(path)) as container:
            assert container.streams.video[0].width == size
        assert seen.frames == pytest.approx(seen.length_s * rate, abs=1.5)


@pytest.mark.skipif(not rtmp_server.IS_INSTALLED, reason=rtmp_server.HOW_TO_INSTALL)
def test_push_comes_back_with_the_other_size(tmp_path):
    server, told = RtmpServer(tmp_path / "nginx").start(), Told()
    settings = EncoderSettings(canvas=Canvas(320, 240, 30))
    try:
        with engine(told, "test", settings) as running:
            running.start_push("a", server.url, KEY)
            told.wait(PushStateChanged, lambda fact: fact.state == "live")
            running.encoding.change(replace(settings, scale=0.5))
            until(lambda: [fact.state for fact in told.all(PushStateChanged)].count("live") == 2)
            until(lambda: running.health().pushes[0].frames_sent > 90)
        sizes = [av.open(str(path)).streams.video[0].width for path in server.records()]
        assert sizes == [320, 160]
    finally:
        server.kill()


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_encodes_and_its_rate_can_be_changed_on_the_way(preset):
    canvas = Canvas(320, 240, 30)
    codecs = Codecs(EncoderSettings(canvas=canvas, preset=preset, bitrate_kbps=2000))
    random = np.random.default_rng(3)
    noise = [random.integers(16, 235, (360, 320)).astype(np.uint8) for _ in range(8)]

    def rate_kbps(start, count):
        size = 0
        for index in range(start, start + count):
            size += sum(len(one.data) for one in codecs.encode_picture(noise[index % 8], index, index == 0))
        return size * 8 / (count / 30) / 1000

    rate_kbps(0, 60)
    before = rate_kbps(60, 90)
    codecs.set_bitrate(600)
    rate_kbps(150, 60)
    after = rate_kbps(210, 90)
    codecs.close()
    assert before == pytest.approx(2000, rel=0.3)
    assert after == pytest.approx(600, rel=0.4)
