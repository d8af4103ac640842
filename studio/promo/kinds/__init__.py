"""The kinds of promotion, one file each: settings, worst-case cost, wire key; all registered in ``KINDS``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar, Protocol

from studio.core.errors import UserError
from studio.core.money import Money
from studio.core.registry import Registry


class Kind(Protocol):
    """Frozen settings of one promotion; raises UserError when they break a limit."""

    kind: ClassVar[str]
    name: str

    def worst_case(self) -> Money:
        """The most it can cost."""
        ...

    def owed(self, claimed: int, cost: Money) -> Money:
        """The most it can still have cost once nobody can claim any more."""
        ...

    @property
    def total(self) -> int:
        """How many pieces there are."""
        ...


KINDS: Registry[type[Any]] = Registry("promotion kind")


def from_settings(kind: str, settings: dict[str, Any]) -> Kind:
    """Build a promotion's settings from plain values; raises UserError that names what is wrong."""
    if kind not in KINDS:
        raise UserError("error.promo.unknown_kind", kind=kind)
    try:
        built: Kind = KINDS.get(kind)(**settings)
    except TypeError as error:
        raise UserError("error.promo.bad_settings", reason=error) from error
    return built


def to_settings(kind: Kind) -> dict[str, Any]:
    """The plain values of a promotion's settings."""
    return asdict(kind)  # type: ignore[call-overload, no-any-return]


def whole(name: str, value: object, low: int, high: int) -> None:
    """Check a whole number between two limits, both included."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise UserError("error.promo.out_of_range", field=name, low=low, high=high, value=value)


def named(value: object) -> None:
    """Check the name viewers see: 1 to 10 characters (淘礼金's limit, notes: platforms 1.7)."""
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= 10:
        raise UserError("error.promo.bad_name", value=value)


from studio.promo.kinds import coupon, red_envelope  # noqa: E402, F401 - they register themselves
