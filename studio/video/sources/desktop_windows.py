"""The desktop of Windows, asked through user32."""

from __future__ import annotations

import ctypes
import os
import sys
from ctypes import POINTER, byref, c_int, c_long, c_size_t, c_ulong, c_void_p, c_wchar, sizeof

import psutil

from studio.video.sources.address import Region
from studio.video.sources.desktop import Desktop, Grab, Screen, Window, within
from studio.video.sources.source import SourceGone

# winuser.h and dwmapi.h
_GWL_EXSTYLE, _WS_EX_TOOLWINDOW, _DWMWA_CLOAKED, _IS_PRIMARY = -20, 0x80, 14, 1


class _Rect(ctypes.Structure):
    _fields_ = (("left", c_long), ("top", c_long), ("right", c_long), ("bottom", c_long))


class _MonitorInfo(ctypes.Structure):
    _fields_ = (
        ("size", c_ulong),
        ("monitor", _Rect),
        ("work", _Rect),
        ("flags", c_ulong),
        ("device", c_wchar * 32),
    )


if sys.platform == "win32":
    _WindowSeen = ctypes.WINFUNCTYPE(c_int, c_void_p, c_size_t)
    _MonitorSeen = ctypes.WINFUNCTYPE(c_int, c_void_p, c_void_p, POINTER(_Rect), c_size_t)

    class WindowsDesktop(Desktop):
        """Places are pixels of the virtual screen that spans all monitors."""

        def __init__(self) -> None:
            self._user32 = ctypes.WinDLL("user32", use_last_error=True)
            for name in ("GetWindowTextLengthW", "IsWindowVisible", "IsIconic", "IsWindow"):
                getattr(self._user32, name).argtypes = (c_void_p,)
            self._user32.GetMonitorInfoW.argtypes = (c_void_p, POINTER(_MonitorInfo))
            self._user32.GetWindowTextW.argtypes = (c_void_p, ctypes.c_wchar_p, c_int)
            self._user32.GetClientRect.argtypes = (c_void_p, POINTER(_Rect))
            self._user32.GetWindowLongW.argtypes = (c_void_p, c_int)
            self._user32.GetWindowThreadProcessId.argtypes = (c_void_p, POINTER(c_ulong))
            self._dwm = ctypes.WinDLL("dwmapi")
            self._dwm.DwmGetWindowAttribute.argtypes = (c_void_p, c_ulong, c_void_p, c_ulong)

        def screens(self) -> list[Screen]:
            found: list[tuple[bool, Screen]] = []

            def seen(monitor: int, _context: int, _place: object, _data: int) -> int:
                info = _MonitorInfo(size=sizeof(_MonitorInfo))
                if self._user32.GetMonitorInfoW(monitor, byref(info)):
                    place, name = info.monitor, str(info.device).removeprefix("\\\\.\\")
                    size = place.right - place.left, place.bottom - place.top
                    found.append((bool(info.flags & _IS_PRIMARY), Screen(name, place.left, place.top, *size)))
                return 1

            self._user32.EnumDisplayMonitors(None, None, _MonitorSeen(seen), 0)
            return [screen for _, screen in sorted(found, key=lambda one: not one[0])]

        def windows(self) -> list[Window]:
            found: list[Window] = []

            def seen(handle: int, _data: int) -> int:
                window = self._described(handle)
                if window is not None:
                    found.append(window)
                return 1

            self._user32.EnumWindows(_WindowSeen(seen), 0)
            return found

        def grab_screen(self, screen: Screen, region: Region | None) -> Grab:
            x, y, width, height = within(screen, region)
            size = (width & ~1, height & ~1)
            options = {"offset_x": str(x), "offset_y": str(y), "video_size": f"{size[0]}x{size[1]}"}
            return Grab("gdigrab", "desktop", size, options)

        def grab_window(self, window: Window) -> Grab:
            place = _Rect()
            if not self._user32.IsWindow(window.handle) or not self._user32.GetClientRect(window.handle, byref(place)):
                raise SourceGone("video.lost.window_gone")
            if self._user32.IsIconic(window.handle) or min(place.right, place.bottom) < 2:
                raise SourceGone("video.lost.window_hidden")
            return Grab("gdigrab", f"hwnd=0x{window.handle:x}", (place.right, place.bottom), {"draw_mouse": "0"})

        def _described(self, handle: int) -> Window | None:
            """Title and program; None for ours, for tool windows and for those that cannot be seen."""
            cloaked, process = c_int(0), c_ulong(0)
            self._dwm.DwmGetWindowAttribute(handle, _DWMWA_CLOAKED, byref(cloaked), sizeof(cloaked))
            is_tool = self._user32.GetWindowLongW(handle, _GWL_EXSTYLE) & _WS_EX_TOOLWINDOW
            length = self._user32.GetWindowTextLengthW(handle)
            if not self._user32.IsWindowVisible(handle) or cloaked.value or is_tool or not length:
                return None
            self._user32.GetWindowThreadProcessId(handle, byref(process))
            if process.value == os.getpid():
                return None
            text = ctypes.create_unicode_buffer(length + 1)
            self._user32.GetWindowTextW(handle, text, length + 1)
            return Window(handle, text.value, _program(process.value))


def _program(process_id: int) -> str:
    try:
        return str(psutil.Process(process_id).name())
    except psutil.Error:
        return ""
