"""Opens ``show.sqlite``: pragmas, transactions that hold for DDL too, migrations with a backup, newer files refused."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect
from sqlalchemy.exc import DatabaseError

from studio.core.errors import UserError

HEAD = "0002"
"""The newest revision in ``migrations``; a test compares the two."""


def open_engine(path: Path) -> Engine:
    """An engine on ``path`` (WAL, synchronous FULL); a transaction begins IMMEDIATE unless it only reads, and holds for DDL."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 2})

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=2000"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        is_read = connection.get_execution_options().get("is_read")
        connection.exec_driver_sql("BEGIN" if is_read else "BEGIN IMMEDIATE")

    return engine


def migrate(path: Path, engine: Engine) -> None:
    """Bring the file to this program's schema, after a backup; raises UserError for a newer or unreadable file."""
    current = _revision(path, engine)
    if current == HEAD:
        return
    from alembic import command  # late: a tenth of a second that most starts do not need
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(Path(__file__).parent / "migrations"))
    if current is not None:
        if current not in {script.revision for script in scripts.walk_revisions()}:
            raise UserError("error.store.newer", path=path)
        _back_up(path, current)
    config = Config()
    config.set_main_option("script_location", str(scripts.dir).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revision(path: Path, engine: Engine) -> str | None:
    """The schema's revision that the file carries; None for a new file."""
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())
    except DatabaseError as error:
        raise UserError("error.store.unreadable", path=path, reason=error.orig) from error


def _back_up(path: Path, revision: str) -> None:
    copy = path.with_name(f"{path.stem}.before-{revision}.sqlite")
    source, target = sqlite3.connect(path), sqlite3.connect(copy)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
    shutil.copymode(path, copy)
