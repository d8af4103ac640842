"""What stands behind a source in the contract suite: a file, a process, a window, a server; each can go away and return."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from abc import ABC, abstractmethod
from pathlib import Path

import av
import numpy as np
import psutil

from studio.video.sources import device
from studio.video.sources.device import Device
from tests import media
from tests.video import rtsp_server
from tests.video.rtmp_server import free_port
from tests.video.told import until
from tests.video.x_server import XServer, XWindow

SMALL, LARGE = "320x240", "480x360"


class Thing(ABC):
    """Something that gives pictures; ``address`` is what the user writes."""

    address: str
    can_freeze = False  # it can be stopped in the middle, as a driver that hangs
    can_change = True  # it can give pictures of another size
    is_changed_live = False  # without an end between
    serves_once = False  # one reader only
    is_noticed = True  # its end is seen while it is shown
    gone = frozenset({"video.lost.gone", "video.lost.not_opened"})

    @abstractmethod
    def appear(self, size: str = SMALL) -> None:
        """Begin to give pictures of a size."""

    @abstractmethod
    def vanish(self) -> None:
        """Go away at once, as by a pulled plug."""

    def change(self, size: str) -> None:
        """Give pictures of another size from now on."""
        self.vanish()
        self.appear(size)

    def tend(self) -> None:  # noqa: B027 - most things stay
        """Start it again when it ended because its only reader left it."""

    def close(self) -> None:
        self.vanish()


class Nothing(Thing):
    """A test pattern needs nothing."""

    address = "test"
    can_change = is_noticed = False

    def appear(self, size: str = SMALL) -> None:
        """It is always there."""

    def vanish(self) -> None:
        """It never goes."""


class ClipFile(Thing):
    """A short clip that is looped."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "clip.mp4"
        self.address = str(self._path)

    def appear(self, size: str = SMALL) -> None:
        width, height = map(int, size.split("x"))
        made = media.moving_pattern(
            self._path.with_name("new.mp4"), media.ClipSpec(width=width, height=height, seconds=0.4)
        )
        made.rename(self._path)

    def vanish(self) -> None:
        self._path.unlink(missing_ok=True)


class Picture(Thing):
    """A still picture, which is read once."""

    can_change = is_noticed = False
    gone = frozenset({"video.lost.no_picture"})

    def __init__(self, folder: Path) -> None:
        self._path = folder / "card.png"
        self.address = str(self._path)

    def appear(self, size: str = SMALL) -> None:
        width, height = map(int, size.split("x"))
        av.VideoFrame.from_ndarray(np.full((height, width, 3), 90, np.uint8), "rgb24").save(self.address)

    def vanish(self) -> None:
        self._path.unlink(missing_ok=True)


class Process(Thing):
    """A program that gives pictures until it is killed; stopped, it hangs as a driver does."""

    can_freeze = True

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._last_size = SMALL

    @abstractmethod
    def _started(self, size: str) -> subprocess.Popen[bytes]: ...

    def appear(self, size: str = SMALL) -> None:
        self._child, self._last_size = self._started(size), size

    def tend(self) -> None:
        if self._child is not None and self._child.poll() is not None:
            self.vanish()
            self.appear(self._last_size)

    def vanish(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()

    def hang(self) -> None:
        assert self._child is not None
        self._child.send_signal(signal.SIGSTOP)


def ffmpeg(*output: str, size: str, graph: str = "testsrc=size={size}:rate=30") -> subprocess.Popen[bytes]:
    """An ffmpeg that gives a moving picture in real time."""
    command = ["ffmpeg", "-v", "quiet", "-re", "-f", "lavfi", "-i", graph.format(size=size), *output]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)


class Camera(Process):
    """A camera whose driver is a pipe: everything of the source but the device file is real, and so are the bytes."""

    graph = "testsrc=size={size}:rate=30"
    serves_once = True

    def __init__(self, folder: Path, monkeypatch, container: str) -> None:
        super().__init__()
        self.address, self.container, self.pipe = "device:HD cam", container, folder / "pipe"
        self.can_change = container != "rawvideo"  # it has no room for a size
        self.opened: list[int] = []
        known = [Device(str(self.pipe), "HD cam")]
        monkeypatch.setattr(device, "list_devices", lambda: known if self.pipe.exists() else [])
        monkeypatch.setattr(device.DeviceSource, "_open", lambda _source, path, _format: self._opened(path))

    def _opened(self, path: str):
        self.opened.append(1)
        if not os.path.exists(path):
            raise FileNotFoundError(path)
        options = {"fflags": "nobuffer", "probesize": "32"}
        if self.container == "rawvideo":
            options |= {"video_size": self._size, "pixel_format": "yuyv422", "framerate": "30"}
        return av.open(path, "r", format=self.container, options=options)

    def _started(self, size: str) -> subprocess.Popen[bytes]:
        self._size = size
        fresh = self.pipe.with_name("fresh")
        os.mkfifo(fresh)
        fresh.rename(self.pipe)
        codec = ["-c:v", "rawvideo", "-pix_fmt", "yuyv422"]
        return ffmpeg(*codec, "-f", self.container, "-y", str(self.pipe), size=size, graph=self.graph)

    def vanish(self) -> None:
        super().vanish()
        if self.pipe.exists():
            os.close(os.open(self.pipe, os.O_RDWR))  # lets go whoever waits for a writer
            self.pipe.unlink()


class TcpStream(Process):
    """A phone or encoder that listens and sends MPEG-TS."""

    serves_once = True

    def __init__(self) -> None:
        super().__init__()
        self._port = free_port()
        self.address = f"tcp://127.0.0.1:{self._port}"

    def _started(self, size: str) -> subprocess.Popen[bytes]:
        codec = ["-c:v", "mpeg2video", "-g", "10", "-b:v", "1M"]
        child = ffmpeg(*codec, "-f", "mpegts", f"{self.address}?listen=1", size=size)
        until(lambda: any(one.status == psutil.CONN_LISTEN for one in psutil.Process(child.pid).net_connections()))
        return child


class HttpCamera(Process):
    """A phone that serves JPEG after JPEG over HTTP."""

    _PROGRAM = """
import signal, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import cv2, numpy as np

port, size = int(sys.argv[1]), sys.argv[2]
sizes = {"now": size}
signal.signal(signal.SIGUSR1, lambda *_: sizes.update(now=sys.argv[3]))

class Camera(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        for index in range(1 << 30):
            width, height = map(int, sizes["now"].split("x"))
            picture = np.full((height, width, 3), 60, np.uint8)
            picture[:, index * 4 % width :][:, :20] = 220
            jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
            head = "--frame\\r\\nContent-Type: image/jpeg\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(jpeg)
            try:
                self.wfile.write(head.encode() + jpeg + b"\\r\\n")
            except OSError:
                return
            time.sleep(1 / 30)

    def log_message(self, *args):
        pass

ThreadingHTTPServer.allow_reuse_address = True
ThreadingHTTPServer.daemon_threads = True
server = ThreadingHTTPServer(("127.0.0.1", port), Camera)
print("listens", flush=True)
server.serve_forever()
"""

    is_changed_live = True

    def __init__(self) -> None:
        super().__init__()
        self._port = free_port()
        self.address = f"http://127.0.0.1:{self._port}/video"

    def _started(self, size: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", self._PROGRAM, str(self._port), size, LARGE]
        child = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert child.stdout is not None and child.stdout.readline() == b"listens\n"
        child.stdout.close()
        return child

    def change(self, size: str) -> None:
        assert self._child is not None and size == LARGE
        self._child.send_signal(signal.SIGUSR1)


class RtspCamera(Process):
    """A network camera; ``transport`` any or udp."""

    def __init__(self, transport: str) -> None:
        super().__init__()
        self._port, self._transport = free_port(), transport
        self.address = f"rtsp://127.0.0.1:{self._port}/cam"

    def _started(self, size: str) -> subprocess.Popen[bytes]:
        return rtsp_server.start(self._port, size, self._transport)


class WholeScreen(Thing):
    """A screen of an X server of its own."""

    address = "screen:"
    can_change = False  # Xvfb keeps its size
    gone = frozenset({"video.lost.no_display"})

    def __init__(self, monkeypatch) -> None:
        self._monkeypatch = monkeypatch
        self._server: XServer | None = None
        self._display: str | None = None

    def appear(self, size: str = SMALL) -> None:
        self._server = XServer("640x480", self._display)
        self._display = self._server.display
        self._monkeypatch.setenv("DISPLAY", self._display)
        self._server.window("商品页").do("move 0 0")

    def vanish(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()


class OneWindow(Thing):
    """A window of another program."""

    address = "window:商品页?app=shop"
    is_changed_live = True
    gone = frozenset({"video.lost.window_gone"})

    def __init__(self, monkeypatch) -> None:
        self._server = XServer("640x480")
        monkeypatch.setenv("DISPLAY", self._server.display)
        self._window: XWindow | None = None

    def appear(self, size: str = SMALL) -> None:
        self._window = self._server.window("商品页")
        self.change(size)

    def change(self, size: str) -> None:
        assert self._window is not None
        self._window.do("size " + size.replace("x", " "))

    def vanish(self) -> None:
        if self._window is not None:
            self._window.kill()

    def close(self) -> None:
        self._server.close()
