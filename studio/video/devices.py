"""What there is to choose from: cameras, screens, windows, microphones; a driver that hangs hides only its own list."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from studio.core.i18n import tr

_log = logging.getLogger(__name__)

WITHIN_S = 6.0
Entries = list[dict[str, Any]]


def cameras() -> Entries:
    """Cameras with the formats they offer; each format is an address too."""
    from studio.video.sources import address
    from studio.video.sources.device import list_devices, offered

    return [
        {
            "address": f"device:{device.name}",
            "name": device.name,
            "formats": [
                {"address": f"device:{address.joined(device.name, **one.wishes)}", "text": str(one)}
                for one in offered(device)
            ],
        }
        for device in list_devices()
    ]


def screens() -> Entries:
    """Screens, the main one first."""
    from studio.video.sources import desktop

    with desktop.connect() as there:
        return [
            {"address": f"screen:{screen.name}", "name": screen.name, "width": screen.width, "height": screen.height}
            for screen in there.screens()
        ]


def windows() -> Entries:
    """Windows of other programs."""
    from studio.video.sources import desktop

    with desktop.connect() as there:
        return [
            {"address": f"window:{window.address}", "name": window.title, "app": window.app}
            for window in there.windows()
        ]


def microphones() -> Entries:
    """Microphones as the driver calls them."""
    from studio.video.sound.capture import list_microphones

    return [{"address": f"mic:{name}", "name": name} for name in list_microphones()]


def desktop_sounds() -> Entries:
    """What hears the computer's own sound."""
    from studio.video.sound import capture
    from studio.video.sources.source import SourceGone

    if not (found := capture.list_desktop_sounds()):
        raise SourceGone(capture.why_no_desktop_sound())
    own = tr("sound.kind.desktop")
    return [{"address": f"desktop:{name}".rstrip(":"), "name": name or own} for name in found]


LISTERS: Mapping[str, Callable[[], Entries]] = {
    "cameras": cameras,
    "screens": screens,
    "windows": windows,
    "microphones": microphones,
    "desktop_sounds": desktop_sounds,
}


class DeviceLists:
    """Asks every driver on a thread of its own, never a second time while it has not answered."""

    def __init__(self, listers: Mapping[str, Callable[[], Entries]] = LISTERS) -> None:
        self._lists = {name: _List(name, lister) for name, lister in listers.items()}

    def look(self, names: Collection[str] | None = None, within_s: float = WITHIN_S) -> dict[str, Any]:
        """The lists by name as plain values, and ``reasons``: texts for those that cannot be had or may be old. Blocks."""
        chosen = [one for name, one in self._lists.items() if names is None or name in names]
        deadline_s = time.monotonic() + within_s
        waits = [one.begin() for one in chosen]
        is_answered = [wait.wait(max(0.0, deadline_s - time.monotonic())) for wait in waits]
        reasons = {}
        for one, has_answer in zip(chosen, is_answered, strict=True):
            if one.reason or not has_answer:
                reasons[one.name] = one.reason or tr("video.devices.hangs")
        return {**{one.name: one.entries for one in chosen}, "reasons": reasons}


class _List:
    """One list: the newest answer of its driver."""

    def __init__(self, name: str, lister: Callable[[], Entries]) -> None:
        self.name = name
        self.entries: Entries = []
        self.reason = ""
        self._lister = lister
        self._lock = threading.Lock()
        self._answered: threading.Event | None = None

    def begin(self) -> threading.Event:
        """Ask the driver, unless it is being asked; the event is set by its answer."""
        with self._lock:
            if self._answered is None or self._answered.is_set():
                self._answered = threading.Event()
                threading.Thread(
                    target=self._ask, args=(self._answered,), name=f"devices-{self.name}", daemon=True
                ).start()
            return self._answered

    def _ask(self, answered: threading.Event) -> None:
        from studio.video.sources.source import SourceGone

        try:
            self.entries, self.reason = self._lister(), ""
        except SourceGone as gone:
            self.entries, self.reason = [], tr(gone.reason_key, name=tr(f"video.devices.{self.name}"))
        except Exception:  # noqa: BLE001 - a driver may do anything; the other lists are still good
            _log.exception("%s cannot be listed", self.name)
            self.entries, self.reason = [], tr("video.devices.failed")
        finally:
            answered.set()
