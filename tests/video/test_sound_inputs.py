"""Bad sound, through the real engine into a real recording: any rate, any channels, silent, clipped, changing midway."""

from __future__ import annotations

import time
from fractions import Fraction

import av
import numpy as np
import pytest

from studio.video.clockwork import SOUND_RATE_HZ
from studio.video.facts import RecordingStarted, SceneShown
from studio.video.scene import Scene
from studio.video.sound import SoundInput, capture
from tests import media
from tests.video.told import SMALL, Told, engine, until

HEARD_S = 2.0
AT_MOST_APART_S = 0.040


def sound_file(path, samples, rate_hz, layout, codec="pcm_s16le", container_format=None):
    """Write (channels, n) floats."""
    with av.open(str(path), "w", format=container_format) as container:
        stream = container.add_stream(codec, rate=rate_hz, layout=layout)
        planar = codec == "aac"
        for at in range(0, samples.shape[1], 1024):
            part = samples[:, at : at + 1024]
            frame = av.AudioFrame("fltp" if planar else "s16", layout, part.shape[1])
            planes = (
                part.astype(np.float32) if planar else (np.clip(part, -1, 1).T.reshape(1, -1) * 32767).astype(np.int16)
            )
            for plane, values in zip(frame.planes, planes, strict=False):
                plane.update(np.ascontiguousarray(values).tobytes())
            frame.sample_rate, frame.pts, frame.time_base = rate_hz, at, Fraction(1, rate_hz)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def waves(rate_hz, channels, amplitude=0.3, hz=1000, seconds=2):
    one = amplitude * np.sin(2 * np.pi * hz * np.arange(seconds * rate_hz) / rate_hz)
    return np.repeat(one[None], channels, 0)


def recorded(path):
    with av.open(str(path)) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)


def play(inputs, out, seconds=HEARD_S):
    """Record what the engine makes of these inputs; returns the decoded samples and the health at the end."""
    with engine(Told()) as running:
        running.pin_quality(0)  # a busy machine would step down into another file
        running.set_sound(inputs)
        until(lambda: running.health().sound.inputs and running.sound_levels().inputs[0].peak_db > -80 or seconds == 0)
        running.start_recording(out)
        until(lambda: running.health().recording.seconds > max(seconds, 1.0))
        health = running.health().sound
    return recorded(out), health


def strength(samples, hz):
    window = np.hanning(len(samples))
    turns = np.exp(-2j * np.pi * hz * np.arange(len(samples)) / SOUND_RATE_HZ)
    return 2 * abs((samples * window * turns).sum()) / window.sum()


@pytest.mark.parametrize(
    ("rate_hz", "layout", "channels"),
    [(44_100, "stereo", 2), (48_000, "mono", 1), (96_000, "stereo", 2), (48_000, "7.1", 8), (8_000, "mono", 1)],
)
def test_any_rate_and_any_channels_are_heard_at_their_pitch_and_strength(tmp_path, rate_hz, layout, channels):
    path = sound_file(tmp_path / "in.wav", waves(rate_hz, channels), rate_hz, layout)
    heard, _ = play((SoundInput.parse(f"file:{path}"),), tmp_path / "out.mp4")
    for channel in heard[:, -SOUND_RATE_HZ:]:
        assert (
            strength(channel, 1000) == pytest.approx(0.3, rel=0.12)
            or channels == 8
            and 0.3 < strength(channel, 1000) < 0.95
        )
    assert np.abs(heard).max() < 1.0


def test_silence_stays_silence(tmp_path):
    path = sound_file(tmp_path / "in.wav", np.zeros((2, 48_000)), 48_000, "stereo")
    heard, health = play((SoundInput.parse(f"file:{path}"),), tmp_path / "out.mp4", seconds=0)
    assert np.abs(heard).max() < 1e-3
    assert (health.peak_db, health.loudness_lufs) == (-90.0, -70.0)


@pytest.mark.parametrize("kind", ["clipped sine", "clipped chord"])
def test_what_is_at_full_scale_already_leaves_below_full_scale(tmp_path, kind):
    """Two such inputs, one with gain: the limiter holds the sum so low that AAC does not carry it above full scale again."""
    notes = (220,) if kind == "clipped sine" else (220, 277, 330, 1245)
    wave = np.clip(sum(waves(48_000, 2, amplitude=3.0, hz=hz) for hz in notes), -1, 1)
    path = sound_file(tmp_path / "in.wav", wave, 48_000, "stereo")
    first, second = SoundInput.parse(f"file:{path}"), SoundInput(id="b", address=f"file:{path}", gain_db=6.0)
    heard, health = play((first, second), tmp_path / "out.mp4")
    assert np.abs(heard).max() < 1.0, f"{20 * np.log10(np.abs(heard).max()):+.2f} dBFS"
    assert np.abs(heard).max() > 0.6
    assert health.limiter_db < -1.5
    assert health.peak_db <= -2.0


def test_rate_and_channels_that_change_in_the_middle_of_a_stream(tmp_path):
    parts = []
    for number, (rate_hz, layout, channels) in enumerate(
        [(44_100, "stereo", 2), (48_000, "mono", 1), (24_000, "stereo", 2)]
    ):
        part = sound_file(
            tmp_path / f"{number}.aac",
            waves(rate_hz, channels, seconds=1),
            rate_hz,
            layout,
            codec="aac",
            container_format="adts",
        )
        parts.append(part.read_bytes())
    path = tmp_path / "all.aac"
    path.write_bytes(b"".join(parts))
    heard, _ = play((SoundInput.parse(f"file:{path}"),), tmp_path / "out.mp4", seconds=3.5)
    for at in range(0, heard.shape[1] - SOUND_RATE_HZ // 4, SOUND_RATE_HZ // 4):
        part = heard[0, at : at + SOUND_RATE_HZ // 4]
        window = np.abs(np.fft.rfft(part * np.hanning(len(part))))
        assert window.argmax() * 4 == pytest.approx(1000, abs=8)


class Card:
    """A sound card whose clock is off: it beeps at each whole second of the monotonic clock, in blocks that come with jitter."""

    def __init__(self, ppm, count):
        self._ppm, self._count, self.beeps = ppm, count, []

    def __call__(self, _wish):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def blocks(self):
        random, began_s, number = np.random.default_rng(4), time.monotonic(), 0
        took_s = self._count / SOUND_RATE_HZ * (1 + self._ppm * 1e-6)
        while True:
            number += 1
            end_s = began_s + number * took_s
            time.sleep(max(0.0, end_s + random.exponential(0.003) - time.monotonic()))
            times = end_s - took_s + np.arange(self._count) * took_s / self._count
            one = 0.5 * np.sin(2 * np.pi * 1000 * times) * (times % 1.0 < media.FLASH_S)
            yield np.stack([one, one]).astype(np.float32), time.monotonic()


@pytest.mark.parametrize(("ppm", "count"), [(500, 512), (-500, 2400)])
def test_beep_of_a_card_whose_clock_is_off_lies_at_its_frame(tmp_path, monkeypatch, ppm, count):
    """The whole chain: a card's beep at each second of the clock against the frames' own times in the recording."""
    monkeypatch.setattr(capture, "open_capture", Card(ppm, count))
    told, out = Told(), tmp_path / "show.mp4"
    with engine(told) as running:
        running.pin_quality(0)
        running.set_sound((SoundInput.parse("mic:card"),))
        until(lambda: running.sound_levels().peak_db > -12)
        running.start_recording(out)
        told.wait(RecordingStarted)
        running.show(Scene(SMALL, (), "item", 1))
        shown = told.wait(SceneShown, lambda fact: fact.pts_s is not None)
        until(lambda: running.health().recording.seconds > 8, within_s=40)
        health = running.health()
        zero_s = running._timeline.zero_s + shown.frame_index / SMALL.fps - shown.pts_s
    beeps = [at + zero_s for at in media.look(out).beeps]
    assert len(beeps) >= 6
    apart_s = [beep - round(beep) for beep in beeps[1:]]
    print(ppm, count, [round(one * 1000, 1) for one in apart_s], health.sound.inputs[0])
    assert max(abs(one) for one in apart_s) < AT_MOST_APART_S
    assert abs(health.av_offset_ms) < 1000 * AT_MOST_APART_S
