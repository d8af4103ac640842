import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from studio.core.by import By, Role
from studio.core.goods import Product, Sku
from studio.core.money import Money
from studio.promo.kinds import from_settings
from studio.promo.promotion import Check, Promotion
from studio.show.rundown import Item, Rundown
from studio.show.session import LiveSession
from studio.store.as_run import first_break
from studio.store.show_store import Recording, ShowStore
from tests.refused import refused

BY = By(role=Role.ANCHOR, name="小王")
FINE = (Check(key="window", is_ok=True),)


def a_product(number: int) -> Product:
    return Product(
        id=f"p{number}",
        title="赣南脐橙 5斤",
        price=Money(2990),
        list_price=Money(4990),
        stock=3,
        selling_points=("现摘",),
        skus=(Sku(id="s", name="5斤装", price=Money(2990), stock=3),),
    )


def a_rundown() -> Rundown:
    rundown = Rundown(id="r", title="场")
    for number in range(3):
        product = a_product(number)
        rundown = rundown.add(Item(id=f"i{number}", product=product, live_price=product.price, planned_s=60))
    return rundown


SESSION = LiveSession(
    id="s", title="场", anchor="小王", rundown_id="r", is_rehearsal=True, hidden_layers=("price_tag",)
)


@pytest.fixture
def store(tmp_path: Path):
    store = ShowStore(tmp_path / "show.sqlite")
    yield store
    store.close()


def test_everything_comes_back_as_it_was(store: ShowStore) -> None:
    before = a_rundown()
    after = before.take("i0", 5).move("i2", 0).remove("i1")
    kind = from_settings("red_envelope", {"name": "红包", "total_fen": 100, "count": 3})
    promotion = Promotion(id="p", session_id="s", kind=kind).arm(FINE).ask("key", 7, FINE)
    with store.transaction() as tx:
        tx.rundown(before)
        tx.rundown(after, before)
        tx.session(SESSION)
        tx.promotion(promotion)
        tx.ledger(promotion, 7, "asked", budget_fen=100)
        tx.recording("s", Recording(part=1, path="a.mp4", started_ms=5))
    assert store.rundown("r") == after
    assert store.session("s") == SESSION == store.unfinished_session()
    assert store.promotions("s") == (promotion,)
    assert [entry["what"] for entry in store.ledger("s")] == ["asked"]
    assert store.recordings("s") == (Recording(part=1, path="a.mp4", started_ms=5),)


def test_an_ended_session_is_not_unfinished(store: ShowStore) -> None:
    with store.transaction() as tx:
        tx.session(SESSION.go_live("room", 1).end(2))
    assert store.unfinished_session() is None
    assert store.last_session() is not None


def test_a_transaction_is_all_or_nothing(store: ShowStore) -> None:
    with pytest.raises(RuntimeError), store.transaction() as tx:
        tx.session(SESSION)
        raise RuntimeError("power cut")
    assert store.session("s") is None


def test_a_press_is_used_once(store: ShowStore) -> None:
    with store.transaction() as tx:
        tx.press("abc", "show.next", 1)
    assert store.was_pressed("abc")
    with pytest.raises(IntegrityError), store.transaction() as tx:
        tx.session(SESSION)
        tx.press("abc", "show.next", 2)
    assert store.session("s") is None


def write_log(store: ShowStore, count: int) -> None:
    for number in range(count):
        with store.transaction() as tx:
            tx.as_run("s", number, "show.take", BY, {"item": number})


def test_the_chain_holds_and_shows_where_it_was_broken(store: ShowStore) -> None:
    write_log(store, 6)
    rows = store.as_run("s")
    assert [row.seq for row in rows] == [1, 2, 3, 4, 5, 6]
    assert first_break("s", rows) is None
    for place in range(6):
        forged = [*rows[:place], replace(rows[place], payload='{"item":99}'), *rows[place + 1 :]]
        assert first_break("s", forged) == place + 1
        resealed = [*rows[:place], replace(rows[place], payload='{"item":99}').sealed(), *rows[place + 1 :]]
        assert first_break("s", resealed) == (place + 2 if place < 5 else None)
    assert first_break("s", rows[:2] + rows[3:]) == 4
    assert first_break("other", rows) == 1


@pytest.mark.parametrize("table", ["as_run", "ledger"])
@pytest.mark.parametrize("change", ["UPDATE {} SET at_ms = 0", "DELETE FROM {}"])
def test_the_log_and_the_ledger_only_grow(store: ShowStore, table: str, change: str) -> None:
    write_log(store, 1)
    promotion = Promotion(
        id="p", session_id="s", kind=from_settings("red_envelope", {"name": "a", "total_fen": 9, "count": 3})
    )
    with store.transaction() as tx:
        tx.ledger(promotion, 7, "asked")
    other = sqlite3.connect(store.path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        other.execute(change.format(table))
    other.close()


def test_newer_orders_win_whatever_the_order_they_come_in(store: ShowStore) -> None:
    def order(version: int, status: str) -> dict[str, object]:
        return {
            "order_id": "o",
            "session_id": "s",
            "product_id": "p",
            "sku_id": None,
            "quantity": 1,
            "buyer_id": "b",
            "status": status,
            "total_fen": 100,
            "paid_fen": 90,
            "discount_fen": 10,
            "promotion_id": None,
            "created_at_ms": 1,
            "updated_at_ms": version,
            "version": version,
        }

    with store.transaction() as tx:
        tx.orders([order(3, "paid"), order(2, "unpaid")])
    assert store.orders("s")[0]["status"] == "paid"
    assert store.sales("s") == (1, 90)
    with store.transaction() as tx:
        tx.orders([order(4, "void")])
    assert store.sales("s") == (0, 0)


def test_a_newer_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "show.sqlite"
    ShowStore(path).close()
    other = sqlite3.connect(path)
    other.execute("UPDATE alembic_version SET version_num = '9999'")
    other.commit()
    other.close()
    with refused("store.newer"):
        ShowStore(path)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "show.sqlite"
    path.write_bytes(b"this is not a database" * 100)
    with refused("store.unreadable"):
        ShowStore(path)
    assert path.read_bytes().startswith(b"this is not")


def test_the_file_is_the_owners_alone(store: ShowStore) -> None:
    assert store.path.stat().st_mode & 0o077 == 0


def test_the_newest_migration_is_the_one_the_program_looks_for() -> None:
    from alembic.script import ScriptDirectory

    from studio.store import database

    assert ScriptDirectory(str(Path(database.__file__).parent / "migrations")).get_current_head() == database.HEAD


def test_what_was_set_up_is_read_again_whole(store: ShowStore) -> None:
    with store.transaction() as tx:
        tx.setup("sound", {"inputs": [{"id": "a", "gain_db": -3.5}]})
        tx.setup("picture", {"transition_ms": 300})
    with store.transaction() as tx:
        tx.setup("sound", {"inputs": []})
    assert store.setup() == {"sound": {"inputs": []}, "picture": {"transition_ms": 300}}


def test_clips_are_kept_in_their_order(store: ShowStore) -> None:
    row = {"session_id": "s", "kind": "take", "item_id": "i1", "part": 1, "title": "赣南脐橙", "path": "a.mp4"}
    row |= {"cover": "a.jpg", "seconds": 12.5, "made_ms": 1}
    with store.transaction() as tx:
        tx.clip(row)
        tx.clip(row | {"part": 2, "path": "b.mp4"})
        tx.clip(row | {"session_id": "other"})
    assert [clip["path"] for clip in store.clips("s")] == ["a.mp4", "b.mp4"]


def test_a_file_of_the_first_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "show.sqlite"
    store = ShowStore(path)
    with store.transaction() as tx:
        tx.session(SESSION)
    store.close()
    with sqlite3.connect(path) as raw:
        raw.executescript("DROP TABLE setup; DROP TABLE clips; UPDATE alembic_version SET version_num = '0001'")
    store = ShowStore(path)
    assert store.session("s") == SESSION and store.setup() == {} and store.clips("s") == []
    store.close()
    assert path.with_name("show.before-0001.sqlite").exists()
