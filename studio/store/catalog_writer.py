"""Writes to the catalogue: rows in pages, each page one transaction, the search index right behind it."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from studio.pool.sync import IMPORTED, replaces
from studio.store.catalog_feed import IndexFeed
from studio.store.catalog_rows import (
    CATEGORY,
    COLUMNS,
    COMMISSION,
    FIELDS,
    ID,
    PRICE,
    SALES,
    STOCK,
    TITLE,
    VERSION,
    Row,
    read_meta,
    write_meta,
)

INSERT = f"INSERT INTO product VALUES ({', '.join('?' * (len(COLUMNS) + 1))})"
UPDATE = f"UPDATE product SET {', '.join(f'{name} = ?' for name in COLUMNS)} WHERE no = ?"
BY_IDS = f"SELECT no, {FIELDS} FROM product WHERE id IN (SELECT value FROM json_each(?))"
INDEXED = (TITLE, CATEGORY, PRICE, COMMISSION, SALES, STOCK)


@dataclass(frozen=True)
class Written:
    """What a page of rows did: ``kept`` rows were there already, the same or newer."""

    added: int
    changed: int
    kept: int


class CatalogWriter:
    """The one writer; obtained from ``Catalog.writer()``, used by one thread, committed page by page."""

    def __init__(self, engine: Engine, feed: IndexFeed | None) -> None:
        self._connection: Connection = engine.connect()
        self._feed = feed
        self._is_open = False
        self._count = self._next_no = self._seq = 0
        self._touched: dict[int, Row | None] = {}
        self._known: set[int] = set()
        self._retitled: set[int] = set()

    def upsert_rows(self, rows: Sequence[Row], *, is_listing: bool = False) -> Written:
        """Put rows (in the order of ``catalog_rows.COLUMNS``) where they are newer than what is there; the rows of a
        platform's listing are what is true now, and are remembered as listed."""
        self._begin()
        newest: dict[str, Row] = {}
        for row in rows:
            if row[ID] not in newest or replaces(row[VERSION], newest[row[ID]][VERSION]):
                newest[row[ID]] = row
        there = {old[1]: old for old in self._by_ids(newest)}
        inserts, updates, listed = [], [], []
        for name, row in newest.items():
            old = there.get(name)
            if old is None:
                no = self._next_no
                self._next_no += 1
                inserts.append((no, *row))
                self._touch(no, row, None)
            else:
                no = old[0]
                if tuple(old[1:]) != row and (is_listing or replaces(row[VERSION], old[1 + VERSION])):
                    updates.append((*row, no))
                    self._touch(no, row, old[1:])
            listed.append((no,))
        self._many(INSERT, inserts)
        self._many(UPDATE, updates)
        if is_listing:
            self._many("INSERT OR IGNORE INTO listed VALUES (?)", listed)
        self._count += len(inserts)
        return Written(len(inserts), len(updates), len(rows) - len(inserts) - len(updates))

    def delete(self, ids: Iterable[str]) -> int:
        """Take products out; returns how many were there."""
        self._begin()
        return self._delete([old[0] for old in self._by_ids(ids)])

    def delete_older(self, tombstones: Iterable[tuple[str, int]]) -> int:
        """Take out the products that are not newer than their tombstone; a row of a file stays."""
        self._begin()
        died = dict(tombstones)
        old_rows = self._by_ids(died)
        return self._delete([old[0] for old in old_rows if IMPORTED < old[1 + VERSION] <= died[old[1]]])

    def keep_listed(self, ids: Iterable[str]) -> None:
        """Remember products as listed though their rows could not be read."""
        self._begin()
        self._many("INSERT OR IGNORE INTO listed VALUES (?)", [(old[0],) for old in self._by_ids(ids)])

    def begin_listing(self) -> None:
        """Forget what was listed before."""
        self._begin()
        self._connection.exec_driver_sql("DELETE FROM listed")

    def end_listing(self) -> int:
        """Take out every platform's product that was not listed; returns how many."""
        self._begin()
        gone = self._connection.exec_driver_sql(
            "SELECT no FROM product WHERE version > ? AND no NOT IN (SELECT no FROM listed)", (IMPORTED,)
        )
        deleted = self._delete([no for (no,) in gone])
        self._connection.exec_driver_sql("DELETE FROM listed")
        return deleted

    def set_watermark(self, version: int) -> None:
        """Remember up to which version of the platform's feed the rows are."""
        self.set_meta("watermark", version)

    def set_meta(self, name: str, value: object) -> None:
        """Remember a small value in the same transaction as the rows."""
        self._begin()
        write_meta(self._connection, name, value)

    def commit(self) -> None:
        """Make the page durable (rows first, index behind it)."""
        if not self._is_open:
            return
        if self._touched:
            self._seq += 1
            self._log_batch()
        for name, value in (("count", self._count), ("next_no", self._next_no), ("seq", self._seq)):
            write_meta(self._connection, name, value)
        self._connection.exec_driver_sql("COMMIT")
        self._is_open = False
        if self._touched and self._feed is not None:
            self._feed.take(self._seq, self._touched, self._known, self._retitled)
        self._forget()

    def close(self) -> None:
        """Undo what was not committed, bring the index up to the rest."""
        try:
            if self._is_open:
                self._roll_back()
            if self._feed is not None:
                self._feed.finish(self._connection)
        finally:
            self._connection.close()

    def _roll_back(self) -> None:
        driver = self._connection.connection.driver_connection
        if driver is not None and driver.in_transaction:  # a full disk makes SQLite roll back by itself
            self._connection.exec_driver_sql("ROLLBACK")
        self._is_open = False
        self._forget()

    def _begin(self) -> None:
        if self._is_open:
            return
        self._connection.exec_driver_sql("BEGIN IMMEDIATE")
        self._is_open = True
        self._count, self._next_no, self._seq = (
            int(read_meta(self._connection, name, "0")) for name in ("count", "next_no", "seq")
        )

    def _log_batch(self) -> None:
        """Leave the page's numbers for an index that is behind; without an index nothing is kept, and a later one is built
        anew."""
        if self._feed is None:
            write_meta(self._connection, "trimmed", self._seq)
        else:
            numbers = array("q", self._touched).tobytes()
            self._connection.exec_driver_sql("INSERT INTO batch VALUES (?, ?)", (self._seq, numbers))

    def _forget(self) -> None:
        self._touched, self._known, self._retitled = {}, set(), set()

    def _by_ids(self, ids: Iterable[str]) -> list[Row]:
        packed = json.dumps(list(ids))
        return [tuple(row) for row in self._connection.exec_driver_sql(BY_IDS, (packed,))]

    def _many(self, statement: str, rows: list[Row]) -> None:
        if rows:
            self._connection.exec_driver_sql(statement, rows)

    def _touch(self, no: int, row: Row, old: Row | None) -> None:
        if old is None or old[TITLE] != row[TITLE]:
            self._retitled.add(no)
        elif all(old[field] == row[field] for field in INDEXED):
            return
        if old is not None:
            self._known.add(no)
        self._touched[no] = row

    def _delete(self, numbers: list[int]) -> int:
        self._many("DELETE FROM product WHERE no = ?", [(no,) for no in numbers])
        for no in numbers:
            self._touched[no] = None
            self._known.add(no)
        self._count -= len(numbers)
        return len(numbers)
