"""The window's way to the desk: one ``say`` for wishes, one ``read`` for questions; both never block."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from studio.core.by import By, Role
from studio.core.errors import UserError
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.core.registry import Registry
from studio.desk.actions import ActionSpec

_log = logging.getLogger(__name__)


class DeskDoor(Protocol):
    """What the window needs of the desk."""

    actions: Registry[ActionSpec]

    def snapshot(self) -> dict[str, Any]: ...

    async def do(self, verb: str, by: By, **args: Any) -> None: ...

    async def ask(self, query: Any) -> Any: ...


class Bridge(QObject):
    """Schedules wishes and reads on the asyncio loop; what the user must see comes out as ``noticed(level, text)``."""

    noticed = Signal(str, str)
    settled = Signal(str)
    """A wish is over, done or refused; carries its verb."""

    def __init__(self, desk: DeskDoor, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self._name = name
        self._tasks: set[asyncio.Task[None]] = set()

    def spec(self, verb: str) -> ActionSpec | None:
        """The registered action, or None where this desk does not have the verb."""
        return self.desk.actions.get(verb) if verb in self.desk.actions else None

    def say(self, verb: str, *, seen_version: int | None = None, **args: Any) -> None:
        """Wish for a verb; each call is one press and counts once. ``seen_version``: what the person was looking at."""
        name = self._name or tr("ui.operator")
        by = By(role=Role.OPERATOR, name=name, press_id=new_id(), seen_version=seen_version)
        self._start(self._do(verb, by, args))

    def read(self, query: Any, then: Callable[[Any], None], failed: Callable[[UserError], None] | None = None) -> None:
        """Ask the desk and hand the answer to ``then``; a UserError goes to ``failed`` or is shown."""
        self._start(self._ask(query, then, failed))

    def is_busy(self) -> bool:
        """Whether something is under way."""
        return bool(self._tasks)

    async def drain(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _do(self, verb: str, by: By, args: dict[str, Any]) -> None:
        try:
            await self.desk.do(verb, by, **args)
        except UserError as error:
            self.noticed.emit("error", str(error))
        finally:
            self.settled.emit(verb)

    async def _ask(self, query: Any, then: Callable[[Any], None], failed: Callable[[UserError], None] | None) -> None:
        try:
            answer = await self.desk.ask(query)
        except UserError as error:
            if failed is not None:
                failed(error)
            else:
                self.noticed.emit("error", str(error))
            return
        then(answer)

    def _start(self, job: Coroutine[Any, Any, None]) -> None:
        task = _loop().create_task(job)
        self._tasks.add(task)  # a task without a kept reference dies silently
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or task.exception() is None:
            return
        self.noticed.emit("error", tr("ui.notice.bug"))
        context = {"message": "a wish of the window failed", "exception": task.exception(), "task": task}
        task.get_loop().call_exception_handler(context)


def _loop() -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.get_event_loop()
