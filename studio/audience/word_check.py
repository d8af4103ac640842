"""Word check (违禁词): finds words of the advertising law in titles, cards and scripts before they are on air.

The rules are in ``resources/words/ad_law.toml``: families of words, each with its article, its severity, and phrases in
which a word is fine.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from studio.core import paths
from studio.core.i18n import tr

SEVERITIES = ("forbidden", "evidence", "careful")
"""From what is never allowed to what depends on the goods."""

_TRADITIONAL = str.maketrans(
    "國級頂極絕無獨與倫萬領專軍業療藥處顯彈賺躺純證穩錢價繳點擊獲獎來換開釋權後單時間們銷歷產優質東體徹",
    "国级顶极绝无独与伦万领专军业疗药处显弹赚躺纯证稳钱价缴点击获奖来换开释权后单时间们销历产优质东体彻",
)
_JOINTS = frozenset(" \t\u3000-_·•*~～^|/\\'\"`’‘“”+")
"""Signs that people put between two characters of a word so that nobody finds it."""


@dataclass(frozen=True)
class Rule:
    """One word with its family, the article behind it, its severity and the phrases in which it is fine."""

    word: str
    family: str
    article: str
    severity: str
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """A word in a text: ``text[start:end]`` is how it is written there."""

    start: int
    end: int
    written: str
    word: str
    family: str
    article: str
    severity: str

    @property
    def advice(self) -> str:
        """What to do about it, in the language in use."""
        return tr(f"audience.word.{self.family}", word=self.written)


class WordCheck:
    """All rules as one expression; reads a text in one pass."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = {rule.word: rule for rule in rules}
        self._words = _any_of(self._rules)
        self._fine = _any_of(phrase for rule in self._rules.values() for phrase in rule.exceptions)

    def check(self, text: str) -> tuple[Finding, ...]:
        """Every word in order of its place; a word inside a longer one, or inside a phrase that makes it fine, is left out."""
        plain, places = _plain(text)
        fine = [(match.start(), match.start() + len(match[1]), match[1]) for match in self._fine.finditer(plain)]
        found: list[Finding] = []
        reached = 0
        for match in self._words.finditer(plain):
            word, start = match[1], match.start()
            end = start + len(word)
            if end <= reached or self._is_fine(self._rules[word], start, end, fine):
                continue
            reached = end
            found.append(self._finding(text, word, places[start], places[end - 1] + 1))
        return tuple(found)

    @staticmethod
    def _is_fine(rule: Rule, start: int, end: int, fine: list[tuple[int, int, str]]) -> bool:
        return any(first <= start and end <= last and phrase in rule.exceptions for first, last, phrase in fine)

    def _finding(self, text: str, word: str, start: int, end: int) -> Finding:
        rule = self._rules[word]
        return Finding(start, end, text[start:end], word, rule.family, rule.article, rule.severity)


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Finds the longest of some words at every place, also where they overlap."""
    longest_first = sorted(set(words), key=lambda word: (-len(word), word))
    return re.compile(f"(?=({'|'.join(map(re.escape, longest_first))}))" if longest_first else r"(?!)()")


def _plain(text: str) -> tuple[str, list[int]]:
    """The text as rules are written (NFKC, lower case, simplified, no joints between Chinese characters), and for each of
    its characters the place in ``text`` where it came from."""
    letters: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        if unicodedata.category(char) in ("Cc", "Cf", "Mn", "Me", "Cs", "So", "Sk") and char not in _JOINTS:
            continue
        for letter in unicodedata.normalize("NFKC", char).lower().translate(_TRADITIONAL):
            letters.append(letter)
            places.append(place)
    kept = [place for place in range(len(letters)) if not _is_joint(letters, place)]
    return "".join(letters[place] for place in kept), [places[place] for place in kept]


def _is_joint(letters: list[str], place: int) -> bool:
    """Whether this sign and its neighbours only part two Chinese characters."""
    if letters[place] not in _JOINTS:
        return False
    before, after = place, place
    while before >= 0 and letters[before] in _JOINTS and place - before < 8:
        before -= 1
    while after < len(letters) and letters[after] in _JOINTS and after - place < 8:
        after += 1
    return before >= 0 and after < len(letters) and _is_han(letters[before]) and _is_han(letters[after])


def _is_han(letter: str) -> bool:
    return "\u3400" <= letter <= "\u9fff"


def read_rules(raw: dict[str, Any]) -> tuple[Rule, ...]:
    """Rules from the word list; raises ValueError that names what is wrong with it."""
    rules: dict[str, Rule] = {}
    for family in raw["family"]:
        if family["severity"] not in SEVERITIES:
            raise ValueError(f"{family['id']}: unknown severity {family['severity']!r}")
        exceptions = family.get("except", {})
        if strangers := set(exceptions) - set(family["words"]):
            raise ValueError(f"{family['id']}: exceptions for no word of it: {sorted(strangers)}")
        for word in family["words"]:
            if word in rules or _plain(word)[0] != word:
                raise ValueError(f"{family['id']}: {word!r} stands twice, or is not as texts are compared")
            phrases = tuple(exceptions.get(word, ()))
            rules[word] = Rule(word, family["id"], family["article"], family["severity"], phrases)
    return tuple(rules.values())


@cache
def ad_law() -> WordCheck:
    """The check with the list that comes with the program."""
    with (paths.resources() / "words" / "ad_law.toml").open("rb") as file:
        return WordCheck(read_rules(tomllib.load(file)))


def check(text: str) -> tuple[Finding, ...]:
    """Every word of the advertising law in a title, a card or a script."""
    return ad_law().check(text)
