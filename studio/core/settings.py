"""The user's settings: one small JSON file, replaced whole, never half written."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from studio.core.errors import UserError


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the user chose; amounts in fen, sizes in pixels. No secret is ever kept here."""

    language: str = "zh_CN"
    theme: str = "dark"
    anchor: str = ""
    room_title: str = ""
    budget_fen: int = 200_000
    canvas: str = "720x1280"
    fps: int = 30
    bitrate_kbps: int = 2500


def load(path: Path) -> Settings:
    """Read the settings; a missing file gives the defaults, a broken one raises UserError and is left as it is."""
    if not path.exists():
        return Settings()
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        known = {field.name: type(getattr(Settings(), field.name)) for field in fields(Settings)}
        chosen = {name: value for name, value in raw.items() if name in known}
        for name, value in chosen.items():
            if type(value) is not known[name]:
                raise ValueError(f"{name} must be {known[name].__name__}")
        return Settings(**chosen)
    except (ValueError, AttributeError, OSError) as error:
        raise UserError("error.settings.broken", path=path, reason=error) from error


def save(path: Path, settings: Settings) -> None:
    """Replace the file at once, so that a crash leaves the old or the new one."""
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(asdict(settings), ensure_ascii=False, indent=1), encoding="utf-8")
    os.replace(temporary, path)
