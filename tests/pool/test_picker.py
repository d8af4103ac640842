"""The picker: points that add up and say why."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from studio.core import i18n
from studio.core.goods import Product
from studio.core.money import Money
from studio.pool.picker import AnchorProfile, match, shortlist

PRODUCT = Product(
    id="p1",
    title="赣南脐橙5斤装",
    price=Money(2990),
    list_price=Money(3990),
    stock=10,
    shop="果园",
    category="生鲜水果",
    commission_bp=2000,
    sales=100_000,
    return_rate_bp=0,
)
PROFILE = AnchorProfile(
    categories=frozenset({"生鲜水果"}), low_price=Money(1000), high_price=Money(5000), words=("脐橙",)
)


def points(product: Product) -> dict[str, int]:
    return {reason.name: reason.points for reason in match(product, PROFILE).reasons}


def test_the_best_product_has_all_points_and_every_reason_is_told() -> None:
    best = match(PRODUCT, PROFILE)
    assert best.points == 100
    for language in i18n.LANGUAGES:
        i18n.set_language(language)
        assert "30/30" in str(best.reasons[0])
        assert "pool.picker" not in " ".join(map(str, best.reasons))
    i18n.set_language("zh_CN")


def test_each_reason_moves_its_own_points_only() -> None:
    whole = points(PRODUCT)
    changes = {
        "category": replace(PRODUCT, category="数码"),
        "price": replace(PRODUCT, price=Money(10_000)),
        "commission": replace(PRODUCT, commission_bp=1000),
        "sales": replace(PRODUCT, sales=0),
        "returns": replace(PRODUCT, return_rate_bp=3000),
        "words": replace(PRODUCT, title="苹果"),
    }
    for name, product in changes.items():
        changed = points(product)
        assert changed[name] < whole[name]
        assert {key: value for key, value in changed.items() if key != name} == {
            key: value for key, value in whole.items() if key != name
        }
    assert points(changes["price"])["price"] == 10
    assert points(replace(PRODUCT, return_rate_bp=None))["returns"] == 5


def test_nothing_out_of_stock_is_shortlisted() -> None:
    assert match(replace(PRODUCT, stock=0), PROFILE).points == 0
    assert shortlist([replace(PRODUCT, stock=0)], PROFILE, 5) == ()


def test_a_shortlist_is_not_one_shops() -> None:
    products = [replace(PRODUCT, id=f"p{n}", sales=1000 - n) for n in range(10)]
    products.append(replace(PRODUCT, id="other", shop="另一家", sales=1))
    chosen = [one.product.id for one in shortlist(products, PROFILE, 5)]
    assert chosen == ["p0", "p1", "p2", "other"]


@given(
    st.integers(0, 10**7),
    st.integers(0, 10_000),
    st.integers(0, 10**7),
    st.none() | st.integers(0, 10_000),
    st.booleans(),
)
def test_points_stay_between_0_and_100(
    price_fen: int, commission_bp: int, sales: int, returns: int | None, is_known: bool
) -> None:
    product = replace(
        PRODUCT,
        price=Money(price_fen),
        commission_bp=commission_bp,
        sales=sales,
        return_rate_bp=returns,
        category="生鲜水果" if is_known else "",
    )
    assert all(0 <= reason.points <= reason.most for reason in match(product, PROFILE).reasons)
