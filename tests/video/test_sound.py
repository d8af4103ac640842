"""Sound: every sample at its place, any input, a device whose clock runs away, and what the meters and the limiter say."""

import math
import subprocess

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.video.clockwork import SOUND_RATE_HZ, Timeline
from studio.video.sound.clock import SampleClock, Stretcher
from studio.video.sound.limiter import CEILING, LOOK_AHEAD, Limiter
from studio.video.sound.meter import Meter
from studio.video.sound.mixer import Mixer
from studio.video.sound.resample import Resampler
from studio.video.sound.spec import SoundInput
from studio.video.sound.strip import Strip
from studio.video.sound.timeline import AHEAD_S, KEPT_S, SoundTimeline
from tests.video.drifting import Device, run

BLOCK = 1024


def tone(hz, seconds, amplitude=0.5):
    one = amplitude * np.sin(2 * np.pi * hz * np.arange(round(seconds * SOUND_RATE_HZ)) / SOUND_RATE_HZ)
    return np.stack([one, one]).astype(np.float32)


@given(
    blocks=st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 700)), max_size=12),
    counts=st.lists(st.integers(1, 900), min_size=1, max_size=8),
    delay=st.integers(0, 2000),
)
@settings(max_examples=60, deadline=None)
def test_timeline_gives_each_sample_at_its_place_and_silence_elsewhere(blocks, counts, delay):
    timeline, wanted = SoundTimeline(), np.zeros(4000 + 900 * 8, np.float32)
    for number, (at, count) in enumerate(blocks):
        timeline.put(at, np.full((2, count), number + 1, np.float32))
        wanted[at : at + count] = number + 1
    read, at = [np.zeros((2, 0), np.float32)], 0
    for count in counts:
        read.append(timeline.read(at, count, delay))
        at += count
    taken = np.concatenate(read, axis=1)
    assert np.array_equal(taken[0], np.concatenate([np.zeros(delay, np.float32), wanted])[: taken.shape[1]])
    assert np.array_equal(taken[1], taken[0])


def test_sound_that_comes_too_late_is_counted_and_heard_only_by_who_looks_back():
    timeline = SoundTimeline()
    timeline.read(0, 1000)
    timeline.put(900, np.ones((2, 300), np.float32))
    assert timeline.too_late == 100
    assert timeline.read(1000, 300)[0].tolist() == [1.0] * 200 + [0.0] * 100
    assert timeline.read(1300, 300, delay=400)[0].tolist() == [1.0] * 300
    timeline.put(10**9, np.ones((2, 10), np.float32))  # a mad timestamp writes nowhere
    assert timeline.read(1600, 48_000).max() == 0


def test_timeline_goes_round_its_ring_forgets_and_leaps():
    timeline, half = SoundTimeline(), SOUND_RATE_HZ // 2
    for place in range(0, 2 * (KEPT_S + AHEAD_S) * SOUND_RATE_HZ, half):
        timeline.put(place, np.full((2, half), 0.5, np.float32))
        assert timeline.read(place, half).min() == 0.5
    at = timeline.cursor
    timeline.put(at, np.ones((2, half), np.float32))
    timeline.clear()
    timeline.put(at + 10, np.full((2, 10), 0.25, np.float32))
    assert timeline.read(at, 30)[0].tolist() == [0.0] * 10 + [0.25] * 10 + [0.0] * 10
    assert timeline.read(at + 10**8, half).max() == 0.0


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


@pytest.mark.parametrize(
    "device",
    [
        Device(hours=0.1, count=64, ppm=500, jitter_s=0.004),
        Device(hours=0.4, count=480, ppm=-500, jitter_s=0.02),
        Device(hours=2, count=2048, ppm=300, jitter_s=0.0),
        Device(hours=2, count=4096, ppm=-120, jitter_s=0.03),
    ],
    ids=str,
)
def test_sound_stays_at_its_picture_for_hours(device, monkeypatch):
    seen = run(device, monkeypatch.setattr)
    assert seen.worst_s < 0.040
    assert seen.jumps == 0
    assert seen.most_stretch <= 0.002
    assert abs(seen.found_ppm - device.ppm) < 40
    assert abs(seen.drift_ms) < 5


@given(
    st.lists(st.tuples(st.sampled_from([64, 100, 480, 1024, 4096]), st.floats(-0.002, 0.002)), min_size=3, max_size=30)
)
@settings(max_examples=30, deadline=None)
def test_stretched_sound_has_no_seam(blocks):
    """A tone through stretches that change with every block never steps further than the tone itself does."""
    stretcher, sound, at, made = Stretcher(), tone(1000, sum(count for count, _ in blocks) / SOUND_RATE_HZ), 0, []
    for count, share in blocks:
        made.append(stretcher.feed(sound[:, at : at + count], share))
        at += count
    out = np.concatenate(made, axis=1)
    wanted = sum(count * (1 + share) for count, share in blocks)
    assert abs(out.shape[1] + stretcher.held - wanted) < 20
    steepest = 0.5 * 2 * np.pi * 1000 / SOUND_RATE_HZ * 1.01
    assert np.abs(np.diff(out[0, 20:])).max() < steepest
    assert np.abs(np.diff(out[0, 20:], 2)).max() < steepest * 0.14


@pytest.mark.parametrize("hz", [100, 1000, 5000, 12_000])
def test_stretched_tone_stays_a_tone(hz):
    stretcher, sound = Stretcher(), tone(hz, 4)
    out = np.concatenate(
        [stretcher.feed(sound[:, at : at + BLOCK], 0.0003) for at in range(0, 150 * BLOCK, BLOCK)], axis=1
    )[0]
    out = out[2000 : 2000 + 2**16] * np.blackman(2**16)
    power = np.abs(np.fft.rfft(out)) ** 2
    peak = int(power.argmax())
    beside = power.sum() - power[peak - 8 : peak + 9].sum()
    assert peak * SOUND_RATE_HZ / 2**16 == pytest.approx(hz / 1.0003, abs=1)
    assert 10 * np.log10(beside / power.sum()) < -50


def test_pause_of_a_device_is_a_gap_and_a_burst_is_not():
    clock, block = SampleClock(Timeline(0.0, 30)), np.zeros((2, 4800), np.float32)
    clock.place(block, 0.1)
    at, _ = clock.place(block, 5.0)
    assert at == round(4.9 * SOUND_RATE_HZ)
    places = []
    for arrived_s in (5.1, 5.2, 5.3, 5.7, 5.7, 5.7, 5.7, 5.8):  # the thread did not get to run for 0.4 s
        at, made = clock.place(block, arrived_s)
        places.append((at, at + made.shape[1]))
    assert all(before[1] == after[0] for before, after in zip(places, places[1:], strict=False))


def test_first_block_that_came_late_is_put_right_at_once():
    clock, block = SampleClock(Timeline(0.0, 30)), np.zeros((2, 4800), np.float32)
    clock.place(block, 0.25)
    at, made = clock.place(block, 0.2)
    assert at + made.shape[1] == pytest.approx(0.2 * SOUND_RATE_HZ, abs=10)


@pytest.mark.parametrize(("hz", "amplitude"), [(1000, 0.1), (60, 0.5), (7000, 0.2), (250, 0.01)])
def test_loudness_is_what_ffmpeg_measures(tmp_path, hz, amplitude):
    path, meter = tmp_path / "tone.f32", Meter()
    sound = tone(hz, 4, amplitude)
    path.write_bytes(sound.T.tobytes())
    for at in range(0, sound.shape[1] - BLOCK, BLOCK):
        meter.hear(sound[:, at : at + BLOCK])
    command = ["ffmpeg", "-nostats", "-f", "f32le", "-ar", "48000", "-ac", "2", "-i", str(path)]
    said = subprocess.run([*command, "-af", "ebur128=framelog=info", "-f", "null", "-"], capture_output=True, text=True)
    rows = [line.split() for line in said.stderr.splitlines() if " M:" in line]
    momentary, short = (float(rows[-1][rows[-1].index(word) + 1]) for word in ("M:", "S:"))
    assert meter.momentary_lufs == pytest.approx(momentary, abs=0.15)
    assert meter.short_term_lufs == pytest.approx(short, abs=0.15)
    assert meter.peak_db == pytest.approx(20 * math.log10(amplitude), abs=0.1)


def test_meter_of_silence():
    meter = Meter()
    assert (meter.peak_db, meter.level_db, meter.momentary_lufs) == (-90.0, -90.0, -70.0)
    meter.hear(np.zeros((2, BLOCK), np.float32))
    assert (meter.peak_db, meter.short_term_lufs) == (-90.0, -70.0)


@given(
    gains=st.lists(st.floats(0.0, 8.0), min_size=4, max_size=30),
    kind=st.sampled_from(["sine", "square", "noise", "clicks"]),
    hz=st.sampled_from([40, 1000, 7000, 11_997]),
)
@settings(max_examples=40, deadline=None)
def test_no_peak_leaves_the_limiter_above_its_ceiling(gains, kind, hz):
    sound = tone(hz, len(gains) * BLOCK / SOUND_RATE_HZ, 1.0)[:, : len(gains) * BLOCK]
    if kind == "square":
        sound = np.sign(sound)
    elif kind == "noise":
        sound = np.random.default_rng(3).uniform(-1, 1, sound.shape).astype(np.float32)
    elif kind == "clicks":
        sound = sound * (np.arange(sound.shape[1]) % 700 == 0)
    limiter, out = Limiter(), []
    for number, gain in enumerate(gains):
        out.append(
            limiter.feed((sound[:, number * BLOCK : (number + 1) * BLOCK] * np.float32(gain)).astype(np.float32))
        )
    assert np.abs(np.concatenate(out, axis=1)).max() <= CEILING * 1.0005


def test_limiter_leaves_alone_what_is_below_and_lets_go_without_a_step():
    limiter, quiet = Limiter(), tone(440, 1, 0.5)
    out = np.concatenate([limiter.feed(quiet[:, at : at + BLOCK]) for at in range(0, 40 * BLOCK, BLOCK)], axis=1)
    assert np.array_equal(out[:, LOOK_AHEAD:], quiet[:, : out.shape[1] - LOOK_AHEAD])
    loud = tone(440, 2, 0.5)
    loud[:, 20_000:30_000] *= 6
    limiter = Limiter()
    out = np.concatenate([limiter.feed(loud[:, at : at + BLOCK]) for at in range(0, 90 * BLOCK, BLOCK)], axis=1)[
        :, LOOK_AHEAD:
    ]
    gain = out[0] / np.where(np.abs(loud[0, : out.shape[1]]) > 0.1, loud[0, : out.shape[1]], np.nan)
    steps = np.abs(np.diff(gain))
    assert np.nanmax(steps) < 0.01
    assert np.nanmin(gain) == pytest.approx(CEILING / 3, rel=0.15)
    assert gain[~np.isnan(gain)][-1] == pytest.approx(1.0, abs=0.001)


def steps_of(out):
    return np.abs(np.diff(out[0], 2)).max()


@pytest.mark.parametrize(
    "change",
    [{"gain_db": 12.0}, {"gain_db": -60.0}, {"is_muted": True}, {"delay_ms": 777}, {"gain_db": -3.0, "delay_ms": 3}],
)
def test_a_change_is_heard_at_once_and_without_a_click(change):
    from dataclasses import replace

    wish = SoundInput(id="a", address="camera")
    mixer, strip, sound = Mixer(), Strip(wish), tone(200, 3, 0.1)
    strip.sound.put(0, sound)
    mixer.set((strip,))
    before = np.concatenate([mixer.block(at, BLOCK) for at in range(0, 60 * BLOCK, BLOCK)], axis=1)
    strip.wish = new = replace(wish, **change)
    after = np.concatenate([mixer.block(at, BLOCK) for at in range(60 * BLOCK, 70 * BLOCK, BLOCK)], axis=1)
    loudest = 10 ** (max(0.0, new.gain_db) / 20)
    assert (
        steps_of(np.concatenate([before[:, 2 * BLOCK :], after], axis=1))
        < 0.1 * (2 * np.pi * 200 / SOUND_RATE_HZ) ** 2 * loudest * 3
    )
    late, gain = new.delay_ms * 48, 0.0 if new.is_muted else 10 ** (new.gain_db / 20)
    wanted = sound[:, 62 * BLOCK - late : 70 * BLOCK - late] * np.float32(gain)
    assert np.abs(after[:, 2 * BLOCK :] - wanted).max() < 0.001


def test_mix_is_the_sum_at_its_place_and_an_input_that_goes_fades():
    mixer = Mixer()
    strips = [Strip(SoundInput(id=str(hz), address=f"mic:{hz}")) for hz in (300, 500)]
    sounds = [tone(hz, 2, 0.2) for hz in (300, 500)]
    for strip, sound in zip(strips, sounds, strict=True):
        strip.sound.put(0, sound)
    mixer.set(tuple(strips))
    for at in range(0, 10 * BLOCK, BLOCK):
        out = mixer.block(at, BLOCK)
    assert np.abs(out - (sounds[0] + sounds[1])[:, 9 * BLOCK : 10 * BLOCK]).max() < 1e-5
    mixer.set((strips[0],))
    leaving = np.concatenate([mixer.block(at, BLOCK) for at in range(10 * BLOCK, 13 * BLOCK, BLOCK)], axis=1)
    assert steps_of(np.concatenate([out, leaving], axis=1)) < 0.002
    assert np.abs(leaving[:, 2 * BLOCK :] - sounds[0][:, 12 * BLOCK : 13 * BLOCK]).max() < 1e-5
