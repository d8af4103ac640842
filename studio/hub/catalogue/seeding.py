"""Writes a catalogue into the hub's pool, in batches."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, delete

from studio.hub.catalogue.products import batches, product_id
from studio.hub.database import Database, read_meta, write_meta
from studio.hub.folder import DATABASE_NAME, hold
from studio.hub.shelf import pool_version
from studio.hub.tables import products, tombstones

INSERT = (
    "INSERT INTO products (n, id, title, shop, category, price_fen, list_price_fen, commission_bp, sales, stock, "
    "return_rate_bp, selling_points, guarantees, skus, description, version) "
    "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,'',? + ?)"
)
BURIED = (
    "INSERT INTO tombstones (id, version) SELECT id, ? + row_number() OVER (ORDER BY n) FROM products "
    "WHERE n > ? OR id <> printf('p%08d', n)"
)


def seed_pool(folder: Path, count: int, seed: int) -> int:
    """Make the pool hold exactly the catalogue of ``seed`` and ``count``; returns how many products were written (0: they
    were there already). One transaction: the old pool or the new one. Raises UserError while the hub is served."""
    with hold(folder):
        database = Database(folder / DATABASE_NAME)
        try:
            with database.writing() as connection:
                return _write(connection, count, seed)
        finally:
            database.close()


def _write(connection: Connection, count: int, seed: int) -> int:
    wanted = f"{seed}:{count}"
    version = pool_version(connection)
    if read_meta(connection, "catalogue") == f"{wanted}@{version}":
        return 0
    if version:  # who synced the old pool must hear what is gone and what is new
        connection.execute(delete(tombstones).where(tombstones.c.id.between(product_id(1), product_id(count))))
        version += connection.exec_driver_sql(BURIED, (version, count)).rowcount
        connection.execute(delete(products))
    written = 0
    for rows in batches(count, seed):
        connection.exec_driver_sql(INSERT, [(*row, version, row[0]) for row in rows])
        written += len(rows)
    version += count
    write_meta(connection, "pool_version", str(version))
    write_meta(connection, "catalogue", f"{wanted}@{version}")
    return written
