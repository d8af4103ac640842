"""What the user names as an input of the mixer, and how it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from studio.core.errors import UserError
from studio.core.ids import new_id

LEAST_GAIN_DB, MOST_GAIN_DB = -60.0, 20.0
MOST_DELAY_MS = 2000
MOST_INPUTS = 12
KINDS = ("camera", "mic", "desktop", "file")


@dataclass(frozen=True, kw_only=True)
class SoundInput:
    """One input (音轨) of the mixer; ``address`` is ``camera``, ``mic:<name>``, ``desktop``, ``desktop:<name>`` or ``file:<path>``.

    ``camera`` is the picture source's own sound, ``file`` is played again and again, ``delay_ms`` lets it be heard later."""

    id: str
    address: str
    gain_db: float = 0.0
    is_muted: bool = False
    delay_ms: int = 0
    is_denoised: bool = False

    @property
    def kind(self) -> str:
        """``camera``, ``mic``, ``desktop`` or ``file``."""
        return self.address.partition(":")[0]

    @property
    def device(self) -> str:
        """What follows the kind: a device's name or a path; empty for the system's own choice."""
        return self.address.partition(":")[2]

    @property
    def name(self) -> str:
        """What the user calls it: the file's name, the device's name, or the kind."""
        return (Path(self.device).name if self.kind == "file" else self.device) or self.kind

    @classmethod
    def parse(cls, text: str) -> SoundInput:
        """A new input with its own id for an address; raises UserError for what is no address."""
        kind, _, device = text.strip().partition(":")
        if kind == "file" and device:
            device = str(Path(device).expanduser().absolute())
        if kind == "mic":
            device = device or "default"
        if kind not in KINDS or (kind == "camera" and device) or (kind == "file" and not device):
            raise UserError("error.sound.no_such_address", text=text)
        return cls(id=new_id(), address=f"{kind}:{device}" if device else kind)


CAMERA = SoundInput(id="camera", address="camera")
AT_FIRST = (CAMERA,)


def checked(wish: SoundInput) -> SoundInput:
    """The input, if its settings are within their bounds; raises UserError."""
    if not LEAST_GAIN_DB <= wish.gain_db <= MOST_GAIN_DB:
        raise UserError("error.sound.gain", low=LEAST_GAIN_DB, high=MOST_GAIN_DB, value=wish.gain_db)
    if not 0 <= wish.delay_ms <= MOST_DELAY_MS:
        raise UserError("error.sound.delay", high=MOST_DELAY_MS, value=wish.delay_ms)
    return wish


def to_plain(inputs: tuple[SoundInput, ...]) -> dict[str, Any]:
    """As it is saved."""
    return {"inputs": [asdict(one) for one in inputs]}


def from_plain(values: Mapping[str, Any] | None) -> tuple[tuple[SoundInput, ...], list[str]]:
    """What was saved, and what of it could not be read (replaced by its default, or left out)."""
    if values is None:
        return AT_FIRST, []
    rows = values.get("inputs")
    if not isinstance(rows, list):
        return AT_FIRST, ["inputs"]
    faults: list[str] = []
    inputs: dict[str, SoundInput] = {}
    for row in rows[:MOST_INPUTS]:
        read = _read(row, faults)
        if read is not None:
            inputs[read.id] = read
    return tuple(inputs.values()), faults


def _read(row: object, faults: list[str]) -> SoundInput | None:
    if not isinstance(row, dict):
        faults.append(repr(row))
        return None
    try:
        known = SoundInput.parse(str(row.get("address", "")))
    except UserError:
        faults.append(repr(row.get("address")))
        return None
    given: dict[str, Any] = {"id": str(row.get("id") or known.id), "address": known.address}
    for field in fields(SoundInput)[2:]:
        value = row.get(field.name, field.default)
        value = float(value) if field.name == "gain_db" and type(value) is int else value
        if type(value) is type(field.default):
            given[field.name] = value
        else:
            faults.append(f"{field.name}={value!r}")
    try:
        return checked(SoundInput(**given))
    except UserError as error:
        faults.append(str(error))
        return SoundInput(id=str(given["id"]), address=known.address, is_muted=bool(given.get("is_muted", False)))
