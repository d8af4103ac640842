"""Sound: every sample at its place, any input, a device whose clock runs away, a device that is not there."""

import threading
import time
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.errors import UserError
from studio.video.clockwork import SOUND_RATE_HZ, Timeline
from studio.video.facts import SourceBack, SourceLost
from studio.video.health import SourceState
from studio.video.sound import SoundSpec, microphone
from studio.video.sound.meter import PeakMeter
from studio.video.sound.microphone import Microphone, SampleClock
from studio.video.sound.resample import Resampler
from studio.video.sound.timeline import SoundTimeline
from tests.video.told import Told, engine, until


@given(
    blocks=st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 700)), max_size=12),
    counts=st.lists(st.integers(1, 900), min_size=1, max_size=8),
)
@settings(max_examples=60, deadline=None)
def test_timeline_gives_each_sample_at_its_place_and_silence_elsewhere(blocks, counts):
    timeline, wanted = SoundTimeline(), np.zeros(4000 + 900 * 8, np.float32)
    for number, (at, count) in enumerate(blocks):
        timeline.put(at, np.full((2, count), number + 1, np.float32))
        wanted[at : at + count] = number + 1
    taken = np.concatenate([timeline.take(count) for count in counts], axis=1)
    assert np.array_equal(taken[0], wanted[: taken.shape[1]])
    assert np.array_equal(taken[1], taken[0])


def test_sound_that_comes_too_late_is_counted_and_its_place_stays_silent():
    timeline = SoundTimeline()
    timeline.take(1000)
    timeline.put(900, np.ones((2, 300), np.float32))
    assert timeline.too_late == 100
    assert timeline.take(300)[0].tolist() == [1.0] * 200 + [0.0] * 100
    timeline.put(10**9, np.ones((2, 10), np.float32))  # a mad timestamp writes nowhere
    assert timeline.take(48_000).max() == 0


def test_timeline_goes_round_its_ring_and_skips_forward():
    timeline = SoundTimeline()
    for place in range(0, 20 * SOUND_RATE_HZ, SOUND_RATE_HZ // 2):
        timeline.put(place, np.full((2, SOUND_RATE_HZ // 2), 0.5, np.float32))
        assert timeline.take(SOUND_RATE_HZ // 2).min() == 0.5
    timeline.skip_to(timeline.cursor + 99)
    assert timeline.take(10).max() == 0.0


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("layout", ["mono", "stereo", "5.1", "7.1"])
@pytest.mark.parametrize("format_", ["s16", "fltp"])
def test_any_sound_becomes_48_khz_stereo_of_the_same_length_and_tone(rate_hz, layout, format_):
    channels = av.AudioLayout(layout).nb_channels
    times = np.arange(rate_hz // 2) / rate_hz
    tone = 0.4 * np.sin(2 * np.pi * 1000 * times)
    resampler, out = Resampler(), []
    for start in range(0, len(tone), 480):
        part = np.repeat(tone[None, start : start + 480], channels, 0)
        samples = part.astype(np.float32) if format_ == "fltp" else (part.T.reshape(1, -1) * 32767).astype(np.int16)
        frame = av.AudioFrame(format_, layout, part.shape[1])  # from_ndarray cannot do 8 planes
        for plane, of_channel in zip(frame.planes, samples, strict=False):
            plane.update(of_channel.tobytes())
        frame.sample_rate = rate_hz
        out += list(resampler.feed(frame))
    heard = np.concatenate(out, axis=1)
    assert heard.shape[0] == 2
    assert abs(heard.shape[1] - SOUND_RATE_HZ // 2) < 200
    spectrum = np.abs(np.fft.rfft(heard[0]))
    assert abs(spectrum.argmax() * SOUND_RATE_HZ / heard.shape[1] - 1000) < 10


@pytest.mark.parametrize("off", [-300e-6, 300e-6])
def test_clock_of_a_device_that_runs_away_is_brought_back(off):
    """Half an hour of a sound card that is 300 ppm off, arriving with jitter: never 40 ms away."""
    random, timeline = np.random.default_rng(5), Timeline(0.0, 30)
    clock, worst, at_end = SampleClock(timeline), 0.0, 0
    length_s, block_s = 1800, 0.1
    count = round(block_s * SOUND_RATE_HZ)
    for number in range(round(length_s / block_s)):
        heard_s = (number + 1) * block_s * (1 + off)
        at, samples = clock.place(np.zeros((2, count), np.float32), heard_s + random.exponential(0.004))
        at_end = at + samples.shape[1]
        if number > 200:
            worst = max(worst, abs(at_end / SOUND_RATE_HZ - heard_s))
    assert worst < 0.040
    assert abs(at_end / SOUND_RATE_HZ - length_s * (1 + off)) < 0.020


def test_pause_of_a_device_is_a_gap_and_not_a_stretch():
    clock = SampleClock(Timeline(0.0, 30))
    block = np.zeros((2, 4800), np.float32)
    clock.place(block, 0.1)
    at, samples = clock.place(block, 5.0)
    assert (at, samples.shape[1]) == (round(4.9 * SOUND_RATE_HZ), 4800)


def test_meter_tells_the_peak_of_the_last_second():
    meter = PeakMeter()
    assert meter.peak_db == -90
    meter.hear(np.array([[0.5, -0.25]], np.float32))
    assert meter.peak_db == pytest.approx(-6.0, abs=0.05)


@pytest.mark.skipif(not Path("/usr/share/alsa/alsa.conf").exists(), reason="apt-get install libasound2-data")
def test_microphone_through_alsa_fills_the_timeline_and_lets_go():
    told, sound = Told(), SoundTimeline()
    made = Microphone(SoundSpec.parse("mic:null"), Timeline(time.monotonic(), 30), sound, told)
    made.start()
    until(lambda: sound.ahead > 4800)
    assert made.state is SourceState.OK
    assert made.stop(5)
    assert not told.facts


def test_microphone_that_is_not_there_is_told_once_and_heard_when_it_comes(monkeypatch, tmp_path):
    monkeypatch.setattr(microphone, "RETRY_EVERY_S", 0.05)
    tone = tmp_path / "tone.wav"
    with av.open(str(tone), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=44_100, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.full((1, 44_100), 9000, np.int16), "s16", "mono")
        frame.sample_rate = 44_100
        container.mux(stream.encode(frame))
    is_plugged = threading.Event()

    def device(_address):
        if not is_plugged.is_set():
            raise OSError("no such device")
        return av.open(str(tone))

    monkeypatch.setattr(microphone, "open_microphone", device)
    told = Told()
    with engine(told) as running:
        running.set_sound(SoundSpec.parse("mic:desk"))
        assert told.wait(SourceLost).reason_key == "video.lost.not_opened"
        assert running.health().sound.state is SourceState.MISSING
        is_plugged.set()
        told.wait(SourceBack, lambda fact: fact.name == "desk")
        until(lambda: running.health().sound.peak_db > -20)


def test_words_for_sound():
    assert SoundSpec.parse("camera").kind == "camera"
    assert SoundSpec.parse("mic").address == "default"
    with pytest.raises(UserError) as refused:
        SoundSpec.parse("radio")
    assert refused.value.key == "error.video.no_such_sound"
    assert isinstance(microphone.list_microphones(), list)
