"""The hub's own folder: one hub at a time, and hub.json that tells clients where it is."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from studio.core.errors import UserError

DATABASE_NAME = "hub.sqlite"
CARD_NAME = "hub.json"

_log = logging.getLogger(__name__)


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Keep every other hub out: two on one database would give the same thing away twice. Raises UserError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "hub.lock").open("a+b") as file:
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UserError("hub.already_running", folder=folder) from error
        yield


def read_card(folder: Path) -> dict[str, Any]:
    """What hub.json told last time; empty when there is none."""
    path = folder / CARD_NAME
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        _log.warning("%s is broken and will be replaced", path)
        return {}
    return card if isinstance(card, dict) else {}


def write_card(folder: Path, card: dict[str, Any]) -> None:
    """Replace hub.json at once, readable by its owner only: it holds the token."""
    path = folder / CARD_NAME
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(card, file)
    os.replace(temporary, path)
