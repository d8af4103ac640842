"""Screens and windows of this machine: what there is, and what libav must open to see one."""

from __future__ import annotations

import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from studio.video.sources import address
from studio.video.sources.address import Region
from studio.video.sources.source import SourceGone


@dataclass(frozen=True)
class Screen:
    """A screen (屏幕) and its place in pixels on the desktop."""

    name: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Window:
    """A window (窗口) of another program; ``handle`` is the system's number for it."""

    handle: int
    title: str
    app: str = ""

    @property
    def address(self) -> str:
        """What finds it again, also when it was closed and opened."""
        return address.joined(self.title, app=self.app)


@dataclass(frozen=True)
class Grab:
    """What libav opens; another size or place gives another grab."""

    format: str
    url: str
    size: tuple[int, int]
    options: Mapping[str, str] = field(default_factory=dict)


class Desktop(ABC):
    """One connection to the desktop, used by one thread; every method raises SourceGone with a reason."""

    @abstractmethod
    def screens(self) -> list[Screen]:
        """All screens, the main one first."""

    @abstractmethod
    def windows(self) -> list[Window]:
        """Windows of other programs that can be seen, those of this program left out."""

    @abstractmethod
    def grab_screen(self, screen: Screen, region: Region | None) -> Grab:
        """A screen, or a region of it in its own pixels."""

    @abstractmethod
    def grab_window(self, window: Window) -> Grab:
        """The visible part of a window."""

    def close(self) -> None:  # noqa: B027 - most systems need no connection
        """Let the connection go."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def connect() -> Desktop:
    """The desktop of this system; raises SourceGone where programs may not look at it."""
    if sys.platform == "win32":
        from studio.video.sources.desktop_windows import WindowsDesktop

        return WindowsDesktop()
    if sys.platform == "darwin":
        from studio.video.sources.desktop_mac import MacDesktop

        return MacDesktop()
    if is_wayland(os.environ):
        raise SourceGone("video.lost.wayland")
    from studio.video.sources.desktop_x11 import X11Desktop

    return X11Desktop()


def is_wayland(environment: Mapping[str, str]) -> bool:
    """A Wayland session shows programs no screen but their own windows, whatever an X server beside it says."""
    return bool(environment.get("WAYLAND_DISPLAY")) or environment.get("XDG_SESSION_TYPE") == "wayland"


def find_screen(screens: Iterable[Screen], name: str) -> Screen:
    """The screen called ``HDMI-1``, the one numbered ``0``, or with no name the main one."""
    for place, screen in enumerate(screens):
        if name in ("", str(place), screen.name):
            return screen
    raise SourceGone("video.lost.no_screen")


def within(screen: Screen, region: Region | None) -> Region:
    """A region of a screen, cut down to what there is, in pixels of the desktop."""
    x, y, width, height = region or (0, 0, screen.width, screen.height)
    width, height = min(width, screen.width - x), min(height, screen.height - y)
    if width < 2 or height < 2:
        raise SourceGone("video.lost.no_screen")
    return screen.x + x, screen.y + y, width, height


def find_window(windows: Iterable[Window], wish: str) -> Window:
    """The window that is meant: of the program if one is named, and with the title if one has it still; titles change."""
    title, wishes = address.parted(wish, address.WISHES["window"])
    app = wishes.get("app", "")
    known = [window for window in windows if not app or window.app == app]
    for matches in (
        [window for window in known if window.title == title],
        [window for window in known if title and title.casefold() in window.title.casefold()],
        known if app else [],
    ):
        if matches:
            return matches[0]
    raise SourceGone("video.lost.window_gone")
