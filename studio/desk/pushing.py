"""The push targets (推流目标) of the user beside the platform's own: saved without their keys, started and ended with the show."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from studio.core.errors import UserError
from studio.core.i18n import tr
from studio.desk.on_air import PLATFORM_PUSH
from studio.show.session import SessionState
from studio.video.outputs import push_address

if TYPE_CHECKING:
    from studio.desk.desk import Desk

MOST_TARGETS = 6
MOST_NAME = 24


@dataclass(frozen=True)
class Target:
    """Where else the show goes; ``is_on``: together with the show."""

    name: str
    url: str
    is_on: bool = True


class Pushing:
    """Holds the targets, knows which keys are there, tells the picture what to push."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: set[str] = set()
        self._starting = asyncio.Lock()

    def all(self) -> tuple[Target, ...]:
        """The targets as they are saved; what cannot be read is left out."""
        found = self._desk.state.setup.get("outputs", {}).get("targets", [])
        return tuple(target for one in found if (target := _read(one)) is not None) if isinstance(found, list) else ()

    def get(self, name: str) -> Target:
        """The target called ``name``; raises UserError."""
        for target in self.all():
            if target.name == name:
                return target
        raise UserError("error.push.no_such_target", name=name)

    def plain(self) -> list[dict[str, Any]]:
        """For the snapshot."""
        return [{**asdict(target), "is_key_known": target.name in self._known} for target in self.all()]

    def setup(self, targets: Iterable[Target]) -> dict[str, dict[str, Any]]:
        """What is saved: everything of the outputs, with other targets."""
        outputs = self._desk.state.setup.get("outputs", {})
        return {"outputs": {**outputs, "targets": [asdict(target) for target in targets]}}

    def with_target(self, target: Target) -> tuple[Target, ...]:
        """All targets with this one new or changed, in their order; raises UserError when there are too many."""
        others = self.all()
        if target.name in [one.name for one in others]:
            return tuple(target if one.name == target.name else one for one in others)
        if len(others) >= MOST_TARGETS:
            raise UserError("error.push.too_many", most=MOST_TARGETS)
        return (*others, target)

    async def keep_key(self, name: str, key: str) -> None:
        """Put a key where keys are kept; raises UserError."""
        await self._desk.work(self._desk.secrets.put, _secret_name(name), key)
        self._known.add(name)

    async def forget_key(self, name: str) -> None:
        """Take a key out of where keys are kept; raises UserError."""
        await self._desk.work(self._desk.secrets.remove, _secret_name(name))
        self._known.discard(name)

    async def key(self, name: str) -> str | None:
        """The key of a target; None when there is none or the key store does not open."""
        try:
            key = await self._desk.work(self._desk.secrets.get, _secret_name(name))
        except UserError as error:
            self._desk.notice("warn", "show.keys_closed", name=name, reason=error)
            key = None
        (self._known.add if key else self._known.discard)(name)
        return key

    async def look(self) -> None:
        """After a start: find out which keys are there."""
        for target in self.all():
            await self.key(target.name)
        self._desk.state.version += 1
        self._desk.tell(self._desk.changed("push.keys"))

    def start_all(self) -> None:
        """The show is on air: push to every target that is on."""
        for target in self.all():
            if target.is_on:
                self._desk.later(self.start(target.name))

    async def start(self, name: str) -> None:
        """Push to a target if the show is on air; what fails is said and costs this target only."""
        async with self._starting:  # of two keys in a row the newer one wins
            key = await self.key(name)
            target = next((one for one in self.all() if one.name == name), None)
            if target is None or not target.is_on or not self.is_live:
                return  # somebody changed their mind while the key was fetched
            if key is None:
                self._desk.notice("warn", "show.key_missing", name=name)
                return
            try:
                self._desk.picture.start_push(name, target.url, key)
            except UserError as error:
                self._desk.notice("warn", "show.target_failed", name=name, reason=error)

    def stop_all(self) -> None:
        """The show is over: end every push, the platform's too."""
        for name in (PLATFORM_PUSH, *(target.name for target in self.all())):
            self._desk.picture.stop_push(name)

    @property
    def is_live(self) -> bool:
        """The show is on air."""
        return self._desk.state.session.state is SessionState.LIVE


def check_name(name: str) -> str:
    """A target's name without blanks around it; raises UserError for one that cannot be used."""
    name = name.strip()
    if not 1 <= len(name) <= MOST_NAME or not name.isprintable():
        raise UserError("error.push.bad_name", most=MOST_NAME)
    if name.lower() == PLATFORM_PUSH or name == tr("show.platform_push"):
        raise UserError("error.push.reserved_name", name=name)
    return name


def switched(target: Target, *, is_on: bool) -> Target:
    """The target, on or off."""
    return replace(target, is_on=is_on)


def _read(values: object) -> Target | None:
    if not isinstance(values, dict):
        return None
    name, url, is_on = values.get("name"), values.get("url"), values.get("is_on", True)
    if not (isinstance(name, str) and isinstance(url, str) and isinstance(is_on, bool)):
        return None
    try:
        push_address.check(name, url)
    except UserError:
        return None
    return Target(name, url, is_on)


def _secret_name(name: str) -> str:
    return f"push {name}"
