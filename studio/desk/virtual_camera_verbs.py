"""Verbs of the virtual camera (虚拟摄像头), the way into the platform's own client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from studio.core.by import By
from studio.desk.actions import action

if TYPE_CHECKING:
    from studio.desk.desk import Desk

SETUP = "virtual_camera"


class VirtualCameraVerbs:
    """virtual_camera.start, .stop."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @action("virtual_camera.start", icon="webcam", is_stream=True)
    async def start(self, by: By) -> None:
        """Show the programme as a camera of this machine; it is on again after a restart."""
        self._set(by, "virtual_camera.start", is_on=True)
        self._desk.picture.start_virtual_camera()

    @action("virtual_camera.stop", icon="webcam-off", is_stream=True)
    async def stop(self, by: By) -> None:
        """Take the camera away from other programs."""
        self._set(by, "virtual_camera.stop", is_on=False)
        self._desk.picture.stop_virtual_camera()

    def apply(self) -> None:
        """After a start: on if it was on."""
        if is_on(self._desk.state.setup):
            self._desk.picture.start_virtual_camera()

    def _set(self, by: By, verb: str, *, is_on: bool) -> None:
        self._desk.save(by, verb, {}, setup={SETUP: {"is_on": is_on}})
        self._desk.tell(self._desk.changed(verb))


def is_on(setup: dict[str, dict[str, Any]]) -> bool:
    """Whether the virtual camera is wished for; anything but a plain True is no."""
    return setup.get(SETUP, {}).get("is_on") is True
