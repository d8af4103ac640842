"""The desktop of macOS: libav lists screens among the cameras, and cannot see single windows."""

from __future__ import annotations

import av

from studio.video.sources.address import Region
from studio.video.sources.desktop import Desktop, Grab, Screen, Window
from studio.video.sources.source import SourceGone

SCREEN_NAME = "Capture screen"


class MacDesktop(Desktop):
    """Screens by name; only libav knows their size, so that a region is had by a crop."""

    def screens(self) -> list[Screen]:
        try:
            found = av.device.enumerate_input_devices("avfoundation")
        except (av.FFmpegError, OSError, ValueError) as error:
            raise SourceGone("video.lost.no_display") from error
        names = [one.description or one.name for one in found]
        return [Screen(name, 0, 0, 0, 0) for name in names if name.startswith(SCREEN_NAME)]

    def windows(self) -> list[Window]:
        return []

    def grab_screen(self, screen: Screen, region: Region | None) -> Grab:
        if region is not None:
            raise SourceGone("video.lost.no_region")
        return Grab("avfoundation", f"{screen.name}:none", (0, 0), {"capture_cursor": "1"})

    def grab_window(self, window: Window) -> Grab:
        raise SourceGone("video.lost.no_window_capture")
