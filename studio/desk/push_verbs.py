"""Verbs of the push targets (推流目标)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.core.by import By
from studio.core.errors import UserError
from studio.desk.actions import OWNER, action
from studio.desk.pushing import Target, check_name, switched
from studio.video.outputs import push_address

if TYPE_CHECKING:
    from studio.desk.desk import Desk


class PushVerbs:
    """push.add, .remove, .start, .stop."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @action("push.add", icon="broadcast", roles=OWNER)
    async def add(self, by: By, name: str, url: str, key: str = "") -> None:
        """Push there too from now on, or with another address or key; an empty ``key`` keeps the one that is known."""
        desk, pushing = self._desk, self._desk.pushing
        name = check_name(name)
        known = next((target for target in pushing.all() if target.name == name), None)
        if not key.strip() and known is not None and known.url == url.strip() and await pushing.key(name):
            public, secret = known.url, ""
        else:
            public, secret = push_address.split(name, url, key)
        pushing.with_target(Target(name, public))
        if secret:
            await pushing.keep_key(name, secret)
        setup = pushing.setup(pushing.with_target(Target(name, public)))
        desk.save(by, "push.add", {"name": name, "url": public}, setup=setup)
        desk.tell(desk.changed("push.add"))
        await pushing.start(name)

    @action("push.remove", icon="trash-can-outline", roles=OWNER)
    async def remove(self, by: By, name: str) -> None:
        """Push there no more, and forget the key."""
        desk, pushing = self._desk, self._desk.pushing
        pushing.get(name)
        try:
            await pushing.forget_key(name)  # first: killed in between, a target without its key is left, not a key
        except UserError as error:
            desk.notice("warn", "show.key_not_forgotten", name=name, reason=error)
        setup = pushing.setup(target for target in pushing.all() if target.name != name)
        desk.save(by, "push.remove", {"name": name}, setup=setup)
        desk.picture.stop_push(name)
        desk.tell(desk.changed("push.remove"))

    @action("push.start", icon="play", is_stream=True, roles=OWNER)
    async def start(self, by: By, name: str) -> None:
        """Push to this target: at once while on air, else together with the show."""
        self._switch(by, "push.start", name, is_on=True)
        await self._desk.pushing.start(name)

    @action("push.stop", icon="stop", is_stream=True, roles=OWNER)
    async def stop(self, by: By, name: str) -> None:
        """End the push to this target; the others go on."""
        self._switch(by, "push.stop", name, is_on=False)
        self._desk.picture.stop_push(name)

    def _switch(self, by: By, verb: str, name: str, *, is_on: bool) -> None:
        desk, pushing = self._desk, self._desk.pushing
        target = switched(pushing.get(name), is_on=is_on)
        desk.save(by, verb, {"name": name}, setup=pushing.setup(pushing.with_target(target)))
        desk.tell(desk.changed(verb))
