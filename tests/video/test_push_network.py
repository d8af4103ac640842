"""Bad networks and bad servers between the studio and real nginx: each is named, none costs the recording a frame."""

import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import numpy as np
import psutil
import pytest

from studio.video.encoder import EncoderSettings
from studio.video.facts import PushStateChanged, QualityChanged
from studio.video.ladder import NetworkRate
from studio.video.outputs import push
from studio.video.scene import Canvas
from tests import media
from tests.video import frames, rtmp_server
from tests.video.network import Deaf, Network
from tests.video.rtmp_server import KEY, RtmpServer
from tests.video.told import Told, engine, until, workers, zombies

pytestmark = pytest.mark.skipif(not rtmp_server.IS_INSTALLED, reason=rtmp_server.HOW_TO_INSTALL)
NOISY = EncoderSettings(canvas=Canvas(320, 240, 30), bitrate_kbps=1800, preset="ultrafast")


@pytest.fixture
def server(tmp_path):
    running = RtmpServer(tmp_path / "nginx").start()
    yield running
    running.kill()


@pytest.fixture
def network(server):
    made = Network(server.rtmp_port)
    yield made
    made.close()


@pytest.fixture(scope="module")
def noise(tmp_path_factory):
    """A picture that really takes the bitrate it is given."""
    dice = np.random.default_rng(1)
    pictures = dice.integers(0, 255, (15, 240, 320, 3)).astype(np.uint8)
    spec = media.ClipSpec(seconds=0.5, has_sound=False)
    path = tmp_path_factory.mktemp("noise") / "noise.mp4"
    return media.write(path, spec, lambda i: pictures[i], lambda _, count: np.zeros(count, np.float32))


@contextmanager
def show(told, folder, source="test", settings=None):
    """An engine that records; at its end the recording has every frame that was encoded."""
    with engine(told, source, settings) as running:
        running.pin_quality(0)  # a busy machine steps down: another file, other connections
        running.start_recording(folder / "show.mp4")
        until(lambda: running.health().recording.seconds > 0.3)
        yield running
        assert running.health().recording.dropped == 0
        assert running.health().recording.is_growing
    assert frames.lost(folder / "show.mp4") <= running.health().dropped


def push_of(running, name="a"):
    return next(one for one in running.health().pushes if one.name == name)


def states(told, name="a"):
    return [(fact.state, fact.reason_key) for fact in told.all(PushStateChanged) if fact.name == name]


def live(told, times=1, name="a"):
    until(lambda: [state for state, _ in states(told, name)].count("live") >= times, 30)


@pytest.mark.parametrize("is_full", [False, True], ids=["never reads", "never answers"])
def test_deaf_server_is_told_as_such_and_tried_again(tmp_path, monkeypatch, is_full):
    monkeypatch.setattr(push, "STARTS_WITHIN_S", 1.0)
    told, deaf = Told(), Deaf(is_full=is_full)
    try:
        with show(told, tmp_path) as running:
            running.start_push("a", deaf.url, KEY)
            told.wait(PushStateChanged, lambda fact: fact.reason_key == "video.push.hung", within_s=40)
            assert push_of(running).state == "connecting"
            assert push_of(running).bitrate_bps == push_of(running).bytes_accepted == 0
            running.stop_push("a")
            told.wait(PushStateChanged, lambda fact: fact.state == "off")
    finally:
        deaf.close()


def test_black_hole_is_never_a_green_light_at_no_bitrate(network, tmp_path, monkeypatch):
    monkeypatch.setattr(push, "HANGS_AFTER_S", 2.0)
    told = Told()
    with show(told, tmp_path) as running:
        running.start_push("a", network.url, KEY)
        live(told)
        assert push_of(running).bitrate_bps > 0
        network.bytes_s = 0
        until(lambda: push_of(running).bitrate_bps == 0)
        began_s = time.monotonic()
        until(lambda: push_of(running).state != "live")
        assert time.monotonic() - began_s < 8  # HANGS_AFTER_S, a look a second, and a busy machine
        assert states(told)[-1] == ("reconnecting", "video.push.hung")
        network.bytes_s = 50_000_000
        live(told, 2)


def test_server_that_holds_our_dead_connection_is_tried_until_it_lets_go(network, server, tmp_path, monkeypatch):
    """A network that forgot us told the server nothing: it refuses the second publisher of the name, and our key is good."""
    monkeypatch.setattr(push, "_pause_s", lambda _: 0.1)
    told = Told()
    with show(told, tmp_path) as running:
        running.start_push("a", network.url, KEY)
        live(told)
        network.keeps_dead = True
        (worker,) = workers()
        worker.kill()
        until(lambda: ("reconnecting", "video.push.held") in states(told), 40)
        before = network.connections
        until(lambda: network.connections > before + 12, 40)  # more often than a wrong key would be
        assert states(told)[-1][0] == "reconnecting"
        network.forget()
        live(told, 2)


def test_reset_connection_is_back_with_a_keyframe(network, server, tmp_path):
    told = Told()
    with show(told, tmp_path) as running:
        running.start_push("a", network.url, KEY)
        for times in (1, 2, 3):
            live(told, times)
            if times < 3:
                network.cut()
        assert ("reconnecting", "video.push.closed") in states(told)
        assert push_of(running).reconnects == 2
        until(lambda: server.bytes_in() > 20_000)
    for record in server.records():
        if record.stat().st_size < 100:  # cut before the first frame
            continue
        assert media.look(record).frames > 0  # each begins with a keyframe: it decodes from its first frame on


def test_200_kbit_s_lets_the_rate_fall_and_a_free_network_lets_it_climb(network, noise, tmp_path, monkeypatch):
    monkeypatch.setattr(NetworkRate, "FALL_EVERY_S", 1.5)
    monkeypatch.setattr(NetworkRate, "CALM_FOR_S", 1.0)
    monkeypatch.setattr(NetworkRate, "WARY_FOR_S", 1.5)
    told = Told()
    with show(told, tmp_path, noise, NOISY) as running:
        running.start_push("a", network.url, KEY)
        live(told)
        network.bytes_s = 25_000
        told.wait(QualityChanged, lambda fact: fact.reason_key == "video.quality.network_slow", within_s=40)
        until(lambda: running.health().wanted_bps <= 400_000, 60)
        assert push_of(running).bitrate_bps < 500_000  # what the server took, not what we made
        network.bytes_s = 50_000_000
        until(lambda: running.health().wanted_bps == 1_800_000, 60)
        until(lambda: push_of(running).state == "live")


def test_slow_target_drops_to_keyframes_and_the_other_loses_nothing(network, server, noise, tmp_path):
    told = Told()
    good = RtmpServer(tmp_path / "good").start()
    try:
        with show(told, tmp_path, noise, NOISY) as running:
            running.start_push("slow", network.url, KEY)
            running.start_push("good", good.url, KEY)
            live(told, name="slow")
            live(told, name="good")
            network.bytes_s = 40_000
            until(lambda: push_of(running, "slow").dropped > 60, 60)
            network.bytes_s = 50_000_000
            before = push_of(running, "slow").frames_sent
            until(lambda: push_of(running, "slow").frames_sent > before + 60, 60)
            assert (push_of(running, "good").dropped, push_of(running, "good").reconnects) == (0, 0)
            assert not told.all(QualityChanged)
            running.stop_push("good")
            told.wait(PushStateChanged, lambda fact: (fact.name, fact.state) == ("good", "off"))
            until(lambda: good.bytes_in() == 0)
            missing = running.health().dropped
        assert frames.lost(good.records()[0]) <= missing
    finally:
        good.kill()


def test_same_target_started_again_waits_for_the_goodbye_of_the_first(server):
    told = Told()
    with engine(told) as running:
        for times in (1, 2, 3):
            running.start_push("a", server.url, KEY)
            live(told, times)
        assert "refused" not in [state for state, _ in states(told)]


@pytest.mark.skipif(sys.platform == "win32", reason="counts descriptors")
def test_a_hundred_attempts_leave_no_descriptor_no_thread_and_no_child(monkeypatch):
    monkeypatch.setattr(push, "_pause_s", lambda _: 0.0)
    attempts = []
    connect = push.Worker.connect

    def counted(worker, header):
        attempts.append((worker, psutil.Process().num_fds(), psutil.Process(worker._process.pid).num_fds()))
        return connect(worker, header)

    monkeypatch.setattr(push.Worker, "connect", counted)
    before, told = (psutil.Process().num_fds(), threading.active_count()), Told()
    with engine(told) as running:
        running.start_push("a", f"rtmp://127.0.0.1:{rtmp_server.free_port()}/live", KEY)
        until(lambda: len(attempts) >= 100, 60)
        running.stop_push("a")
        told.wait(PushStateChanged, lambda fact: fact.state == "off")
        _, ours_then, theirs_then = attempts[5]
        _, ours_now, theirs_now = attempts[99]
        assert (ours_now, theirs_now) == (ours_then, theirs_then)
    assert not workers() and not zombies()
    until(lambda: (psutil.Process().num_fds(), threading.active_count()) <= (before[0] + 2, before[1]))


def test_killed_push_processes_are_replaced_and_leave_no_zombie(server):
    told = Told()
    with engine(told) as running:
        running.start_push("a", server.url, KEY)
        for times in range(1, 6):
            live(told, times)
            (worker,) = workers()
            if times < 5:
                worker.kill()
        assert not zombies()
    assert not workers()


def test_a_whole_session_says_the_key_nowhere(server, network, tmp_path):
    """Live, cut, refused, hung and killed, in a program of its own at the loudest level: its output has no key in it."""
    code = f"""
import logging, sys, time
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
import av
av.logging.set_level(av.logging.DEBUG)
from tests.video.told import Told, engine, until
from studio.video.facts import PushStateChanged
told = Told()
with engine(told) as running:
    running.start_push("a", {network.url!r}, sys.stdin.readline().strip())
    running.start_push("b", {server.url!r}, "wrong-{KEY}")
    until(lambda: any(f.state == "live" for f in told.all(PushStateChanged)), 40)
    until(lambda: any(f.state == "refused" for f in told.all(PushStateChanged)), 40)
    import psutil
    for child in psutil.Process().children():
        child.kill()
    until(lambda: any(f.state == "reconnecting" for f in told.all(PushStateChanged)), 40)
    print(running.health(), told.facts)
    running._pushes._targets["a"]._worker.send(b"P" + b"\\x05\\x00\\x00\\x00wrong")
    time.sleep(1)
    raise RuntimeError("a crash in the middle")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], input=KEY.encode(), capture_output=True, timeout=120, cwd=os.getcwd()
    )
    said = (done.stdout + done.stderr).decode()
    assert "a crash in the middle" in said and "PushStateChanged" in said
    assert KEY not in said
