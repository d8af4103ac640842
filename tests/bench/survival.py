"""Kills of the whole program at random moments: what each costs of the recording, against the half second allowed.

`python -m tests.bench.survival [--full] [--kills N] [--seed S]`. Every kill is followed by a start on the same folder
and by all the checks of `tests.survival`; a failed check ends the bench with exit code 1 and the seed. `--full` kills 50 times,
every third time inside a drop (before the request, before the answer, right after it)."""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path
from typing import NoReturn

from tests.bench.result import Result, finish, median
from tests.survival.checks import LOST_AT_MOST_MS, check_ledgers, check_recording, check_same_place, resume
from tests.survival.stage import HubStage, StudioStage, stage, wait_until

PER_SHOW = 5
MODES = ("hold_before", "hold_after", "answered")


def hold(hub: HubStage, mode: str) -> None:
    wish = {"path": "/(coupons|red_envelopes)$", "method": "POST", "mode": mode, "times": 1, "hold_s": 60}
    hub.ask("POST", "/v1/faults", wish)


def wait_for_moment(hub: HubStage, studio: StudioStage, mode: str | None, dice: random.Random) -> None:
    """Until the moment to kill: any moment, or one inside a drop if there still is one to come."""
    if mode is None:
        time.sleep(dice.uniform(0.3, 5.0))
        return
    room_id = studio.saved().session.room_id
    known = len(hub.promotions(room_id)) if room_id else 0

    def is_there() -> bool:
        if mode == "answered":
            return len(hub.promotions(str(room_id))) > known
        return any(each["mode"] == mode for each in hub.ask("GET", "/v1/faults")["held"])

    if all(promotion.key for promotion in studio.saved().promotions):
        time.sleep(dice.uniform(0.3, 3.0))
        return
    wait_until(lambda: is_there() or all(p.key for p in studio.saved().promotions), 60, f"a drop ({mode})")
    time.sleep(dice.uniform(0.0, 0.02))


def one_show(folder: Path, kills: int, dice: random.Random, first: int) -> list[float]:
    """One show that is killed again and again; what each kill lost, in ms."""
    lost: list[float] = []
    with stage(folder, minutes=1.2, speed=5) as (hub, studio):
        studio.start()
        studio.wait_for("Took no. 1")
        for number in range(first, first + kills):
            mode = MODES[number // 3 % 3] if number % 3 == 2 else None
            if mode in ("hold_before", "hold_after"):
                hold(hub, mode)
            wait_for_moment(hub, studio, mode, dice)
            killed_ms = studio.kill()
            before = studio.saved()
            hub.ask("DELETE", "/v1/faults")
            cost = check_recording(before, studio.out, killed_ms)
            resume(studio)
            check_same_place(before, studio.saved())
            if cost is not None:
                lost.append(cost)
            print(
                f"kill {number + 1}: {mode or 'any moment'}, lost {'-' if cost is None else round(cost)} ms", flush=True
            )
        studio.wait(180)
        check_ledgers(hub, studio.saved())
    return lost


def main() -> NoReturn:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--kills", type=int)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    args = parser.parse_args()
    kills = args.kills or (50 if args.full else 5)
    print(f"seed {args.seed}", flush=True)
    dice = random.Random(args.seed)
    lost: list[float] = []
    for first in range(0, kills, PER_SHOW):
        with tempfile.TemporaryDirectory() as folder:
            lost += one_show(Path(folder), min(PER_SHOW, kills - first), dice, first)
    print(f"{kills} kills, lost: median {median(lost):.0f} ms, worst {max(lost):.0f} ms")
    finish([Result("survival", max(lost), "ms of recording lost, worst", LOST_AT_MOST_MS, 1.0)])


if __name__ == "__main__":
    main()
