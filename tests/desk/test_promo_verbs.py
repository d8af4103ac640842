from dataclasses import replace
from pathlib import Path

from studio.desk.ports import PlatformError
from studio.promo.promotion import FIRE_WITHIN_MS, LOOK_UP_AFTER_MS, PromotionState
from tests.desk.doubles import ASSISTANT, Stage, play
from tests.refused import refused


def cut() -> None:
    raise PlatformError("error.show.no_platform", is_unknown=True)


def no() -> None:
    raise PlatformError("error.show.no_platform", code="conflict")


async def dropped(stage: Stage, **settings: object) -> str:
    await stage.live()
    promotion_id = await stage.coupon(**settings)
    await stage.do("promo.arm", promotion_id=promotion_id)
    await stage.do("promo.drop", promotion_id=promotion_id)
    return promotion_id


async def looked_up(stage: Stage) -> None:
    stage.clock.advance(1.1)
    stage.promo.keep()
    await stage.settle()


def test_the_intent_is_saved_before_the_platform_is_asked(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        seen: list[str] = []
        stage.platform.before = lambda: seen.append(stage.store.promotions(stage.desk.state.session.id)[0].state.value)
        promotion_id = await dropped(stage)
        await stage.settle()
        assert seen == ["asked"]
        assert stage.promotion(promotion_id).state is PromotionState.LIVE
        assert [row["what"] for row in stage.store.ledger(stage.desk.state.session.id)] == [
            "add",
            "arm",
            "asked",
            "confirmed",
        ]

    play(story, tmp_path)


def test_a_second_press_gives_nothing_away(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        promotion_id = await dropped(stage)
        with refused("promo.wrong_state"):
            await stage.do("promo.drop", promotion_id=promotion_id)
        await stage.settle()
        with refused("promo.wrong_state"):
            await stage.do("promo.drop", promotion_id=promotion_id)
        assert stage.platform.creates == 1

    play(story, tmp_path)


def test_an_answer_that_was_lost_is_looked_up_never_repeated(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        stage.platform.after = cut
        promotion_id = await dropped(stage)
        await stage.settle()
        assert stage.promotion(promotion_id).state is PromotionState.UNCONFIRMED
        await looked_up(stage)
        assert stage.promotion(promotion_id).state is PromotionState.LIVE
        assert stage.platform.creates == 1

    play(story, tmp_path)


def test_a_request_that_never_arrived_expires_after_its_deadline(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        stage.platform.before = cut
        promotion_id = await dropped(stage)
        await stage.settle()
        await looked_up(stage)
        assert stage.promotion(promotion_id).state is PromotionState.UNCONFIRMED
        stage.clock.advance((FIRE_WITHIN_MS + LOOK_UP_AFTER_MS) / 1000)
        await looked_up(stage)
        assert stage.promotion(promotion_id).state is PromotionState.EXPIRED
        assert stage.platform.creates == 1

    play(story, tmp_path)


def test_while_the_platform_is_away_the_question_stays_open(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        stage.platform.after = cut
        promotion_id = await dropped(stage)
        await stage.settle()
        stage.platform.is_away = True
        stage.clock.advance(60)
        await looked_up(stage)
        assert stage.promotion(promotion_id).state is PromotionState.UNCONFIRMED
        stage.platform.is_away = False
        await looked_up(stage)
        assert stage.promotion(promotion_id).state is PromotionState.LIVE

    play(story, tmp_path)


def test_a_restart_between_request_and_answer(tmp_path: Path) -> None:
    async def story(stage: Stage) -> Stage:
        promotion_id = await dropped(stage)
        await stage.settle()
        asked = stage.store.promotions(stage.desk.state.session.id)[0]
        with stage.store.transaction() as tx:
            tx.promotion(replace(asked, state=PromotionState.ASKED, platform_id=None, confirmed_ms=None))
        stage = await stage.again()
        assert stage.promotion(promotion_id).state is PromotionState.UNCONFIRMED
        await looked_up(stage)
        assert stage.promotion(promotion_id).state is PromotionState.LIVE
        assert stage.platform.creates == 1
        return stage

    play(story, tmp_path)


def test_a_refusal_is_final(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        stage.platform.before = no
        promotion_id = await dropped(stage)
        await stage.settle()
        assert stage.promotion(promotion_id).state is PromotionState.REFUSED

    play(story, tmp_path)


def test_the_budget_counts_what_may_have_been_given(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        stage.platform.after = cut
        await dropped(stage, total_count=20)
        second = await stage.coupon(total_count=10)
        with refused("promo.check_budget"):
            await stage.do("promo.arm", promotion_id=second)
        assert stage.desk.snapshot()["budget"] == {"cap_fen": 50_000, "committed_fen": 40_000, "spent_fen": 0}
        await stage.settle()

    play(story, tmp_path)


def test_nothing_is_armed_off_air_and_assistants_do_not_drop(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.plan()
        promotion_id = await stage.coupon()
        with refused("promo.check_window"):
            await stage.do("promo.arm", promotion_id=promotion_id)
        await stage.do("show.go_live")
        await stage.do("promo.arm", promotion_id=promotion_id)
        with refused("desk.not_allowed"):
            await stage.do("promo.drop", ASSISTANT, promotion_id=promotion_id)
        await stage.do("promo.disarm", promotion_id=promotion_id)
        await stage.do("promo.remove", promotion_id=promotion_id)
        assert not stage.store.promotions(stage.desk.state.session.id)

    play(story, tmp_path)


def test_a_coupon_leaves_the_picture_when_its_time_is_over(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await dropped(stage, valid_s=10)
        await stage.settle()
        stage.promo.keep()
        assert "coupon_banner" in [layer.id for layer in stage.picture.scenes()[-1].layers]
        stage.clock.advance(10)
        stage.promo.keep()
        assert "coupon_banner" not in [layer.id for layer in stage.picture.scenes()[-1].layers]
        await stage.settle()

    play(story, tmp_path)


def test_the_rain_falls_for_a_while_also_when_all_is_grabbed_at_once(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.live()
        await stage.do("promo.add", kind="red_envelope", settings={"name": "红包", "total_fen": 900, "count": 3})
        promotion_id = list(stage.desk.state.promotions)[-1]
        await stage.do("promo.arm", promotion_id=promotion_id)
        await stage.do("promo.drop", promotion_id=promotion_id)
        await stage.settle()
        key = stage.promotion(promotion_id).key
        stage.platform.ledger[key] = replace(stage.platform.ledger[key], state="ended", claimed=3)
        await looked_up(stage)
        stage.clock.advance(1.1)
        await looked_up(stage)
        assert stage.promotion(promotion_id).state is PromotionState.ENDED
        assert stage.picture.scenes()[-1].layers[0].id == "red_envelope_rain"
        stage.clock.advance(13)
        stage.promo.keep()
        assert "red_envelope_rain" not in [layer.id for layer in stage.picture.scenes()[-1].layers]
        await stage.settle()

    play(story, tmp_path)
