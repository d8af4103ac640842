"""The contract that every source keeps, on what it is made for: files, windows, servers, and pipes that are cut, hung, changed."""

import shutil
import threading
import time

import psutil
import pytest

from studio.video.clockwork import Timeline
from studio.video.facts import SourceBack, SourceLost
from studio.video.framepool import FramePool
from studio.video.health import SourceState
from studio.video.sources import SourceSpec, device, left_behind, runner, stream
from studio.video.sources.registry import SOURCES
from studio.video.sources.source import SourceGone, Stage
from tests.video import rtsp_server, things, x_server
from tests.video.playing import CANVAS, players
from tests.video.told import until

X11 = (x_server.IS_INSTALLED, x_server.HOW_TO_INSTALL)
FFMPEG = (shutil.which("ffmpeg") is not None, "apt-get install -y --no-install-recommends ffmpeg")
RTSP = (rtsp_server.is_installed(), rtsp_server.HOW_TO_INSTALL)
ALWAYS = (True, "")

CASES = {
    "test": ("test", lambda folder, patch: things.Nothing(), ALWAYS),
    "file": ("file", lambda folder, patch: things.ClipFile(folder), ALWAYS),
    "still": ("still", lambda folder, patch: things.Picture(folder), ALWAYS),
    "camera over nut": ("device", lambda folder, patch: things.Camera(folder, patch, "nut"), FFMPEG),
    "camera over raw video": ("device", lambda folder, patch: things.Camera(folder, patch, "rawvideo"), FFMPEG),
    "mpeg-ts over tcp": ("stream", lambda folder, patch: things.TcpStream(), FFMPEG),
    "mjpeg over http": ("stream", lambda folder, patch: things.HttpCamera(), ALWAYS),
    "rtsp over tcp": ("stream", lambda folder, patch: things.RtspCamera("any"), RTSP),
    "rtsp over udp": ("stream", lambda folder, patch: things.RtspCamera("udp"), RTSP),
    "screen": ("screen", lambda folder, patch: things.WholeScreen(patch), X11),
    "window": ("window", lambda folder, patch: things.OneWindow(patch), X11),
}
"""Name → kind, how it is made, and whether it can be here; a new kind of source must be given a case."""


@pytest.fixture
def play(monkeypatch):
    monkeypatch.setattr(runner, "RETRY_EVERY_S", 0.2)
    monkeypatch.setattr(runner, "SILENT_AFTER_S", 2.5)
    monkeypatch.setattr(stream, "READS_WITHIN_S", 1.5)
    with players() as start:
        yield start


def cases():
    """Once for each case."""
    return pytest.mark.parametrize("thing", CASES, indirect=True)


@pytest.fixture
def thing(request, tmp_path, monkeypatch):
    _, make, (is_here, how_to_install) = CASES[request.param]
    if not is_here:
        pytest.skip(how_to_install)
    for name in ("WAYLAND_DISPLAY", "XDG_SESSION_TYPE"):
        monkeypatch.delenv(name, raising=False)
    made = make(tmp_path, monkeypatch)
    yield made
    made.close()


def test_every_kind_of_source_has_a_case():
    assert {kind for kind, _, _ in CASES.values()} == {kind for kind, _ in SOURCES.items()}


def wait(running, is_true, thing=None):
    """Do what the engine does, until it is true; a ``thing`` is there all the while."""

    def look():
        if thing is not None:
            thing.tend()
        running.watch(time.monotonic())
        running.luma()
        return is_true()

    until(look, 60)


@cases()
def test_it_opens_gives_pictures_of_the_canvas_in_time_and_stops_at_once(thing, play):
    thing.appear()
    running = play(SourceSpec.parse(thing.address))
    wait(running, lambda: running.luma() is not None, thing)
    wait(running, lambda: running.has_started, thing)
    assert running.luma().shape == (CANVAS.height, CANVAS.width)
    assert running.health().state is SourceState.OK and running.health().reason_key == ""
    if running.spec.kind != "stream":  # a busy server may have to be asked twice
        assert not running.told.facts
    began_s = time.monotonic()
    assert running.stop(10)
    assert time.monotonic() - began_s < 8
    running.ask_to_stop()
    assert running.stop(0)  # twice is safe


def is_open(source):
    """Open it; a server may still be busy with saying goodbye."""
    try:
        source.open()
    except SourceGone:
        return False
    return True


@cases()
def test_shots_are_due_in_order_near_to_now_and_a_second_open_is_safe(thing):
    thing.appear()
    spec = SourceSpec.parse(thing.address)
    stage = Stage(CANVAS, Timeline(time.monotonic(), CANVAS.fps), FramePool(CANVAS))
    source = SOURCES.get(spec.kind)(spec, stage)
    source.close()  # in any state
    source.open()
    if thing.serves_once:
        thing.vanish()
        thing.appear()
    until(lambda: is_open(source))
    dues = []
    for _ in range(1 if not source.is_steady else 8):
        shot = source.read()
        assert (shot.picture.frame.width, shot.picture.frame.height) == (CANVAS.width, CANVAS.height)
        assert -2 < shot.due_s - time.monotonic() < 2
        dues.append(shot.due_s)
        shot.picture.release()
    assert dues == sorted(dues) and len(set(dues)) == len(dues)
    stage.stop.set()
    if source.is_steady:
        shot = source.read()
        if shot is not None:  # one was decoded already
            shot.picture.release()
    source.close()
    source.close()
    assert stage.pool.made == len(stage.pool.free)


@cases()
def test_it_is_lost_with_a_text_when_its_thing_goes_and_comes_back_by_itself(thing, play):
    if isinstance(thing, things.Nothing):
        return  # drawn by us: there is nothing to lose
    thing.appear()
    spec = SourceSpec.parse(thing.address)
    if not thing.is_noticed:
        thing.vanish()
    running = play(spec)
    if thing.is_noticed:
        wait(running, lambda: running.has_started and not running.is_lost, thing)
        running.told.facts.clear()
        thing.vanish()
    wait(running, lambda: running.told.all(SourceLost))
    lost = running.told.all(SourceLost)[0]
    assert lost.name == spec.name and lost.reason_key in thing.gone
    assert running.is_lost and (running.luma() is not None) == thing.is_noticed  # its last picture is kept
    assert running.health().state is (SourceState.LOST if thing.is_noticed else SourceState.MISSING)
    thing.appear()
    wait(running, lambda: running.told.all(SourceBack), thing)
    assert running.health().state is SourceState.OK
    if spec.kind != "stream":  # one that serves a single reader may have to be asked twice
        assert len(running.told.all(SourceLost)) == len(running.told.all(SourceBack)) == 1


@cases()
def test_another_size_in_the_middle_is_laid_on_the_same_canvas(thing, play):
    if not thing.can_change:
        return
    thing.appear()
    running = play(SourceSpec.parse(thing.address))
    wait(running, lambda: running.health().width == 320 and not running.is_lost, thing)
    running.told.facts.clear()
    thing.change(things.LARGE)
    wait(running, lambda: running.health().width == 480, thing)
    wait(running, lambda: not running.is_lost, thing)
    assert running.luma().shape == (CANVAS.height, CANVAS.width)
    if thing.is_changed_live:
        assert not running.told.all(SourceLost)


@cases()
def test_one_that_hangs_is_lost_and_its_successor_is_found(thing, play):
    if not thing.can_freeze:
        return
    thing.appear()
    running = play(SourceSpec.parse(thing.address))
    wait(running, lambda: running.has_started, thing)
    wait(running, lambda: not running.is_lost, thing)
    running.told.facts.clear()
    thing.hang()
    wait(running, lambda: running.told.all(SourceLost))
    assert running.told.all(SourceLost)[0].reason_key in ("video.lost.silent", "video.lost.gone")
    thing.vanish()
    thing.appear()
    wait(running, lambda: running.told.all(SourceBack), thing)
    assert sum(one.is_alive() for one in running._threads) <= 1 + left_behind.MOST


@pytest.mark.skipif(not FFMPEG[0], reason=FFMPEG[1])
def test_a_camera_that_repeats_one_picture_is_said_and_opened_again(play, tmp_path, monkeypatch):
    monkeypatch.setattr(device.DeviceSource, "frozen_after_s", 0.7)
    camera = things.Camera(tmp_path, monkeypatch, "nut")
    camera.graph = "testsrc=size={size}:rate=30,loop=loop=-1:size=1:start=20"
    camera.appear()
    running = play(SourceSpec.parse(camera.address))
    wait(running, lambda: "video.lost.frozen" in [fact.reason_key for fact in running.told.all(SourceLost)])
    wait(running, lambda: len(camera.opened) >= 2)
    running.told.facts.clear()
    camera.vanish()
    camera.graph = "testsrc=size={size}:rate=30"
    camera.appear()
    wait(running, lambda: running.told.all(SourceBack), camera)
    camera.close()


@cases()
def test_opening_many_times_leaves_nothing(thing, tmp_path):
    thing.appear()
    spec = SourceSpec.parse(thing.address)
    process = psutil.Process()
    counts = []
    for _ in range(4):
        with players() as play:
            running = play(spec)
            wait(running, lambda running=running: running.has_started, thing)
        counts.append(process.num_fds())
        if thing.serves_once:
            thing.vanish()
            thing.appear()
    assert counts[-1] <= counts[1]
    assert not [one for one in threading.enumerate() if one.name.startswith("source-")]
