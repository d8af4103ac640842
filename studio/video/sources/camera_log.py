"""What Windows and macOS cameras offer, as libav writes it into its log: it has no other answer."""

from __future__ import annotations

import re
import threading

import av

from studio.video.sources.formats import CameraFormat

_level_lock = threading.Lock()
# dshow.c: "  pixel_format=nv12  min s=640x480 fps=15 max s=1280x720 fps=30 (tv, bt470bg/bt709/unknown, topleft)"
_DSHOW = re.compile(
    r"(?:pixel_format|vcodec)=(\w+)\s+min s=(\d+)x(\d+) fps=([\d.]+)\s+max s=(\d+)x(\d+) fps=([\d.]+)", re.ASCII
)
# avfoundation.m: "  1280x720@[15.000000 30.000030]fps"
_AVFOUNDATION = re.compile(r"(\d+)x(\d+)@\[\s*([\d.]+)\s+([\d.]+)\s*\]fps", re.ASCII)
_MAC_PIXELS = "nv12"  # the system converts into what is asked for


def dshow_formats(text: str) -> list[CameraFormat]:
    """The formats in the answer to ``list_options``; of a range of sizes the smallest and the largest."""
    found = set()
    for pixels, least_w, least_h, _, most_w, most_h, fps in _DSHOW.findall(text):
        for width, height in ((least_w, least_h), (most_w, most_h)):
            found.add(CameraFormat(pixels, int(width), int(height), round(float(fps), 2)))
    return sorted(found, key=str)


def avfoundation_formats(text: str) -> list[CameraFormat]:
    """The formats in the complaint about a size that no camera has."""
    found = {
        CameraFormat(_MAC_PIXELS, int(width), int(height), round(float(fps), 2))
        for width, height, _, fps in _AVFOUNDATION.findall(text)
    }
    return sorted(found, key=str)


def asked(driver: str, address: str) -> list[CameraFormat]:
    """What a camera offers by its driver's own words; empty when it says nothing."""
    if driver == "dshow":
        return dshow_formats(logged(driver, address, {"list_options": "true"}))
    return avfoundation_formats(logged(driver, address, {"video_size": "2x2", "framerate": "30"}))


def logged(driver: str, address: str, options: dict[str, str]) -> str:
    """What libav logs on this thread while it opens something, which is expected to fail."""
    with _level_lock, av.logging.Capture(local=True) as lines:
        before = av.logging.get_level()
        av.logging.set_level(av.logging.INFO)
        try:
            av.open(address, "r", format=driver, options=options).close()
        except (av.FFmpegError, OSError, ValueError):
            pass  # it is asked for its answer, not for pictures
        finally:
            av.logging.set_level(before)
    return "".join(message for _, _, message in lines)
