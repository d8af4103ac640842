"""Timer maths: pure functions of a rundown and now; all screens show the same numbers."""

from __future__ import annotations

from studio.show.rundown import Item, ItemState, Rundown


def aired_ms(rundown: Rundown, item: Item, now_ms: int) -> int:
    """How long an item has been on air in all its takes."""
    if rundown.on_air is not None and rundown.on_air.item_id == item.id:
        return item.aired_ms + now_ms - rundown.on_air.taken_ms
    return item.aired_ms


def remaining_ms(rundown: Rundown, now_ms: int) -> int | None:
    """What is left of the item on air; negative in overtime (超时), None when nothing is on air."""
    if rundown.on_air is None:
        return None
    return rundown.on_air.planned_s * 1000 - (now_ms - rundown.on_air.taken_ms)


def expected_end_ms(rundown: Rundown, now_ms: int) -> int:
    """When the show ends if everything still waiting takes its planned time; an item in overtime takes no more."""
    waiting_s = sum(
        item.planned_s for item in rundown.items if rundown.state(item) in (ItemState.PLANNED, ItemState.STANDBY)
    )
    return now_ms + max(0, remaining_ms(rundown, now_ms) or 0) + waiting_s * 1000


def offset_s(rundown: Rundown, started_ms: int, now_ms: int) -> float:
    """How late (positive) or early (negative) the show is against the plan from its start."""
    planned_ms = sum(item.planned_s for item in rundown.items) * 1000
    return (expected_end_ms(rundown, now_ms) - started_ms - planned_ms) / 1000
