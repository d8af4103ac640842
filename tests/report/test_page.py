"""The page: one file, nothing fetched, nothing run, whatever the texts of the show are."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.core import i18n
from studio.core.errors import UserError
from studio.report import ShowData, build, render_html, write
from studio.report.charts import Span, ceiling, line
from studio.report.data import (
    ChainFacts,
    ClipFacts,
    CommentFacts,
    ItemFacts,
    LogRow,
    RequestFacts,
    SessionFacts,
    WitnessFacts,
)
from studio.report.figures import duration, size
from studio.report.markup import Html, el
from tests.report.shows import START_MS, log, promotion, rich

ROOT = Path(__file__).parents[2]
EVIL = "<script>alert(1)</script>\"'&amp;\u202eevil\u0007\ud800</bdi>"
TAGS = """html head meta title style body main header footer section div span h1 h2 h3 p ul ol li dl dt dd b i small code
bdi table thead tbody tfoot tr th td svg g text line rect path img"""


class _Strict(HTMLParser):
    """Fails on a tag that the report does not use, on an unclosed one, and on any event or address attribute."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS.split(), tag
        for name, value in attrs:
            assert not name.startswith("on")
            if (tag, name) == ("img", "src"):
                assert str(value).startswith("data:image/jpeg;base64,")
                continue
            assert name not in ("src", "href", "srcset", "xlink:href", "action")
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _read(html: str) -> str:
    parser = _Strict()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return "".join(parser.text)


@pytest.fixture(params=i18n.LANGUAGES)
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    before = i18n.language()
    i18n.set_language(request.param)
    yield request.param
    i18n.set_language(before)


def test_the_page_is_whole_and_self_contained(language: str) -> None:
    html = render_html(build(rich()))
    text = _read(html)
    assert "://" not in html
    assert "url(" not in html
    assert "report." not in text.replace("recordings/", "")
    assert f'lang="{language.replace("_", "-")}"' in html
    for wanted in ("青山村助农直播间", "¥26,192.50", "赣南脐橙", "×137", "recordings/20260529-2000-1.mp4", "42:00"):
        assert wanted in text
    assert html.count("<svg") == 4
    assert html.count("<img") == 3
    assert html.count("data:") == 4  # three covers, and the policy that lets in nothing else


def test_every_section_of_an_empty_show_says_what_is_missing(language: str) -> None:
    session = SessionFacts(id="s", title="", anchor="", started_ms=None, ended_ms=None, is_rehearsal=False)
    text = _read(render_html(build(ShowData(session=session))))
    for key in ("no_products", "no_promotions", "no_comments", "no_stream", "no_recordings", "no_log", "not_live"):
        assert i18n.tr(f"report.{key}") in text


def _evil_show() -> ShowData:
    session = SessionFacts(
        id=EVIL, title=EVIL, anchor=EVIL, started_ms=START_MS, ended_ms=None, is_rehearsal=True, room_id=EVIL
    )
    item = ItemFacts(item_id=EVIL, product_id=EVIL, title=EVIL, price_fen=1, on_air_s=1.0)
    row = LogRow(
        seq=1,
        at_ms=START_MS,
        verb=EVIL,
        by=EVIL,
        payload='{"x": "' + "<img onerror=a>" + '"}',
        prev_hash=EVIL,
        hash=EVIL,
    )
    return rich(
        session=session,
        items=(item,),
        promotions=(promotion(EVIL, EVIL, kind=EVIL, reason=EVIL),),
        comments=CommentFacts(count=1, requests=(RequestFacts(text=EVIL, count=1),)),
        as_run=(row,),
        clips=(ClipFacts(kind=EVIL, number=1, part=2, title=EVIL, seconds=1.0, path=EVIL, cover=EVIL),),
        chain=ChainFacts(witnesses=(WitnessFacts(seq=1, head=EVIL, is_ok=False),)),
        problems=(EVIL,),
    )


def test_no_text_of_the_show_becomes_markup(tmp_path: Path) -> None:
    html = render_html(build(_evil_show()))
    text = _read(html)
    assert "<script" not in html and "<img" not in html
    assert "alert(1)" in text
    assert "\u0007" not in html
    assert "\u202e" not in html
    written, _ = write(build(_evil_show()), tmp_path)
    assert "alert(1)" in written.read_text(encoding="utf-8")


@given(st.text(max_size=60))
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=40)
def test_any_title_survives(title: str) -> None:
    session = SessionFacts(id="s", title=title, anchor=title, started_ms=START_MS, ended_ms=None, is_rehearsal=True)
    item = ItemFacts(item_id="i", product_id="p", title=title, price_fen=1, on_air_s=1.0)
    _read(render_html(build(ShowData(session=session, items=(item,), problems=(title,)))))


def test_a_title_in_another_direction_keeps_it_to_itself() -> None:
    row = promotion("קופון 20 שקל")
    assert "<bdi>קופון 20 שקל</bdi>" in render_html(build(rich(promotions=(row,))))


def test_el_escapes_everything_but_its_own_markup() -> None:
    assert el("b", "<i>", Html("<u></u>"), title='"><') == '<b title="&quot;&gt;&lt;">&lt;i&gt;<u></u></b>'


@pytest.mark.parametrize(
    ("chain", "key", "args"),
    [
        (ChainFacts(witnesses=(WitnessFacts(seq=1, head="ab", is_ok=True),)), "chain_ok", {"rows": 12, "heads": 1}),
        (ChainFacts(is_ok=False, broken_at=7), "chain_broken", {"row": 7}),
        (ChainFacts(witnesses=(WitnessFacts(seq=1, head="ab", is_ok=False),)), "chain_mismatch", {}),
    ],
)
def test_the_log_says_whether_it_holds(chain: ChainFacts, key: str, args: dict[str, int]) -> None:
    assert i18n.tr(f"report.{key}", **args) in _read(render_html(build(rich(chain=chain))))


def test_the_log_tells_in_sentences_what_was_done() -> None:
    first = log(1)[0]
    taken = replace(first, verb="show.take", payload='{"number": 4, "title": "野生香菇", "key": null}')
    unknown = replace(first, seq=2, verb="some.thing", payload='{"name": "{braces}"}')
    broken = replace(first, seq=3, verb="show.take", payload="[1")
    text = _read(render_html(build(rich(as_run=(taken, unknown, broken)))))
    assert i18n.tr("log.show_take", number=4, title="野生香菇") in text
    assert "中控小李" in text
    assert "some.thing" in text and "{braces}" in text
    assert "[1" in text


def test_two_files_are_written_and_replaced_whole(tmp_path: Path) -> None:
    report = build(rich())
    first = write(report, tmp_path / "reports")
    assert first == write(report, tmp_path / "reports")
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == sorted(path.name for path in first)
    assert [path.suffix for path in first] == [".html", ".json"]


@pytest.mark.skipif(os.name != "posix", reason="Windows tells it in another way")
def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UserError) as caught:
        write(build(rich()), tmp_path / "file" / "reports")
    assert caught.value.key == "report.cannot_write"


@pytest.mark.skipif(os.name != "posix", reason="Windows has no limit on the size of a file")
def test_a_disk_that_refuses_leaves_the_old_report_whole(tmp_path: Path) -> None:
    before = [path.read_bytes() for path in write(build(rich()), tmp_path)]
    code = """
import resource, sys
from pathlib import Path
from studio.core.errors import UserError
from studio.report import build, write
from tests.report.shows import rich
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    write(build(rich()), Path(sys.argv[1]))
except UserError as error:
    sys.exit(error.key)
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, cwd=ROOT)
    assert done.stderr.strip() == "report.cannot_write"
    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == before


def test_a_line_is_not_drawn_over_a_gap() -> None:
    points = [(at_ms, 30.0) for at_ms in [*range(0, 60_000, 1000), *range(120_000, 180_000, 1000)]]
    assert line(Span(0, 180_000), points, "t", "ok", "", 30).count("curve ok") == 2
    assert line(Span(0, 60_000), points[:60], "t", "ok", "", 30).count("curve ok") == 1


@given(st.floats(min_value=0, max_value=1e12, allow_nan=False))
def test_an_axis_reaches_its_highest_value(value: float) -> None:
    assert ceiling(value) >= value


@pytest.mark.parametrize(
    ("seconds", "text"), [(321, "05:21"), (3921, "1:05:21"), (0, "00:00"), (None, "—"), (59.6, "01:00")]
)
def test_durations(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0 B"), (999, "999 B"), (1_800_000_000, "1.8 GB"), (None, "—")])
def test_sizes(number: int | None, text: str) -> None:
    assert size(number) == text
