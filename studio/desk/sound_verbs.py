"""Verbs of the sound: the inputs of the mixer and how each is set."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from studio.core.by import By
from studio.core.errors import UserError
from studio.core.i18n import tr
from studio.desk.actions import action
from studio.video.sound.spec import MOST_INPUTS, SoundInput, checked, from_plain, to_plain

if TYPE_CHECKING:
    from studio.desk.desk import Desk

SETUP = "sound"


class SoundVerbs:
    """sound.add, .remove, .set."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def apply(self) -> None:
        """Give the picture machine the inputs that were saved."""
        inputs, faults = from_plain(self._desk.state.setup.get(SETUP))
        if faults:
            self._desk.notice("warn", "sound.setup_broken", what=", ".join(faults))
        self._desk.picture.set_sound(inputs)

    @action("sound.add", icon="volume-plus")
    async def add(self, by: By, address: str) -> None:
        """Hear another input: camera, mic:<name>, desktop, desktop:<name> or file:<path>."""
        wish = SoundInput.parse(address)
        await self._desk.work(_check, wish)
        inputs = sound_inputs(self._desk)
        if any(one.address == wish.address for one in inputs):
            raise UserError("error.sound.already_there", name=input_name(wish))
        if len(inputs) >= MOST_INPUTS:
            raise UserError("error.sound.too_many", most=MOST_INPUTS)
        self._change(by, "sound.add", (*inputs, wish), {"name": input_name(wish), "address": wish.address})

    @action("sound.remove", icon="volume-off")
    async def remove(self, by: By, input_id: str) -> None:
        """Hear an input no more."""
        inputs = sound_inputs(self._desk)
        gone = self._find(inputs, input_id)
        left = tuple(one for one in inputs if one.id != input_id)
        self._change(by, "sound.remove", left, {"name": input_name(gone), "address": gone.address})

    @action("sound.set", icon="tune-vertical")
    async def set(
        self, by: By, input_id: str, gain_db: float, is_muted: bool, delay_ms: int, is_denoised: bool
    ) -> None:
        """Set how an input is heard; heard at once, without a click."""
        inputs = sound_inputs(self._desk)
        old = self._find(inputs, input_id)
        new = checked(replace(old, gain_db=gain_db, is_muted=is_muted, delay_ms=delay_ms, is_denoised=is_denoised))
        settings = {"gain_db": gain_db, "is_muted": is_muted, "delay_ms": delay_ms, "is_denoised": is_denoised}
        changed = tuple(new if one is old else one for one in inputs)
        self._change(by, "sound.set", changed, {"name": input_name(new), **settings})

    def _find(self, inputs: tuple[SoundInput, ...], input_id: str) -> SoundInput:
        found = next((one for one in inputs if one.id == input_id), None)
        if found is None:
            raise UserError("error.sound.no_such_input")
        return found

    def _change(self, by: By, verb: str, inputs: tuple[SoundInput, ...], payload: dict[str, Any]) -> None:
        desk = self._desk
        desk.save(by, verb, payload, setup={SETUP: to_plain(inputs)})
        desk.picture.set_sound(inputs)
        desk.tell(desk.changed(verb))


def sound_inputs(desk: Desk) -> tuple[SoundInput, ...]:
    """The inputs as they are saved."""
    return from_plain(desk.state.setup.get(SETUP))[0]


def sound_setup(desk: Desk) -> dict[str, Any]:
    """The mixer's part of the snapshot; ``denoise_reason`` is a sentence when noise cannot be suppressed here."""
    from studio.video.sound.denoise import why_not

    rows = [{**row, "name": input_name(one)} for one, row in _rows(sound_inputs(desk))]
    return {"inputs": rows, "denoise_reason": tr(why_not()) if why_not() else ""}


def input_name(wish: SoundInput) -> str:
    """What people call an input, in their language where it has no name of its own."""
    is_named = wish.kind == "file" or wish.device not in ("", "default")
    return wish.name if is_named else tr(f"sound.kind.{wish.kind}")


def _rows(inputs: tuple[SoundInput, ...]) -> list[tuple[SoundInput, dict[str, Any]]]:
    return list(zip(inputs, to_plain(inputs)["inputs"], strict=True))


def _check(wish: SoundInput) -> None:
    from studio.video.sound.capture import check

    check(wish)
