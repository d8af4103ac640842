"""Who the buyers are and what they tend to do; all of it follows from the world's seed."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from studio.core import paths

REGULARS = 64
CROWD = 500
GANGS = 2
GANG_SIZE = 3


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """A rehearsal buyer; times in world seconds. ``gang`` tells who brushes together and is known to the world only."""

    index: int
    buyer_id: str
    nick: str
    arrives_after_s: float
    stays_s: float
    comments_every_s: float
    order_chance: float
    gang: int | None = None


def make_buyer(seed: int, index: int) -> Buyer:
    """Buyer number ``index``: regulars first, then the crowd that only an envelope draws."""
    dice = random.Random(f"{seed}:buyer:{index}")
    gang = gang_of(index)
    nick = f"用户{dice.randrange(10_000):04d}" if gang is not None or dice.random() < 0.12 else _nick(dice)
    is_early = index < REGULARS // 2
    return Buyer(
        index=index,
        buyer_id=f"b{seed}x{index:04d}",
        nick=nick,
        arrives_after_s=dice.uniform(0.2, 12) if is_early else dice.uniform(5, 40),
        stays_s=dice.uniform(60, 400),
        comments_every_s=dice.uniform(25, 90),
        order_chance=dice.choice((0.05, 0.1, 0.2, 0.35)),
        gang=gang,
    )


def gang_of(index: int) -> int | None:
    """The gang of a buyer who brushes: the last of the regulars."""
    place = REGULARS - 1 - index
    return place // GANG_SIZE if 0 <= place < GANGS * GANG_SIZE else None


def say(dice: random.Random, topic: str | None, product: dict[str, Any] | None) -> str:
    """Something a buyer says about ``topic`` (None: about anything) while ``product`` is featured."""
    words = _words()
    if topic is None:
        weights: dict[str, int] = words["weights"]
        topic = dice.choices(list(weights), list(weights.values()))[0]
    skus = [sku["name"] for sku in product["skus"]] if product else []
    if topic == "choice" and not skus:
        topic = "price"
    if topic == "quality" and product and product["category"].split("/")[0] in words["edible"].split():
        topic = dice.choice(("quality", "taste"))
    text = str(dice.choice(words["say"][topic]))
    if "{sku}" in text:
        name = skus[min(len(skus) - 1, int(dice.expovariate(1.2)))]  # most want the first ones
        text = text.replace("{sku}", _spoken(name))
    return text.replace("{n}", str(1 + min(8, int(dice.expovariate(0.6)))))


def _spoken(name: str) -> str:
    """People say 1号色, not 1号色正红."""
    at = name.find("号色")
    return name[: at + 2] if at > 0 else name


def _nick(dice: random.Random) -> str:
    words = _words()["nicks"]
    if dice.random() < 0.3:
        return str(dice.choice(words["short"])) + dice.choice(("", "", str(dice.randrange(10, 99))))
    return "".join(dice.choice(words[part].split()) for part in ("first", "second", "third"))


@cache
def _words() -> dict[str, Any]:
    with (paths.resources() / "hub" / "world.toml").open("rb") as file:
        return tomllib.load(file)
