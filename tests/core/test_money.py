import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.errors import UserError
from studio.core.money import Money

FEN = st.integers(-(10**12), 10**12)
WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(lambda weights: sum(weights) > 0)


@given(FEN, WEIGHTS)
def test_a_split_loses_no_fen_and_stays_near_the_exact_share(fen: int, weights: list[int]) -> None:
    parts = Money(fen).split(weights)
    assert sum(part.fen for part in parts) == fen
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.fen * sum(weights) - fen * weight) < sum(weights)


@given(FEN)
def test_what_is_printed_reads_back(fen: int) -> None:
    assert Money.from_yuan(str(Money(abs(fen)))) == Money(abs(fen))


@given(st.integers(0, 10**9), st.integers(0, 10_000))
def test_a_share_is_rounded_half_up(fen: int, rate_bp: int) -> None:
    assert Money(fen).share(rate_bp).fen == (fen * rate_bp * 2 + 10_000) // 20_000


@pytest.mark.parametrize("text", ["", "abc", "1.234", "NaN", "Infinity", "1,2,x"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        Money.from_yuan(text)


@pytest.mark.parametrize("fen", [1.0, True, "1"])
def test_fen_are_whole_numbers(fen: object) -> None:
    with pytest.raises(TypeError):
        Money(fen)  # type: ignore[arg-type]


@pytest.mark.parametrize(("fen", "text"), [(0, "¥0.00"), (123450, "¥1,234.50"), (-5, "-¥0.05")])
def test_money_is_written_with_its_unit(fen: int, text: str) -> None:
    assert str(Money(fen)) == text


@pytest.mark.parametrize("weights", [[], [0], [1, -1]])
def test_bad_weights_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Money(1).split(weights)
