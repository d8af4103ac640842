"""Well-formed answers of a hub, to be bent by tests."""

from __future__ import annotations

from typing import Any

PRODUCT: dict[str, Any] = {
    "id": "p1",
    "title": "赣南脐橙 5斤装",
    "shop": "果园直发",
    "category": "生鲜水果",
    "price_fen": 2990,
    "list_price_fen": 3990,
    "commission_bp": 1500,
    "sales": 812,
    "stock": 40,
    "return_rate_bp": None,
    "selling_points": ["现摘现发"],
    "guarantees": ["坏果包赔"],
    "version": 7,
}

PROMOTION: dict[str, Any] = {
    "promotion_id": "m1",
    "key": "k1",
    "kind": "coupon",
    "state": "live",
    "name": "满50减5",
    "total": 100,
    "claimed": 3,
    "redeemed": 1,
    "cost_fen": 500,
    "budget_fen": 50000,
    "created_at_ms": 1_780_000_000_000,
    "ends_at_ms": 1_780_000_300_000,
    "replayed": False,
}

ROOM: dict[str, Any] = {
    "room_id": "r1",
    "state": "open",
    "push_url": "rtmp://127.0.0.1:1935/live",
    "push_key": "very-secret-push-key",
    "opened_at_ms": 1,
}

ORDER: dict[str, Any] = {
    "order_id": "o1",
    "room_id": "r1",
    "product_id": "p1",
    "sku_id": None,
    "quantity": 2,
    "buyer_id": "b1",
    "status": "paid",
    "total_fen": 5980,
    "paid_fen": 5480,
    "discount_fen": 500,
    "promotion_id": "m1",
    "created_at_ms": 1,
    "updated_at_ms": 2,
    "version": 9,
}
