"""The show's file: single small transactions on the main thread, plain reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, func, insert, select, text, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import OperationalError

from studio.core.by import By
from studio.core.errors import UserError
from studio.core.goods import Product
from studio.promo.promotion import OPEN_QUESTIONS, Promotion
from studio.show.rundown import Rundown
from studio.show.session import LiveSession, SessionState
from studio.store import rows, tables
from studio.store.as_run import AsRunRow, origin
from studio.store.database import migrate, open_engine

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One file of a show's recording, by its name; a new part begins after every interruption. ``seconds`` is known
    once the file was closed."""

    part: int
    path: str
    started_ms: int
    bytes: int | None = None
    seconds: float | None = None


class Transaction:
    """What can be written together; the caller's block commits or leaves nothing."""

    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute

    def rundown(self, rundown: Rundown, before: Rundown | None = None) -> None:
        """Save a rundown; with ``before`` only the items that changed are written."""
        head = {
            "id": rundown.id,
            "title": rundown.title,
            "version": rundown.version,
            "standby_id": rundown.standby_id,
            "on_air": rows.on_air_json(rundown.on_air),
        }
        self._replace(tables.rundowns, ["id"], [head])
        known = {item.id: (place, item) for place, item in enumerate(before.items)} if before else {}
        changed = [
            rows.item_row(rundown.id, place, item)
            for place, item in enumerate(rundown.items)
            if known.get(item.id) != (place, item)
        ]
        gone = known.keys() - {item.id for item in rundown.items}
        if before is None:
            self._run(delete(tables.items).where(tables.items.c.rundown_id == rundown.id))
        elif gone:
            self._run(delete(tables.items).where(tables.items.c.id.in_(gone)))
        self._replace(tables.items, ["id"], changed)

    def session(self, session: LiveSession) -> None:
        self._replace(tables.sessions, ["id"], [rows.session_row(session)])

    def promotion(self, promotion: Promotion) -> None:
        self._replace(tables.promotions, ["id"], [rows.promotion_row(promotion)])

    def remove_promotion(self, promotion_id: str) -> None:
        self._run(delete(tables.promotions).where(tables.promotions.c.id == promotion_id))

    def ledger(self, promotion: Promotion, at_ms: int, what: str, **detail: object) -> None:
        """Append to the promotion ledger (append-only)."""
        entry = {"promotion_id": promotion.id, "key": promotion.key, "at_ms": at_ms, "what": what}
        self._run(insert(tables.ledger), entry | {"detail": rows.to_json(detail)})

    def as_run(self, session_id: str, at_ms: int, verb: str, by: By, payload: dict[str, Any]) -> AsRunRow:
        """Append to the as-run log (append-only, hash-chained)."""
        table = tables.as_run
        last = self._run(
            select(table.c.seq, table.c.hash)
            .where(table.c.session_id == session_id)
            .order_by(table.c.seq.desc())
            .limit(1)
        ).first()
        row = AsRunRow(
            session_id=session_id,
            seq=last.seq + 1 if last else 1,
            at_ms=at_ms,
            verb=verb,
            by=rows.to_json({"role": by.role.value, "name": by.name, "device_id": by.device_id}),
            payload=rows.to_json(payload),
            prev_hash=last.hash if last else origin(session_id),
        ).sealed()
        self._run(insert(table), vars(row))
        return row

    def press(self, press_id: str, verb: str, at_ms: int) -> None:
        """Use up a press id; a second use fails the transaction."""
        self._run(insert(tables.presses), {"press_id": press_id, "verb": verb, "at_ms": at_ms})

    def orders(self, orders: list[dict[str, Any]]) -> None:
        """Save orders, newer versions over older ones."""
        for row in orders:
            wish = upsert(tables.orders).values(row)
            newer = wish.excluded.version > tables.orders.c.version
            self._run(wish.on_conflict_do_update(index_elements=["order_id"], set_=row, where=newer))

    def comments(self, comments: list[dict[str, Any]]) -> None:
        if comments:
            self._run(upsert(tables.comments).on_conflict_do_nothing(), comments)

    def recording(self, session_id: str, recording: Recording) -> None:
        self._run(insert(tables.recordings), {"session_id": session_id} | vars(recording))

    def recording_ended(self, session_id: str, name: str, size: int, seconds: float) -> None:
        table = tables.recordings
        ended = update(table).where(table.c.session_id == session_id, table.c.path == name)
        self._run(ended.values(bytes=size, seconds=seconds))

    def remove_recording(self, session_id: str, name: str) -> None:
        """Forget a file that got no picture."""
        table = tables.recordings
        self._run(delete(table).where(table.c.session_id == session_id, table.c.path == name))

    def mark(self, row: dict[str, Any]) -> None:
        self._run(insert(tables.marks), row)

    def health(self, session_id: str, at_ms: int, sample: dict[str, Any]) -> None:
        self._run(insert(tables.health), {"session_id": session_id, "at_ms": at_ms, "sample": rows.to_json(sample)})

    def setup(self, name: str, values: dict[str, Any]) -> None:
        """Save how a part of the studio is set up (布置), whole."""
        self._replace(tables.setup, ["name"], [{"name": name, "value": rows.to_json(values)}])

    def clip(self, row: dict[str, Any]) -> None:
        """Note a clip that was cut, in place of the same clip cut before; its columns are those of the table."""
        table = tables.clips
        same = [table.c[name] == row[name] for name in ("session_id", "kind", "part")]
        if row["kind"] == "item":
            same.append(table.c.item_id == row["item_id"])
        self._run(delete(table).where(*same))
        self._run(insert(table), row)

    def shortlist(self, product: Product, at_ms: int) -> None:
        row = {"product_id": product.id, "product": rows.product_json(product), "added_ms": at_ms}
        self._replace(tables.shortlist, ["product_id"], [row])

    def witness(self, row: AsRunRow) -> None:
        """Note a chain head that has to be sent to the platform."""
        self._run(
            upsert(tables.witnesses)
            .values(session_id=row.session_id, seq=row.seq, head=row.hash)
            .on_conflict_do_nothing()
        )

    def witness_sent(self, session_id: str, seq: int, at_ms: int) -> None:
        table = tables.witnesses
        self._run(update(table).where(table.c.session_id == session_id, table.c.seq == seq).values(sent_ms=at_ms))

    def _replace(self, table: Any, key: list[str], values: list[dict[str, Any]]) -> None:
        if not values:
            return
        wish = upsert(table)
        fields = {column.name: wish.excluded[column.name] for column in table.c if column.name not in key}
        self._run(wish.on_conflict_do_update(index_elements=key, set_=fields), values)


class ShowStore:
    """``show.sqlite``: raises UserError for a file that is newer, broken or on a full disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = open_engine(path)
        self._reader = self._engine.execution_options(is_read=True)
        try:
            migrate(path, self._engine)
        except BaseException:
            self._engine.dispose()
            raise
        path.chmod(0o600)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One transaction: all of the block is durable after it, or nothing of it is."""
        try:
            with self._engine.begin() as connection:
                yield Transaction(connection)
        except OperationalError as error:
            raise UserError("error.store.cannot_write", path=self.path, reason=error.orig) from error

    def rundown(self, rundown_id: str) -> Rundown | None:
        head = self._one(select(tables.rundowns).where(tables.rundowns.c.id == rundown_id))
        if head is None:
            return None
        table = tables.items
        items = self._all(select(table).where(table.c.rundown_id == rundown_id).order_by(table.c.position))
        return Rundown(
            id=head.id,
            title=head.title,
            items=tuple(rows.item_from(row) for row in items),
            on_air=rows.on_air_from(head.on_air),
            standby_id=head.standby_id,
            version=head.version,
        )

    def session(self, session_id: str) -> LiveSession | None:
        row = self._one(select(tables.sessions).where(tables.sessions.c.id == session_id))
        return None if row is None else rows.session_from(row)

    def last_session(self) -> LiveSession | None:
        """The newest session, whatever its state and whatever the clock said."""
        row = self._one(select(tables.sessions).order_by(text("rowid DESC")).limit(1))
        return None if row is None else rows.session_from(row)

    def last_ended_session(self) -> LiveSession | None:
        """The newest session that was ended."""
        table = tables.sessions
        ended = select(table).where(table.c.state == SessionState.ENDED.value).order_by(text("rowid DESC"))
        row = self._one(ended.limit(1))
        return None if row is None else rows.session_from(row)

    def unfinished_session(self) -> LiveSession | None:
        """The newest session that was never ended."""
        table = tables.sessions
        unfinished = select(table).where(table.c.state != SessionState.ENDED.value).order_by(text("rowid DESC"))
        row = self._one(unfinished.limit(1))
        return None if row is None else rows.session_from(row)

    def promotions(self, session_id: str) -> tuple[Promotion, ...]:
        table = tables.promotions
        found = self._all(select(table).where(table.c.session_id == session_id).order_by(table.c.id))
        return tuple(rows.promotion_from(row) for row in found)

    def open_promotions(self) -> tuple[Promotion, ...]:
        """The promotions of any session that were asked for and have no outcome."""
        table = tables.promotions
        open_states = [state.value for state in OPEN_QUESTIONS]
        found = self._all(select(table).where(table.c.state.in_(open_states)).order_by(table.c.id))
        return tuple(rows.promotion_from(row) for row in found)

    def as_run(self, session_id: str) -> tuple[AsRunRow, ...]:
        table = tables.as_run
        found = self._all(select(table).where(table.c.session_id == session_id).order_by(table.c.seq))
        return tuple(AsRunRow(**row._mapping) for row in found)

    def last_as_run(self, session_id: str, most: int) -> tuple[AsRunRow, ...]:
        """The newest rows of the log, oldest first."""
        table = tables.as_run
        wish = select(table).where(table.c.session_id == session_id).order_by(table.c.seq.desc()).limit(most)
        return tuple(AsRunRow(**row._mapping) for row in reversed(self._all(wish)))

    def was_pressed(self, press_id: str) -> bool:
        return self._one(select(tables.presses.c.verb).where(tables.presses.c.press_id == press_id)) is not None

    def orders(self, session_id: str) -> list[dict[str, Any]]:
        table = tables.orders
        found = self._all(select(table).where(table.c.session_id == session_id).order_by(table.c.created_at_ms))
        return [dict(row._mapping) for row in found]

    def sales(self, session_id: str) -> tuple[int, int]:
        """How many orders were paid, and their sum in fen (成交额), void ones left out."""
        table = tables.orders
        paid = table.c.status.in_(("paid", "received", "settled"))
        row = self._one(
            select(func.count(), func.coalesce(func.sum(table.c.paid_fen), 0)).where(
                table.c.session_id == session_id, paid
            )
        )
        return (row[0], row[1]) if row else (0, 0)

    def comments(self, session_id: str) -> list[dict[str, Any]]:
        table = tables.comments
        found = self._all(select(table).where(table.c.session_id == session_id).order_by(table.c.at_ms))
        return [dict(row._mapping) for row in found]

    def recordings(self, session_id: str) -> tuple[Recording, ...]:
        table = tables.recordings
        found = self._all(select(table).where(table.c.session_id == session_id).order_by(table.c.part))
        return tuple(
            Recording(**{name: value for name, value in row._mapping.items() if name != "session_id"}) for row in found
        )

    def marks(self, session_id: str) -> list[dict[str, Any]]:
        table = tables.marks
        found = self._all(select(table).where(table.c.session_id == session_id).order_by(table.c.id))
        return [dict(row._mapping) for row in found]

    def health(self, session_id: str) -> list[dict[str, Any]]:
        table = tables.health
        found = self._all(select(table).where(table.c.session_id == session_id).order_by(table.c.at_ms))
        return [{"at_ms": row.at_ms} | json.loads(row.sample) for row in found]

    def setup(self) -> dict[str, dict[str, Any]]:
        """How each part of the studio was set up, by name."""
        return {row.name: json.loads(row.value) for row in self._all(select(tables.setup))}

    def clips(self, session_id: str) -> list[dict[str, Any]]:
        table = tables.clips
        found = self._all(select(table).where(table.c.session_id == session_id).order_by(table.c.id))
        return [dict(row._mapping) for row in found]

    def shortlist(self) -> tuple[Product, ...]:
        found = self._all(select(tables.shortlist).order_by(tables.shortlist.c.added_ms))
        return tuple(rows.product_from(row.product) for row in found)

    def ledger(self, session_id: str) -> list[dict[str, Any]]:
        """All ledger rows of a session's promotions, in the order they were written."""
        wish = (
            select(tables.ledger)
            .join(tables.promotions, tables.promotions.c.id == tables.ledger.c.promotion_id)
            .where(tables.promotions.c.session_id == session_id)
            .order_by(tables.ledger.c.seq)
        )
        return [dict(row._mapping) for row in self._all(wish)]

    def witnesses(self, session_id: str) -> list[dict[str, Any]]:
        table = tables.witnesses
        found = self._all(select(table).where(table.c.session_id == session_id).order_by(table.c.seq))
        return [dict(row._mapping) for row in found]

    def _all(self, wish: Any) -> list[Any]:
        return self._read(lambda connection: list(connection.execute(wish).all()))

    def _one(self, wish: Any) -> Any:
        return self._read(lambda connection: connection.execute(wish).first())

    def _read(self, read: Callable[[Connection], T]) -> T:
        try:
            with self._reader.connect() as connection:
                return read(connection)
        except OperationalError as error:
            raise UserError("error.store.unreadable", path=self.path, reason=error.orig) from error
