"""The program is killed at random and at the worst moments; afterwards the show is as it was, and no money moved twice."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from studio.promo.promotion import PromotionState
from tests.survival.checks import check_ledgers, check_recording, check_same_place, resume
from tests.survival.stage import HubStage, StudioStage, decoded, stage, wait_until

KILLS = 2
SEED = int(os.environ.get("ANCHOR_STUDIO_SEED") or random.SystemRandom().randrange(10**6))

pytestmark = [pytest.mark.timeout(240), pytest.mark.alone]


def held(hub: HubStage, mode: str) -> bool:
    return any(each["mode"] == mode for each in hub.ask("GET", "/v1/faults")["held"])


def hold(hub: HubStage, mode: str) -> None:
    wish = {"path": "/(coupons|red_envelopes)$", "method": "POST", "mode": mode, "times": 1, "hold_s": 60}
    hub.ask("POST", "/v1/faults", wish)


def finish(hub: HubStage, studio: StudioStage) -> None:
    """Let the show come to its end and compare the two ledgers once more."""
    studio.wait(120)
    after = studio.saved()
    assert after.verbs[-1] == "show.end" or "show.end" in after.verbs
    check_ledgers(hub, after)


def test_kills_at_random_moments(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    dice = random.Random(SEED)
    with stage(tmp_path, minutes=0.4) as (hub, studio):
        studio.start()
        studio.wait_for("Took no. 1")
        for _ in range(KILLS):
            time.sleep(dice.uniform(0.5, 4.0))
            killed_ms = studio.kill()
            before = studio.saved()
            check_recording(before, studio.out, killed_ms)
            if not any(promotion.state is PromotionState.ASKED for promotion in before.promotions):
                check_ledgers(hub, before)
            resume(studio)
            check_same_place(before, studio.saved())
        finish(hub, studio)
        for recording in studio.saved().recordings:
            decoded(studio.out / recording.path)


@pytest.mark.parametrize(
    ("mode", "outcome"),
    [("hold_before", PromotionState.EXPIRED), ("hold_after", PromotionState.LIVE), ("answered", PromotionState.LIVE)],
)
def test_a_kill_inside_a_drop(tmp_path: Path, mode: str, outcome: PromotionState) -> None:
    """Between save and request, request and answer, answer and save: at most one coupon exists, and the studio knows."""
    with stage(tmp_path, minutes=0.3) as (hub, studio):
        if mode != "answered":
            hold(hub, mode)
        studio.start()
        studio.wait_for("Took no. 2")
        if mode == "answered":
            room_id = wait_until(lambda: studio.saved().session.room_id, 10, "an open room")
            wait_until(lambda: hub.promotions(room_id), 20, "a coupon on the hub")
        else:
            wait_until(lambda: held(hub, mode), 20, "the drop")
        killed_ms = studio.kill()
        before = studio.saved()
        hub.ask("DELETE", "/v1/faults")
        check_recording(before, studio.out, killed_ms)
        coupon = next(promotion for promotion in before.promotions if promotion.key)
        if mode != "answered":
            assert coupon.state is PromotionState.ASKED
        resume(studio)
        check_same_place(before, studio.saved())

        def settled() -> bool:
            now = next(each for each in studio.saved().promotions if each.id == coupon.id)
            return now.state not in (PromotionState.ASKED, PromotionState.UNCONFIRMED)

        wait_until(settled, 15, "an outcome")
        now = next(each for each in studio.saved().promotions if each.id == coupon.id)
        assert now.state in (outcome, PromotionState.ENDED if outcome is PromotionState.LIVE else outcome)
        assert now.key == coupon.key
        if mode == "hold_before":
            finish(hub, studio)
        else:
            check_ledgers(hub, studio.saved())
