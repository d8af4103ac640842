"""Opens ``show.sqlite``: pragmas, transactions that hold for DDL too, migrations with a backup, newer files refused."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DatabaseError

from studio.core.errors import UserError


def open_engine(path: Path) -> Engine:
    """An engine on ``path`` (WAL, synchronous FULL); every transaction begins IMMEDIATE and holds for DDL."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 10})

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def migrate(path: Path, engine: Engine) -> None:
    """Bring the file to this program's schema, after a backup; raises UserError for a newer or unreadable file."""
    scripts = ScriptDirectory(str(Path(__file__).parent / "migrations"))
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    except DatabaseError as error:
        raise UserError("error.store.unreadable", path=path, reason=error.orig) from error
    head = scripts.get_current_head()
    if current == head:
        return
    if current is not None:
        if current not in {script.revision for script in scripts.walk_revisions()}:
            raise UserError("error.store.newer", path=path)
        _back_up(path, current)
    config = Config()
    config.set_main_option("script_location", str(scripts.dir))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _back_up(path: Path, revision: str) -> None:
    copy = path.with_name(f"{path.stem}.before-{revision}.sqlite")
    source, target = sqlite3.connect(path), sqlite3.connect(copy)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
    shutil.copymode(path, copy)
