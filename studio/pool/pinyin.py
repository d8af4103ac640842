"""Pinyin of Chinese words, and the ways to read typed letters as Pinyin (脐橙: qicheng, qc)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

MOST_WAYS = 6
LONGEST_WORD = 40
LONGEST_INITIALS = 8

_HAN_ONLY = re.compile(r"[\u4e00-\u9fff]{1,2}")
_LETTERS = re.compile(r"[a-z]+")
_VOWELS = frozenset("aeiouv")


def is_spellable(term: str) -> bool:
    """Whether ``term`` is one or two Chinese characters."""
    return _HAN_ONLY.fullmatch(term) is not None


def spell(term: str) -> tuple[str, str]:
    """The syllables of a Chinese word joined by spaces, and their initials: ("qi cheng", "qc")."""
    characters, phrases = _dictionaries()
    known = phrases.get(term)
    if known is None:
        parts = [_plain(characters.get(ord(one), one)) for one in term]
    else:
        parts = [_plain(readings[0]) for readings in known]
    return " ".join(parts), "".join(part[0] for part in parts)


@cache
def _dictionaries() -> tuple[dict[int, str], dict[str, list[list[str]]]]:
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT  # late: they take a while to read

    return PINYIN_DICT, PHRASES_DICT


@cache
def _plain(readings: str) -> str:
    """The first, most usual, of some readings, without its tone; ü is typed as v."""
    marked = unicodedata.normalize("NFD", readings.partition(",")[0]).replace("u\u0308", "v")
    return "".join(character for character in marked if not unicodedata.combining(character)) or "-"


@cache
def syllables() -> frozenset[str]:
    """Every syllable that a character can have, without its tone."""
    characters, _phrases = _dictionaries()
    plain = {_plain(one) for readings in characters.values() for one in readings.split(",")}
    return frozenset(one for one in plain if _LETTERS.fullmatch(one) and not _VOWELS.isdisjoint(one))


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(one[:length] for one in syllables() for length in range(1, len(one) + 1))


def ways_to_read(word: str) -> list[tuple[str, ...]]:
    """The ways to cut typed letters into syllables, fewest syllables first; only when no way comes out even, the last may
    be the beginning of a syllable."""
    if not _LETTERS.fullmatch(word) or len(word) > LONGEST_WORD:
        return []
    whole: list[tuple[str, ...]] = []
    begun: list[tuple[str, ...]] = []
    level: list[tuple[tuple[str, ...], str]] = [((), word)]
    while level and len(whole) < MOST_WAYS:
        whole += [(*done, rest) for done, rest in level if rest in syllables()]
        begun += [(*done, rest) for done, rest in level if done and rest in _beginnings()]
        level = [
            ((*done, rest[:length]), rest[length:])
            for done, rest in level
            for length in range(min(6, len(rest) - 1), 0, -1)
            if rest[:length] in syllables()
        ][:200]
    return (whole or begun)[:MOST_WAYS]


def may_be_initials(word: str) -> bool:
    """Whether typed letters may be the first letters of a Chinese word."""
    return _LETTERS.fullmatch(word) is not None and 2 <= len(word) <= LONGEST_INITIALS
