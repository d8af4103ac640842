"""The hub's own folder: one hub at a time, and hub.json that tells clients where it is."""

from __future__ import annotations

import json
import logging
import os
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from studio.core import lock

DATABASE_NAME = "hub.sqlite"
CARD_NAME = "hub.json"

_log = logging.getLogger(__name__)


def hold(folder: Path) -> AbstractContextManager[None]:
    """Keep every other hub out: two on one database would give the same thing away twice. Raises UserError."""
    return lock.hold(folder / "hub.lock", "hub.already_running")


@dataclass(frozen=True)
class Card:
    """What hub.json tells: where the hub listens and the token (a secret) to be let in."""

    url: str = ""
    token: str = field(default="", repr=False)
    pid: int = 0
    rtmp_port: int = 0

    @property
    def http_port(self) -> int:
        """The port in the url; 0 when there is none."""
        port = self.url.rpartition(":")[2]
        return int(port) if port.isdigit() and int(port) < 65536 else 0


def read_card(folder: Path) -> Card:
    """What hub.json told last time; an empty card when there is none or it makes no sense."""
    path = folder / CARD_NAME
    try:
        card = Card(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Card()
    except (ValueError, TypeError):
        _log.warning("%s is broken and will be replaced", path)
        return Card()
    is_sound = isinstance(card.url, str) and isinstance(card.rtmp_port, int) and 0 <= card.rtmp_port < 65536
    return card if is_sound else Card()


def write_card(folder: Path, card: Card) -> None:
    """Replace hub.json at once, readable by its owner only: it holds the token."""
    path = folder / CARD_NAME
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(card), file)
    os.replace(temporary, path)
