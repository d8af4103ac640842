"""The hub's SQLite file: readers beside one writer at a time."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, select
from sqlalchemy.dialects.sqlite import insert

from studio.core.errors import UserError
from studio.hub import tables


class Database:
    """One file in WAL mode; every write is one BEGIN IMMEDIATE transaction that is on disk when it returns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600, exist_ok=True)
        _refuse_newer(path)
        self._engine = create_engine(f"sqlite:///{path}", pool_size=8, max_overflow=64)
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin)
        self._writer = self._engine.execution_options(hub_begin="BEGIN IMMEDIATE")
        self._write_lock = threading.Lock()
        self._make_tables()

    def _make_tables(self) -> None:
        with self.writing() as connection:
            tables.metadata.create_all(connection)
            connection.exec_driver_sql(f"PRAGMA user_version = {tables.SCHEMA_VERSION}")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A snapshot of the file that no writer blocks."""
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The only writer: committed when the block ends well, undone when it raises."""
        with self._write_lock, self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection; the file can then be moved."""
        self._engine.dispose()


def _refuse_newer(path: Path) -> None:
    """Look before anything is changed: even the journal mode would change the file."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if found > tables.SCHEMA_VERSION:
        raise UserError("hub.newer_file", path=path, found=found, known=tables.SCHEMA_VERSION)


def read_meta(connection: Connection, name: str) -> str | None:
    """A value kept about the file itself."""
    row = connection.execute(select(tables.meta.c.value).where(tables.meta.c.name == name)).one_or_none()
    return None if row is None else str(row[0])


def write_meta(connection: Connection, name: str, value: str) -> None:
    """Keep a value about the file itself."""
    statement = insert(tables.meta).values(name=name, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy sends BEGIN itself, so that DDL is rolled back too
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=5000",
        "cache_size=-16000",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("hub_begin", "BEGIN"))
