"""The as-run log (播出日志): a chain in which each row carries the hash of the one before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from studio.store.rows import to_json


@dataclass(frozen=True, kw_only=True)
class AsRunRow:
    """One thing that was done; ``by`` and ``payload`` are JSON text, hashes are lower hex SHA-256."""

    session_id: str
    seq: int
    at_ms: int
    verb: str
    by: str
    payload: str
    prev_hash: str
    hash: str = ""

    def sealed(self) -> AsRunRow:
        """The row with its own hash, made from every other field."""
        return AsRunRow(**{**asdict(self), "hash": self.digest()})

    def digest(self) -> str:
        fields = asdict(self)
        del fields["hash"]
        return hashlib.sha256(to_json(fields).encode()).hexdigest()


def origin(session_id: str) -> str:
    """What the first row of a session carries as the hash before it."""
    return hashlib.sha256(f"anchor-studio as-run {session_id}".encode()).hexdigest()


def first_break(session_id: str, rows: Iterable[AsRunRow]) -> int | None:
    """The seq of the first row that does not fit the chain; None when all do."""
    prev = origin(session_id)
    for seq, row in enumerate(rows, 1):
        if row.seq != seq or row.prev_hash != prev or row.hash != row.digest():
            return row.seq
        prev = row.hash
    return None
