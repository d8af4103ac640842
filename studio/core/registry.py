"""Named things that built-ins and plugins register in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """An ordered mapping from a lower-snake name to one thing; a name is given once."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._things: dict[str, T] = {}

    def add(self, name: str, thing: T) -> Callable[[], None]:
        """Register ``thing``; returns a call that takes it out again. Raises ValueError when the name is taken."""
        if name in self._things:
            raise ValueError(f"{self.noun} {name!r} is already registered")
        self._things[name] = thing

        def take_out() -> None:
            self._things.pop(name, None)

        return take_out

    def get(self, name: str) -> T:
        """The thing called ``name``; raises KeyError that lists the known names."""
        try:
            return self._things[name]
        except KeyError:
            raise KeyError(f"no {self.noun} {name!r}; known: {', '.join(self._things)}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._things

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._things))

    def items(self) -> tuple[tuple[str, T], ...]:
        return tuple(self._things.items())

    def __len__(self) -> int:
        return len(self._things)
