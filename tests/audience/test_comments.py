"""The comment book: every comment once, wishes counted by viewer over five minutes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.audience.comments import KEPT_COMMENTS, WINDOW_MS, CommentBook
from studio.audience.requests import Candidate
from studio.core.clock import ManualClock


def _say(book: CommentBook, clock: ManualClock, *texts: str, by: str = "") -> None:
    for text in texts:
        _say.number += 1  # type: ignore[attr-defined]
        book.add(f"c{_say.number}", "阿花", text, clock.now_ms(), by)  # type: ignore[attr-defined]


_say.number = 0  # type: ignore[attr-defined]


def _counts(book: CommentBook, clock: ManualClock) -> dict[str, tuple[int, str]]:
    return {row["key"]: (row["count"], row["state"]) for row in book.requests(clock.now_ms())}


def test_the_same_wish_in_other_words_is_counted_together() -> None:
    clock = ManualClock()
    book = CommentBook(clock)
    _say(book, clock, "多少钱", "多少钱一斤", "怎么卖", "想看1号色", "包邮吗")
    rows = book.requests(clock.now_ms())
    assert rows[0] == {"key": "price", "text": "多少钱", "count": 3, "last_ms": clock.now_ms(), "state": "open"}
    assert {row["key"] for row in rows} == {"price", "shade:1", "shipping"}


def test_a_repeated_comment_counts_once() -> None:
    clock = ManualClock()
    book = CommentBook(clock)
    assert book.add("c1", "阿花", "想看3号", clock.now_ms())
    assert not book.add("c1", "阿花", "想看3号", clock.now_ms())
    assert _counts(book, clock) == {"number:3": (1, "open")}
    assert len(book.last(10)) == 1


def test_one_viewer_who_repeats_himself_counts_once() -> None:
    clock = ManualClock()
    book = CommentBook(clock)
    for _ in range(5):
        _say(book, clock, "想看3号", by="b1")
    _say(book, clock, "3号链接", by="b2")
    assert _counts(book, clock) == {"number:3": (2, "open")}


def test_a_wish_is_forgotten_after_five_minutes() -> None:
    clock = ManualClock()
    book = CommentBook(clock)
    _say(book, clock, "想看3号")
    clock.advance(WINDOW_MS / 1000 - 1)
    assert _counts(book, clock) == {"number:3": (1, "open")}
    clock.advance(2)
    assert _counts(book, clock) == {}
    assert not book.take("number:3")


def test_a_report_counts_over_the_whole_show() -> None:
    clock = ManualClock()
    book = CommentBook(clock, window_ms=4 * 3_600_000)
    _say(book, clock, "想看3号")
    clock.advance(3 * 3600)
    _say(book, clock, "3号链接")
    assert _counts(book, clock) == {"number:3": (2, "open")}


def test_take_and_done() -> None:
    clock = ManualClock()
    book = CommentBook(clock)
    _say(book, clock, "想看3号", "3号", "多少钱")
    assert book.take("number:3")
    assert _counts(book, clock)["number:3"] == (2, "taken")
    assert book.done("number:3")
    assert _counts(book, clock)["number:3"] == (2, "done")
    assert book.requests(clock.now_ms())[-1]["key"] == "number:3"
    clock.advance(1)
    _say(book, clock, "想看3号")
    assert _counts(book, clock)["number:3"] == (1, "open")
    assert not book.done("number:99")


def test_a_comment_from_a_clock_ahead_of_ours_is_still_answered() -> None:
    clock = ManualClock()
    book = CommentBook(clock)
    book.add("c1", "阿花", "想看3号", clock.now_ms() + 4_000)
    assert book.done("number:3")
    assert _counts(book, clock)["number:3"] == (1, "done")


def test_products_can_be_named_later() -> None:
    clock = ManualClock()
    book = CommentBook(clock)
    _say(book, clock, "想看脐橙")
    assert _counts(book, clock) == {}
    book.name_products([Candidate("p1", "赣南脐橙")])
    _say(book, clock, "想看脐橙")
    assert book.requests(clock.now_ms())[0]["text"] == "想看 赣南脐橙"


def test_only_the_newest_comments_are_kept() -> None:
    clock = ManualClock()
    book = CommentBook(clock)
    for number in range(KEPT_COMMENTS + 50):
        book.add(str(number), "n", f"你好{number}", clock.now_ms())
    assert len(book.last(10 * KEPT_COMMENTS)) == KEPT_COMMENTS
    assert book.last(1)[0]["text"] == f"你好{KEPT_COMMENTS + 49}"
    assert book.last(0) == []


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.sampled_from(["多少钱", "想看3号", "哈哈", "扣1"]), st.integers(0, 3)),
        max_size=60,
    )
)
def test_a_count_never_exceeds_viewers_nor_comments(said: list[tuple[int, str, int]]) -> None:
    clock = ManualClock()
    book = CommentBook(clock)
    unique: dict[int, tuple[str, int]] = {}
    for number, text, buyer in said:
        if book.add(str(number), "n", text, clock.now_ms(), f"b{buyer}"):
            unique[number] = (text, buyer)
    for row in book.requests(clock.now_ms()):
        word = {"price": "多少钱", "number:3": "想看3号", "vote:1": "扣1"}[row["key"]]
        assert row["count"] == len({buyer for text, buyer in unique.values() if text == word})
