"""Which system libraries Qt needs on Linux: asked before Qt is imported, because Qt itself aborts with the wrong name.

The standard library only; nothing here may import Qt.
"""

from __future__ import annotations

import ctypes
import sys

_BASE = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
}
_WINDOW = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


def _needed(has_window: bool) -> dict[str, str]:
    if not sys.platform.startswith("linux"):
        return {}
    return _BASE | _WINDOW if has_window else dict(_BASE)


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def missing_qt_libraries(*, has_window: bool = False) -> list[str]:
    """File names of the libraries that cannot be loaded; ``has_window`` adds those for a window under X. Empty: all there."""
    return [name for name in _needed(has_window) if not _loads(name)]


def install_line(*, has_window: bool = False) -> str:
    """The one line that installs all of them on Debian and Ubuntu."""
    return "apt-get install -y --no-install-recommends " + " ".join(_needed(has_window).values())
