"""Drivers that block for ever, sources that break, a wheel turned over many sources: the show goes on and nothing piles up."""

import os
import threading
import time

import av
import psutil
import pytest

from studio.video.facts import SourceBack, SourceLost
from studio.video.health import SourceState
from studio.video.scene import Place
from studio.video.sources import SourceSpec, device, left_behind, runner
from studio.video.sources.device import Device
from studio.video.sources.test_pattern import TestPatternSource
from tests import media
from tests.video.playing import players
from tests.video.told import SMALL, Told, engine, until


@pytest.fixture
def play():
    with players() as start:
        yield start


def source_threads():
    return [one for one in threading.enumerate() if one.name.startswith("source-")]


@pytest.fixture
def hanging_camera(tmp_path, monkeypatch):
    """A camera whose driver never comes back from open: a pipe that nobody writes into, until ``let_go``."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    monkeypatch.setattr(device, "list_devices", lambda: [Device(str(pipe), "HD cam")])
    monkeypatch.setattr(device.DeviceSource, "_open", lambda _source, path, _format: av.open(path, format="nut"))

    def let_go():
        if pipe.exists():
            writer = os.open(pipe, os.O_RDWR)
            pipe.unlink()
            os.close(writer)

    yield let_go
    let_go()
    until(lambda: not source_threads(), 60)


def test_a_driver_that_never_opens_is_said_and_never_holds_more_than_a_few_threads(play, hanging_camera, monkeypatch):
    monkeypatch.setattr(runner, "OPENS_WITHIN_S", 0.1)
    monkeypatch.setattr(runner, "RETRY_EVERY_S", 0.1)
    running = play("device:HD cam")
    for _ in range(20):
        until(lambda: running._inside_since_s is not None)
        running.watch(time.monotonic() + 1)
    assert [fact.reason_key for fact in running.told.all(SourceLost)] == ["video.lost.silent"]
    assert running.health().state is SourceState.MISSING and running.is_lost
    assert len(source_threads()) <= 1 + left_behind.MOST
    others = [play("device:HD cam") for _ in range(10)]  # the user tries it again and again
    assert len(source_threads()) <= 1 + left_behind.MOST
    hanging_camera()
    until(lambda: running.watch(time.monotonic()) or len(source_threads()) > 0)
    assert all([one.stop(5) for one in (running, *others)])


def test_the_show_goes_on_beside_a_driver_that_never_opens(hanging_camera):
    told = Told()
    with engine(told) as running:
        running.set_source(SourceSpec.parse("device:HD cam"), Place.INSET)
        before = running.health().frames_encoded
        until(lambda: running.health().frames_encoded > before + 10, 60)
        running.set_source(SourceSpec.parse("device:HD cam"))
        before = running.health().frames_encoded
        until(lambda: running.health().frames_encoded > before + 10, 60)
        hanging_camera()
        until(lambda: running.health().source.reason_key == "video.lost.not_opened", 60)


def test_fifty_quick_switches_leave_one_source_and_nothing_else(tmp_path):
    clips = [str(media.moving_pattern(tmp_path / f"{n}.mp4", media.ClipSpec(seconds=0.3))) for n in range(3)]
    told = Told()
    with engine(told, clips[0]) as running:
        process = psutil.Process()
        until(lambda: running.health().source.state is SourceState.OK)
        before, most = process.num_fds(), 0
        for turn in range(50):
            running.set_source(SourceSpec.parse(clips[turn % 3]))
            most = max(most, len(source_threads()))
        until(lambda: len(source_threads()) == 1, 60)
        until(lambda: running.health().source.width == 320)
        assert most <= 12
        assert process.num_fds() <= before + 2
        pool = running._compositor.pool
        assert pool.made < 60
        assert running.canvas == SMALL


def test_a_source_that_breaks_when_it_closes_is_opened_again(play, monkeypatch, caplog):
    monkeypatch.setattr(runner, "RETRY_EVERY_S", 0.05)
    opened = []

    def read(self):
        if len(opened) < 3:
            raise RuntimeError("a plugin's fault")
        return real_read(self)

    def close(self):
        opened.append(1)
        raise RuntimeError("and another one")

    real_read = TestPatternSource.read
    monkeypatch.setattr(TestPatternSource, "read", read)
    monkeypatch.setattr(TestPatternSource, "close", close)
    running = play("test")
    running.told.wait(SourceBack)
    assert [fact.reason_key for fact in running.told.all(SourceLost)] == ["video.lost.failed"]
    assert "and another one" in caplog.text
