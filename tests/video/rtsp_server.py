"""A real RTSP server for tests: GStreamer's, in a process of its own that can be killed, hung and started again."""

from __future__ import annotations

import os
import subprocess

PYTHON = "/usr/bin/python3"  # Debian's own, which knows GStreamer
HOW_TO_INSTALL = (
    "apt-get install -y --no-install-recommends gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-base "
    "gstreamer1.0-plugins-good"
)

_PROGRAM = """
import sys
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer

Gst.init(None)
port, size, transport = sys.argv[1:]
width, height = size.split("x")
server = GstRtspServer.RTSPServer(address="127.0.0.1", service=port)
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    f"( videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width={width},height={height},framerate=30/1 "
    "! jpegenc ! rtpjpegpay name=pay0 )"
)
factory.set_shared(True)
if transport == "udp":
    factory.set_protocols(GstRtsp.RTSPLowerTrans.UDP)
server.get_mount_points().add_factory("/cam", factory)
assert server.attach(None)
print("listens", flush=True)
GLib.MainLoop().run()
"""


def is_installed() -> bool:
    """Whether the system's Python has GStreamer's RTSP server."""
    if not os.path.exists(PYTHON):
        return False
    code = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    return subprocess.run([PYTHON, "-I", "-c", code], capture_output=True, timeout=60).returncode == 0


def start(port: int, size: str = "320x240", transport: str = "any") -> subprocess.Popen[bytes]:
    """A camera at ``rtsp://127.0.0.1:<port>/cam``; ``udp``: it has no other transport."""
    command = [PYTHON, "-I", "-c", _PROGRAM, str(port), size, transport]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert child.stdout is not None and child.stdout.readline() == b"listens\n", HOW_TO_INSTALL
    child.stdout.close()
    return child
