"""The rundown: order by drag and by key, what is on air, times."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest

from studio.core.errors import UserError
from studio.ui import theme
from studio.ui.rundown_list import RundownModel
from studio.ui.window import MainWindow
from tests.ui.conftest import Run, settle
from tests.ui.fake_desk import NOW_MS, FakeDesk

ALT = Qt.KeyboardModifier.AltModifier


def order(model: RundownModel) -> list[str]:
    return [each["id"] for each in model.items]


def choose(window: MainWindow, row: int) -> None:
    window.rundown.list.setCurrentIndex(window.rundown.model.index(row))


@pytest.mark.parametrize(("row", "before", "place"), [(7, 5, 5), (5, 8, 7), (9, 0, 0), (0, 10, 9)])
def test_drop_between_rows_wishes_the_right_place(
    window: MainWindow, desk: FakeDesk, run: Run, row: int, before: int, place: int
) -> None:
    model = window.rundown.model
    moved = model.items[row]["id"]
    assert model.moveRows(QModelIndex(), row, 1, QModelIndex(), before)
    run(settle(window))
    assert desk.done == [("rundown.move", {"item_id": moved, "to": place})]
    assert desk.by[0].seen_version == 12
    assert order(model)[place] == moved


@pytest.mark.parametrize("before", [4, 5])
def test_drop_on_its_own_place_wishes_nothing(window: MainWindow, desk: FakeDesk, run: Run, before: int) -> None:
    window.rundown.model.moveRows(QModelIndex(), 4, 1, QModelIndex(), before)
    run(settle(window))
    assert desk.done == []


def test_dropped_data_wishes_too(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    model = window.rundown.model
    data = model.mimeData([model.index(8)])
    assert not model.dropMimeData(data, Qt.DropAction.MoveAction, 6, 0, QModelIndex()), "the view must keep the row"
    run(settle(window))
    assert desk.done == [("rundown.move", {"item_id": "i9", "to": 6})]
    assert order(model) == ["i1", "i2", "i3", "i4", "i5", "i6", "i9", "i7", "i8", "i10"]


def test_alt_arrows_move_the_chosen_item_and_stay_on_it(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    dock = window.rundown
    choose(window, 7)
    QTest.keyClick(dock.list, Qt.Key.Key_Up, ALT)
    run(settle(window))
    QTest.keyClick(dock.list, Qt.Key.Key_Up, ALT)
    run(settle(window))
    QTest.keyClick(dock.list, Qt.Key.Key_Down, ALT)
    run(settle(window))
    assert [args["to"] for _verb, args in desk.done] == [6, 5, 6]
    assert dock.model.items[dock.list.currentIndex().row()]["id"] == "i8"
    choose(window, 0)
    QTest.keyClick(dock.list, Qt.Key.Key_Up, ALT)
    run(settle(window))
    assert len(desk.done) == 3


def test_refused_move_leaves_the_list_as_the_desk_has_it(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    before = order(window.rundown.model)
    desk.refusals["rundown.move"] = UserError("error.money.not_an_amount", text="x")
    window.rundown.model.moveRows(QModelIndex(), 7, 1, QModelIndex(), 5)
    run(settle(window))
    assert order(window.rundown.model) == before
    assert len(window.notices.texts()) == 1


def test_take_standby_and_remove_act_on_the_chosen_item(window: MainWindow, desk: FakeDesk, run: Run) -> None:
    dock = window.rundown
    assert not dock.take_button.isEnabled() and "先" in dock.take_button.toolTip()
    choose(window, 6)
    for button in (dock.take_button, dock.standby_button, dock.remove_button):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        run(settle(window))
    wanted = {"item_id": "i7"}
    assert desk.done == [("show.take", wanted), ("rundown.standby", wanted), ("rundown.remove", wanted)]
    choose(window, 4)
    assert not dock.remove_button.isEnabled() and dock.remove_button.toolTip() == "这个正在讲解"


def test_unchanged_rows_are_not_painted_again(window: MainWindow, desk: FakeDesk) -> None:
    changed: list[int] = []
    window.rundown.model.dataChanged.connect(lambda first, _last, _roles: changed.append(first.row()))
    window.refresh()
    assert changed == []
    desk.state["rundown"]["items"][8]["stock"] = 0
    window.refresh()
    assert changed == [8]


def test_edge_and_tint_of_on_air_and_next_are_painted(window: MainWindow) -> None:
    dock, colours = window.rundown, theme.tokens()
    for row, edge, tint in ((4, colours.live, colours.tint_live), (5, colours.ok, colours.tint_next)):
        rect = dock.list.visualRect(dock.model.index(row))
        shot = dock.list.viewport().grab(rect).toImage()
        assert shot.pixelColor(1, rect.height() // 2).name() == edge.lower()
        assert shot.pixelColor(8, rect.height() // 2).name() == tint.lower()
    states = [dock.model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in (4, 5)]
    assert "讲解中" in states[0] and "预备" in states[1]


def test_times_of_items(window: MainWindow, desk: FakeDesk) -> None:
    dock = window.rundown
    on_air, done = dock.model.items[4], dock.model.items[0]
    assert dock.delegate.elapsed_s(on_air) == 321
    assert dock.delegate.elapsed_s(done) == 312
    assert not dock.delegate.is_over(on_air)
    desk.state["now_ms"] = NOW_MS + 200_000
    window.refresh()
    assert dock.delegate.elapsed_s(on_air) == 521
    assert dock.delegate.is_over(on_air)


@pytest.mark.parametrize(
    ("offset_s", "words", "tone"), [(180.0, "晚 3 分", "warn"), (-95.0, "早 2 分", "text2"), (12.0, "准时", "ok")]
)
def test_header_says_end_and_offset(window: MainWindow, desk: FakeDesk, offset_s: float, words: str, tone: str) -> None:
    desk.state["rundown"]["offset_s"] = offset_s
    window.refresh()
    assert words in window.rundown.aside.text()
    assert window.rundown.aside.property("tone") == tone
    assert window.rundown.note.text() == "10 个坑位 · 已播 4"


def test_empty_rundown_says_the_next_step(window: MainWindow, desk: FakeDesk) -> None:
    desk.state["rundown"] |= {"items": [], "on_air_id": None, "standby_id": None, "expected_end_ms": None}
    window.refresh()
    assert window.rundown.empty.isVisible() and "双击" in window.rundown.empty.text()
    assert window.rundown.aside.text() == ""
    assert not window.picture.next_button.isEnabled()
