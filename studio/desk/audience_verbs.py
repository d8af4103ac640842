"""Verbs on what viewers ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from studio.core.by import By
from studio.core.errors import UserError
from studio.desk.actions import EVERYONE, action

if TYPE_CHECKING:
    from studio.desk.desk import Desk


class AudienceVerbs:
    """audience.take_request, audience.done."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @action("audience.take_request", icon="hand-front-right-outline", roles=EVERYONE)
    async def take_request(self, by: By, key: str) -> None:
        """Take up a counted request (接下)."""
        self._mark(by, "audience.take_request", key, self._desk.audience.take)

    @action("audience.done", icon="check", roles=EVERYONE)
    async def done(self, by: By, key: str) -> None:
        """A counted request was answered (已答)."""
        self._mark(by, "audience.done", key, self._desk.audience.done)

    def _mark(self, by: By, verb: str, key: str, mark: Callable[[str], bool]) -> None:
        if not mark(key):
            raise UserError("error.desk.no_such_request")
        self._desk.save(by, verb, {"key": key})
        self._desk.tell(self._desk.changed(verb))
