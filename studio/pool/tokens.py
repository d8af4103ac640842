"""How titles and queries are cut into tokens: every character and every pair of neighbours, no word list.

A run of Chinese (or kana, Hangul) gives its characters and its pairs; a run of letters gives its prefixes, so that a word
is found while it is being typed; a run of digits is one token. A lone letter beside Chinese belongs to it (T恤, 维C), a
lone digit to what follows (5斤).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from operator import add

LONGEST_PREFIX = 16
LONGEST_QUERY = 200

_HAN = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = rf"[^\W_{_HAN}]"
_LETTER = rf"[^\W\d_{_HAN}]"
_CHINESE = rf"(?:(?<!{_WORD}){_LETTER}(?=[{_HAN}]))?[{_HAN}]+(?:{_LETTER}(?!{_WORD}))?"
_RUN = re.compile(rf"(?:(?<!{_WORD})\d(?=[{_HAN}]))?(?:{_CHINESE})+|{_WORD}+")
_PART = re.compile(r"\d+|\D+")
_IS_HAN = re.compile(rf"[{_HAN}]")


def normalise(text: str) -> str:
    """Full-width to half-width, compatibility forms to plain ones, lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def runs(text: str) -> list[str]:
    """The runs of ``text`` after ``normalise``: Chinese with what belongs to it, or one Latin word or number."""
    return _RUN.findall(normalise(text))


def index_tokens(title: str) -> list[str]:
    """All tokens of a title, with repeats: what the index holds of it."""
    tokens: list[str] = []
    for run in runs(title):
        if _IS_HAN.search(run):
            tokens += run
            tokens += map(add, run, run[1:])
        else:
            tokens += _word_tokens(run)
    return tokens


@lru_cache(maxsize=20_000)
def _word_tokens(run: str) -> tuple[str, ...]:
    parts = _PART.findall(run)
    tokens: list[str] = []
    for part in parts:
        if part.isdigit():
            tokens.append(part[:LONGEST_PREFIX])
        else:
            tokens += (part[:length] for length in range(1, min(len(part), LONGEST_PREFIX) + 1))
    tokens += (_joined(one, other) for one, other in zip(parts, parts[1:], strict=False))
    return tuple(tokens)


def query_tokens(text: str) -> list[str]:
    """The tokens that a title must all have to be found strictly: pairs of Chinese (a lone character alone), words,
    numbers; without repeats."""
    tokens: list[str] = []
    for run in runs(text[:LONGEST_QUERY]):
        if not _IS_HAN.search(run):
            tokens += _required(_PART.findall(run))
        elif len(run) == 1:
            tokens.append(run)
        else:
            tokens += map(add, run, run[1:])
    return list(dict.fromkeys(tokens))


def _required(parts: list[str]) -> list[str]:
    """A letter or digit alone says little (A4, 5g): it is asked for together with its neighbour."""
    tokens: list[str] = []
    for index, part in enumerate(parts):
        neighbours = [_joined(one, other) for one, other in _pairs_at(parts, index)] if len(part) == 1 else []
        tokens += neighbours or [part[:LONGEST_PREFIX]]
    return tokens


def _pairs_at(parts: list[str], index: int) -> list[tuple[str, str]]:
    pairs = []
    if index > 0:
        pairs.append((parts[index - 1], parts[index]))
    if index + 1 < len(parts):
        pairs.append((parts[index], parts[index + 1]))
    return pairs


def _joined(one: str, other: str) -> str:
    return (one + other)[: 2 * LONGEST_PREFIX]
