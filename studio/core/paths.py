"""Where things lie: resources and plugins beside the program, and one folder per profile."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path


def _beside_program(name: str) -> Path:
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen is not None:
        return Path(frozen) / name
    package = Path(__file__).resolve().parents[1]
    shipped = package / "_shipped" / name  # in a wheel
    return shipped if shipped.is_dir() else package.parent / name


def resources() -> Path:
    """The folder with texts, icons, style sheet, catalogue."""
    return _beside_program("resources")


def plugins() -> Path:
    """The folder with the plugins that come with the program."""
    return _beside_program("plugins")


def default_data_dir() -> Path:
    """The user's own profile folder, by the habit of the system."""
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "AnchorStudio"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "AnchorStudio"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "anchor-studio"


@dataclass(frozen=True)
class Profile:
    """The folder that holds everything of one user of the studio; made 0700 on first use."""

    folder: Path

    def make(self) -> Profile:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self

    @property
    def show_db(self) -> Path:
        return self.folder / "show.sqlite"

    @property
    def pool_db(self) -> Path:
        return self.folder / "pool.sqlite"

    @property
    def pool_index(self) -> Path:
        return self.folder / "pool.index"

    @property
    def pictures(self) -> Path:
        return self.folder / "pictures"

    @property
    def hub_dir(self) -> Path:
        return self.folder / "hub"

    @property
    def recordings(self) -> Path:
        return self.folder / "recordings"

    @property
    def reports(self) -> Path:
        return self.folder / "reports"

    @property
    def plugins(self) -> Path:
        return self.folder / "plugins"

    @property
    def settings_file(self) -> Path:
        return self.folder / "settings.json"

    @property
    def log_file(self) -> Path:
        return self.folder / "studio.log"
