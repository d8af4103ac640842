"""The registry of verbs: what each is called, who may wish for it, what it takes."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

from studio.core.by import By, Role
from studio.core.errors import UserError
from studio.core.registry import Registry

EVERYONE = frozenset(Role)
SHOW = frozenset({Role.ANCHOR, Role.OPERATOR, Role.FLOOR_MANAGER, Role.PLUGIN})
OWNER = frozenset({Role.ANCHOR, Role.OPERATOR})

Handler = Callable[..., Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class ActionSpec:
    """A verb as every face needs it; ``args`` are the names and types after ``by``, ``optional`` those with a default."""

    verb: str
    icon: str
    shortcut: str
    is_money: bool
    is_stream: bool
    roles: frozenset[Role]
    args: dict[str, type]
    optional: frozenset[str]

    def read(self, args: dict[str, Any]) -> dict[str, Any]:
        """Check the arguments of a wish; raises UserError that names the first bad one."""
        for name in args:
            if name not in self.args:
                raise UserError("error.desk.unknown_argument", verb=self.verb, name=name)
        for name, wanted in self.args.items():
            if name not in args:
                if name in self.optional:
                    continue
                raise UserError("error.desk.missing_argument", verb=self.verb, name=name)
            if type(args[name]) is not wanted:
                raise UserError("error.desk.bad_argument", verb=self.verb, name=name, wanted=wanted.__name__)
        return args


@dataclass(frozen=True, kw_only=True)
class _Mark:
    verb: str
    icon: str
    shortcut: str
    is_money: bool
    is_stream: bool
    roles: frozenset[Role]


def action(
    verb: str,
    *,
    icon: str = "",
    shortcut: str = "",
    is_money: bool = False,
    is_stream: bool = False,
    roles: frozenset[Role] = SHOW,
) -> Callable[[Handler], Handler]:
    """Make a method a verb; it then has a button, a hotkey, a role and a place on phones and control surfaces."""

    def mark(method: Handler) -> Handler:
        method.action = _Mark(  # type: ignore[attr-defined]
            verb=verb, icon=icon, shortcut=shortcut, is_money=is_money, is_stream=is_stream, roles=roles
        )
        return method

    return mark


def collect(group: object, specs: Registry[ActionSpec], handlers: dict[str, Handler]) -> None:
    """Register every ``@action`` method of ``group``."""
    for _, method in inspect.getmembers(group, inspect.ismethod):
        mark = getattr(method, "action", None)
        if not isinstance(mark, _Mark):
            continue
        hints = get_type_hints(method)
        parameters = [p for p in inspect.signature(method).parameters.values() if p.annotation not in ("By", By)]
        spec = ActionSpec(
            **vars(mark),
            args={p.name: hints[p.name] for p in parameters},
            optional=frozenset(p.name for p in parameters if p.default is not p.empty),
        )
        specs.add(mark.verb, spec)
        handlers[mark.verb] = method
