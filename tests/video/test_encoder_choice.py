"""Encoders are offered after a trial only, and one that fails in the show is replaced before a picture is lost.

This machine has no hardware encoder; other real encoders of the same library stand in for good, late and broken ones."""

import threading
from dataclasses import replace

import av
import numpy as np
import pytest

from studio.core import i18n
from studio.video import encoder_choice, encoding
from studio.video.codec_options import HARDWARE, X264, options, pixel_format
from studio.video.encoder import Codecs, EncoderSettings, _nv12
from studio.video.encoder_choice import EncoderChoice
from studio.video.facts import QualityChanged, RecordingEnded, RecordingStarted, SceneShown
from studio.video.quality import Quality
from studio.video.scene import Canvas, Scene
from tests import media
from tests.video.frames import frames_of, taken
from tests.video.told import SMALL, Told, engine, until

PORTRAIT = EncoderSettings(canvas=Canvas(720, 1280, 30), bitrate_kbps=1000)
LITTLE = EncoderSettings(canvas=Canvas(192, 320, 15), bitrate_kbps=1000)


def verdict(name, settings=LITTLE):
    return EncoderChoice([name], tried_within_s=100).look(name, settings)


def test_encoder_that_works_is_found_usable_with_its_speed():
    found = verdict("mpeg4")
    assert (found.is_usable, found.reason_key) == (True, "")
    assert found.ms > 0


def test_encoder_that_opens_and_fails_on_its_first_picture_is_refused():
    """libavcodec's vc2 opens at this size and rate and then cannot encode a single picture."""
    assert verdict("vc2", PORTRAIT).reason_key == "video.encoder.fails"


@pytest.mark.parametrize(
    ("name", "reason"),
    [("libx265", "late"), ("ffv1", "no_keyframe"), ("h264_nvenc", "no_device"), ("h264_qsv", "no_device")],
)
def test_encoder_that_cannot_do_a_show_is_refused_with_the_reason(name, reason):
    found = verdict(name)
    assert (found.is_usable, found.reason_key) == (False, f"video.encoder.{reason}")


def test_driver_that_crashes_or_hangs_costs_only_its_process(monkeypatch):
    real = encoder_choice.child.start

    def start(word, module, words):
        code = {"crash": "import os; os.abort()", "hang": "import time; time.sleep(60)"}[words[0]]
        return real(word, "timeit", ["-n1", "-r1", code])

    monkeypatch.setattr(encoder_choice.child, "start", start)
    monkeypatch.setattr(encoder_choice, "_is_built_in", lambda _: True)
    assert EncoderChoice(["crash"]).look("crash", LITTLE).reason_key == "video.encoder.crashes"
    assert EncoderChoice(["hang"], tried_within_s=1.5).look("hang", LITTLE).reason_key == "video.encoder.hangs"


def test_verdict_is_kept_and_a_failure_in_the_show_overrules_it(monkeypatch):
    choice = EncoderChoice(["mpeg4", "no_such_codec"])
    assert [(one.name, one.is_usable) for one in choice.known()] == [(X264, True), ("mpeg4", None)]
    assert choice.look("mpeg4", LITTLE).is_usable
    monkeypatch.setattr(encoder_choice.child, "start", lambda *_: pytest.fail("it was tried already"))
    assert choice.look("mpeg4", LITTLE).is_usable and choice.is_usable("mpeg4")
    choice.fail("mpeg4", "hangs")
    assert not choice.is_usable("mpeg4")
    assert choice.look("mpeg4", LITTLE).reason_key == "video.encoder.hangs"
    assert choice.look("h264_fantasy", LITTLE).reason_key == "video.encoder.unknown"


def test_every_reason_has_a_text():
    words = "unknown no_device fails late silent loses_frames no_keyframe unreadable wrong_picture slow crashes hangs"
    for word in words.split():
        assert all(f"video.encoder.{word}" in i18n.texts(language) for language in i18n.LANGUAGES)


def test_every_hardware_encoder_is_asked_for_no_delay_and_a_keyframe_every_two_seconds():
    for name in HARDWARE:
        asked = options(name, "superfast", (720, 1280), 30, 2500)
        assert (asked["bf"], asked["g"], asked["maxrate"]) == ("0", "60", "2500k")
        assert asked.get("preset") not in ("superfast", "ultrafast")
    assert pixel_format(["nv12", "qsv"]) == "nv12"
    assert pixel_format(["yuv420p", "nv12"]) == pixel_format([]) == "yuv420p"


def test_nv12_is_the_same_picture():
    random = np.random.default_rng(2)
    i420 = random.integers(0, 255, (12, 8)).astype(np.uint8)
    woven = av.VideoFrame.from_ndarray(_nv12(i420, (8, 8)), "nv12").reformat(format="yuv420p").to_ndarray()
    assert np.array_equal(woven, i420)


@pytest.mark.parametrize("encoder", [X264, "mpeg4", "mpeg2video"])
def test_keyframe_every_two_seconds_and_where_it_is_forced(encoder):
    canvas = Canvas(192, 320, 30)
    codecs = Codecs(EncoderSettings(canvas=canvas, encoder=encoder))
    picture, keys = np.full((480, 192), 90, np.uint8), []
    for index in range(150):
        picture[index % 300] ^= 40
        keys += [one.pts for one in codecs.encode_picture(picture, index, index in (0, 47)) if one.is_keyframe]
    keys += [one.pts for one in codecs.finish_picture() if one.is_keyframe]
    codecs.close()
    assert {0, 47} <= set(keys)
    assert max(np.diff([*keys, 150])) <= 60


@pytest.fixture
def given(monkeypatch):
    """The number of every picture that an encoder took, whichever it was."""
    return taken(monkeypatch)


def test_other_encoder_in_the_middle_of_a_show_loses_no_frame(tmp_path, given):
    told, out = Told(), tmp_path / "show.mp4"
    with engine(told) as running:
        running.pin_quality(0)  # whatever else this machine does now
        running.encoding.choice = EncoderChoice(["mpeg4"])
        assert running.try_encoder("mpeg4").is_usable
        running.start_recording(out)
        until(lambda: running.health().recording.seconds > 0.6)
        zero = running._recorder._current.zero_pts
        running.choose_encoder("mpeg4")
        chosen = told.wait(QualityChanged, lambda fact: fact.reason_key == "video.quality.encoder_chosen")
        assert chosen.name == "mpeg4 180x320@30"
        until(lambda: running.health().recording.path.endswith("show.2.mp4"))
        running.show(Scene(SMALL, (), "item", 1))
        mark = told.wait(SceneShown)
        until(lambda: running.health().recording.seconds > 0.6)
        running.choose_encoder("h264_nvenc")  # not found usable: nothing happens
        assert running.health().quality_steps[2:] == ("mpeg4 180x320@15",)
        running.choose_encoder(X264)
        until(lambda: running.health().recording.path.endswith("show.3.mp4"))
        until(lambda: running.health().recording.seconds > 0.6)
        assert [one.name[:5] for one in told.all(QualityChanged)][-2:] == ["mpeg4", "x264 "]
    frames = frames_of(told)
    with av.open(str(tmp_path / "show.2.mp4")) as container:
        stream = container.streams.video[0]
        keys = [float(one.pts * one.time_base) for one in container.demux(stream) if one.is_keyframe]
        assert stream.codec_context.name == "mpeg4"
    assert min(abs(mark.pts_s - key) for key in keys) < 0.001
    assert frames == sum(index >= zero for index in given)


def fails_after(monkeypatch, count, failure):
    """Let the encoder mpeg4 fail in the show, as a driver does that loses its device."""
    real, done = Codecs.encode_picture, []

    def encode(self, buffer, index, is_keyframe):
        if self.settings.encoder == "mpeg4":
            done.append(index)
            if len(done) > count:
                failure()
        return real(self, buffer, index, is_keyframe)

    monkeypatch.setattr(Codecs, "encode_picture", encode)


def test_encoder_that_fails_in_the_show_is_replaced_at_once_and_no_picture_is_lost(tmp_path, monkeypatch, given):
    def lose_the_device():
        raise av.error.ExternalError(542398533, "the device was lost")

    fails_after(monkeypatch, 20, lose_the_device)
    told, out = Told(), tmp_path / "show.mp4"
    with engine(told) as running:
        running.pin_quality(0)  # whatever else this machine does now
        running.encoding.choice = EncoderChoice(["mpeg4"])
        running.try_encoder("mpeg4")
        running.start_recording(out)
        until(lambda: running.health().recording.seconds > 0.3)
        zero = running._recorder._current.zero_pts
        running.choose_encoder("mpeg4")
        failed = told.wait(QualityChanged, lambda fact: fact.reason_key == "video.quality.encoder_failed")
        assert failed.name.startswith("x264")
        until(lambda: running.health().recording.path.endswith("show.3.mp4"))
        until(lambda: running.health().recording.seconds > 0.3)
        running.choose_encoder("mpeg4")  # not again in this run
        assert running.health().encoder_name.startswith("x264")
    assert frames_of(told) == sum(index >= zero for index in given)
    assert len(set(given)) == len(given)  # the one that failed was taken by x264, and none twice


def test_encoder_that_fails_on_its_first_picture_leaves_no_empty_file(tmp_path, monkeypatch):
    def lose_the_device():
        raise RuntimeError("no session")

    fails_after(monkeypatch, 0, lose_the_device)
    told, out = Told(), tmp_path / "show.mp4"
    with engine(told) as running:
        running.pin_quality(0)  # whatever else this machine does now
        running.encoding.choice = EncoderChoice(["mpeg4"])
        running.try_encoder("mpeg4")
        running.start_recording(out)
        until(lambda: running.health().recording.seconds > 0.3)
        running.choose_encoder("mpeg4")
        told.wait(QualityChanged, lambda fact: fact.reason_key == "video.quality.encoder_failed")
        empty = told.wait(RecordingEnded, lambda fact: fact.path.endswith("show.2.mp4"))
        assert (empty.bytes, empty.seconds) == (0, 0.0)
        until(lambda: running.health().recording.seconds > 0.3)
    frames_of(told)
    assert sorted(path.name for path in tmp_path.glob("*.mp4")) == ["show.3.mp4", "show.mp4"]
    assert [one.continues is None for one in told.all(RecordingStarted)] == [True, False, False]


def test_encoder_that_hangs_in_the_show_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(encoding, "HANGS_AFTER_S", 1.0)
    let_go = threading.Event()
    fails_after(monkeypatch, 20, lambda: let_go.wait(60))
    told, out = Told(), tmp_path / "show.mp4"
    try:
        with engine(told) as running:
            running.pin_quality(0)
            running.encoding.choice = EncoderChoice(["mpeg4"])
            running.try_encoder("mpeg4")
            running.start_recording(out)
            running.choose_encoder("mpeg4")
            told.wait(QualityChanged, lambda fact: fact.reason_key == "video.quality.encoder_failed")
            encoded = running.health().frames_encoded
            until(lambda: running.health().frames_encoded > encoded + 20)
            late = running.health().late
            let_go.set()  # the driver comes back: what it gives is thrown away
            until(lambda: running.health().recording.seconds > 0.6)
            assert running.health().late - late < 10
    finally:
        let_go.set()
    assert frames_of(told) > 15 and media.look(tmp_path / "show.3.mp4").frames > 15


def test_ladder_of_an_encoder_without_presets_has_sizes_and_rates_only():
    canvas, changed = Canvas(1080, 1920, 60), []
    quality = Quality(EncoderSettings(canvas=canvas), changed.append, lambda _: None, Told())
    assert len(quality.steps) == 6
    quality.pin(5)
    quality.choose("h264_amf", "video.quality.encoder_chosen")
    top, plain = quality.steps[:2]
    assert plain.startswith(top)
    assert (top, *quality.steps[2:]) == ("h264_amf 1080x1920@60", "h264_amf 720x1280@60", "h264_amf 720x1280@30")
    assert (quality.step, quality.is_pinned, changed[-1].every) == (3, True, 2)
    quality.pin(None)
    for second in range(40):
        quality.look(second, (0, second * 60, second * 0.1), [3.0])
    assert changed[-1] == replace(changed[-1], encoder="h264_amf")
    assert quality.settings.bitrate_kbps == 1225  # two falls in forty seconds: each costs a new stream
    quality.choose(X264, "video.quality.encoder_failed")
    assert len(quality.steps) == 6 and quality.settings.bitrate_kbps == 1225
