"""Store: ``show.sqlite`` (rundowns, sessions, promotions, ledger, orders, as-run log) and the catalogue (``catalog``).

The only room with SQLAlchemy, Alembic and tantivy; may import the trade's rooms and ``core``. Rows become frozen
dataclasses by plain functions. A new table is a column set in ``tables``, a migration, and two functions.
"""
