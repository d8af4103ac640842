"""Pushes to a real RTMP server (nginx): live, refused, lost and back, hung; never at the cost of the show."""

import logging
import signal
import threading
import time
from fractions import Fraction

import numpy as np
import pytest

from studio.video.encoder import EncoderSettings
from studio.video.facts import PushStateChanged
from studio.video.outputs import push as pushes
from studio.video.packets import EncodedPacket
from studio.video.scene import Canvas
from tests import media
from tests.video import frames, rtmp_server
from tests.video.rtmp_server import KEY, RtmpServer
from tests.video.told import Told, engine, until, workers

pytestmark = pytest.mark.skipif(not rtmp_server.IS_INSTALLED, reason=rtmp_server.HOW_TO_INSTALL)


@pytest.fixture
def server(tmp_path):
    running = RtmpServer(tmp_path / "nginx").start()
    yield running
    running.kill()


def is_live(told, name="a", times=1):
    return lambda: len([f for f in told.all(PushStateChanged) if (f.name, f.state) == (name, "live")]) >= times


def test_push_is_live_and_the_server_has_the_picture_and_the_sound(server, tmp_path):
    told = Told()
    with engine(told, media.flash_and_beep(tmp_path / "flash.mp4", media.ClipSpec(seconds=2.0))) as running:
        running.start_push("a", server.url, KEY)
        until(is_live(told))
        until(lambda: running.health().pushes[0].frames_sent > 100)
        health = running.health().pushes[0]
        assert health.bytes_accepted > 10_000
        assert server.bytes_in() > 0
        running.stop_push("a")
        told.wait(PushStateChanged, lambda fact: fact.state == "off")
        until(lambda: server.bytes_in() == 0)  # it said goodbye
    seen = media.look(server.records()[0])
    assert seen.frames > 60
    assert max(min(abs(flash - beep) for beep in seen.beeps) for flash in seen.flashes) <= 0.040


def test_wrong_key_is_refused_and_never_tried_again(server):
    told = Told()
    with engine(told) as running:
        running.start_push("a", server.url, "wrong-key")
        fact = told.wait(PushStateChanged, lambda fact: fact.state == "refused")
        assert fact.reason_key == "video.push.refused"
        until(lambda: not workers())
        assert running.health().pushes[0].state == "refused"
        running.start_push("a", server.url, KEY)  # a new key is a new beginning
        until(is_live(told))


def test_two_targets_share_one_encode_and_a_dead_one_harms_nobody(server):
    told = Told()
    nobody = rtmp_server.free_port()
    with engine(told) as running:
        running.start_push("dead", f"rtmp://127.0.0.1:{nobody}/live", "x")
        running.start_push("a", server.url, KEY)
        until(is_live(told))
        lost = told.wait(PushStateChanged, lambda fact: fact.name == "dead" and bool(fact.reason_key))
        assert (lost.state, lost.reason_key) == ("connecting", "video.push.unreachable")
        assert running.health().late <= 5


def test_server_dies_and_returns_and_the_recording_loses_nothing(server, tmp_path):
    told, out = Told(), tmp_path / "show.mp4"
    with engine(told) as running:
        running.pin_quality(0)
        running.start_recording(out)
        running.start_push("a", server.url, KEY)
        until(is_live(told))
        server.kill()
        told.wait(PushStateChanged, lambda fact: fact.state == "reconnecting")
        server.start()
        back_s = time.monotonic()
        until(lambda: server.bytes_in() > 0)
        assert time.monotonic() - back_s <= 2.5  # 2 s, and what a loaded machine takes to look
        until(is_live(told, times=2))
        assert running.health().pushes[0].reconnects == 1
        assert running.health().recording.dropped == 0
    assert frames.lost(out) <= running.health().dropped


def noise(index):
    return np.random.default_rng(index).integers(0, 255, (240, 320, 3), np.uint8)


def test_hung_server_is_noticed_its_process_ended_and_nothing_else_waits(server, tmp_path, monkeypatch):
    monkeypatch.setattr(pushes, "HANGS_AFTER_S", 1.5)
    told = Told()
    spec = media.ClipSpec(seconds=0.5, has_sound=False)
    clip = media.write(tmp_path / "noise.mp4", spec, noise, lambda _, count: np.zeros(count, np.float32))
    settings = EncoderSettings(canvas=Canvas(320, 240, 30), bitrate_kbps=20_000, preset="ultrafast")
    with engine(told, clip, settings) as running:
        running.start_push("a", server.url, KEY)
        until(is_live(told))
        server.signal(signal.SIGSTOP)
        began_s, rendered = time.monotonic(), running.health().frames_rendered
        told.wait(PushStateChanged, lambda fact: fact.reason_key == "video.push.hung", within_s=40)
        passed_s = time.monotonic() - began_s
        assert running.health().frames_rendered - rendered >= 0.9 * 30 * passed_s - 5
        server.signal(signal.SIGCONT)
        until(is_live(told, times=2))
        server.signal(signal.SIGSTOP)
        began_s = time.monotonic()
    assert time.monotonic() - began_s < 6  # a hung server cannot keep the studio from ending


def test_key_is_in_no_command_line_no_environment_no_log_and_no_fact(server, caplog):
    caplog.set_level(logging.DEBUG)
    told = Told()
    with engine(told) as running:
        running.start_push("a", server.url, KEY)
        until(is_live(told))
        (worker,) = workers()
        assert KEY not in " ".join(worker.cmdline()) + str(worker.environ())
        server.kill()
        told.wait(PushStateChanged, lambda fact: fact.state == "reconnecting")
        assert KEY not in repr(running.health())
    assert KEY not in caplog.text + repr(told.facts)


def test_process_ends_when_the_studio_is_gone(server, tmp_path):
    """The pipe's end is the sign: whatever killed the studio, its push processes do not stay."""
    packet = EncodedPacket(True, b"x", 0, 0, 1, True, Fraction(1, 30))
    made = pushes.PushTarget("a", (server.url, KEY), (b"", 0), 300_000, lambda _: None, lambda: None)
    worker = pushes.Worker((server.url, KEY))
    process = worker._process
    assert made.offer(packet)  # not connected: taken and forgotten
    process.stdin.close()
    assert process.wait(10) == 0
    worker._reader.join(5)
    assert threading.active_count() < 20
