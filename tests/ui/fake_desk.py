"""A double of the desk for tests of the window only: the same four doors, everything in memory."""

from __future__ import annotations

import copy
from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QRect, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter

from studio.core.by import By, Role
from studio.core.errors import UserError
from studio.core.events import Bus
from studio.core.goods import Product
from studio.core.money import Money
from studio.core.registry import Registry
from studio.desk.actions import ActionSpec
from studio.desk.events import Changed
from studio.desk.queries import ListDevices, ListEncoders, PictureOf, SearchPool
from studio.pool.search import SearchResult
from studio.ui import theme
from tests.ui import fake_setup

NOW_MS = 1_780_000_000_000

_VERBS: tuple[tuple[str, str, str, str, dict[str, type]], ...] = (
    ("pool.sync", "sync", "", "", {}),
    ("pool.shortlist", "star-outline", "", "", {"product_id": str}),
    ("rundown.add", "plus", "", "", {"product_id": str}),
    ("rundown.move", "swap-vertical", "", "", {"item_id": str, "to": int}),
    ("rundown.remove", "trash-can-outline", "", "", {"item_id": str}),
    ("rundown.standby", "timer-sand", "", "", {"item_id": str}),
    ("show.take", "play-box-outline", "", "", {"item_id": str}),
    ("show.next", "skip-next", "F8", "", {}),
    ("show.go_live", "broadcast", "", "stream", {}),
    ("show.end", "stop-circle-outline", "", "stream", {}),
    ("promo.add", "ticket-percent-outline", "", "", {"kind": str, "settings": dict}),
    ("promo.arm", "shield-check-outline", "", "", {"promotion_id": str}),
    ("promo.disarm", "shield-off-outline", "", "", {"promotion_id": str}),
    ("promo.drop", "gift-outline", "", "money", {"promotion_id": str}),
    ("promo.close", "close-circle-outline", "", "", {"promotion_id": str}),
    ("promo.remove", "trash-can-outline", "", "", {"promotion_id": str}),
    ("overlay.show", "eye-outline", "", "", {"layer_id": str}),
    ("overlay.hide", "eye-off-outline", "", "", {"layer_id": str}),
    ("recording.start", "record-rec", "", "stream", {}),
    ("recording.stop", "stop", "", "stream", {}),
    ("log.note", "note-edit-outline", "", "", {"text": str}),
    ("audience.take_request", "hand-front-right-outline", "", "", {"key": str}),
    ("audience.done", "check", "", "", {"key": str}),
)

_GOODS = (
    ("赣南脐橙 5斤装 果园现摘 单果65-75mm", 2990, 4990, 3208, 2000, 310),
    ("秭归伦晚脐橙 9斤 春橙当季", 3990, 5990, 860, 1800, 400),
    ("信丰脐橙礼盒 10斤 送礼", 6900, 9900, 415, 2200, 980),
    ("脐橙果干 100g×3 无添加", 2580, 3580, 1096, 2500, 410),
    ("冰糖橙 5斤 永兴果园", 2790, 3990, 2004, 1600, 420),
    ("土蜂蜜 500g 深山百花蜜", 5800, 8800, 620, 2000, 210),
    ("高山云雾绿茶 250g", 8800, 12800, 340, 2500, 150),
    ("五常大米 5kg 稻花香2号", 6990, 8990, 1500, 1200, 90),
    ("野生香菇 250g", 3990, 5990, 88, 2100, None),
    ("红糖姜茶 12条", 1990, 2990, 0, 3000, 330),
    ("红枣夹核桃 500g", 2680, 3980, 930, 2300, 280),
    ("手工红薯粉条 2kg 农家晾晒", 2390, 3290, 410, 1700, 120),
)


def spec(verb: str, icon: str, shortcut: str, guard: str, args: dict[str, type]) -> ActionSpec:
    """An action as the registry holds it."""
    return ActionSpec(
        verb=verb,
        icon=icon,
        shortcut=shortcut,
        is_money=guard == "money",
        is_stream=guard == "stream",
        roles=frozenset(Role),
        args=args,
        optional=fake_setup.OPTIONAL.get(verb, frozenset()),
    )


def products(count: int = len(_GOODS)) -> tuple[Product, ...]:
    """Believable products, as many as asked for."""
    made = []
    for number in range(count):
        title, price, was, stock, commission, returns = _GOODS[number % len(_GOODS)]
        made.append(
            Product(
                id=f"p{number}",
                title=title if number < len(_GOODS) else f"{title} 第{number}批",
                price=Money(price),
                list_price=Money(was),
                stock=stock,
                shop="青山村合作社",
                category="生鲜",
                commission_bp=commission,
                return_rate_bp=returns,
                version=1,
            )
        )
    return tuple(made)


def item(product: Product, number: int, **changes: Any) -> dict[str, Any]:
    """A rundown item as the snapshot has it."""
    return {
        "id": f"i{number}",
        "number": number,
        "title": product.title,
        "product_id": product.id,
        "live_price_fen": product.price.fen,
        "list_price_fen": product.list_price.fen,
        "stock": product.stock,
        "commission_bp": product.commission_bp,
        "planned_s": 360,
        "state": "planned",
        "taken_ms": None,
        "aired_ms": 0,
        "promotion_note": "",
        "is_stale": False,
    } | changes


def promotion(number: int, kind: str, state: str, name: str, **changes: Any) -> dict[str, Any]:
    """A promotion as the snapshot has it."""
    red = {"name": name, "total_fen": 20_000, "count": 100, "mode": "random", "valid_s": 60}
    coupon = {"name": name, "threshold_fen": 5_900, "amount_fen": 2_000, "total_count": 300, "valid_s": 120}
    is_open = state in ("draft", "armed")
    return {
        "id": f"m{number}",
        "kind": kind,
        "name": name,
        "item_id": None,
        "state": state,
        "checks": [{"key": key, "is_ok": True} for key in ("budget", "price", "stock", "window")] if is_open else [],
        "budget_fen": 20_000 if kind == "red_envelope" else 600_000,
        "cost_fen": 0,
        "total": 100 if kind == "red_envelope" else 300,
        "claimed": 0,
        "redeemed": 0,
        "drop_by_ms": None,
        "ends_ms": None,
        "settings": red if kind == "red_envelope" else coupon,
        "reason": "",
    } | changes


def health(state: str = "live", **changes: Any) -> dict[str, Any]:
    """Health as the snapshot has it."""
    return {
        "state": state,
        "reason_key": f"health.{state}",
        "reason_args": {},
        "fps": 30.0,
        "bitrate_bps": 4_100_000,
        "dropped": 0,
        "late": 0,
        "cpu_percent": 31.0,
        "recording": {
            "is_on": True,
            "path": "recording.mp4",
            "bytes": 1_800_000_000,
            "seconds": 4365.0,
            "is_growing": True,
            "is_waiting": False,
            "hours_left": 6.34,
        },
        **fake_setup.health(),
    } | changes


def live_show() -> dict[str, Any]:
    """The middle of a show, as on the design's pictures."""
    goods = products()
    plan = [goods[number] for number in (8, 7, 11, 10, 0, 5, 6, 7, 8, 9)]
    items = [item(product, number) for number, product in enumerate(plan, 1)]
    for done, aired_s in zip(items[:4], (312, 350, 290, 372), strict=True):
        done |= {"state": "done", "aired_ms": aired_s * 1000}
    items[4] |= {"state": "on_air", "taken_ms": NOW_MS - 321_000, "aired_ms": 321_000, "planned_s": 480}
    items[4]["promotion_note"] = "满59减20"
    items[5] |= {"state": "standby", "promotion_note": "拼手气红包"}
    return {
        "version": 7,
        "now_ms": NOW_MS,
        "anchor": "小李",
        "room_title": "青山村助农直播间",
        "is_rehearsal": False,
        "session": {
            "id": "s1",
            "title": "青山村助农直播间",
            "state": "live",
            "started_ms": NOW_MS - 4_365_000,
            "ended_ms": None,
            "room_id": "r1",
        },
        "rundown": {
            "id": "d1",
            "title": "晚场",
            "version": 12,
            "items": items,
            "on_air_id": "i5",
            "standby_id": "i6",
            "expected_end_ms": NOW_MS + 2_820_000,
            "offset_s": 180.0,
        },
        "promotions": [
            promotion(
                1,
                "coupon",
                "live",
                "满59减20",
                ends_ms=NOW_MS + 84_000,
                claimed=182,
                redeemed=64,
                cost_fen=128_000,
            ),
            promotion(2, "red_envelope", "armed", "拼手气红包"),
        ],
        "budget": {"cap_fen": 200_000, "committed_fen": 62_000, "spent_fen": 12_000},
        "overlays": [
            {"id": name, "kind": name, "is_visible": name != "price_tag"}
            for name in ("corner_bug", "product_card", "price_tag", "countdown", "coupon_banner", "red_envelope_rain")
        ],
        "audience": {
            "viewers": 1284,
            "comments": 5210,
            "requests": [
                {"key": "k1", "text": "想看1号色", "count": 37, "last_ms": NOW_MS, "state": "open"},
                {"key": "k2", "text": "多少钱一斤", "count": 21, "last_ms": NOW_MS, "state": "open"},
                {"key": "k3", "text": "包邮吗", "count": 14, "last_ms": NOW_MS, "state": "taken"},
            ],
            "last": [
                {"nick": "山里人", "text": "橙子甜不甜", "at_ms": NOW_MS - 4000},
                {"nick": "小陈", "text": "已拍两单", "at_ms": NOW_MS - 2000},
            ],
        },
        "sales": {"orders": 612, "gmv_fen": 1_826_450},
        "health": health(),
        "setup": fake_setup.setup(),
        "clips": [],
        "log": [
            {"seq": 101, "at_ms": NOW_MS - 321_000, "text": "切出 5 赣南脐橙"},
            {"seq": 102, "at_ms": NOW_MS - 36_000, "text": "满59减20 平台已确认"},
            {"seq": 103, "at_ms": NOW_MS - 12_000, "text": "添加 土蜂蜜"},
        ],
        "pool": {"count": 1_000_000, "synced_ms": NOW_MS - 120_000, "is_syncing": False, "progress": None},
        "notices": [],
    }


class FakeDesk:
    """Remembers what it was asked to do; ``refusals`` makes a verb raise, ``state`` is what the snapshot shows."""

    def __init__(self, state: dict[str, Any] | None = None, goods: tuple[Product, ...] | None = None) -> None:
        self.state = live_show() if state is None else state
        self.goods = products() if goods is None else goods
        self.bus = Bus()
        self.actions: Registry[ActionSpec] = Registry("verb")
        for entry in (*_VERBS, *fake_setup.VERBS):
            self.actions.add(entry[0], spec(*entry))
        self.devices = fake_setup.devices()
        self.done: list[tuple[str, dict[str, Any]]] = []
        self.by: list[By] = []
        self.asked: list[Any] = []
        self.refusals: dict[str, Exception] = {}

    def snapshot(self) -> dict[str, Any]:
        return copy.deepcopy(self.state)

    async def do(self, verb: str, by: By, **args: Any) -> None:
        if verb in self.refusals:
            raise self.refusals[verb]
        self.actions.get(verb).read(args)
        self.done.append((verb, args))
        self.by.append(by)
        self._act(verb, args)
        self.bus.emit(Changed(at_ms=self.state["now_ms"], verb=verb))

    async def ask(self, query: Any) -> Any:
        self.asked.append(query)
        if isinstance(query, PictureOf):
            return picture_of(query.product_id, self.goods)
        if isinstance(query, ListDevices):
            return copy.deepcopy(self.devices)
        if isinstance(query, ListEncoders):
            self.state["setup"]["quality"]["encoders"] = fake_setup.encoders()
            return fake_setup.encoders()
        if not isinstance(query, SearchPool):
            raise UserError("error.desk.unknown_verb", verb=type(query).__name__)
        wanted = query.query
        found = [each for each in self.goods if wanted.text in each.title]
        if wanted.in_stock:
            found = [each for each in found if each.stock > 0]
        return SearchResult(
            query=wanted, total=len(found), match="strict", hits=tuple(found[: wanted.limit]), took_ms=18.0
        )

    def _act(self, verb: str, args: dict[str, Any]) -> None:
        items = self.state["rundown"]["items"]
        if verb == "rundown.move":
            moved = next(each for each in items if each["id"] == args["item_id"])
            items.remove(moved)
            items.insert(args["to"], moved)
            for number, each in enumerate(items, 1):
                each["number"] = number
        elif verb == "rundown.add":
            product = next(each for each in self.goods if each.id == args["product_id"])
            items.append(item(product, len(items) + 1))
        elif verb in ("overlay.show", "overlay.hide"):
            for each in self.state["overlays"]:
                if each["id"] == args["layer_id"]:
                    each["is_visible"] = verb == "overlay.show"
        elif verb == "promo.drop":
            for each in self.state["promotions"]:
                if each["id"] == args["promotion_id"]:
                    each["state"] = "asked"
        else:
            fake_setup.act(self.state, verb, args)
        self.state["version"] += 1
        self.state["rundown"]["version"] += 1


def picture_of(product_id: str, goods: tuple[Product, ...]) -> bytes | None:
    """A drawn product picture, as the hub's would be."""
    product = next((each for each in goods if each.id == product_id), None)
    if product is None:
        return None
    image = QImage(120, 120, QImage.Format.Format_RGB32)
    colour = QColor.fromHsv(int(product_id[1:]) * 47 % 360, 140, 180)
    fade = QLinearGradient(0, 0, 120, 120)
    fade.setColorAt(0, colour)
    fade.setColorAt(1, colour.darker(180))
    painter = QPainter(image)
    painter.fillRect(image.rect(), fade)
    painter.setPen(QColor("white"))
    font = theme.font("village_title")
    painter.setFont(font)
    painter.drawText(QRect(0, 0, 120, 120), int(Qt.AlignmentFlag.AlignCenter), product.title[0])
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(data.data())
