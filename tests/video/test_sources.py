"""Sources one by one: files in their own time, refused files, frozen and hanging cameras (all of them: the contract suite)."""

import shutil
import subprocess
import threading
import time
from fractions import Fraction

import av
import numpy as np
import pytest

from studio.core.errors import UserError
from studio.video.facts import SourceBack, SourceLost
from studio.video.health import SourceState
from studio.video.sources import SourceSpec, device, runner
from studio.video.sources.registry import SOURCES
from tests import media
from tests.video.playing import CANVAS, players
from tests.video.told import Told, until


@pytest.fixture
def play():
    with players() as start:
        yield start


def picture(running):
    """The picture to show now, as the compositor gets it."""
    now_s = running.stage.timeline.frame_due_s(running.stage.timeline.nearest_frame(time.monotonic()))
    pooled, behind_s = running.picture_at(now_s)
    if pooled is not None:
        pooled.release()
    return pooled, behind_s


def shown(running, seconds):
    """Copies of the luma shown at each tick of some seconds, and how late each was."""
    lumas, lateness = [], []
    timeline = running.stage.timeline
    until(lambda: picture(running)[0] is not None and (running.is_live or picture(running)[1] < 1 / timeline.fps))
    index = timeline.nearest_frame(time.monotonic()) + 1
    for tick in range(index, index + round(seconds * timeline.fps)):
        until(lambda tick=tick: time.monotonic() >= timeline.frame_due_s(tick))
        pooled, behind_s = running.picture_at(timeline.frame_due_s(tick))
        lumas.append(pooled.frame.y.copy())
        lateness.append(behind_s)
        pooled.release()
    return lumas, lateness


FILES = {
    "same rate": media.ClipSpec(seconds=0.7),
    "25 fps": media.ClipSpec(fps=25, seconds=0.7),
    "60 fps": media.ClipSpec(fps=60, seconds=0.7),
    "odd size": media.ClipSpec(width=322, height=182, pix_fmt="yuv420p", seconds=0.7),
    "portrait": media.ClipSpec(width=240, height=426, seconds=0.7),
    "4:2:2": media.ClipSpec(pix_fmt="yuv422p", seconds=0.7),
    "mjpeg without sound": media.ClipSpec(codec="mjpeg", pix_fmt="yuvj420p", has_sound=False, seconds=0.7),
    "4:4:4": media.ClipSpec(pix_fmt="yuv444p", seconds=0.7),
}


@pytest.mark.parametrize("name", FILES)
def test_file_loops_in_its_own_time(play, tmp_path, name):
    clip = FILES[name]
    running = play(media.moving_pattern(tmp_path / ("clip.mkv" if "mjpeg" in name else "clip.mp4"), clip))
    lumas, lateness = shown(running, 1.6)
    assert lumas[0].shape == (CANVAS.height, CANVAS.width)
    assert np.abs(lateness).max() <= 0.5 / 30 + 1 / clip.fps  # never further off than one of its own frames
    changes = sum(not np.array_equal(one, other) for one, other in zip(lumas, lumas[1:], strict=False))
    assert changes >= 0.7 * min(clip.fps, 30) * 1.6
    assert running.health().state is SourceState.OK
    assert (running.health().width, running.health().height) == (clip.width, clip.height)


def test_sound_of_a_loop_is_placed_sample_after_sample(play, tmp_path):
    running = play(media.moving_pattern(tmp_path / "clip.mp4", media.ClipSpec(seconds=0.5)))
    shown(running, 1.5)
    starts = [at for at, _ in running.heard]
    ends = [at + samples.shape[1] for at, samples in running.heard]
    assert starts == sorted(starts)
    gaps = [start - end for start, end in zip(starts[1:], ends, strict=False)]
    loops = [gap for gap in gaps if gap]
    assert len(loops) <= 5  # only where the file begins again
    assert max(map(abs, loops)) <= 2 * 1024
    assert all(samples.shape[0] == 2 and samples.dtype == np.float32 for _, samples in running.heard)


@pytest.mark.parametrize("text", ["test", "still"])
def test_drawn_and_still_sources_show_at_once(play, tmp_path, text):
    if text == "still":
        text = tmp_path / "card.png"
        frame = av.VideoFrame.from_ndarray(np.full((100, 80, 3), 200, np.uint8), "rgb24")
        frame.save(str(text))
    running = play(text)
    lumas, _ = shown(running, 0.4)
    changes = sum(not np.array_equal(one, other) for one, other in zip(lumas, lumas[1:], strict=False))
    assert changes == (0 if text != "test" else len(lumas) - 1)
    assert running.health().state is SourceState.OK


def test_phone_clip_is_shown_upright(play, tmp_path):
    """A phone writes a landscape picture and a note to turn it."""
    top_is_white = np.zeros((240, 320, 3), np.uint8)
    top_is_white[:120] = 255
    plain = tmp_path / "plain.mp4"
    media.write(plain, media.ClipSpec(seconds=0.3, has_sound=False), lambda _: top_is_white, lambda _, n: np.zeros(n))
    turned = tmp_path / "turned.mov"
    if shutil.which("ffmpeg") is None:
        pytest.skip("apt-get install ffmpeg")
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", plain, "-c", "copy", "-metadata:s:v", "rotate=90", turned], check=True
    )
    luma = shown(play(turned), 0.1)[0][0]
    upright = tmp_path / "upright.png"
    subprocess.run(["ffmpeg", "-v", "error", "-i", turned, "-frames:v", "1", "-pix_fmt", "gray", upright], check=True)
    with av.open(str(upright)) as container:
        wanted = next(container.decode(video=0)).to_ndarray(format="gray")
    assert abs(float(wanted[:, :60].mean()) - float(wanted[:, -60:].mean())) > 150  # white is on one side, not on top
    assert (luma[:, :60].mean() > 128) == (wanted[:, :60].mean() > 128)
    assert (luma[:, -60:].mean() > 128) == (wanted[:, -60:].mean() > 128)


@pytest.mark.parametrize("make", ["missing", "text", "sound only", "folder", "empty"])
def test_file_that_is_no_video_is_refused_in_words(tmp_path, make):
    path = tmp_path / "x.mp4"
    if make == "text":
        media.no_video(path)
    elif make == "sound only":
        with av.open(str(path), "w") as container:
            stream = container.add_stream("aac", rate=48_000, layout="mono")
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            frame.sample_rate = 48_000
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    elif make == "folder":
        path.mkdir()
    elif make == "empty":
        path.touch()
    with pytest.raises(UserError) as refused:
        SourceSpec.parse(str(path))
    assert refused.value.key.startswith("error.video.")
    assert str(path) in str(refused.value)


def test_truncated_download_is_refused_or_plays(tmp_path):
    with pytest.raises(UserError) as refused:
        SourceSpec.parse(str(media.truncated(tmp_path / "cut.mp4")))
    assert refused.value.key == "error.video.not_a_video"
    whole = SourceSpec.parse(str(media.truncated(tmp_path / "cut.mkv")))  # this container survives it
    assert whole.kind == "file"


def test_broken_timestamps_do_not_stop_the_file(play, tmp_path):
    """A file whose clock jumps an hour in the middle, as some recorders write after a pause."""
    path = tmp_path / "jump.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        stream.options = {"preset": "ultrafast", "tune": "zerolatency"}
        for index in range(20):
            frame = av.VideoFrame.from_ndarray(np.full((120, 160, 3), index * 10, np.uint8), "rgb24")
            frame.pts, frame.time_base = index + (108_000 if index >= 10 else 0), Fraction(1, 30)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    lumas, _ = shown(play(path), 1.0)
    assert len({int(one.mean()) for one in lumas}) >= 15


def test_camera_that_is_not_there_is_missing_and_tried_again(play, monkeypatch):
    monkeypatch.setattr(runner, "RETRY_EVERY_S", 0.05)
    tries = []
    monkeypatch.setattr(device.DeviceSource, "_connect", count_calls(tries, device.DeviceSource._connect))
    told = Told()
    running = play("device:no-such-camera", told)
    assert told.wait(SourceLost).reason_key == "video.lost.not_opened"
    until(lambda: len(tries) > 2)
    assert running.health().state is SourceState.MISSING
    assert running.health().name == "no-such-camera"
    assert isinstance(device.list_devices(), list)


def count_calls(calls, function):
    def counted(self):
        calls.append(1)
        return function(self)

    return counted


def test_every_kind_is_registered_under_its_own_name():
    assert all(cls.kind == kind for kind, cls in SOURCES.items())
    parsed = [SourceSpec.parse(text) for text in ("test", "device:0", "rtsp://10.0.0.2/live?user=x", "device:HD cam")]
    assert [(one.kind, one.name) for one in parsed] == [
        ("test", "test"),
        ("device", "0"),
        ("stream", "rtsp://10.0.0.2/live"),
        ("device", "HD cam"),
    ]


def synthetic_camera(monkeypatch, graph_of):
    """A camera whose driver is libavfilter; ``graph_of`` says what the n-th opening gives."""
    opened = []

    def connect(_self):
        opened.append(1)
        graph = graph_of(len(opened))
        if graph is None:
            raise OSError("unplugged")
        return av.open(f"{graph},realtime", format="lavfi")

    monkeypatch.setattr(device.DeviceSource, "_connect", connect)
    return opened


LIVING = "color=gray:size=320x240:rate=30,noise=alls=6:allf=t"
FROZEN = "color=gray:size=320x240:rate=30"


def test_frozen_camera_is_said_and_opened_again_until_it_lives(play, monkeypatch):
    monkeypatch.setattr(runner, "RETRY_EVERY_S", 0.05)
    monkeypatch.setattr(device.DeviceSource, "frozen_after_s", 0.4)
    opened = synthetic_camera(monkeypatch, lambda times: FROZEN if times == 1 else LIVING)
    told = Told()
    running = play("device:0", told)
    assert told.wait(SourceLost).reason_key == "video.lost.frozen"
    assert not running.is_lost  # its last picture is better than a slate
    told.wait(SourceBack)
    assert running.health().state is SourceState.OK
    assert len(opened) == 2


def test_camera_that_really_shows_a_still_is_not_opened_for_ever(play, monkeypatch):
    monkeypatch.setattr(runner, "RETRY_EVERY_S", 0.05)
    monkeypatch.setattr(device.DeviceSource, "frozen_after_s", 0.2)
    opened = synthetic_camera(monkeypatch, lambda _: FROZEN)
    running = play("device:0")
    until(lambda: len(opened) == 1 + runner.FROZEN_RESTARTS)
    until(lambda: running.health().state is SourceState.FROZEN)
    shown(running, 0.6)
    assert len(opened) == 1 + runner.FROZEN_RESTARTS
    assert running.health().state is SourceState.FROZEN


def test_camera_that_hangs_in_its_driver_is_left_behind_and_opened_anew(play, monkeypatch):
    monkeypatch.setattr(runner, "SILENT_AFTER_S", 0.3)
    monkeypatch.setattr(runner, "OPENS_WITHIN_S", 5)
    opened = synthetic_camera(monkeypatch, lambda _: LIVING)
    let_go, told = threading.Event(), Told()
    real_read = device.DeviceSource.read

    def read(self):
        if len(opened) == 1 and told.facts == [] and running.health().width:
            let_go.wait(20)
        return real_read(self)

    monkeypatch.setattr(device.DeviceSource, "read", read)
    running = play("device:0", told)
    until(lambda: running.health().width == 320)
    until(lambda: running.watch(time.monotonic()) or told.all(SourceLost))
    assert told.all(SourceLost)[0].reason_key == "video.lost.silent"
    until(lambda: running.watch(time.monotonic()) or told.all(SourceBack))
    assert len(opened) == 2
    let_go.set()
