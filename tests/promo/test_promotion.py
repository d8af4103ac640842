import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from studio.core.errors import UserError
from studio.core.money import Money
from studio.promo.kinds import from_settings, to_settings
from studio.promo.promotion import (
    FIRE_WITHIN_MS,
    LOOK_UP_AFTER_MS,
    Check,
    Promotion,
    PromotionState,
    checks,
    committed,
)
from tests.refused import refused

COUPON = {"name": "满59减20", "threshold_fen": 5900, "amount_fen": 2000, "total_count": 30}
ENVELOPE = {"name": "拼手气", "total_fen": 20_000, "count": 100}
FINE = (Check(key="budget", is_ok=True),)


def coupon(**changes: object) -> Promotion:
    return Promotion(id="c", session_id="s", kind=from_settings("coupon", COUPON | changes))


def test_the_whole_life_of_a_drop() -> None:
    asked = coupon().arm(FINE).ask("key", 1_000, FINE)
    assert asked.not_after_ms == 1_000 + FIRE_WITHIN_MS
    live = asked.confirm("c9", 1_100, 61_100)
    assert live.is_running(61_099)
    assert not live.is_running(61_100)
    assert live.end().state is PromotionState.ENDED


def test_a_key_is_asked_for_once() -> None:
    asked = coupon().arm(FINE).ask("key", 0, FINE)
    with refused("promo.wrong_state"):
        asked.ask("other", 1, FINE)
    with refused("promo.wrong_state"):
        asked.doubt("cut").ask("other", 1, FINE)


def test_a_failed_check_is_named() -> None:
    with refused("promo.check_stock"):
        coupon().arm((Check(key="budget", is_ok=True), Check(key="stock", is_ok=False)))


def test_it_expires_only_well_after_its_deadline() -> None:
    asked = coupon().arm(FINE).ask("key", 0, FINE)
    assert not asked.may_expire(FIRE_WITHIN_MS + LOOK_UP_AFTER_MS)
    assert asked.may_expire(FIRE_WITHIN_MS + LOOK_UP_AFTER_MS + 1)


def test_preflight_counts_all_others() -> None:
    other = coupon().arm(FINE).ask("k", 0, FINE).doubt("cut")
    mine = Promotion(id="e", session_id="s", kind=from_settings("red_envelope", ENVELOPE))

    def fine(cap_fen: int) -> bool:
        found = checks(mine, is_live=True, cap=Money(cap_fen), others=(other, mine), stock=None, is_fresh=True)
        return all(check.is_ok for check in found)

    assert fine(80_000)
    assert not fine(79_999)


def test_what_is_owed_when_it_is_over() -> None:
    closed = coupon().arm(FINE).ask("k", 0, FINE).confirm("c", 0, 9).count(5, 2, Money(4_000)).close()
    assert committed((closed,)) == Money(10_000)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("coupon", {"name": ""}),
        ("coupon", {"name": "一二三四五六七八九十一"}),
        ("coupon", {"amount_fen": 0}),
        ("coupon", {"amount_fen": 6000}),
        ("coupon", {"total_count": 1.5}),
        ("coupon", {"per_buyer": 31}),
        ("coupon", {"nonsense": 1}),
        ("red_envelope", {"count": 2_001}),
        ("red_envelope", {"total_fen": 2_000_001}),
        ("red_envelope", {"total_fen": 99}),
        ("red_envelope", {"mode": "winners"}),
        ("lottery", {}),
    ],
)
def test_settings_out_of_bounds_are_refused(kind: str, changes: dict[str, object]) -> None:
    with pytest.raises(UserError):
        from_settings(kind, (COUPON if kind == "coupon" else ENVELOPE) | changes)


def test_settings_survive_being_stored() -> None:
    kind = from_settings("red_envelope", ENVELOPE)
    assert from_settings("red_envelope", to_settings(kind)) == kind


class PromotionMachine(RuleBasedStateMachine):
    """Whatever comes in whatever order: one key at most, and never live without having been asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.promotion = coupon()
        self.keys: set[str] = set()
        self.now_ms = 0

    @rule(step=st.sampled_from(["arm", "disarm", "ask", "confirm", "doubt", "refuse", "expire", "end", "close"]))
    def attempt(self, step: str) -> None:
        promotion = self.promotion
        self.now_ms += 700
        wishes = {
            "arm": lambda: promotion.arm(FINE),
            "ask": lambda: promotion.ask(f"k{self.now_ms}", self.now_ms, FINE),
            "confirm": lambda: promotion.confirm("p", self.now_ms, self.now_ms + 1),
            "doubt": lambda: promotion.doubt("cut"),
            "refuse": lambda: promotion.refuse("no"),
        }
        try:
            self.promotion = wishes.get(step, getattr(promotion, step))()
        except UserError:
            return
        if self.promotion.key:
            self.keys.add(self.promotion.key)

    @invariant()
    def at_most_one_key(self) -> None:
        assert len(self.keys) <= 1
        if self.promotion.state is PromotionState.LIVE:
            assert self.keys == {self.promotion.key}


TestPromotionMachine = PromotionMachine.TestCase
