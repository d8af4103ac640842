"""Ends that a review found: late answers, disks that refuse, pages that were not saved, shows that end in the wrong moment."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from studio.core.errors import UserError
from studio.core.money import Money
from studio.desk import facts
from studio.desk.ports import OrderPage, OrderState, OrderStatus, PlatformError
from studio.promo.promotion import FIRE_WITHIN_MS, LOOK_UP_AFTER_MS, PromotionState
from studio.show.session import SessionState
from tests.desk.doubles import Stage, play
from tests.desk.test_promo_verbs import cut, dropped, looked_up
from tests.refused import refused


@contextmanager
def full_disk(stage: Stage):
    """Nothing can be saved inside the block."""
    real = stage.store.transaction

    @contextmanager
    def refuses():
        raise UserError("error.store.cannot_write", path="x", reason="disk full")
        yield

    stage.store.transaction = refuses  # type: ignore[method-assign]
    try:
        yield
    finally:
        stage.store.transaction = real  # type: ignore[method-assign]


def test_a_no_that_was_asked_in_time_and_came_late_proves_nothing(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        stage.platform.before = cut
        promotion_id = await dropped(stage)
        await stage.settle()
        asked_ms = stage.clock.now_ms()
        stage.clock.advance((FIRE_WITHIN_MS + LOOK_UP_AFTER_MS) / 1000 + 1)
        stage.desk.hear([facts.PromotionUnknown(promotion_id=promotion_id, asked_ms=asked_ms)])
        assert stage.promotion(promotion_id).state is PromotionState.UNCONFIRMED

    play(story, tmp_path)


def test_an_answer_that_could_not_be_saved_is_looked_up(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        promotion_id = await dropped(stage)
        with full_disk(stage):
            await stage.settle()
        assert stage.promotion(promotion_id).state is PromotionState.ASKED
        stage.clock.advance(FIRE_WITHIN_MS / 1000 + 1)
        await looked_up(stage)
        assert stage.promotion(promotion_id).state is PromotionState.LIVE
        assert stage.platform.creates == 1

    play(story, tmp_path)


def test_a_question_of_an_ended_show_is_answered_in_the_next(tmp_path: Path) -> None:
    async def story(stage: Stage) -> Stage:
        stage.platform.after = cut
        promotion_id = await dropped(stage)
        await stage.settle()
        await stage.do("show.end")
        stage = await stage.again()
        assert stage.desk.state.session.state is SessionState.OFF_AIR
        await looked_up(stage)
        assert stage.promotion(promotion_id).state is PromotionState.LIVE
        return stage

    play(story, tmp_path)


def test_a_full_disk_does_not_silence_its_notice(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.live()
        with full_disk(stage):
            stage.desk.say("error", "the disk is full")
        assert stage.desk.state.notices[-1].text == "the disk is full"
        assert stage.desk.state.problems == 1

    play(story, tmp_path)


def test_a_recording_that_cannot_start_costs_the_recording_only(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        def refuses(_path: Path) -> None:
            raise UserError("error.store.cannot_write", path="x", reason="no")

        stage.picture.start_recording = refuses  # type: ignore[attr-defined]
        await stage.live()
        await stage.settle()
        assert "start_push" in [name for name, _ in stage.picture.told]
        assert not stage.desk.state.session.is_recording

    play(story, tmp_path)


def an_order(number: int) -> OrderState:
    return OrderState(
        order_id=f"o{number}",
        room_id="r",
        product_id="p0",
        sku_id=None,
        quantity=1,
        buyer_id="b",
        status=OrderStatus.PAID,
        total=Money(100),
        paid=Money(100),
        discount=Money(0),
        promotion_id=None,
        created_at_ms=number,
        updated_at_ms=number,
        version=number,
    )


def test_a_page_of_orders_that_was_not_saved_is_asked_for_again(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        def orders(room_id: str, since: int, limit: int) -> OrderPage:
            left = tuple(an_order(number) for number in range(since + 1, 4))[:1]
            return OrderPage(items=left, next_since=left[-1].version if left else since, has_more=bool(left))

        stage.platform.orders = orders  # type: ignore[method-assign]
        with full_disk(stage):
            stage.desk.hear([facts.OrdersHeard(orders=(an_order(1),), next_since=1)])
        assert stage.desk.state.session.orders_seen == 0
        await stage.live()
        deadline = time.monotonic() + 10
        while stage.desk.state.orders < 3 and time.monotonic() < deadline:
            await stage.desk.work(time.sleep, 0.01)
        assert stage.desk.state.gmv_fen == 300

    play(story, tmp_path)


def test_a_room_that_could_not_be_closed_is_closed_at_the_next_start(tmp_path: Path) -> None:
    async def story(stage: Stage) -> Stage:
        await stage.live()
        await stage.settle()
        stage.platform.is_away = True
        await stage.do("show.end")
        session_id = stage.desk.state.session.id
        stage.platform.is_away = False
        stage = await stage.again()
        await stage.show.finish_last()
        assert all(row["sent_ms"] is not None for row in stage.store.witnesses(session_id))
        assert len(stage.platform.witnessed) == 2
        return stage

    play(story, tmp_path)


def test_what_has_ended_takes_no_more_and_lengths_make_sense(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        with refused("rundown.bad_length"):
            await stage.do("rundown.add", product_id="p8", planned_s=0)
        await stage.live()
        await stage.do("show.end")
        with refused("show.already_ended"):
            await stage.do("show.next")

    play(story, tmp_path)


def test_older_counts_never_overwrite_newer_ones(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        promotion_id = await dropped(stage)
        await stage.settle()
        receipt = stage.platform.ledger[stage.promotion(promotion_id).key]
        for claimed in (5, 1):
            fact = facts.PromotionAnswered(promotion_id=promotion_id, receipt=replace(receipt, claimed=claimed))
            stage.desk.hear([fact])
        assert stage.promotion(promotion_id).claimed == 5

    play(story, tmp_path)


def test_a_platform_that_comes_back_shows_what_is_on_air(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.live()
        await stage.do("show.next")
        await stage.settle()
        stage.platform.is_away = True
        await stage.do("show.next")
        await stage.settle()
        stage.platform.is_away = False
        stage.desk.hear([facts.PlatformLost(error=PlatformError("error.show.feed_broken")), facts.PlatformBack()])
        await stage.settle()
        assert stage.platform.features[-1] == stage.desk.state.rundown.on_air.product.id

    play(story, tmp_path)
