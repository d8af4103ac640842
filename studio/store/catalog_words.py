"""Finds the Chinese words of the catalogue behind typed Pinyin."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from studio.pool.pinyin import may_be_initials, ways_to_read
from studio.store.catalog_index import Clause, Either, Every

MOST_TERMS = 48

BY_SYLLABLES = f"SELECT term FROM spelling WHERE syllables = ? ORDER BY titles DESC LIMIT {MOST_TERMS}"
BY_BEGINNING = f"""SELECT term FROM spelling WHERE syllables >= ? AND syllables < ? AND length(term) = ?
    ORDER BY titles DESC LIMIT {MOST_TERMS}"""
BY_INITIALS = f"SELECT term FROM spelling WHERE initials = ? ORDER BY titles DESC LIMIT {MOST_TERMS}"


def full_spelling(connection: Connection, word: str) -> Clause | None:
    """What a title must have to be spelled ``word``, the last syllable perhaps unfinished; None when none can."""
    ways = [_way(connection, syllables) for syllables in ways_to_read(word)]
    return _either([way for way in ways if way is not None])


def initials(connection: Connection, word: str) -> Clause | None:
    """What a title must have so that the first letters of a word in it are ``word``; None when none can."""
    if not may_be_initials(word):
        return None
    pairs = [word[start : start + 2] for start in range(len(word) - 1)]
    return _every([_terms(connection, BY_INITIALS, (pair,)) for pair in pairs])


def _way(connection: Connection, syllables: Sequence[str]) -> Clause | None:
    last = " ".join(syllables[-2:])
    pairs = zip(syllables[:-2], syllables[1:-1], strict=True)
    groups = [_terms(connection, BY_SYLLABLES, (f"{one} {other}",)) for one, other in pairs]
    groups.append(_terms(connection, BY_BEGINNING, (last, last + "\uffff", min(2, len(syllables)))))
    return _every(groups)


def _terms(connection: Connection, statement: str, parameters: tuple[object, ...]) -> Clause | None:
    return _either([term for (term,) in connection.exec_driver_sql(statement, parameters)])


def _every(groups: Sequence[Clause | None]) -> Clause | None:
    found = [group for group in groups if group is not None]
    return Every(tuple(found)) if found and len(found) == len(groups) else None


def _either(parts: Sequence[Clause]) -> Clause | None:
    return Either(tuple(parts)) if parts else None
