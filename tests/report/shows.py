"""Shows to report on: a rich one of 42 minutes, and pieces to bend."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from studio.report.data import (
    ChainFacts,
    ClipFacts,
    CommentFacts,
    HealthSample,
    ItemFacts,
    LogRow,
    PromotionFacts,
    RecordingFacts,
    RequestFacts,
    SessionFacts,
    ShowData,
    TakeFacts,
    WitnessFacts,
)

START_MS = 1_780_056_000_000
LENGTH_S = 42 * 60
GOODS = (
    ("p1", "赣南脐橙 5斤装 果园现摘 单果65-75mm", 2990, 2000, 360),
    ("p2", "土蜂蜜 500g 深山百花蜜", 5900, 2200, 300),
    ("p3", "五常大米 5kg 稻花香2号", 6990, 1200, 420),
    ("p4", "野生香菇 250g 肉厚无根", 3880, 1800, 300),
    ("p5", "高山云雾绿茶 250g 明前", 12800, 2500, 480),
    ("p6", "红糖姜茶 12条 独立小袋", 1990, 3000, 300),
    ("p7", "红枣夹核桃 500g 新疆灰枣", 3590, 2500, 300),
)


_THUMBNAIL = base64.b64encode(cv2.imencode(".jpg", np.full((96, 54, 3), 140, np.uint8))[1].tobytes()).decode()


def items() -> tuple[ItemFacts, ...]:
    made, at_s = [], 20
    for number, (product_id, title, price, rate, planned) in enumerate(GOODS):
        spans = [(at_s, at_s + planned - 30 + number * 7)]
        at_s = spans[0][1]
        if number == 5:
            spans.append((at_s, at_s + 45))
            at_s += 45
        takes = tuple(
            TakeFacts(
                at_ms=START_MS + a * 1000, until_ms=START_MS + b * 1000, frame_index=(a - 2) * 30, pts_s=float(a - 2)
            )
            for a, b in spans
        )
        made.append(
            ItemFacts(
                item_id=f"i{number}",
                product_id=product_id,
                title=title,
                price_fen=price,
                on_air_s=sum(b - a for a, b in spans),
                takes=takes,
                commission_bp=rate,
                planned_s=planned,
            )
        )
    return tuple(made)


def order(product_id: str, paid_fen: int, status: str = "paid", **more: Any) -> dict[str, Any]:
    return {
        "order_id": "o",
        "product_id": product_id,
        "quantity": 1,
        "status": status,
        "total_fen": paid_fen,
        "paid_fen": paid_fen,
        "discount_fen": 0,
        **more,
    }


def orders() -> tuple[Mapping[str, Any], ...]:
    dice = random.Random(7)
    made = []
    for _ in range(610):
        product_id, _, price, _, _ = dice.choice(GOODS)
        status = dice.choices(("paid", "received", "settled", "unpaid", "void", "clawback"), (60, 15, 5, 12, 5, 3))[0]
        made.append(order(product_id, 0 if status == "unpaid" else price, status))
    return tuple(made)


def promotion(name: str, state: str = "ended", **changes: Any) -> PromotionFacts:
    return PromotionFacts(
        **{
            "kind": "coupon",
            "name": name,
            "state": state,
            "key": "k-" + name,
            "asked_ms": START_MS + 300_000,
            "confirmed_ms": START_MS + 300_240,
            "total": 300,
            "claimed": 182,
            "redeemed": 64,
            "cost_fen": 128_000,
            "budget_fen": 600_000,
            **changes,
        }
    )


def promotions() -> tuple[PromotionFacts, ...]:
    red = {
        "kind": "red_envelope",
        "total": 100,
        "claimed": 100,
        "redeemed": 100,
        "cost_fen": 20_000,
        "budget_fen": 20_000,
    }
    late = {"asked_ms": START_MS + 1_500_000, "confirmed_ms": START_MS + 1_500_400}
    unsure = {"asked_ms": START_MS + 2_000_000, "confirmed_ms": None, "claimed": 0, "redeemed": 0, "cost_fen": 0}
    return (
        promotion("满59减20"),
        promotion("开场拼手气红包", **red, asked_ms=START_MS + 60_000, confirmed_ms=START_MS + 60_180),
        promotion("茶叶满99减30", "closed", **late),
        promotion("整点红包", "unconfirmed", **{**red, **unsure}, reason="中台 5 秒内没有答复"),
        promotion("收官券", "armed", asked_ms=None, confirmed_ms=None, key=None, claimed=0, redeemed=0, cost_fen=0),
    )


def comments() -> CommentFacts:
    dice = random.Random(3)
    counts = [max(0, round(dice.gauss(38 + 22 * (minute % 9 == 1), 9))) for minute in range(42)]
    asked = (
        ("想看 1 号色", 137),
        ("多少钱", 121),
        ("包邮吗", 94),
        ("扣 1", 88),
        ("多久发货", 41),
        ("想看 3 号", 33),
        ("还有货吗", 19),
    )
    return CommentFacts(
        count=sum(counts),
        by_minute=tuple((START_MS + minute * 60_000, count) for minute, count in enumerate(counts)),
        requests=tuple(RequestFacts(text=text, count=count) for text, count in asked),
    )


def health() -> tuple[HealthSample, ...]:
    dice = random.Random(5)
    samples, encoded = [], 0
    for second in range(LENGTH_S):
        if 1_300 <= second < 1_330:
            continue  # the program was killed and started again
        if second == 1_330:
            encoded = 0
        fps = 30.0 if not 800 < second < 806 else 21.5
        encoded += round(fps)
        rate = 2_500_000 + dice.gauss(0, 90_000)
        samples.append(
            HealthSample(
                at_ms=START_MS + second * 1000,
                fps=fps,
                bitrate_bps=rate,
                dropped=3 if second > 803 else 0,
                late=second // 200,
                bytes=second * 312_500,
                frames_encoded=encoded,
            )
        )
    return tuple(samples)


def log(count: int = 12) -> tuple[LogRow, ...]:
    verbs = ("show.go_live", "promo.arm", "promo.drop", "show.take", "overlay.hide", "log.note")
    rows, before = [], hashlib.sha256(b"origin").hexdigest()
    for seq in range(1, count + 1):
        payload = json.dumps({"item_id": f"i{seq % 7}", "title": GOODS[seq % 7][1]}, ensure_ascii=False)
        own = hashlib.sha256(f"{before}{seq}".encode()).hexdigest()
        by = json.dumps({"role": "operator", "name": "中控小李", "device_id": "local"}, ensure_ascii=False)
        at_ms = START_MS + seq * 190_000
        rows.append(
            LogRow(seq=seq, at_ms=at_ms, verb=verbs[seq % 6], by=by, payload=payload, prev_hash=before, hash=own)
        )
        before = own
    return tuple(rows)


def rich(**changes: Any) -> ShowData:
    """A show with everything in it."""
    session = SessionFacts(
        id="01a2b3c4d5e6f7a8b9c0d1e2f3",
        title="青山村助农直播间 · 秋收专场",
        anchor="青山阿妹",
        started_ms=START_MS,
        ended_ms=START_MS + LENGTH_S * 1000,
        is_rehearsal=True,
        room_id="room-7",
    )
    rows = log()
    heads = (WitnessFacts(seq=1, head=rows[0].hash, is_ok=True), WitnessFacts(seq=12, head=rows[-1].hash, is_ok=True))
    ingest = {
        "state": "idle",
        "connects": 2,
        "refused": 0,
        "frames_received": 74_400,
        "frames_decoded": 74_388,
        "decode_errors": 0,
        "audio_frames": 108_000,
        "bytes": 780_000_000,
        "bitrate_bps": 2_480_000,
        "width": 720,
        "height": 1280,
    }
    base: dict[str, Any] = {
        "session": session,
        "items": items(),
        "orders": orders(),
        "promotions": promotions(),
        "comments": comments(),
        "health": health(),
        "ingest": ingest,
        "as_run": rows,
        "chain": ChainFacts(witnesses=heads),
        "recordings": (
            RecordingFacts(path="recordings/20260529-2000-1.mp4", bytes=406_000_000, seconds=1_299.6),
            RecordingFacts(path="recordings/20260529-2000-2.mp4", bytes=371_000_000, seconds=1_190.2),
        ),
        "clips": tuple(
            ClipFacts(
                kind="item" if number < 4 else "replay",
                number=number if number < 4 else None,
                part=2 if number == 3 else 1,
                title=f"赣南脐橙 {number}",
                seconds=80.0 * number,
                path=f"recordings/x-clips/{number:02d} 赣南脐橙 {number}.mp4",
                cover=f"recordings/x-clips/{number:02d} 赣南脐橙 {number}.jpg",
                thumbnail=_THUMBNAIL if number < 4 else "",
            )
            for number in (1, 2, 3, 4)
        ),
        "problems": ("程序在 20:21:40 意外中断，30 秒后接着原来的商品继续播出。",),
    }
    return ShowData(**{**base, **changes})
