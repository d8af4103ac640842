"""Live rooms: opened, watched, witnessed, closed."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from studio.core.clock import Clock
from studio.core.ids import new_id
from studio.hub import shelf
from studio.hub.database import Database
from studio.hub.errors import HubError, conflict, not_found
from studio.hub.happenings import Happenings, record
from studio.hub.tables import presence, rooms, witnesses
from studio.hub.wishes import RoomWish, WitnessWish

Json = dict[str, Any]


class Rooms:
    """The book of live rooms (直播间)."""

    def __init__(self, database: Database, happenings: Happenings, clock: Clock) -> None:
        self._database = database
        self._happenings = happenings
        self._clock = clock

    def open(self, wish: RoomWish) -> Row[Any]:
        """Open the room of a session; repeating it gives the same room, another title is 409."""
        with self._database.writing() as connection:
            row = connection.execute(select(rooms).where(rooms.c.session_id == wish.session_id)).one_or_none()
            if row is None:
                room_id = f"r{new_id()}"
                connection.execute(
                    insert(rooms).values(
                        room_id=room_id,
                        session_id=wish.session_id,
                        title=wish.title,
                        push_key=f"k{secrets.token_hex(16)}",
                        opened_at_ms=self._clock.now_ms(),
                    )
                )
                return find_room(connection, room_id)
            if row.title != wish.title:
                raise conflict("key_reused", "this session opened its room with another title")
            return row

    def get(self, room_id: str) -> Row[Any]:
        """The room's row; raises 404."""
        with self._database.reading() as connection:
            return find_room(connection, room_id)

    def viewers(self, room_id: str) -> int:
        """How many buyers are in the room now."""
        with self._database.reading() as connection:
            return count_viewers(connection, room_id)

    def all_ids(self) -> list[str]:
        """Every room there ever was, oldest first."""
        with self._database.reading() as connection:
            return list(connection.execute(select(rooms.c.room_id).order_by(rooms.c.opened_at_ms)).scalars())

    def present(self, room_id: str) -> list[str]:
        """The ids of the buyers who are in the room now."""
        with self._database.reading() as connection:
            statement = select(presence.c.buyer_id).where(presence.c.room_id == room_id, presence.c.is_present)
            return list(connection.execute(statement.order_by(presence.c.buyer_id)).scalars())

    def room_of_key(self, push_key: str) -> str | None:
        """The open room whose push key this is."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(rooms.c.room_id, rooms.c.push_key).where(
                    rooms.c.push_key == push_key, rooms.c.closed_at_ms.is_(None)
                )
            ).one_or_none()
        return str(row[0]) if row is not None and secrets.compare_digest(row[1].encode(), push_key.encode()) else None

    def witness(self, room_id: str, wish: WitnessWish) -> Json:
        """Write down the head of the as-run log's chain; never overwritten, another head for a seq is kept beside it."""
        with self._database.writing() as connection:
            find_room(connection, room_id)
            return self._write_witness(connection, room_id, wish)

    def witnesses(self, room_id: str) -> list[Json]:
        """Everything witnessed, in the order it came."""
        with self._database.reading() as connection:
            find_room(connection, room_id)
            rows = connection.execute(
                select(witnesses.c.seq, witnesses.c.head, witnesses.c.at_ms)
                .where(witnesses.c.room_id == room_id)
                .order_by(witnesses.c.n)
            ).all()
        return [dict(row._mapping) for row in rows]

    def close(self, room_id: str, wish: WitnessWish) -> Row[Any]:
        """Close the room for good, witnessing the last head; repeating it changes nothing more."""
        with self._database.writing() as connection:
            row = find_room(connection, room_id)
            if row.closed_at_ms is None:
                connection.execute(
                    rooms.update().where(rooms.c.room_id == room_id).values(closed_at_ms=self._clock.now_ms())
                )
            self._write_witness(connection, room_id, wish)
            row = find_room(connection, room_id)
        self._happenings.bell.ring(room_id)
        return row

    def feature(self, room_id: str, product_id: str | None) -> int:
        """Pin a product (讲解) or none; returns when, in ms."""
        with self._database.writing() as connection:
            open_room(connection, room_id)
            if product_id is not None:
                shelf.detail(connection, product_id)
            now_ms = self._clock.now_ms()
            connection.execute(
                rooms.update()
                .where(rooms.c.room_id == room_id)
                .values(featured_product_id=product_id, featured_at_ms=now_ms)
            )
            return now_ms

    def enter(self, room_id: str, buyer_id: str, nick: str) -> int:
        """A buyer comes in; returns the viewers. Coming in twice tells nothing new."""
        with self._database.writing() as connection:
            open_room(connection, room_id)
            now_ms = self._clock.now_ms()
            if not _is_present(connection, room_id, buyer_id):
                _mark(connection, room_id, buyer_id, nick, is_present=True)
                record(connection, room_id, now_ms, "enter", buyer_id=buyer_id, nick=nick)
                count = count_viewers(connection, room_id)
                record(connection, room_id, now_ms, "viewers", count=count)
            else:
                count = count_viewers(connection, room_id)
        self._happenings.bell.ring(room_id)
        return count

    def leave(self, room_id: str, buyer_id: str) -> int:
        """A buyer goes out; returns the viewers left."""
        with self._database.writing() as connection:
            find_room(connection, room_id)
            if _is_present(connection, room_id, buyer_id):
                nick = nick_of(connection, room_id, buyer_id)
                _mark(connection, room_id, buyer_id, nick, is_present=False)
                count = count_viewers(connection, room_id)
                record(connection, room_id, self._clock.now_ms(), "viewers", count=count)
            else:
                count = count_viewers(connection, room_id)
        self._happenings.bell.ring(room_id)
        return count

    def comment(self, room_id: str, buyer_id: str, nick: str, text: str) -> Json:
        """A buyer says something."""
        comment_id = f"c{new_id()}"
        with self._database.writing() as connection:
            open_room(connection, room_id)
            seq = record(
                connection,
                room_id,
                self._clock.now_ms(),
                "comment",
                comment_id=comment_id,
                buyer_id=buyer_id,
                nick=nick or nick_of(connection, room_id, buyer_id),
                text=text,
            )
        self._happenings.bell.ring(room_id)
        return {"comment_id": comment_id, "seq": seq}

    def _write_witness(self, connection: Connection, room_id: str, wish: WitnessWish) -> Json:
        same = select(witnesses.c.at_ms).where(
            witnesses.c.room_id == room_id, witnesses.c.seq == wish.seq, witnesses.c.head == wish.head
        )
        at_ms = connection.execute(same).scalar()
        if at_ms is None:
            at_ms = self._clock.now_ms()
            connection.execute(insert(witnesses).values(room_id=room_id, seq=wish.seq, head=wish.head, at_ms=at_ms))
        return {"seq": wish.seq, "head": wish.head, "at_ms": at_ms}


def find_room(connection: Connection, room_id: str) -> Row[Any]:
    """The room's row; raises 404."""
    row = connection.execute(select(rooms).where(rooms.c.room_id == room_id)).one_or_none()
    if row is None:
        raise not_found("room", room_id)
    return row


def open_room(connection: Connection, room_id: str) -> Row[Any]:
    """The room's row; raises 404, or 409 when the room is closed."""
    row = find_room(connection, room_id)
    if row.closed_at_ms is not None:
        raise room_closed()
    return row


def room_closed() -> HubError:
    """409: nothing happens in a closed room."""
    return conflict("room_closed", "this room is closed")


def count_viewers(connection: Connection, room_id: str) -> int:
    """Buyers in the room, inside a read or write."""
    statement = select(func.count()).where(presence.c.room_id == room_id, presence.c.is_present)
    return int(connection.execute(statement).scalar_one())


def nick_of(connection: Connection, room_id: str, buyer_id: str) -> str:
    """The buyer's nick in the room; a stranger is called by the end of the id."""
    statement = select(presence.c.nick).where(presence.c.room_id == room_id, presence.c.buyer_id == buyer_id)
    return connection.execute(statement).scalar() or f"买家{buyer_id[-4:]}"


def _is_present(connection: Connection, room_id: str, buyer_id: str) -> bool:
    statement = select(presence.c.is_present).where(presence.c.room_id == room_id, presence.c.buyer_id == buyer_id)
    return bool(connection.execute(statement).scalar())


def _mark(connection: Connection, room_id: str, buyer_id: str, nick: str, *, is_present: bool) -> None:
    statement = upsert(presence).values(room_id=room_id, buyer_id=buyer_id, nick=nick, is_present=is_present)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["room_id", "buyer_id"], set_={"nick": nick, "is_present": is_present}
        )
    )
