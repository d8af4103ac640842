"""What real viewers type, and what it is counted as."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.audience.requests import MOST_KEYS, Candidate, Recogniser, RequestKey, text_of
from studio.audience.texts import LONGEST, normalise, numeral
from studio.core.i18n import texts

PRODUCTS = (
    Candidate("p1", "赣南脐橙 5斤装 果园现摘"),
    Candidate("p2", "土蜂蜜500g 深山百花蜜"),
    Candidate("p3", "五常大米5kg 稻花香2号"),
    Candidate("p4", "丝绒哑光口红 正红色"),
)

PHRASES = [
    ("想看1号色", "shade:1"),
    ("看一下 1 号 色", "shade:1"),
    ("１号色好看吗", "shade:1"),
    ("色号2", "shade:2"),
    ("三号色试一下", "shade:3"),
    ("看看3号", "number:3"),
    ("3号链接", "number:3"),
    ("3号", "number:3"),
    ("主播讲讲12号", "number:12"),
    ("十二号链接呢", "number:12"),
    ("二十三号宝贝", "number:23"),
    ("想看3", "number:3"),
    ("链接5", "number:5"),
    ("弹一下7号链接", "number:7"),
    ("③号看看", "number:3"),
    ("想看1、2、3号", "number:1 number:2 number:3"),
    ("1号和4号", "number:1 number:4"),
    ("想看3号[玫瑰][玫瑰]", "number:3"),
    ("想\u200b看\u200d3\u2060号", "number:3"),
    ("3號鏈接", "number:3"),
    ("多少钱", "price"),
    ("多少钱一斤", "price"),
    ("多少錢啊？？？", "price"),
    ("这个怎么卖", "price"),
    ("几块钱", "price"),
    ("How much", "price"),
    ("3号多少钱", "number:3 price"),
    ("包邮吗", "shipping"),
    ("新疆包不包邮", "shipping"),
    ("运费多少", "shipping"),
    ("有运费险吗", "guarantee"),
    ("还有货吗", "stock"),
    ("还有吗", "stock"),
    ("抢不到啊", "stock"),
    ("什么时候发货", "ship_time"),
    ("几天能到", "ship_time"),
    ("3号发货吗", "ship_time"),
    ("发什么快递", "ship_time"),
    ("怎么拍", "how_to_buy"),
    ("链接在哪", "how_to_buy"),
    ("求链接", "how_to_buy"),
    ("几号链接", "how_to_buy"),
    ("有优惠券吗", "coupon"),
    ("能便宜点吗", "coupon"),
    ("来波红包", "coupon"),
    ("130斤穿什么码", "size"),
    ("甜吗", "taste"),
    ("保质期多久", "shelf_life"),
    ("产地哪里", "origin"),
    ("坏了怎么办 能退吗", "guarantee"),
    ("扣1", "vote:1"),
    ("扣 1", "vote:1"),
    ("1", "vote:1"),
    ("11111", "vote:1"),
    ("公屏扣1", "vote:1"),
    ("扣个1", "vote:1"),
    ("2", "vote:2"),
    ("想看脐橙", "product:p1"),
    ("讲讲蜂蜜吧", "product:p2"),
    ("有大米吗", "product:p3"),
    ("口红链接", "product:p4"),
    ("脐橙的链接呢", "product:p1"),
]

TALK = [
    "666",
    "6666666",
    "888",
    "233",
    "主播好",
    "哈哈哈哈",
    "",
    "   ",
    "\u200b",
    "不想看3号",
    "不要3号",
    "3号已拍",
    "买了2号",
    "今天3号",
    "11月11号",
    "我住3号楼",
    "想看你跳舞",
    "我的号是13800138000",
    "来了",
    "上次买的",
]


@pytest.mark.parametrize(("text", "expected"), PHRASES)
def test_a_request_is_recognised(text: str, expected: str) -> None:
    assert " ".join(map(str, Recogniser(PRODUCTS).recognise(text))) == expected


@pytest.mark.parametrize("text", TALK)
def test_talk_is_no_request(text: str) -> None:
    assert [str(key) for key in Recogniser(PRODUCTS).recognise(text)] == []


@given(st.text(max_size=400))
def test_any_text_is_read_without_fault(text: str) -> None:
    keys = Recogniser(PRODUCTS).recognise(text)
    assert len(keys) <= MOST_KEYS
    assert len(set(keys)) == len(keys)
    for key in keys:
        assert f"audience.request.{key.kind}" in texts("zh_CN")
        assert key.value == "" or key.kind == "product" or 0 <= int(key.value) <= 999


PIECES = [
    *sorted({word for text, _ in PHRASES for word in (text, text[:2], text[-2:])}),
    "公屏扣",
    "一",
    "百",
    "1 ",
    "[",
    "的",
    "吗",
    "没有",
]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=3), st.sampled_from(["", "x", "号", "\u200b"]))
def test_no_comment_can_hold_the_studio_up(pieces: list[str], end: str) -> None:
    """Repeated pieces must not make an expression try every way to part them."""
    long = "".join(pieces) * (LONGEST // len("".join(pieces)) + 1)
    started_s = time.process_time()
    Recogniser(PRODUCTS).recognise(long[:LONGEST] + end)
    assert time.process_time() - started_s < 0.2


@given(st.text(max_size=400))
def test_normalised_text_stays_as_it_is(text: str) -> None:
    plain = normalise(text)
    assert len(plain) <= LONGEST
    assert not any(char < " " for char in plain)
    assert "\u200b" not in plain


@given(st.sampled_from(PHRASES), st.sampled_from(["\u200b", "\ufeff", "\u2060", "\x00", "\u202e"]), st.integers(0, 20))
def test_hidden_characters_change_nothing(phrase: tuple[str, str], hidden: str, place: int) -> None:
    text, expected = phrase
    dirty = text[:place] + hidden + text[place:]
    assert " ".join(map(str, Recogniser(PRODUCTS).recognise(dirty))) == expected


@given(st.integers(1, 999))
def test_every_link_number_is_read(number: int) -> None:
    assert Recogniser().recognise(f"想看{number}号") == (RequestKey("number", str(number)),)


@pytest.mark.parametrize(
    ("text", "value"),
    [("十", 10), ("十二", 12), ("二十", 20), ("一百零三", 103), ("两百", 200), ("二三", 23), ("零", 0)],
)
def test_chinese_numerals(text: str, value: int) -> None:
    assert numeral(text) == value


def test_a_wanted_product_is_named_by_its_title() -> None:
    recogniser = Recogniser(PRODUCTS)
    key = recogniser.recognise("想看脐橙")[0]
    assert text_of(key, recogniser.title(key)) == "想看 赣南脐橙 5斤装 果园现摘"


@pytest.mark.parametrize("piece", ["公屏扣", "公屏", "扣", "想看", "1号", "1 ", "链接", "有没有", "一百"])
def test_a_key_held_down_is_read_at_once(piece: str) -> None:
    started_s = time.process_time()
    Recogniser(PRODUCTS).recognise((piece * LONGEST)[: LONGEST - 1] + "x")
    assert time.process_time() - started_s < 0.2
