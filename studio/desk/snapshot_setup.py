"""The setup part of the snapshot: how the studio is set up, each part read by those who wrote it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from studio.desk.camera_verbs import shown_setup
from studio.desk.quality_verbs import QualitySetup
from studio.desk.segments import SegmentSetup
from studio.desk.sound_verbs import sound_setup
from studio.desk.virtual_camera_verbs import is_on

if TYPE_CHECKING:
    from studio.desk.desk import Desk


def setup_of(desk: Desk) -> dict[str, Any]:
    """Source, sound, outputs and quality as plain values; keys and passwords never stand here."""
    setup = desk.state.setup
    return {
        "picture": shown_setup(desk),
        "sound": sound_setup(desk),
        "outputs": {
            "targets": desk.pushing.plain(),
            "virtual_camera": {"is_on": is_on(setup)},
            **asdict(SegmentSetup.read(setup)),
        },
        "quality": _quality(desk),
    }


def _quality(desk: Desk) -> dict[str, Any]:
    encoders = desk.state.health.encoders if desk.state.health is not None else ()
    known = [{"name": one.name, "is_usable": one.is_usable, "reason_key": one.reason_key} for one in encoders]
    return {**asdict(QualitySetup.read(desk.state.setup)), "encoders": known}
