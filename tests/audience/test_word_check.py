"""The word check: finds what the law forbids, however it is written, and leaves ordinary speech alone."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.audience.word_check import SEVERITIES, Rule, WordCheck, check, read_rules
from studio.core import paths
from studio.core.i18n import LANGUAGES, texts

WITH = [
    ("全网最低价只有今天", "全网最低价", "evidence"),
    ("国家级品质", "国家级", "forbidden"),
    ("这款是极品脐橙", "极品", "forbidden"),
    ("最 佳 选 择", "最佳", "forbidden"),
    ("最\u200b佳选择", "最佳", "forbidden"),
    ("顶·级蜂蜜", "顶级", "forbidden"),
    ("頂級享受", "顶级", "forbidden"),
    ("Ｎｏ．１品牌", "no.1", "evidence"),
    ("能治疗失眠", "治疗", "forbidden"),
    ("喝了能降血糖", "降血糖", "forbidden"),
    ("１００％有效", "100%有效", "careful"),
    ("稳赚不赔的生意", "稳赚不赔", "careful"),
    ("特价商品不退", "特价商品不退", "forbidden"),
    ("本店拥有最终解释权", "最终解释权", "forbidden"),
    ("销量全国第一", "第一", "evidence"),
    ("媲美母乳", "媲美母乳", "forbidden"),
    ("最后一批了快抢", "最后一批", "careful"),
    ("保证增产的种子", "保证增产", "forbidden"),
]

WITHOUT = [
    "最佳食用时间是冷藏后",
    "第一次来直播间的朋友",
    "大家最近好吗",
    "国家级非物质文化遗产传承人",
    "本品不能代替药物",
    "赣南脐橙 5斤装 果园现摘 单果65-75mm",
    "每人最多可买三件",
    "物流转运中心",
    "巴氏杀菌奶",
    "防晒衣女夏季",
    "",
    "🍊🍊🍊",
]


@pytest.mark.parametrize(("text", "word", "severity"), WITH)
def test_a_word_is_found_however_it_is_written(text: str, word: str, severity: str) -> None:
    (found,) = check(text)
    assert (found.word, found.severity) == (word, severity)
    assert text[found.start : found.end] == found.written
    assert found.written in found.advice
    assert "《" in found.article or "第" in found.article or "办法" in found.article


@pytest.mark.parametrize("text", WITHOUT)
def test_ordinary_speech_is_left_alone(text: str) -> None:
    assert check(text) == ()


def test_an_exception_excuses_only_its_own_place() -> None:
    found = check("最佳食用时间，最佳品质")
    assert [(finding.start, finding.word) for finding in found] == [(7, "最佳")]


def test_the_longest_word_is_told_once() -> None:
    assert [finding.word for finding in check("全网最低价！绝对零风险")] == ["全网最低价", "绝对", "零风险"]


def test_sentences_are_not_glued_together() -> None:
    assert check("质量很顶。级别也高") == ()
    assert check("全国，家级干部") == ()


@given(st.text(max_size=300))
def test_any_text_gives_places_inside_it_in_order(text: str) -> None:
    reached = -1
    for finding in check(text):
        assert 0 <= finding.start < finding.end <= len(text)
        assert text[finding.start : finding.end] == finding.written
        assert finding.start > reached
        reached = finding.start


RULES = read_rules(tomllib.loads((paths.resources() / "words" / "ad_law.toml").read_text(encoding="utf-8")))


@given(
    st.sampled_from(RULES),
    st.text(alphabet="橙子蜂蜜大米，。 ", max_size=8),
    st.text(alphabet="橙子蜂蜜大米，。 ", max_size=8),
)
def test_every_word_of_the_list_is_found_among_others(rule: Rule, before: str, after: str) -> None:
    found = check(before + rule.word + after)
    assert any(rule.word in finding.word for finding in found)


@given(st.sampled_from([rule for rule in RULES if rule.exceptions]), st.data())
def test_every_exception_excuses_its_word(rule: Rule, data: st.DataObject) -> None:
    phrase = data.draw(st.sampled_from(rule.exceptions))
    assert rule.word not in [finding.word for finding in check(phrase)]


def test_the_list_is_sound() -> None:
    assert len(RULES) >= 120
    for rule in RULES:
        assert rule.severity in SEVERITIES
        assert rule.article
        assert all(rule.word in phrase for phrase in rule.exceptions), rule.word
        for language in LANGUAGES:
            assert f"audience.word.{rule.family}" in texts(language)


@pytest.mark.parametrize(
    "family",
    [
        {"id": "x", "article": "a", "severity": "loud", "words": ["甲"]},
        {"id": "x", "article": "a", "severity": "careful", "words": ["甲"], "except": {"乙": ["乙丙"]}},
        {"id": "x", "article": "a", "severity": "careful", "words": ["甲", "甲"]},
        {"id": "x", "article": "a", "severity": "careful", "words": ["甲 乙"]},
    ],
)
def test_a_bad_list_is_refused(family: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="x: "):
        read_rules({"family": [family]})


def test_no_rules_find_nothing() -> None:
    assert WordCheck([]).check("国家级") == ()
