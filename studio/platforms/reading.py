"""Reads JSON strictly: a field that is missing or of another type is named, never guessed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from studio.core.money import Money

T = TypeVar("T")

BIGGEST = 2**63 - 1


class Garbage(ValueError):
    """An answer that is not what the wire promises; ``field`` is the path of the bad one."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class Reader:
    """One JSON object of an answer, read field by field; raises Garbage."""

    def __init__(self, value: Any, path: str = "") -> None:
        if not isinstance(value, dict):
            raise Garbage(path or "(answer)", f"expected an object, got {_kind(value)}")
        self._value: dict[str, Any] = value
        self._path = path

    def text(self, name: str, *, is_empty_ok: bool = True) -> str:
        """A string that can be stored as UTF-8."""
        value = self._typed(name, str, "a string")
        if not value and not is_empty_ok:
            raise Garbage(self._at(name), "empty")
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise Garbage(self._at(name), "half of a surrogate pair")
        return str(value)

    def text_or_none(self, name: str) -> str | None:
        return None if self._get(name) is None else self.text(name)

    def integer(self, name: str, *, least: int = 0) -> int:
        """A whole number from ``least`` to what a database can hold."""
        value = self._typed(name, int, "a whole number")
        if not least <= value <= BIGGEST:
            raise Garbage(self._at(name), f"{value} is out of range")
        return int(value)

    def integer_or_none(self, name: str, *, least: int = 0) -> int | None:
        return None if self._get(name) is None else self.integer(name, least=least)

    def money(self, name: str) -> Money:
        return Money(self.integer(name))

    def flag(self, name: str) -> bool:
        return bool(self._typed(name, bool, "true or false"))

    def one_of(self, name: str, *known: str) -> str:
        value = self.text(name)
        if value not in known:
            raise Garbage(self._at(name), f"{value[:40]!r} is none of {', '.join(known)}")
        return value

    def objects(self, name: str, read: Callable[[Reader], T]) -> tuple[T, ...]:
        """A list of objects, each read by ``read``."""
        return tuple(read(Reader(value, path)) for path, value in self.raw_list(name))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings."""
        return tuple(Reader({path: value}).text(path) for path, value in self.raw_list(name))

    def child(self, name: str) -> Reader:
        return Reader(self._get(name), self._at(name))

    def has(self, name: str) -> bool:
        return name in self._value

    def raw_list(self, name: str) -> list[tuple[str, Any]]:
        """The values of a list, each with its path, unread."""
        values = self._typed(name, list, "a list")
        return [(f"{self._at(name)}[{index}]", value) for index, value in enumerate(values)]

    def _get(self, name: str) -> Any:
        if name not in self._value:
            raise Garbage(self._at(name), "missing")
        return self._value[name]

    def _typed(self, name: str, kind: type, noun: str) -> Any:
        value = self._get(name)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise Garbage(self._at(name), f"expected {noun}, got {_kind(value)}")
        return value

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name


def _kind(value: Any) -> str:
    return "nothing (null)" if value is None else type(value).__name__
