"""Which cameras there are, what they offer, and which format is taken: on the kernel's and libav's own words."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.errors import UserError
from studio.video.outputs.v4l2 import QUERY_CAPABILITY
from studio.video.scene import Canvas
from studio.video.sources import SourceSpec, address, camera_log, device, formats, v4l2
from studio.video.sources.device import Device
from studio.video.sources.formats import CameraFormat, Pin

PORTRAIT, WIDE = Canvas(720, 1280, 30), Canvas(1280, 720, 30)


def answers(camera):
    """A driver that gives the answers on file for one camera."""
    sections = (Path(__file__).parent / "v4l2_answers.txt").read_text().split("# ")
    lines = next(part for part in sections if part.startswith(f"{camera}\n")).splitlines()[1:]
    known = [(int(line.split()[0], 16), bytes.fromhex(line.split()[1])) for line in lines]
    echoed = {QUERY_CAPABILITY: 0, v4l2.ENUM_FORMATS: 8, v4l2.ENUM_SIZES: 8, v4l2.ENUM_INTERVALS: 16}

    def ask(request, words):
        asked = bytes(words[: echoed[request]])
        for call, answer in known:
            whole = answer.ljust(len(words), b"\0")
            if call == request and whole[: len(asked)] == asked:
                words[:] = whole
                return True
        return False

    return ask


def test_a_usb_camera_tells_its_formats_without_those_that_a_library_makes():
    camera = v4l2.described("/dev/video0", answers("usb"))
    assert (camera.card, camera.bus) == ("HD Pro Webcam C920", "usb-0000:00:14.0-3")
    assert camera.formats == (
        CameraFormat("yuyv422", 640, 480, 15),
        CameraFormat("yuyv422", 640, 480, 30),
        CameraFormat("yuyv422", 1280, 720, 10),
        CameraFormat("mjpeg", 1280, 720, 30),
        CameraFormat("mjpeg", 1920, 1080, 29.97),
    )


def test_the_second_device_file_of_a_usb_camera_is_none():
    assert v4l2.described("/dev/video1", answers("metadata")) is None
    assert v4l2.described("/dev/video2", lambda request, words: False) is None


def test_a_camera_of_any_size_and_rate_offers_the_common_ones_and_its_largest():
    camera = v4l2.described("/dev/video0", answers("steps"))
    assert camera.formats == tuple(
        CameraFormat("nv12", width, height, 60) for width, height in ((640, 480), (1280, 720), (1632, 1224))
    )


def test_a_driver_that_never_ends_its_lists_is_left():
    def ask(request, words):
        if request == QUERY_CAPABILITY:
            return answers("usb")(request, words)
        words[44:48] = b"YUYV"
        words[8:20] = (1).to_bytes(4, "little") * 3
        return True

    assert len(v4l2.described("/dev/video0", ask).formats) <= 64


def test_our_own_virtual_cameras_are_never_listed(monkeypatch, tmp_path):
    paths = [f"/dev/video{number}" for number in range(4)]
    kinds = ["usb", "metadata", "ours", "usb"]
    known = [v4l2.described(path, answers(kind)) for path, kind in zip(paths, kinds, strict=True)]
    monkeypatch.setattr(v4l2, "list_cameras", lambda: [one for one in known if one is not None])
    monkeypatch.setattr(sys, "platform", "linux")
    assert [one.path for one in device.list_devices()] == ["/dev/video0", "/dev/video3"]
    assert not any(map(device.is_own, ("HD Pro Webcam C920", "Dummy video device (0x0000)")))
    assert all(map(device.is_own, ("OBS Virtual Camera", "OBS Virtual Camera (v4l2)", "Anchor Studio")))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has device files")
def test_a_device_that_a_process_of_ours_writes_into_is_known_whatever_it_is_called(tmp_path):
    path = tmp_path / "video7"
    code = f"import sys; held = open({str(path)!r}, 'wb'); print('open', flush=True); sys.stdin.read()"
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/")
    assert child.stdout.readline() == b"open\n"
    assert str(path) in v4l2.held_by_children()
    child.communicate()
    assert str(path) not in v4l2.held_by_children()


def test_files_that_are_no_cameras_are_not_taken_for_some(tmp_path):
    for name in ("video0", "video10", "videos", "video-x"):
        (tmp_path / name).write_bytes(b"")
    os.mkfifo(tmp_path / "video1")
    (tmp_path / "video2").symlink_to("/dev/null")
    assert v4l2.list_cameras(tmp_path) == []


def test_two_cameras_of_one_make_keep_their_names_when_their_numbers_change():
    left, right = Device("/dev/video0", "HD cam", socket="usb-1"), Device("/dev/video2", "HD cam", socket="usb-2")
    assert [one.name for one in device.told_apart([left, right])] == ["HD cam", "HD cam (2)"]
    swapped = Device("/dev/video2", "HD cam", socket="usb-1"), Device("/dev/video0", "HD cam", socket="usb-2")
    apart = device.told_apart(list(swapped))
    assert device.found(apart, "HD cam").socket == "usb-1" and device.found(apart, "HD cam (2)").socket == "usb-2"
    assert device.found(apart, "1").name == "HD cam (2)"
    assert device.found([], "phone cam").name == "phone cam"


DSHOW = """[dshow @ 000001d8] DirectShow video device options (from video devices)
[dshow @ 000001d8]  Pin "Capture" (alternative pin name "0")
[dshow @ 000001d8]   pixel_format=yuyv422  min s=640x480 fps=5 max s=640x480 fps=30
[dshow @ 000001d8]   pixel_format=yuyv422  min s=640x480 fps=5 max s=640x480 fps=30 (tv, bt470bg/bt709/unknown, topleft)
[dshow @ 000001d8]   pixel_format=nv12  min s=160x120 fps=15 max s=1280x720 fps=30.00003
[dshow @ 000001d8]   vcodec=mjpeg  min s=1920x1080 fps=5 max s=1920x1080 fps=60.0002
[dshow @ 000001d8]   unknown compression type 0x34363248  min s=1920x1080 fps=5 max s=1920x1080 fps=30
"""
AVFOUNDATION = """[avfoundation @ 0x7f8] Selected video size (2x2) is not supported by the device.
[avfoundation @ 0x7f8] Supported modes:
[avfoundation @ 0x7f8]   1280x720@[15.000000 30.000030]fps
[avfoundation @ 0x7f8]   1920x1080@[1.000000 60.000240]fps
"""


def test_what_windows_and_macos_write_into_the_log_is_read():
    assert set(camera_log.dshow_formats(DSHOW)) == {
        CameraFormat("yuyv422", 640, 480, 30),
        CameraFormat("nv12", 160, 120, 30),
        CameraFormat("nv12", 1280, 720, 30),
        CameraFormat("mjpeg", 1920, 1080, 60),
    }
    assert [(one.width, one.fps) for one in camera_log.avfoundation_formats(AVFOUNDATION)] == [(1280, 30), (1920, 60)]
    assert camera_log.dshow_formats("") == camera_log.avfoundation_formats("nothing") == []


def test_libavs_log_is_heard_on_this_thread_and_left_as_it_was():
    import av

    before = av.logging.get_level()
    assert "nosuchfilter" in camera_log.logged("lavfi", "nosuchfilter=1", {})
    assert av.logging.get_level() == before


FORMATS = st.builds(
    CameraFormat,
    st.sampled_from(["nv12", "yuyv422", "mjpeg", "h264", "uyvy422", "bgr24", "p010le"]),
    st.sampled_from([160, 320, 640, 800, 1280, 1920, 2560]),
    st.sampled_from([120, 240, 480, 600, 720, 1080, 1440]),
    st.sampled_from([5, 10, 15, 24, 25, 29.97, 30, 60]),
)
SOME = st.lists(FORMATS, max_size=8)
CANVASES = st.sampled_from([PORTRAIT, WIDE, Canvas(1080, 1920, 30), Canvas(1920, 1080, 60), Canvas(360, 640, 15)])


def is_enough(one, canvas, fps=None):
    long, short = max(canvas.width, canvas.height), min(canvas.width, canvas.height)
    return max(one.width, one.height) >= long and min(one.width, one.height) >= short and one.fps >= (fps or canvas.fps)


@given(offered=SOME, canvas=CANVASES)
def test_the_cheapest_that_is_large_and_fast_enough_is_taken(offered, canvas):
    best = formats.ranked(offered, canvas, Pin())
    assert set(best) == set(offered) and len(best) == len(set(offered))
    enough = [one for one in offered if is_enough(one, canvas)]
    if enough:
        assert best[0].cost <= min(one.cost for one in enough)
        assert best[0].fps >= 0.96 * canvas.fps


@given(offered=SOME.filter(bool), canvas=CANVASES, data=st.data())
def test_what_is_pinned_comes_first_and_the_rest_is_still_tried(offered, canvas, data):
    chosen = data.draw(st.sampled_from(offered))
    pin = Pin.read(chosen.wishes)
    best = formats.ranked(offered, canvas, pin)
    assert pin.allows(best[0]) and (best[0].pixels, best[0].width) == (chosen.pixels, chosen.width)
    allowed = [pin.allows(one) for one in best]
    assert allowed == sorted(allowed, reverse=True)


@pytest.mark.parametrize(
    "offered, taken",
    [
        (["yuyv422 1280 720 10", "mjpeg 1280 720 30"], "mjpeg 1280 720 30"),  # the bus is too slow for raw pictures
        (["yuyv422 1280 720 30", "nv12 1280 720 30", "mjpeg 1280 720 30"], "nv12 1280 720 30"),
        (["yuyv422 640 480 30", "mjpeg 1280 720 30", "mjpeg 1920 1080 30"], "mjpeg 1280 720 30"),
        (["nv12 1920 1080 30", "mjpeg 1280 720 30"], "nv12 1920 1080 30"),
        (["yuyv422 1280 720 10", "yuyv422 640 480 30"], "yuyv422 640 480 30"),  # rather small than jerky
        (["yuyv422 1280 720 25", "yuyv422 320 240 30"], "yuyv422 1280 720 25"),
        (["nv12 1280 720 30", "nv12 1280 720 60"], "nv12 1280 720 30"),
    ],
)
@pytest.mark.parametrize("canvas", [PORTRAIT, WIDE], ids=str)
def test_the_choice_by_example(offered, taken, canvas):
    def read(text):
        pixels, *numbers = text.split()
        return CameraFormat(pixels, *map(int, numbers))

    assert formats.ranked(map(read, offered), canvas, Pin())[0] == read(taken)


def test_what_a_driver_is_told():
    mjpeg, nv12 = CameraFormat("mjpeg", 1280, 720, 29.97), CameraFormat("nv12", 640, 480, 30)
    assert device.options("v4l2", mjpeg) == {"input_format": "mjpeg", "video_size": "1280x720", "framerate": "29.97"}
    assert (
        device.options("dshow", mjpeg)["vcodec"] == "mjpeg" and device.options("dshow", nv12)["pixel_format"] == "nv12"
    )
    assert device.options("avfoundation", nv12) == {"pixel_format": "nv12", "video_size": "640x480", "framerate": "30"}
    assert device.options("v4l2", None) == {}
    assert [one.pixels for one in formats.guessed(PORTRAIT, Pin())] == ["nv12", "yuyv422", "mjpeg"]
    assert formats.guessed(PORTRAIT, Pin("mjpeg", 640, 480, 15)) == [CameraFormat("mjpeg", 640, 480, 15)]


@given(chosen=FORMATS, name=st.sampled_from(["HD cam", "0", "摄像头 (2)", "What? cam"]))
def test_the_address_of_a_format_pins_it(chosen, name):
    spec = SourceSpec.parse(f"device:{address.joined(name, **chosen.wishes)}")
    assert spec.name == name
    assert Pin.read(address.parted(spec.address, address.WISHES["device"])[1]) == Pin(
        chosen.pixels, chosen.width, chosen.height, chosen.fps
    )


@pytest.mark.parametrize("wish", ["size=big", "size=1280", "fps=fast", "fps=-1", "format=a%2Fb", "size=1280x720&fps=x"])
def test_a_format_that_cannot_be_read_is_refused_in_words(wish):
    with pytest.raises(UserError) as refused:
        SourceSpec.parse(f"device:0?{wish}")
    assert refused.value.key == "error.video.camera_format"
