"""The desktop of an X server, asked over its own protocol: a library of C would end the program when a window vanishes."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from Xlib import X, error
from Xlib.display import Display
from Xlib.xobject.drawable import Window as Handle

from studio.video.sources.address import Region
from studio.video.sources.desktop import Desktop, Grab, Screen, Window, within
from studio.video.sources.source import SourceGone

_FAULTS = (error.XError, error.DisplayError, error.ConnectionClosedError, error.XauthError, error.XNoAuthError, OSError)
_NO_WINDOWS = ("_NET_WM_WINDOW_TYPE_DESKTOP", "_NET_WM_WINDOW_TYPE_DOCK")


class X11Desktop(Desktop):
    """A connection of our own, so that no other thread's requests mix with ours."""

    def __init__(self) -> None:
        with _reason("video.lost.no_display"):
            _knock(os.environ.get("DISPLAY", ""))
            self._display = Display()
        self._root = self._display.screen().root

    def screens(self) -> list[Screen]:
        with _reason("video.lost.no_display"):
            if not self._display.has_extension("RANDR"):
                size = self._root.get_geometry()
                return [Screen("screen", 0, 0, size.width, size.height)]
            found = self._root.xrandr_get_monitors().monitors
            found.sort(key=lambda one: not one.primary)
            return [
                Screen(self._display.get_atom_name(one.name), one.x, one.y, one.width_in_pixels, one.height_in_pixels)
                for one in found
            ]

    def windows(self) -> list[Window]:
        with _reason("video.lost.no_display"):
            return [window for number in self._numbers() if (window := self._described(number)) is not None]

    def grab_screen(self, screen: Screen, region: Region | None) -> Grab:
        x, y, width, height = within(screen, region)
        return self._grab(width, height, {"grab_x": str(x), "grab_y": str(y)})

    def grab_window(self, window: Window) -> Grab:
        """Only what lies inside the desktop: an X server gives nothing at all of a picture that is partly outside."""
        handle = self._handle(window.handle)
        with _reason("video.lost.window_gone"):
            if handle.get_attributes().map_state != X.IsViewable:
                raise SourceGone("video.lost.window_hidden")
            size, desk = handle.get_geometry(), self._root.get_geometry()
            place = self._root.translate_coords(handle, 0, 0)
        left, top = max(0, -place.x), max(0, -place.y)
        width = min(size.width, desk.width - place.x) - left
        height = min(size.height, desk.height - place.y) - top
        if width < 2 or height < 2:
            raise SourceGone("video.lost.window_hidden")
        return self._grab(
            width, height, {"window_id": str(window.handle), "grab_x": str(left), "grab_y": str(top), "draw_mouse": "0"}
        )

    def close(self) -> None:
        with _reason("video.lost.no_display"):
            self._display.close()

    def _grab(self, width: int, height: int, options: dict[str, str]) -> Grab:
        size = (width & ~1, height & ~1)
        return Grab("x11grab", self._display.get_display_name(), size, options | {"video_size": f"{size[0]}x{size[1]}"})

    def _numbers(self) -> list[int]:
        """What the window manager calls windows; without one, whatever lies on the desktop."""
        listed = self._root.get_full_property(self._display.intern_atom("_NET_CLIENT_LIST"), X.AnyPropertyType)
        if listed is not None:
            return [int(number) for number in listed.value]
        return [child.id for child in self._root.query_tree().children if self._is_plain(child)]

    def _is_plain(self, window: Handle) -> bool:
        try:
            found = window.get_attributes()
        except error.XError:  # closed meanwhile
            return False
        return found.map_state == X.IsViewable and found.win_class == X.InputOutput and not found.override_redirect

    def _described(self, number: int) -> Window | None:
        """Title and program of a window; None for ours, for panels and for those that were closed meanwhile."""
        window = self._handle(number)
        try:
            kinds = self._numbers_of(window, "_NET_WM_WINDOW_TYPE")
            if {self._display.intern_atom(name) for name in _NO_WINDOWS} & set(kinds):
                return None
            if os.getpid() in self._numbers_of(window, "_NET_WM_PID"):
                return None
            title = self._text_of(window, "_NET_WM_NAME") or self._text_of(window, "WM_NAME")
            program = window.get_wm_class()
        except error.XError:
            return None
        app = program[1] if program else ""
        return Window(number, title or app, app) if title or app else None

    def _handle(self, number: int) -> Handle:
        return self._display.create_resource_object("window", number)

    def _numbers_of(self, window: Handle, name: str) -> list[int]:
        found = window.get_full_property(self._display.intern_atom(name), X.AnyPropertyType)
        return [int(number) for number in found.value] if found is not None and found.format == 32 else []

    def _text_of(self, window: Handle, name: str) -> str:
        found = window.get_full_property(self._display.intern_atom(name), X.AnyPropertyType)
        if found is None or found.format != 8:
            return ""
        is_latin = found.property_type == self._display.intern_atom("STRING")
        return bytes(found.value).decode("latin-1" if is_latin else "utf-8", "replace").strip("\0 ")


def _knock(display: str) -> None:
    """Raise OSError when no server of this machine listens there: Xlib would leave a socket behind at every try."""
    number = re.fullmatch(r"(?:unix)?:(\d+)(?:\.\d+)?", display)
    if number is None:
        return
    path = f"/tmp/.X11-unix/X{number[1]}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.connect(path if os.path.exists(path) else f"\0{path}")


@contextmanager
def _reason(reason_key: str) -> Iterator[None]:
    """What the X server or the way to it refuses becomes a reason for people."""
    try:
        yield
    except _FAULTS as refused:
        raise SourceGone(reason_key) from refused
