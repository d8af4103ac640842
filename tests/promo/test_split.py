import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.promo.split import split_red_envelope


@given(st.integers(1, 200), st.integers(0, 100_000), st.sampled_from(["random", "equal"]), st.integers(0, 10**6))
def test_parts_add_up_and_nobody_gets_nothing(count: int, more: int, mode: str, seed: int) -> None:
    parts = split_red_envelope(count + more, count, mode, random.Random(seed))
    assert len(parts) == count
    assert sum(parts) == count + more
    assert min(parts) >= 1


def test_equal_parts_differ_by_one_fen_at_most() -> None:
    parts = split_red_envelope(1_003, 10, "equal", random.Random(1))
    assert max(parts) - min(parts) == 1


def test_every_place_expects_the_same() -> None:
    """The mean of each place is total/count within 4 standard errors (notes: platforms 6.4)."""
    dice, runs = random.Random(20261124), 4_000
    columns = list(zip(*(split_red_envelope(10_000, 10, "random", dice) for _ in range(runs)), strict=True))
    for column in columns:
        error = statistics.stdev(column) / runs**0.5
        assert abs(statistics.fmean(column) - 1_000) < 4 * error
    spreads = [statistics.stdev(column) for column in columns]
    assert spreads[0] < spreads[-1]
    assert max(max(column) for column in columns[:1]) <= 2_000


@pytest.mark.parametrize(("total", "count", "mode"), [(0, 1, "equal"), (5, 6, "random"), (5, 0, "equal"), (5, 5, "x")])
def test_impossible_splits_are_refused(total: int, count: int, mode: str) -> None:
    with pytest.raises(ValueError, match="red envelope|unknown mode"):
        split_red_envelope(total, count, mode, random.Random(1))
