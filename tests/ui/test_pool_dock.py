"""The pool: search as one types, input methods, adding, many hits."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetrics, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.core.i18n import tr
from studio.core.money import Money
from studio.core.settings import Settings
from studio.desk.queries import SearchPool
from studio.ui import figures, theme
from studio.ui.pool_list import IS_IN, PRODUCT, WARNING, stock_words
from studio.ui.search_field import DEBOUNCE_MS, SearchField
from studio.ui.window import MainWindow
from tests.ui.conftest import Run, settle, until
from tests.ui.fake_desk import FakeDesk, products

LEFT = Qt.MouseButton.LeftButton


def searches(desk: FakeDesk) -> list[str]:
    return [query.query.text for query in desk.asked if isinstance(query, SearchPool)]


def compose(field: SearchField, preedit: str, commit: str = "") -> None:
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QApplication.sendEvent(field, event)


def test_typing_is_searched_once_it_rests(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    before = len(searches(desk))
    for letter in "abc":
        QTest.keyClick(window.pool.search, letter)
    assert len(searches(desk)) == before
    began = time.monotonic()
    run(until(lambda: len(searches(desk)) > before))
    assert (time.monotonic() - began) * 1000 >= DEBOUNCE_MS * 0.8
    run(settle(window))
    assert searches(desk)[before:] == ["abc"]


def test_enter_searches_at_once(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    before = len(searches(desk))
    window.pool.search.setText("橙")
    QTest.keyClick(window.pool.search, Qt.Key.Key_Return)
    run(window.bridge.drain())
    run(settle(window))
    assert searches(desk)[before:] == ["橙"]


def test_half_typed_pinyin_is_never_searched(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    field = window.pool.search
    before = len(searches(desk))
    field.setText("赣南")
    compose(field, "qi")
    compose(field, "qi'cheng")
    run(until_rested())
    assert searches(desk)[before:] == []
    compose(field, "", "脐橙")
    run(until(lambda: len(searches(desk)) > before))
    assert searches(desk)[before:] == ["赣南脐橙"]


async def until_rested() -> None:
    await asyncio.sleep(3 * DEBOUNCE_MS / 1000)


def test_composition_given_up_searches_what_stands_there(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    field = window.pool.search
    before = len(searches(desk))
    field.setText("橙")
    compose(field, "zi")
    compose(field, "")
    run(until(lambda: len(searches(desk)) > before))
    assert searches(desk)[before:] == ["橙"]


def test_hits_show_and_the_late_answer_is_thrown_away(window: MainWindow, run: Run) -> None:
    dock = window.pool
    dock.search.setText("橙")
    dock.ask()
    late = dock._asked
    dock.search.setText("蜂蜜")
    dock.ask()
    run(settle(window))
    titles = [dock.model.index(row).data() for row in range(dock.model.rowCount())]
    assert titles == ["土蜂蜜 500g 深山百花蜜"]
    assert dock._result is not None
    dock._answered(late, dock._result)
    assert "找到 1 件" in dock.found.text()


def test_double_click_enter_and_plus_add(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    dock = window.pool
    first, second, third = (dock.model.index(row) for row in (1, 2, 3))
    QTest.mouseClick(dock.list.viewport(), LEFT, pos=dock.list.visualRect(first).center())
    QTest.mouseDClick(dock.list.viewport(), LEFT, pos=dock.list.visualRect(first).center())
    dock.list.setCurrentIndex(second)
    QTest.keyClick(dock.list, Qt.Key.Key_Return)
    plus = dock.delegate._plus_rect(dock.list.visualRect(third)).center()
    QTest.mouseClick(dock.list.viewport(), LEFT, pos=plus)
    run(settle(window))
    assert desk.done == [("rundown.add", {"product_id": f"p{number}"}) for number in (1, 2, 3)]
    assert first.data(IS_IN) is True
    assert [each["product_id"] for each in window.rundown.model.items][-3:] == ["p1", "p2", "p3"]


def test_click_on_a_card_only_chooses_it(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    dock = window.pool
    QTest.mouseClick(dock.list.viewport(), LEFT, pos=dock.list.visualRect(dock.model.index(1)).center())
    run(settle(window))
    assert desk.done == []
    assert dock.list.currentIndex().row() == 1


def test_chips_narrow_the_search(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    dock = window.pool
    QTest.mouseClick(dock.commission_chip, LEFT)
    QTest.mouseClick(dock.stock_chip, LEFT)
    dock._price = 2
    dock.ask()
    run(settle(window))
    query = desk.asked[-1].query if isinstance(desk.asked[-1], SearchPool) else None
    query = query or [each for each in desk.asked if isinstance(each, SearchPool)][-1].query
    assert (query.min_commission_bp, query.in_stock) == (1500, True)
    assert (query.min_price, query.max_price) == (Money(2000), Money(5000))


def test_warning_stands_under_the_product(window: MainWindow) -> None:
    model = window.pool.model
    warnings = {model.index(row).data(PRODUCT).id: model.index(row).data(WARNING) for row in range(model.rowCount())}
    assert warnings["p2"] == "退货率 9.8%，同类 3.1%"
    assert warnings["p0"] == ""


def test_empty_pool_says_the_next_step(desk: FakeDesk, loop: object, run: Run) -> None:
    desk.goods = ()
    desk.state["pool"]["count"] = 0
    window = MainWindow(desk, None, desk.bus, Settings())
    window.show()
    run(settle(window))
    assert "同步" in window.pool.empty.text()
    assert window.pool.first_sync.isVisible()
    QTest.mouseClick(window.pool.first_sync, LEFT)
    run(settle(window))
    assert desk.done == [("pool.sync", {})]
    window.close()


def test_nothing_found_says_what_to_do(window: MainWindow, run: Run) -> None:
    window.pool.search.setText("火箭")
    window.pool.ask()
    run(settle(window))
    assert window.pool.empty.isVisible() and "换个词" in window.pool.empty.text()
    assert not window.pool.first_sync.isVisible()


@pytest.fixture
def desk_of_thousands() -> FakeDesk:
    return FakeDesk(goods=products(3000))


def test_thousands_of_hits_are_fetched_as_one_scrolls(desk_of_thousands: FakeDesk, loop: object, run: Run) -> None:
    window = MainWindow(desk_of_thousands, None, desk_of_thousands.bus, Settings())
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.show()
    run(settle(window))
    dock = window.pool
    assert dock.model.rowCount() == 100
    bar = dock.list.verticalScrollBar()
    for _ in range(8):
        bar.setValue(bar.maximum())
        run(settle(window))
    assert dock.model.rowCount() == 2000
    began = time.perf_counter()
    for step in range(40):
        bar.setValue(bar.maximum() * step // 40)
        dock.list.viewport().grab()
    each_ms = (time.perf_counter() - began) / 40 * 1000
    assert each_ms < 60
    window.close()
    run(window.bridge.drain())


def test_pictures_arrive_and_are_drawn(window: MainWindow, run: Run) -> None:
    run(until(lambda: window.shelf._kept.get("p0") is not None))
    index = window.pool.model.index(0)
    rect = window.pool.list.visualRect(index)
    shot = window.pool.list.viewport().grab(rect).toImage()
    picture_corner = QPoint(14, rect.height() // 2 - 14)
    assert shot.pixelColor(picture_corner).saturation() > 60


def test_stock_takes_the_words_there_is_room_for(qapp: QApplication) -> None:
    product = products()[0]
    assert [stock_words(product, room) for room in (200, 40, 5)] == ["库存 3,208", "3,208", ""]
    assert stock_words(replace(product, stock=0), 200) == "没有库存"


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_facts_of_usual_products_have_room(window: MainWindow, run: Run, language: str) -> None:
    window.set_language(language)
    run(settle(window))
    width = window.pool.delegate._text_width(window.pool.list.viewport().width())
    for product in products():
        worst = replace(product, price=Money(12_990), commission_bp=2550, stock=12_840)
        price = QFontMetrics(theme.font("price")).horizontalAdvance(str(worst.price)) + 8
        earn = tr("ui.pool.commission", rate=figures.percent(worst.commission_bp))
        used = price + QFontMetrics(theme.font("strong")).horizontalAdvance(earn) + 8
        assert stock_words(worst, width - used) != ""
