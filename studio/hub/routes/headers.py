"""Headers that many paths read, and the answers that all may give."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header

from studio.hub.wire import ErrorAnswer

Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=200)]
Buyer = Annotated[str, Header(alias="X-Buyer", min_length=1, max_length=100)]

REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorAnswer, "description": description}
    for status, description in (
        (401, "Bad token"),
        (404, "Not found"),
        (409, "Conflict"),
        (410, "Too late"),
        (422, "Invalid"),
    )
}
