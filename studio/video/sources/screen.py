"""A screen or a window of another program as a source."""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from typing import ClassVar

import av
from av.container import InputContainer

from studio.video.sources import address, desktop
from studio.video.sources.desktop import Desktop, Grab
from studio.video.sources.live import LiveSource
from studio.video.sources.source import Shot, SourceGone, Stage
from studio.video.sources.spec import SourceSpec

LOOK_EVERY_S = 0.5


class DesktopSource(LiveSource):
    """Opened again whenever what it looks at has another size or place; a picture that stands still is no fault here."""

    frozen_after_s: ClassVar[float] = math.inf

    def __init__(self, spec: SourceSpec, stage: Stage) -> None:
        super().__init__(spec, stage)
        self._desktop: Desktop | None = None
        self._grab: Grab | None = None
        self._looked_s = 0.0

    @abstractmethod
    def _wanted(self, there: Desktop) -> Grab:
        """What to open now; raises SourceGone with a reason when there is no such thing."""

    def read(self) -> Shot | None:
        now_s = time.monotonic()
        if self._desktop is not None and now_s - self._looked_s > LOOK_EVERY_S:
            self._looked_s = now_s
            if self._wanted(self._desktop) != self._grab:
                self.open()
        try:
            return super().read()
        except SourceGone:
            self.open()  # it changed between two looks; if it is gone, this knows the reason
            return super().read()

    def close(self) -> None:
        super().close()
        there, self._desktop = self._desktop, None
        if there is not None:
            there.close()

    def _connect(self) -> InputContainer:
        self._desktop = desktop.connect()
        self._grab = grab = self._wanted(self._desktop)
        options = {"framerate": str(self.stage.canvas.fps), "probesize": "32", "analyzeduration": "0", **grab.options}
        container: InputContainer = av.open(grab.url, "r", format=grab.format, options=options)
        return container


class ScreenSource(DesktopSource):
    """``screen:HDMI-1``, ``screen:0`` or ``screen:`` (the main one), all of it or ``?region=x,y,width,height`` in pixels."""

    kind: ClassVar[str] = "screen"

    def _wanted(self, there: Desktop) -> Grab:
        name, wishes = address.parted(self.spec.address, address.WISHES["screen"])
        region = address.region(wishes["region"]) if "region" in wishes else None
        return there.grab_screen(desktop.find_screen(there.screens(), name), region)


class WindowSource(DesktopSource):
    """``window:<title>``, better with ``?app=<program>``, because titles change; found anew each time it is opened."""

    kind: ClassVar[str] = "window"

    def _wanted(self, there: Desktop) -> Grab:
        return there.grab_window(desktop.find_window(there.windows(), self.spec.address))
