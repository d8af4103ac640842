"""Real devices: a PulseAudio of our own through the system's ALSA; unplugged, plugged in again, mixed, denoised."""

from __future__ import annotations

import threading
import time
import wave

import av
import numpy as np
import pytest

from studio.core.errors import UserError
from studio.video.clockwork import SOUND_RATE_HZ, Timeline
from studio.video.facts import SourceBack, SourceLost
from studio.video.health import SourceState
from studio.video.sound import SoundInput, alsa, capture, listener
from studio.video.sound.listener import Listener
from studio.video.sound.timeline import SoundTimeline
from tests.refused import refused
from tests.video import pulse
from tests.video.told import Told, engine, until

needs_pulse = pytest.mark.skipif(not pulse.IS_INSTALLED, reason=pulse.HOW_TO_INSTALL)


@pytest.fixture
def server(tmp_path, monkeypatch):
    made = pulse.PulseServer(tmp_path)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    made.start()
    yield made
    made.kill()


def tone(path, hz, amplitude=0.25, seconds=60, rate_hz=48_000):
    samples = amplitude * np.sin(2 * np.pi * hz * np.arange(seconds * rate_hz) / rate_hz)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate_hz)
        out.writeframes((samples * 32767).astype(np.int16).tobytes())
    return path


def strength(samples, hz):
    """The amplitude of one frequency, 0.25 for a tone of that."""
    window = np.hanning(len(samples))
    turns = np.exp(-2j * np.pi * hz * np.arange(len(samples)) / SOUND_RATE_HZ)
    return 2 * abs((samples * window * turns).sum()) / window.sum()


def recorded(path):
    """The left channel of a recording."""
    with av.open(str(path)) as container:
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])


def state_of(running, place):
    return running.health().sound.inputs[place].state


@needs_pulse
def test_two_microphones_and_the_desktop_are_mixed_into_the_recording(server, tmp_path):
    server.play(tone(tmp_path / "a.wav", 1000, 0.25), "desk")
    server.play(tone(tmp_path / "b.wav", 1700, 0.1, rate_hz=44_100), "guest")
    desk, guest = SoundInput.parse("mic:pulse:desk.monitor"), SoundInput.parse("mic:pulse:guest.monitor")
    told, out = Told(), tmp_path / "show.mp4"
    with engine(told) as running:
        running.pin_quality(0)  # a busy machine would step down into another file
        running.set_sound((desk, guest))
        until(lambda: all(one.level_db > -24 for one in running.sound_levels().inputs))
        running.start_recording(out)
        until(lambda: running.health().recording.seconds > 3)
        levels, health = running.sound_levels(), running.health().sound
        assert levels.inputs[0].peak_db == pytest.approx(-12, abs=0.5)
        assert levels.inputs[0].loudness_lufs == pytest.approx(-12.7 + 0.7, abs=0.8)  # both channels carry the tone
        assert health.state is SourceState.OK and abs(health.drift_ms) < 40
    heard, step = recorded(out), SOUND_RATE_HZ // 4
    both = [
        (strength(part, 1000), strength(part, 1700))
        for part in np.split(heard[: len(heard) // step * step], len(heard) // step)
    ]
    # a starved machine gives the driver's thread no time now and then: the best quarter of a second counts
    assert min(both, key=lambda two: abs(two[0] - 0.25) + abs(two[1] - 0.1)) == pytest.approx((0.25, 0.1), rel=0.1)
    assert not told.all(SourceLost)


@needs_pulse
def test_what_the_computer_plays_is_an_input(server, tmp_path):
    assert capture.list_desktop_sounds()
    server.play(tone(tmp_path / "a.wav", 600))
    wish = SoundInput.parse("desktop")
    capture.check(wish)
    with engine(Told()) as running:
        running.set_sound((wish,))
        until(lambda: running.sound_levels().peak_db > -14)


@needs_pulse
def test_microphone_that_is_unplugged_comes_back_and_costs_nobody_else(server, tmp_path, monkeypatch):
    monkeypatch.setattr(listener, "RETRY_EVERY_S", 0.1)
    music = tone(tmp_path / "music.wav", 440, 0.1, seconds=2)
    server.play(tone(tmp_path / "a.wav", 1000))
    told = Told()
    with engine(told) as running:
        running.set_sound((SoundInput.parse("mic:pulse:desk.monitor"), SoundInput.parse(f"file:{music}")))
        until(lambda: running.sound_levels().inputs[0].level_db > -14)
        server.kill()
        assert told.wait(SourceLost).name == "pulse:desk.monitor"
        until(lambda: state_of(running, 0) is SourceState.LOST)
        until(lambda: running.sound_levels().inputs[0].peak_db == -90)
        assert running.sound_levels().inputs[1].peak_db > -22
        assert running.health().sound.name == "pulse:desk.monitor"
        server.start()
        server.play(tone(tmp_path / "b.wav", 1000))
        told.wait(SourceBack)
        until(lambda: running.sound_levels().inputs[0].level_db > -14)
        assert state_of(running, 0) is SourceState.OK


@needs_pulse
def test_sound_of_the_microphone_lies_where_it_was_heard(server, tmp_path):
    """What comes now lies at now, not a buffer earlier or later."""
    sound, timeline = SoundTimeline(), Timeline(time.monotonic(), 30)
    made = Listener(SoundInput.parse("mic:pulse:desk.monitor"), timeline, sound, Told())
    made.start()
    until(lambda: sound.ahead > SOUND_RATE_HZ)
    for _ in range(5):
        now = timeline.sample_at(time.monotonic())
        until(lambda now=now: sound.ahead > now)
        assert abs(sound.ahead - timeline.sample_at(time.monotonic())) < SOUND_RATE_HZ // 4
    assert made.stop(5)


def test_where_no_sound_server_answers_the_desktop_is_refused_with_a_remedy(tmp_path, monkeypatch):
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/nobody")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert not alsa.has_desktop()
    with refused("sound.no_desktop_alsa"):
        capture.check(SoundInput.parse("desktop"))
    assert isinstance(capture.list_microphones(), list)


class Plug:
    """A microphone that is plugged in by the test; hung, it gives nothing and never returns."""

    def __init__(self):
        self.is_in, self.hang, self.is_let_go = threading.Event(), threading.Event(), threading.Event()
        self.opened = 0

    def __call__(self, _wish):
        if not self.is_in.is_set():
            raise OSError("no such device")
        self.opened += 1
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def blocks(self):
        number = self.opened
        block = np.full((2, 480), 0.25, np.float32)
        while self.is_in.is_set():
            if self.hang.is_set() and number == 1:
                self.is_let_go.wait(30)
                return
            time.sleep(0.01)
            yield block, time.monotonic()


def test_microphone_that_is_not_there_is_told_once_and_heard_when_it_comes(monkeypatch):
    monkeypatch.setattr(listener, "RETRY_EVERY_S", 0.05)
    plug = Plug()
    monkeypatch.setattr(capture, "open_capture", plug)
    told = Told()
    with engine(told) as running:
        running.set_sound((SoundInput.parse("mic:desk"),))
        assert told.wait(SourceLost).reason_key == "video.lost.not_opened"
        assert running.health().sound.state is SourceState.MISSING
        plug.is_in.set()
        told.wait(SourceBack, lambda fact: fact.name == "desk")
        until(lambda: running.health().sound.peak_db > -20)
    assert len(told.all(SourceLost)) == 1


def test_driver_that_hangs_is_left_behind_and_the_microphone_opened_anew(monkeypatch):
    monkeypatch.setattr(listener, "SILENT_AFTER_S", 0.3)
    monkeypatch.setattr(listener, "GIVEN_UP_AFTER_S", 0.6)
    plug, told = Plug(), Told()
    plug.is_in.set()
    monkeypatch.setattr(capture, "open_capture", plug)
    made = Listener(SoundInput.parse("mic:desk"), Timeline(time.monotonic(), 30), SoundTimeline(), told)
    made.start()
    until(lambda: made.state is SourceState.OK and plug.opened == 1)
    plug.hang.set()

    def is_back():
        made.watch(time.monotonic())
        return bool(told.all(SourceBack))

    until(is_back)
    assert told.wait(SourceLost).reason_key == "video.lost.silent"
    assert plug.opened == 2
    assert not made.stop(0)
    plug.is_let_go.set()
    assert made.stop(5)


def test_words_for_sound():
    assert SoundInput.parse("camera").kind == "camera"
    assert SoundInput.parse("mic").device == "default"
    assert SoundInput.parse("desktop:x.monitor").device == "x.monitor"
    assert SoundInput.parse("file:a/b.mp3").name == "b.mp3"
    for text in ("radio", "file:", "camera:2", ""):
        with pytest.raises(UserError) as caught:
            SoundInput.parse(text)
        assert caught.value.key == "error.sound.no_such_address"
