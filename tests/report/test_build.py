"""The figures of a report."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.report import ShowData, build
from studio.report.data import ChainFacts, HealthSample, RecordingFacts, SessionFacts, WitnessFacts
from studio.report.stream import POINTS, grown, thinned
from tests.report.shows import GOODS, START_MS, order, promotion, rich

STATUSES = ("unpaid", "paid", "received", "settled", "void", "clawback")
ORDERS = st.lists(
    st.builds(
        order,
        st.sampled_from([*(product_id for product_id, *_ in GOODS), "unknown"]),
        st.integers(0, 10_000_000),
        st.sampled_from(STATUSES),
    ),
    max_size=60,
)


def test_a_report_is_json_and_comes_back_the_same() -> None:
    report = build(rich())
    assert json.loads(json.dumps(report, ensure_ascii=False)) == json.loads(json.dumps(report))
    assert report["session"]["duration_s"] == 2520.0
    assert report["format"] == "anchor-studio.report"


@given(ORDERS)
def test_the_rows_add_up_to_the_totals(orders: list[dict[str, object]]) -> None:
    report = build(rich(orders=tuple(orders)))
    for name, total in report["totals"].items():
        assert total == sum(product[name] for product in report["products"])
    kept = [row for row in orders if row["status"] in ("paid", "received", "settled")]
    assert report["totals"]["gmv_fen"] == sum(int(str(row["paid_fen"])) for row in kept)
    counted = report["totals"]["orders"] + report["totals"]["unpaid_orders"] + report["totals"]["returned_orders"]
    assert counted == len(orders)


def test_commission_is_of_what_was_paid_and_kept() -> None:
    orders = (order("p1", 2990), order("p1", 2990, "clawback"), order("p1", 0, "unpaid"))
    row = build(rich(orders=orders))["products"][0]
    assert (row["gmv_fen"], row["returned_fen"], row["commission_fen"]) == (2990, 2990, 598)
    assert (row["orders"], row["returned_orders"], row["unpaid_orders"]) == (1, 1, 1)


def test_orders_outside_the_rundown_are_shown() -> None:
    report = build(rich(orders=(order("stranger", 500),)))
    assert report["products"][-1]["product_id"] == "stranger"
    assert report["products"][-1]["gmv_fen"] == report["totals"]["gmv_fen"] == 500


def test_promotions_are_summed_by_kind() -> None:
    summary = build(rich())["promotions"]["summary"]
    assert summary["coupon"] == {
        "count": 3,
        "asked": 2,
        "confirmed": 2,
        "unconfirmed": 0,
        "claimed": 364,
        "redeemed": 128,
        "cost_fen": 256_000,
        "budget_fen": 1_200_000,
    }
    assert (summary["red_envelope"]["asked"], summary["red_envelope"]["unconfirmed"]) == (2, 1)


def test_problems_are_told_in_plain_words() -> None:
    shaky = rich(
        promotions=(promotion("满59减20", "unconfirmed"), promotion("红包", cost_fen=2, budget_fen=1)),
        ingest={"frames_decoded": 10_000, "frames_received": 74_000, "width": 720, "height": 1280},
        recordings=(RecordingFacts(path="a.mp4", bytes=0, seconds=0.0),),
        problems=("已有的", "已有的"),
    )
    problems = build(shaky)["problems"]
    assert problems[0] == "已有的"
    assert len(problems) == len(set(problems)) == 5
    assert any("满59减20" in problem for problem in problems)
    assert any("13.4%" in problem for problem in problems)


def test_the_moment_before_the_push_is_up_is_no_problem() -> None:
    def told(encoded: int, decoded: int) -> bool:
        samples = tuple(
            HealthSample(at_ms=START_MS + at_ms, fps=30.0, bitrate_bps=1e6, frames_encoded=count)
            for at_ms, count in ((0, 40), (9_000, 40 + encoded))
        )
        ingest = {"frames_decoded": decoded, "frames_received": decoded, "width": 720, "height": 1280}
        return any("%" in problem for problem in build(rich(health=samples, ingest=ingest))["problems"])

    assert not told(680, 630)
    assert told(200, 0)
    assert told(7_000, 6_500)


def test_a_good_show_has_no_problem() -> None:
    assert build(rich(promotions=(promotion("满59减20"),), problems=()))["problems"] == []


@pytest.mark.parametrize(
    ("chain", "verdict"),
    [
        (ChainFacts(witnesses=(WitnessFacts(seq=1, head="a", is_ok=True),)), "ok"),
        (ChainFacts(), "unwitnessed"),
        (ChainFacts(is_ok=False, broken_at=4), "broken"),
        (ChainFacts(is_ok=False), "broken"),
        (ChainFacts(is_ok=False, witnesses=(WitnessFacts(seq=1, head="a", is_ok=False),)), "mismatch"),
        (ChainFacts(witnesses=(WitnessFacts(seq=1, head="a", is_ok=False),)), "mismatch"),
        (ChainFacts(is_ok=False, broken_at=4, witnesses=(WitnessFacts(seq=1, head="a", is_ok=False),)), "broken"),
    ],
)
def test_the_chain_has_a_verdict(chain: ChainFacts, verdict: str) -> None:
    report = build(rich(chain=chain))
    assert report["as_run"]["chain"]["verdict"] == verdict
    told = any("日志" in problem for problem in report["problems"])
    assert told is (verdict in ("broken", "mismatch"))


def test_an_empty_show_is_reported_too() -> None:
    session = SessionFacts(id="s", title="", anchor="", started_ms=None, ended_ms=None, is_rehearsal=False)
    report = build(ShowData(session=session))
    assert report["as_run"]["chain"]["verdict"] == "empty"
    assert report["problems"] == []
    assert report["stream"]["fps_median"] is None


def test_counters_that_start_again_are_added() -> None:
    assert grown([0, 10, 25, 3, 8]) == 33
    assert grown([94, 124, 154]) == 60
    assert grown([]) == 0
    stream = build(rich())["stream"]
    assert stream["frames_encoded"] > 70_000
    assert stream["decoded_share"] > 0.99


@given(st.integers(0, 3 * POINTS))
def test_thinning_keeps_the_worst_second(count: int) -> None:
    samples = [HealthSample(at_ms=START_MS + i * 1000, fps=30.0, bitrate_bps=1e6) for i in range(count)]
    if samples:
        samples[count // 2] = replace(samples[count // 2], fps=4.0)
    thin = thinned(samples)
    assert len(thin) <= POINTS
    assert not samples or min(sample["fps"] for sample in thin) == 4.0
