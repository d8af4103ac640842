from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from studio.core.errors import UserError
from studio.core.goods import Product
from studio.core.money import Money
from studio.show import timing
from studio.show.rundown import Item, ItemState, Rundown
from tests.refused import refused


def product(number: int, price_fen: int = 2990, version: int = 1) -> Product:
    money = Money(price_fen)
    return Product(id=f"p{number}", title=f"脐橙 {number}", price=money, list_price=money, stock=9, version=version)


def item(number: int, planned_s: int = 60) -> Item:
    return Item(id=f"i{number}", product=product(number), live_price=Money(2990), planned_s=planned_s)


def plan(count: int) -> Rundown:
    rundown = Rundown(id="r", title="场")
    for number in range(count):
        rundown = rundown.add(item(number))
    return rundown


def test_next_walks_through_the_plan_once() -> None:
    rundown, seen = plan(3), []
    for now_ms in (0, 1000, 3000):
        rundown = rundown.take(rundown.next_id(), now_ms)
        seen.append(rundown.on_air.item_id)
    assert seen == ["i0", "i1", "i2"]
    with refused("rundown.at_end"):
        rundown.next_id()
    assert [timing.aired_ms(rundown, each, 4000) for each in rundown.items] == [1000, 2000, 1000]


def test_what_is_on_air_does_not_change_under_our_feet() -> None:
    rundown = plan(2).take("i0", 0)
    changed = rundown.refresh(product(0, price_fen=1))
    assert changed.on_air.live_price == Money(2990)
    assert changed.items[0].live_price == Money(1)
    with refused("rundown.on_air"):
        rundown.remove("i0")


def test_an_item_can_come_back() -> None:
    rundown = plan(2).take("i0", 0).take("i1", 5_000).take("i0", 6_000)
    assert timing.aired_ms(rundown, rundown.find("i0"), 7_000) == 6_000
    assert rundown.state(rundown.find("i1")) is ItemState.DONE


def test_the_same_product_is_planned_once() -> None:
    with refused("rundown.already_in"):
        plan(1).add(item(0))


def test_expected_end_and_offset() -> None:
    rundown = plan(3).take("i0", 0)
    assert timing.expected_end_ms(rundown, 30_000) == 180_000
    assert timing.offset_s(rundown, 0, 30_000) == 0
    assert timing.offset_s(rundown, 0, 90_000) == 30
    early = rundown.take("i1", 20_000)
    assert timing.offset_s(early, 0, 20_000) == -40
    assert timing.remaining_ms(rundown, 70_000) == -10_000


@given(st.integers(0, 3), st.integers(-5, 9))
def test_a_move_keeps_every_item(which: int, to: int) -> None:
    moved = plan(4).move(f"i{which}", to)
    assert sorted(each.id for each in moved.items) == ["i0", "i1", "i2", "i3"]
    assert moved.number(f"i{which}") == max(0, min(to, 3)) + 1


class RundownMachine(RuleBasedStateMachine):
    """Any order of wishes leaves a rundown that makes sense; a refused wish changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.rundown = Rundown(id="r", title="")
        self.now_ms = 0
        self.made = 0

    def attempt(self, change) -> None:
        before = self.rundown
        try:
            self.rundown = change(before)
        except UserError:
            assert self.rundown is before
        else:
            assert self.rundown.version > before.version

    def some_id(self, number: int) -> str:
        items = self.rundown.items
        return items[number % len(items)].id if items else "nothing"

    @rule()
    def add(self) -> None:
        self.made += 1
        self.attempt(lambda rundown: rundown.add(item(self.made)))

    @rule(number=st.integers(0, 20), to=st.integers(-2, 20))
    def move(self, number: int, to: int) -> None:
        self.attempt(lambda rundown: rundown.move(self.some_id(number), to))

    @rule(number=st.integers(0, 20))
    def remove(self, number: int) -> None:
        self.attempt(lambda rundown: rundown.remove(self.some_id(number)))

    @rule(number=st.integers(0, 20))
    def standby(self, number: int) -> None:
        self.attempt(lambda rundown: rundown.standby(self.some_id(number)))

    @rule(number=st.integers(0, 20), wait_ms=st.integers(0, 9_000))
    def take(self, number: int, wait_ms: int) -> None:
        self.now_ms += wait_ms
        self.attempt(lambda rundown: rundown.take(self.some_id(number), self.now_ms))

    @invariant()
    def it_makes_sense(self) -> None:
        rundown = self.rundown
        ids = [each.id for each in rundown.items]
        assert len(ids) == len(set(ids))
        assert rundown.standby_id is None or rundown.standby_id in ids
        assert rundown.on_air is None or rundown.on_air.item_id in ids
        assert rundown.on_air is None or rundown.standby_id != rundown.on_air.item_id
        assert timing.expected_end_ms(rundown, self.now_ms) >= self.now_ms
        aired = sum(timing.aired_ms(rundown, each, self.now_ms) for each in rundown.items)
        assert 0 <= aired <= self.now_ms


TestRundownMachine = RundownMachine.TestCase
