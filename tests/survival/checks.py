"""What has to be true after a kill: nothing twice, nothing late, nothing forgotten."""

from __future__ import annotations

from pathlib import Path

from studio.promo.promotion import FIRE_WITHIN_MS, PromotionState
from tests.survival.stage import HubStage, Saved, StudioStage, last_picture_ms

LOST_AT_MOST_MS = 500


def check_recording(saved: Saved, folder: Path, killed_ms: int) -> float | None:
    """The recording plays to within half a second of the kill; returns what was lost in ms, None without a mark."""
    last_ms = last_picture_ms(saved, folder)
    if last_ms is None:
        return None
    lost_ms = killed_ms - last_ms
    assert lost_ms <= LOST_AT_MOST_MS, f"{lost_ms:.0f} ms of the recording are lost"
    return lost_ms


def check_same_place(before: Saved, after: Saved) -> None:
    """The same product is on air since the same moment, or the director has gone on from there; the queue is in place."""
    assert [item.id for item in after.rundown.items] == [item.id for item in before.rundown.items]
    assert after.session.id == before.session.id
    assert after.verbs[: len(before.verbs)] == before.verbs
    assert "show.resumed" in after.verbs[len(before.verbs) :]
    if "show.take" not in after.verbs[len(before.verbs) :]:
        assert after.rundown.on_air == before.rundown.on_air
        assert after.rundown.standby_id == before.rundown.standby_id


def check_ledgers(hub: HubStage, saved: Saved) -> None:
    """Every key exists on the hub at most once and was created in time; every row of the studio has an outcome."""
    assert saved.session.room_id is not None
    known = hub.promotions(saved.session.room_id)
    keys = [entry["key"] for entry in known]
    assert len(keys) == len(set(keys)), f"a key was acted on twice: {keys}"
    ours = {promotion.key: promotion for promotion in saved.promotions if promotion.key}
    assert set(keys) <= set(ours), "the hub has a promotion that the studio never asked for"
    for entry in known:
        asked = ours[entry["key"]]
        assert asked.asked_ms is not None
        assert entry["created_at_ms"] <= asked.asked_ms + FIRE_WITHIN_MS, "it was fired late"
        assert asked.state is not PromotionState.EXPIRED, "the studio calls expired what the hub created"
    for key, promotion in ours.items():
        confirmed = (PromotionState.LIVE, PromotionState.ENDED, PromotionState.CLOSED)
        if promotion.state in confirmed:
            assert key in keys
        else:
            assert promotion.state in (PromotionState.EXPIRED, PromotionState.REFUSED, PromotionState.UNCONFIRMED)


def resume(studio: StudioStage) -> None:
    """Start again on the same folder; the program says what happened."""
    studio.start()
    studio.wait_for("The last run did not end properly")
