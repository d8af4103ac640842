"""The window's way to the desk: presses, refusals, faults."""

from __future__ import annotations

import qasync

from studio.core.errors import UserError
from studio.desk.queries import PictureOf
from studio.ui.bridge import Bridge
from tests.ui.conftest import Run
from tests.ui.fake_desk import FakeDesk


def test_each_press_has_an_id_of_its_own(bridge: Bridge, desk: FakeDesk, run: Run) -> None:
    bridge.say("show.next")
    bridge.say("show.next", seen_version=12)
    run(bridge.drain())
    assert desk.done == [("show.next", {}), ("show.next", {})]
    first, second = desk.by
    assert first.press_id and second.press_id and first.press_id != second.press_id
    assert (first.name, first.seen_version, second.seen_version) == ("小李", None, 12)


def test_refusal_is_said_and_nothing_else_happens(bridge: Bridge, desk: FakeDesk, run: Run) -> None:
    said: list[tuple[str, str]] = []
    settled: list[str] = []
    bridge.noticed.connect(lambda level, text: said.append((level, text)))
    bridge.settled.connect(settled.append)
    desk.refusals["show.next"] = UserError("error.money.not_an_amount", text="x")
    bridge.say("show.next")
    run(bridge.drain())
    assert said == [("error", str(desk.refusals["show.next"]))]
    assert settled == ["show.next"]


def test_bug_reaches_the_loop_and_the_person(bridge: Bridge, desk: FakeDesk, loop: qasync.QEventLoop) -> None:
    faults: list[BaseException] = []
    loop.set_exception_handler(lambda _loop, context: faults.append(context["exception"]))
    said: list[str] = []
    bridge.noticed.connect(lambda _level, text: said.append(text))
    desk.refusals["show.next"] = ZeroDivisionError()
    bridge.say("show.next")
    loop.run_until_complete(bridge.drain())
    loop.run_until_complete(bridge.drain())
    assert [type(fault) for fault in faults] == [ZeroDivisionError]
    assert len(said) == 1


def test_read_hands_the_answer_on_or_says_why_not(bridge: Bridge, run: Run) -> None:
    answers: list[object] = []
    refusals: list[UserError] = []
    bridge.read(PictureOf("p0"), answers.append)
    bridge.read("no such question", answers.append, refusals.append)
    run(bridge.drain())
    assert len(answers) == 1 and isinstance(answers[0], bytes)
    assert [error.key for error in refusals] == ["error.desk.unknown_verb"]
