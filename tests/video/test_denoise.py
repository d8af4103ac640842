"""Noise suppression: a voice in real noise becomes clearer, stays in its place, and the switch is not heard."""

from __future__ import annotations

import shutil
import subprocess
import wave

import numpy as np
import pytest

from studio.video.clockwork import SOUND_RATE_HZ
from studio.video.sound import denoise
from studio.video.sound.denoise import Denoiser

HOW_TO_INSTALL = "apt-get install -y --no-install-recommends espeak-ng"
TEXT = "大家好，欢迎来到直播间，今天给大家带来赣南脐橙，新鲜采摘，一箱十斤，包邮到家。喜欢的朋友可以点击下方的小黄车。"
AT_LEAST_DB = 3.0
MOST_APART = SOUND_RATE_HZ // 500

needs_voice = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason=HOW_TO_INSTALL)


@pytest.fixture(scope="module")
def voice(tmp_path_factory):
    """Three times a Mandarin sentence with pauses between, 48 kHz."""
    path = tmp_path_factory.mktemp("voice") / "voice.wav"
    subprocess.run(["espeak-ng", "-v", "cmn", "-w", str(path), TEXT], check=True)
    with wave.open(str(path)) as source:
        rate_hz, raw = source.getframerate(), np.frombuffer(source.readframes(source.getnframes()), np.int16)
    places = np.arange(0, len(raw) - 1, rate_hz / SOUND_RATE_HZ)
    sentence = np.interp(places, np.arange(len(raw)), raw / 32768)
    pause = np.zeros(SOUND_RATE_HZ // 2)
    spoken = np.concatenate([pause, pause, *[part for _ in range(3) for part in (sentence, pause)]])
    return (0.3 * spoken / np.abs(spoken).max()).astype(np.float32)


def fan(count, seed=1):
    """The noise of a fan: as loud in every octave above 50 Hz, with a hum at 100 Hz."""
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft(random.standard_normal(count)) / np.sqrt(
        np.maximum(np.fft.rfftfreq(count, 1 / SOUND_RATE_HZ), 50)
    )
    noise = np.fft.irfft(spectrum, count)
    hum = np.sin(2 * np.pi * 100 * np.arange(count) / SOUND_RATE_HZ)
    return (noise / noise.std() + 0.3 * hum).astype(np.float32)


def through(sound, *, is_on=lambda _: True, count=1024, denoiser=None):
    """What comes out, at its place by what the denoiser says of it."""
    denoiser = denoiser or Denoiser()
    out = np.zeros_like(sound)
    reached = 0
    for at in range(0, sound.shape[1] - count + 1, count):
        for samples, behind_s in denoiser.feed(sound[:, at : at + count], is_on=is_on(at)):
            end = at + count - round(behind_s * SOUND_RATE_HZ)
            assert end - samples.shape[1] == reached, "a sample was lost or came twice"
            out[:, reached:end] = samples
            reached = end
    return out[:, :reached]


def ratio_db(sound, reference):
    """Signal to noise: what follows the reference against what does not."""
    gain = (sound @ reference) / (reference @ reference)
    rest = sound - gain * reference
    return 10 * np.log10(gain**2 * (reference @ reference) / (rest @ rest))


@needs_voice
@pytest.mark.parametrize("channels", ["mono", "stereo"])
def test_voice_in_noise_becomes_clearer_by_3_db(voice, channels):
    noise = fan(len(voice)) * voice.std() * 10 ** (-5 / 20)
    other = noise if channels == "mono" else fan(len(voice), seed=2) * noise.std()
    noisy = np.stack([voice + noise, voice + other])
    clean = through(np.stack([voice, voice]))[
        0
    ]  # the filter bank turns phases: compared with what it makes of the voice alone
    better = through(noisy)[0]
    part = slice(len(voice) // 3, len(clean))
    before, after = ratio_db(noisy[0][part], voice[part]), ratio_db(better[part], clean[part])
    print(f"{channels}: {before:.1f} dB before, {after:.1f} dB after")
    assert after - before >= AT_LEAST_DB
    pause = slice(SOUND_RATE_HZ // 2, SOUND_RATE_HZ)
    assert better[pause].std() < noisy[0][pause].std() / 3


@needs_voice
def test_suppressed_voice_is_where_it_was(voice):
    out = through(np.stack([voice, voice]), count=777)[0]
    spans = [np.convolve(np.abs(one[: len(out)]), np.ones(240) / 240, "same") for one in (out, voice)]
    size = 1 << (2 * len(out)).bit_length()
    spectra = [np.fft.rfft(span, size) for span in spans]
    apart = np.fft.irfft(spectra[0] * spectra[1].conj()).argmax()
    assert min(apart, size - apart) < MOST_APART


@needs_voice
@pytest.mark.parametrize("count", [64, 480, 1024, 4096])
def test_switch_is_turned_on_and_off_in_the_middle_without_losing_a_sample_or_a_click(voice, count):
    sound = np.stack([voice, voice])
    switched = through(sound, is_on=lambda at: at // SOUND_RATE_HZ % 2 == 1, count=count)
    assert switched.shape[1] > sound.shape[1] - 2 * SOUND_RATE_HZ // 100 - count
    assert np.abs(np.diff(switched[0])).max() < 1.3 * np.abs(np.diff(voice)).max()
    tone = 0.3 * np.sin(2 * np.pi * 100 * np.arange(3 * SOUND_RATE_HZ) / SOUND_RATE_HZ)
    hum = np.stack([tone, tone]).astype(np.float32)
    switched = through(hum, is_on=lambda at: at // SOUND_RATE_HZ % 2 == 1, count=count)
    assert np.abs(np.diff(switched[0])).max() < 0.3 * 2 * np.pi * 100 / SOUND_RATE_HZ * 3


def test_off_costs_nothing_and_leaves_every_sample():
    sound = np.random.default_rng(1).uniform(-1, 1, (2, 10_000)).astype(np.float32)
    assert np.array_equal(through(sound, is_on=lambda _: False, count=100), sound)


def test_without_the_package_the_switch_has_a_reason_and_sound_goes_on(monkeypatch):
    monkeypatch.setattr(denoise, "why_not", lambda: "sound.no_denoise")
    sound = np.ones((2, 2048), np.float32)
    assert np.array_equal(through(sound), sound)
