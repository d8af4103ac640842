"""The virtual camera through its process, wire and pacing; the driver at its end is a file, a fault or a hang."""

import os
import signal
import time

import numpy as np
import psutil
import pytest

from studio.core import i18n
from studio.video.facts import VirtualCameraChanged
from studio.video.health import VirtualCameraState
from studio.video.outputs import v4l2, virtual_camera
from studio.video.outputs.camera_drivers import DriverFault, ObsCamera, V4l2Loopback, open_driver, reason_in, reason_of
from studio.video.outputs.frame_board import FrameBoard
from studio.video.scene import Canvas
from tests import media
from tests.video.told import SMALL, Told, engine, until

FRAME_BYTES = 180 * 320 * 3 // 2


def process():
    found = [one for one in psutil.Process().children() if "studio.video.outputs.camera_worker" in one.cmdline()]
    return found[0] if found else None


def is_live(running):
    return lambda: running.virtual_camera.health().state is VirtualCameraState.LIVE


def test_programme_goes_frame_by_frame_into_the_driver(tmp_path):
    told, raw = Told(), tmp_path / "frames.raw"
    spec = media.ClipSpec(seconds=3.0, has_sound=False)
    clip = media.write(
        tmp_path / "counter.mp4",
        spec,
        lambda index: np.full((240, 320, 3), 40 + index * 2, np.uint8),
        lambda _at, count: np.zeros(count, np.float32),
    )
    with engine(told, clip) as running:
        running.virtual_camera.driver = f"file:{raw}"
        running.virtual_camera.start()
        until(is_live(running))
        until(lambda: raw.stat().st_size > 70 * FRAME_BYTES)
        began, began_s = running.virtual_camera.health().frames, time.monotonic()
        until(lambda: running.virtual_camera.health().frames > began + 60)
        passed_s = time.monotonic() - began_s
        made = running.virtual_camera.health().frames - began
        assert made == pytest.approx(30 * passed_s, rel=0.25)
        assert running.virtual_camera.health().device == str(raw)
        running.virtual_camera.stop()
        told.wait(VirtualCameraChanged, lambda fact: fact.state == "off")
    frames = np.fromfile(raw, np.uint8)
    whole = frames[: len(frames) // FRAME_BYTES * FRAME_BYTES].reshape(-1, 480, 180)
    lights = whole[:, 100:220].mean(axis=(1, 2))
    steps = np.diff(lights[lights > 30])
    assert np.ptp(lights) > 60  # it moves
    assert np.mean(np.abs(steps) < 6) > 0.85  # in order, few left out (one jump back at each loop)
    assert [fact.state for fact in told.all(VirtualCameraChanged)] == ["live", "off"]


def test_hung_or_killed_process_is_started_again_and_nobody_waits_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr(virtual_camera, "HANGS_AFTER_S", 1.5)
    told = Told()
    with engine(told) as running:
        running.virtual_camera.driver = "null"
        running.virtual_camera.start()
        until(is_live(running))
        first = process()
        first.send_signal(signal.SIGSTOP)
        late = running.health().late
        told.wait(VirtualCameraChanged, lambda fact: fact.reason_key == "video.virtual_camera.hung")
        until(lambda: len([one for one in told.all(VirtualCameraChanged) if one.state == "live"]) == 2)
        assert running.health().late - late < 10
        assert not first.is_running()
        process().kill()
        told.wait(VirtualCameraChanged, lambda fact: fact.reason_key == "video.virtual_camera.died")
        until(lambda: len([one for one in told.all(VirtualCameraChanged) if one.state == "live"]) == 3)
        assert running.health().virtual_camera.restarts == 2
        process().send_signal(signal.SIGSTOP)
        began_s = time.monotonic()
    assert time.monotonic() - began_s < 6  # a hung driver cannot keep the studio from ending
    until(lambda: process() is None)


def test_driver_that_blocks_for_ever_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(virtual_camera, "HANGS_AFTER_S", 1.5)
    pipe, told = tmp_path / "pipe", Told()
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # opens, and never reads: the second frame blocks the driver
    try:
        with engine(told) as running:
            running.virtual_camera.driver = f"file:{pipe}"
            running.virtual_camera.start()
            told.wait(VirtualCameraChanged, lambda fact: fact.reason_key == "video.virtual_camera.hung")
    finally:
        os.close(reader)


def test_no_driver_is_said_once_and_not_tried_for_ever():
    told = Told()
    with engine(told) as running:
        running.virtual_camera.driver = "v4l2:/dev/video-none"
        running.virtual_camera.start()
        failed = told.wait(VirtualCameraChanged)
        assert (failed.state, failed.reason_key) == ("failed", "video.virtual_camera.no_driver_linux")
        until(lambda: process() is None)
        assert running.health().virtual_camera.reason_key == failed.reason_key
        running.virtual_camera.driver = "null"  # installed meanwhile
        running.virtual_camera.start()
        until(is_live(running))


def test_last_picture_stays_dimmed_when_no_frame_comes(tmp_path):
    from studio.video.outputs.camera_process import CameraProcess

    raw, canvas = tmp_path / "frames.raw", Canvas(64, 64, 30)
    camera = CameraProcess(f"file:{raw}", canvas)
    frame = np.full(64 * 64 * 3 // 2, 200, np.uint8)
    until(lambda: camera.is_open)
    assert camera.send(frame)
    size = len(frame)
    until(lambda: raw.stat().st_size > 3 * size)

    def newest():
        return np.fromfile(raw, np.uint8, size, offset=(raw.stat().st_size // size - 1) * size)

    until(lambda: newest()[0] < 100)
    assert np.all(np.fromfile(raw, np.uint8, size) == 200)
    camera.send(frame)
    until(lambda: newest()[0] == 200)
    camera.end()


def test_process_ends_when_the_studio_is_gone():
    from studio.video.outputs.camera_process import CameraProcess

    camera = CameraProcess("null", SMALL)
    until(lambda: camera.is_open)
    camera._process.stdin.close()
    assert camera._process.wait(10) == 0
    camera._reader.join(5)
    camera._board.close()


def test_board_tells_a_frame_that_was_written_over():
    board = FrameBoard.make(6)
    other, into = FrameBoard.open(board.ticket, 6), np.zeros(6, np.uint8)
    board.write(1, np.full(6, 7, np.uint8))
    other.read(1, into)
    assert into.tolist() == [7] * 6
    assert [FrameBoard.is_whole(1, newest) for newest in (1, 2, 3)] == [True, True, False]
    with pytest.raises(ValueError, match="ticket"):
        FrameBoard.open("name:x", 6)
    board.close()


def test_kernel_is_told_exactly_what_its_header_says():
    """The bytes were compared with a C program on Debian 12's <linux/videodev2.h>."""
    if v4l2._POINTER != 8:
        pytest.skip("the expected bytes are those of a 64-bit system")
    assert (v4l2.QUERY_CAPABILITY, v4l2.SET_FORMAT) == (0x80685600, 0xC0D05605)
    expected = (
        "0200000000000000d0020000000500005955313201000000d0020000001815000300"
        "0000fecaedfe000000000200000002000000010000000000000000000000"
    )
    asked = v4l2.i420_format(720, 1280)
    assert len(asked) == 208
    assert asked[:64].hex() == expected
    assert v4l2.read_format(asked) == (720, 1280, b"YU12")
    answer = v4l2.capability_buffer()
    answer[:13], answer[16:29] = b"v4l2 loopback", b"Anchor Studio"
    answer[84:92] = (0x80000003).to_bytes(4, "little") + (0x2).to_bytes(4, "little")
    assert v4l2.read_capability(answer) == v4l2.Capability("v4l2 loopback", "Anchor Studio", True, False, "")


def test_loopback_is_found_by_its_label_and_else_the_first(tmp_path):
    assert v4l2.find_loopback(tmp_path) is None
    for number, name in ((10, "Dummy"), (2, "OBS"), (11, "Anchor Studio")):
        folder = tmp_path / f"video{number}"
        folder.mkdir()
        (folder / "name").write_text(name + "\n")
    assert v4l2.find_loopback(tmp_path) == "/dev/video11"
    (tmp_path / "video11" / "name").write_text("other")
    assert v4l2.find_loopback(tmp_path) == "/dev/video2"


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("EACCES", "no_permission"),
        ("EBUSY", "busy"),
        ("ENODEV", "no_driver"),
        ("ENOTTY", "no_driver"),
        ("EIO", "failed"),
    ],
)
def test_what_a_device_file_says_has_a_word(number, reason):
    import errno

    assert reason_of(OSError(getattr(errno, number), "x")) == reason


@pytest.mark.parametrize(
    ("said", "reason"),
    [  # the sentences in pyvirtualcam 0.15's libraries
        ("'obs' backend: OBS Virtual Camera device not found! Did you install OBS?", "no_driver"),
        ("OBS Virtual Camera is not installed in your system. Use the Virtual Camera function", "no_driver"),
        ("'unitycapture' backend: No camera registered. Did you install any camera?", "no_driver"),
        ("Your OBS Virtual Camera version is not supported. Upgrade to OBS 28 or higher.", "no_driver"),
        ("All cameras are already in use.", "busy"),
        ("something else", "failed"),
    ],
)
def test_what_pyvirtualcam_says_has_a_word(said, reason):
    assert reason_in(said) == reason


def test_drivers_that_are_not_there(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    for name, reason in (
        (f"v4l2:{tmp_path}/plain", "no_driver"),
        ("v4l2:/dev/video-none", "no_driver"),
        ("x", "failed"),
    ):
        with pytest.raises(DriverFault) as fault:
            open_driver(name, 64, 64, 30)
        assert fault.value.reason == reason
    with pytest.raises(DriverFault) as fault:
        V4l2Loopback(None, 64, 64)
    assert fault.value.reason == "no_driver"
    with pytest.raises(DriverFault) as fault:
        ObsCamera(64, 64, 30)
    assert fault.value.reason in ("no_package", "no_driver")


def test_every_reason_has_a_text():
    for reason in ("no_package", "no_driver_obs", "no_driver_linux", "busy", "no_permission", "hung", "died", "failed"):
        assert all(f"video.virtual_camera.{reason}" in i18n.texts(language) for language in i18n.LANGUAGES)
