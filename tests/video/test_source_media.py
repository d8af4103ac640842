"""Files as cameras, phones and recorders write them: every kind of colour, odd sizes, uneven frames, a size that changes."""

import contextlib
import shutil
import socket
import subprocess
import threading
import time
from fractions import Fraction

import av
import numpy as np
import pytest

from studio.video.clockwork import Timeline
from studio.video.framepool import FramePool
from studio.video.health import SourceState
from studio.video.scene import Canvas
from studio.video.sources import SourceSpec, pictures
from studio.video.sources.media_file import MediaFileSource
from studio.video.sources.source import Stage
from tests.video.playing import players
from tests.video.told import until

pytestmark = pytest.mark.skipif(
    shutil.which("ffmpeg") is None, reason="apt-get install -y --no-install-recommends ffmpeg"
)

COLOURS = ((255, 0, 0), (0, 255, 0), (60, 130, 200), (128, 128, 128))  # R, G, B of four quarters
CANVAS = Canvas(320, 240)


@pytest.fixture
def play():
    with players() as start:
        yield start


def bt709(rgb):
    """Y, U, V of a colour in limited range (ITU-R BT.709-6)."""
    r, g, b = (value / 255 for value in rgb)
    luma = 0.2126 * r + 0.7152 * g + 0.0722 * b
    return 16 + 219 * luma, 128 + 224 * (b - luma) / 1.8556, 128 + 224 * (r - luma) / 1.5748


def encoded(path, coding, size=(320, 240)):
    """A second of four coloured quarters, encoded by ffmpeg as ``coding`` says."""
    width, height = size
    picture = np.empty((height, width, 3), np.uint8)
    top, left = height // 2, width // 2
    picture[:top, :left], picture[:top, left:] = COLOURS[0], COLOURS[1]
    picture[top:, :left], picture[top:, left:] = COLOURS[2], COLOURS[3]
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", "10", "-i", "-"]
    command = ["ffmpeg", "-v", "error", *source, *coding, "-y", str(path)]
    subprocess.run(command, input=picture.tobytes() * 6, check=True)
    return path


def coded(matrix, reach, pixels, *codec):
    """ffmpeg's words for a colour matrix, a range and a pixel format, noted in the file as cameras do."""
    scale = f"scale=out_color_matrix={matrix}:out_range={reach},format={pixels}"
    name = {"bt601": "smpte170m"}.get(matrix, matrix)
    return ["-vf", scale, "-colorspace", name, "-color_range", reach, *codec]


X264, X265 = ("-c:v", "libx264", "-qp", "4"), ("-c:v", "libx265", "-x265-params", "log-level=none:qp=4")
CODINGS = {
    "h264": ("a.mp4", coded("bt709", "tv", "yuv420p", *X264)),
    "h264 bt.601": ("a.mp4", coded("bt601", "tv", "yuv420p", *X264)),
    "h264 full range": ("a.mp4", coded("bt709", "pc", "yuv420p", *X264)),
    "h264 bt.601 full range": ("a.mp4", coded("bt601", "pc", "yuv420p", *X264)),
    "h264 4:2:2": ("a.mp4", coded("bt709", "tv", "yuv422p", *X264)),
    "h264 4:4:4": ("a.mp4", coded("bt709", "tv", "yuv444p", *X264)),
    "h264 4:4:4 bt.601": ("a.mp4", coded("bt601", "tv", "yuv444p", *X264)),
    "h264 10 bit": ("a.mp4", coded("bt709", "tv", "yuv420p10le", *X264)),
    "h264 4:2:2 10 bit bt.601": ("a.mp4", coded("bt601", "tv", "yuv422p10le", *X264)),
    "hevc": ("a.mp4", coded("bt709", "tv", "yuv420p", *X265)),
    "hevc 10 bit full range": ("a.mov", coded("bt709", "pc", "yuv420p10le", *X265)),
    "prores without a note": ("hd.mov", coded("bt709", "tv", "yuv422p10le", "-c:v", "prores_ks", "-q:v", "2")),
    "mjpeg": ("a.avi", ["-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj422p"]),
    "rgb": ("a.mkv", ["-c:v", "ffv1", "-pix_fmt", "gbrp"]),
    "bgra": ("a.mkv", ["-c:v", "ffv1", "-pix_fmt", "bgra"]),
}


@pytest.mark.parametrize("name", CODINGS)
def test_every_coding_gives_the_colours_that_were_filmed(tmp_path, name):
    file_name, coding = CODINGS[name]
    path = encoded(tmp_path / file_name, coding, (1280, 960) if file_name.startswith("hd") else (320, 240))
    with av.open(str(path)) as container:
        decoded = next(container.decode(video=0))
    stage = Stage(CANVAS, Timeline(0.0, 30), FramePool(CANVAS))
    frame = pictures.staged(decoded, SourceSpec(kind="file"), stage).frame
    for place, colour in enumerate(COLOURS):
        y, x = (60, 180)[place // 2], (80, 240)[place % 2]
        got = int(frame.y[y, x]), int(frame.u[y // 2, x // 2]), int(frame.v[y // 2, x // 2])
        assert np.abs(np.subtract(got, bt709(colour))).max() <= 4, (name, colour, got)


@pytest.mark.parametrize("size", [(321, 241), (33, 19), (320, 181)])
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv444p", "bgr0"])
def test_odd_sizes_lose_a_row_or_column_and_nothing_else(play, tmp_path, size, pixels):
    coding = [
        "-c:v",
        "ffv1",
        "-vf",
        f"scale=out_color_matrix=bt709:out_range=tv,format={pixels}",
        "-colorspace",
        "bt709",
    ]
    running = play(encoded(tmp_path / "odd.mkv", coding, size), canvas=CANVAS)
    until(lambda: running.luma() is not None)
    assert (running.health().width, running.health().height) == size
    luma = running.luma()
    for place, colour in enumerate(COLOURS):
        y, x = (40, 200)[place // 2], (60, 260)[place % 2]
        assert abs(float(luma[y, x]) - bt709(colour)[0]) <= 4


def test_uneven_frames_of_a_phone_are_due_when_they_were_filmed(tmp_path):
    """Phones film with a rate that changes with the light."""
    path, times_ms = tmp_path / "phone.mkv", [0, 33, 100, 400, 433, 700, 733, 766, 1100]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"preset": "ultrafast", "tune": "zerolatency"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for number, at_ms in enumerate(times_ms):
            frame = av.VideoFrame.from_ndarray(np.full((120, 160, 3), 20 + number * 25, np.uint8), "rgb24")
            frame.pts, frame.time_base = at_ms, stream.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    stage = Stage(CANVAS, Timeline(time.monotonic(), 30), FramePool(CANVAS))
    source = MediaFileSource(SourceSpec.parse(str(path)), stage)
    source.open()
    shots = [source.read() for _ in times_ms]
    source.close()
    steps_ms = [1000 * (shot.due_s - shots[0].due_s) for shot in shots]
    assert np.abs(np.subtract(steps_ms, times_ms)).max() < 2
    levels = [int(shot.picture.frame.y[120, 160]) for shot in shots]
    assert levels == sorted(set(levels))


@pytest.fixture
def switched(tmp_path):
    """A recorder that was switched over: one transport stream of two sizes, whose clock jumps back."""
    coding = coded("bt709", "tv", "yuv420p", *X264)
    parts = [encoded(tmp_path / f"{w}.ts", coding, (w, h)) for w, h in ((320, 240), (480, 270))]
    both = tmp_path / "both.ts"
    both.write_bytes(b"".join(part.read_bytes() for part in parts))
    return both


def has_shown(running, widths, *wanted):
    """Whether pictures of all these widths came, each laid on the same canvas."""
    widths.add(running.health().width)
    luma = running.luma()
    assert luma is None or luma.shape == (240, 320)
    return set(wanted) <= widths


def test_a_size_that_changes_in_the_middle_of_a_file_is_laid_on_the_same_canvas(play, switched):
    running, widths = play(switched, canvas=CANVAS), set()
    until(lambda: has_shown(running, widths, 320, 480))
    assert running.health().state is SourceState.OK and not running.told.facts


def test_a_stream_whose_size_and_clock_jump_goes_on(play, switched):
    data, is_over = switched.read_bytes(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            link, _ = server.accept()
            with link, contextlib.suppress(OSError):
                while not is_over.is_set():
                    for at in range(0, len(data), 1880):
                        link.sendall(data[at : at + 1880])
                        time.sleep(0.002)

        sender = threading.Thread(target=serve, name="sender", daemon=True)
        sender.start()
        running, widths = play(f"tcp://127.0.0.1:{server.getsockname()[1]}", canvas=CANVAS), set()
        until(lambda: has_shown(running, widths, 320, 480), 40)
        widths.clear()
        until(lambda: has_shown(running, widths, 320, 480), 40)
        is_over.set()
        sender.join(10)
    assert not [
        fact for fact in running.told.facts if fact.reason_key not in ("video.lost.gone", "video.lost.not_opened")
    ]
