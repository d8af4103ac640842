"""How the picture is set up, as it is saved and shown: source, look, green screen, inset, transition; with its limits."""

from __future__ import annotations

import logging
import re
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, TypeVar

from studio.core.errors import UserError
from studio.core.i18n import tr
from studio.video.crop import Crop
from studio.video.scene import BLUE_UV, GREEN_UV, ChromaKey, Look, PictureInPicture
from studio.video.sources import SourceSpec

_log = logging.getLogger(__name__)
Part = TypeVar("Part")

RANGES: dict[str, tuple[float, float]] = {
    "brightness": (-100, 100),
    "contrast": (-100, 100),
    "warmth": (-100, 100),
    "tint": (-100, 100),
    "smoothing": (0, 100),
    "similarity": (0, 100),
    "smoothness": (0, 100),
    "spill": (0, 100),
    "x": (0, 1),
    "y": (0, 1),
    "width": (0.1, 1),
    "height": (0.1, 1),
    "transition_ms": (0, 3000),
}
CHOICES: dict[str, tuple[object, ...]] = {"mode": ("cover", "contain"), "rotate": (0, 90, 180, 270)}
_COLOURS = {"green": GREEN_UV, "blue": BLUE_UV}
_FILE_KINDS = ("file", "still")
_PASSWORD = re.compile(r"(?<=://)([^/@:]+):([^/@]+)(?=@)")


@dataclass(frozen=True, kw_only=True)
class SourceSetup:
    """The main source and how it is laid on the canvas; ``crop`` is ``left,top,right,bottom`` in shares."""

    source: str = "test"
    mode: str = "cover"
    mirror: bool = False
    rotate: int = 0
    crop: str = ""

    def spec(self) -> SourceSpec:
        """What the engine opens; looks at a file, raises UserError."""
        return self._laid(SourceSpec.parse(self.source))

    def waiting_spec(self) -> SourceSpec:
        """The same for a saved source: a file that is not there yet is waited for."""
        try:
            return self.spec()
        except UserError:
            return self._laid(SourceSpec(kind="file", address=self.source))

    def _laid(self, spec: SourceSpec) -> SourceSpec:
        crop = Crop.parse(self.crop)
        return replace(spec, mode=self.mode, mirror=self.mirror, rotate=self.rotate, crop=crop)


@dataclass(frozen=True, kw_only=True)
class KeySetup:
    """The green screen (绿幕): ``similarity``, ``smoothness``, ``spill`` in percent; no ``backdrop`` is plain dark."""

    is_on: bool = False
    color: str = "green"
    similarity: int = 45
    smoothness: int = 25
    spill: int = 60
    backdrop: str = ""

    def chroma_key(self) -> ChromaKey | None:
        """What the scene carries; None when it is off."""
        if not self.is_on:
            return None
        is_named = self.color in _COLOURS
        return ChromaKey(
            uv=_COLOURS[self.color] if is_named else _uv(self.color),
            similarity=self.similarity / 100,
            smoothness=self.smoothness / 100,
            spill=self.spill / 100,
            is_measured=is_named,
        )


@dataclass(frozen=True, kw_only=True)
class InsetSetup:
    """The picture in picture (画中画) in shares of the canvas; no ``address`` is off."""

    address: str = ""
    x: float = 0.62
    y: float = 0.05
    width: float = 0.33
    height: float = 0.25

    def place(self) -> PictureInPicture | None:
        """What the scene carries; None when it is off."""
        return PictureInPicture(self.x, self.y, self.width, self.height) if self.address else None


@dataclass(frozen=True, kw_only=True)
class PictureSetup:
    """Everything that the verbs of the picture set."""

    source: SourceSetup = field(default_factory=SourceSetup)
    look: Look = field(default_factory=Look)
    key: KeySetup = field(default_factory=KeySetup)
    inset: InsetSetup = field(default_factory=InsetSetup)
    transition_ms: int = 400

    @classmethod
    def read(cls, saved: dict[str, Any]) -> PictureSetup:
        """From saved values; what is missing or broken takes its default."""
        parts = {name: saved.get(name) for name in ("look", "key", "inset")}
        nested = {name: part if isinstance(part, dict) else {} for name, part in parts.items()}
        return cls(
            source=_read(SourceSetup, saved),
            look=_read(Look, nested["look"]),
            key=_read(KeySetup, nested["key"]),
            inset=_read(InsetSetup, nested["inset"]),
            transition_ms=_value("transition_ms", saved.get("transition_ms"), cls.transition_ms),
        )

    def plain(self) -> dict[str, Any]:
        """As ``read`` takes it and as the snapshot shows it."""
        values = asdict(self)
        return {**values.pop("source"), **values}


def checked(part: Part) -> Part:
    """The part, when every value is allowed; raises UserError that says what is."""
    for each in fields(part):  # type: ignore[arg-type]
        check(each.name, getattr(part, each.name))
    return part


def check(name: str, value: object) -> None:
    """Raise UserError for a value that is not allowed, with those that are."""
    if name in RANGES:
        low, high = RANGES[name]
        if not isinstance(value, (int, float)) or not low <= value <= high:
            raise UserError("error.picture.out_of_range", name=tr(f"picture.{name}"), low=low, high=high)
    elif name in CHOICES and value not in CHOICES[name]:
        known = ", ".join(str(choice) for choice in CHOICES[name])
        raise UserError("error.picture.no_such_choice", name=tr(f"picture.{name}"), known=known)
    elif name == "color" and value not in _COLOURS:
        _uv(str(value))
    elif name == "crop":
        Crop.parse(str(value))


def address_of(spec: SourceSpec) -> str:
    """The words that ``SourceSpec.parse`` reads as ``spec``, from whatever folder the program is started."""
    if spec.kind in (*_FILE_KINDS, "stream"):
        return spec.address
    return f"{spec.kind}:{spec.address}" if spec.address else spec.kind


def masked(address: str) -> str:
    """An address that everybody may read: without the password of a network camera."""
    return _PASSWORD.sub(r"\1:***", address)


def _uv(colour: str) -> tuple[int, int]:
    """The chroma of ``#rrggbb`` (BT.709, limited range); raises UserError for what is no colour or a grey."""
    match = re.fullmatch(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", colour.strip(), re.IGNORECASE)
    if match is None:
        raise UserError("error.picture.no_colour", text=colour)
    red, green, blue = (int(part, 16) for part in match.groups())
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    u, v = (blue - luma) / 1.8556 * 224 / 255, (red - luma) / 1.5748 * 224 / 255
    if u * u + v * v < 15 * 15:
        raise UserError("error.picture.grey_screen", text=colour)
    return round(128 + u), round(128 + v)


def _read(kind: type[Part], saved: dict[str, Any]) -> Part:
    plain = kind()
    values = {
        each.name: _value(each.name, saved.get(each.name), getattr(plain, each.name))
        for each in fields(kind)  # type: ignore[arg-type]
    }
    return kind(**values)


def _value(name: str, saved: Any, default: Any) -> Any:
    if saved is None:
        return default
    value = float(saved) if type(default) is float and type(saved) is int else saved
    try:
        if type(value) is not type(default):
            raise ValueError(f"{type(default).__name__} is wanted")
        check(name, value)
    except (ValueError, UserError) as error:
        _log.warning("the saved %s is %r and is not used: %s", name, saved, error)
        return default
    return value
