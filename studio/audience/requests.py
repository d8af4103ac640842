"""Counted requests (大家想要): what a comment asks for, so that the same wish in other words is counted together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from studio.audience import phrases
from studio.audience.texts import normalise
from studio.core.i18n import tr

MOST_KEYS = 4
"""A comment that asks for more than this at once is somebody holding down a key."""

TITLE_LENGTH = 14


@dataclass(frozen=True, order=True)
class RequestKey:
    """What is wanted: a kind and, for links, shades, votes and products, which one."""

    kind: str
    value: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}" if self.value else self.kind


@dataclass(frozen=True)
class Candidate:
    """A product that viewers may name in words (想看脐橙)."""

    product_id: str
    title: str


class Recogniser:
    """Finds requests in comments; knows the products that can be named."""

    def __init__(self, candidates: Iterable[Candidate] = ()) -> None:
        self._candidates = tuple((candidate, normalise(candidate.title)) for candidate in candidates)

    def recognise(self, text: str) -> tuple[RequestKey, ...]:
        """Everything a comment asks for, each once; empty for talk."""
        plain = normalise(text)
        if not plain:
            return ()
        vote = _vote(plain)
        if vote is not None:
            return (vote,)
        wanted = _numbers(plain) or [*self._product(plain)]
        questions = [key for key in _questions(plain) if not (wanted and key.kind == "how_to_buy")]
        return tuple(dict.fromkeys((*wanted, *questions)))[:MOST_KEYS]

    def title(self, key: RequestKey) -> str:
        """The title of a wanted product, cut short; empty when it is no longer a candidate."""
        for candidate, _ in self._candidates:
            if candidate.product_id == key.value:
                title = candidate.title
                return title if len(title) <= TITLE_LENGTH else title[: TITLE_LENGTH - 1] + "…"
        return ""

    def _product(self, plain: str) -> Iterable[RequestKey]:
        if phrases.REFUSED.search(plain) or phrases.BOUGHT.search(plain):
            return
        match = phrases.WANTED.search(plain)
        what = next((part for part in match.groups() if part), "") if match else ""
        best, longest = None, 1
        for candidate, title in self._candidates:
            shared = _longest_shared(what, title)
            if shared > longest:
                best, longest = candidate, shared
        if best is not None and longest * 2 >= len(what):
            yield RequestKey("product", best.product_id)


def text_of(key: RequestKey, title: str = "") -> str:
    """The request in the language in use, for people to read."""
    return tr(f"audience.request.{key.kind}", value=key.value, title=title or key.value)


def _vote(plain: str) -> RequestKey | None:
    match = phrases.VOTE.match(plain)
    if match is None:
        return None
    digits = next(group for group in match.groups() if group)
    value = digits[0] if len(set(digits)) == 1 else digits
    return RequestKey("vote", value) if value.isdecimal() and len(value) <= 3 else None


def _numbers(plain: str) -> list[RequestKey]:
    if phrases.REFUSED.search(plain) or phrases.BOUGHT.search(plain):
        return []
    shades = _values(phrases.SHADE.finditer(plain))
    if shades:
        return [RequestKey("shade", value) for value in shades]
    undated = phrases.DATE.sub(" ", plain)
    found = _values(phrases.NUMBERED.finditer(undated)) + _values(phrases.LINKED.finditer(undated))
    found = found or _values(phrases.WISHED.finditer(undated))
    return [RequestKey("number", value) for value in dict.fromkeys(found)]


def _values(matches: Iterable[re.Match[str]]) -> list[str]:
    values: list[str] = []
    for match in matches:
        numbers = next((group for group in match.groups() if group), "")
        values += [str(int(number)) for number in re.findall(r"[0-9]+", numbers) if int(number)]
    return values


def _questions(plain: str) -> list[RequestKey]:
    return [RequestKey(phrase.kind) for phrase in phrases.QUESTIONS if phrase.pattern.search(plain)]


def _longest_shared(what: str, title: str) -> int:
    """Length of the longest piece of ``what`` that stands in ``title``."""
    for length in range(len(what), 1, -1):
        if any(what[start : start + length] in title for start in range(len(what) - length + 1)):
            return length
    return 0


def candidates_of(products: Sequence[tuple[str, str]]) -> tuple[Candidate, ...]:
    """Candidates from (product id, title) pairs."""
    return tuple(Candidate(product_id, title) for product_id, title in products)
