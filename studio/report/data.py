"""What a report is made from: plain frozen values, filled from the store by whoever asks for the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class SessionFacts:
    """The show itself (场次); times in epoch milliseconds, None when it did not happen."""

    id: str
    title: str
    anchor: str
    started_ms: int | None
    ended_ms: int | None
    is_rehearsal: bool
    room_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class TakeFacts:
    """One time on air; ``frame_index`` and ``pts_s`` are where it starts in the recording, None when not recorded."""

    at_ms: int
    until_ms: int | None
    frame_index: int | None = None
    pts_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class ItemFacts:
    """One item of the rundown (坑位) in its order; ``planned_s`` is None when it had no planned time."""

    item_id: str
    product_id: str
    title: str
    price_fen: int
    on_air_s: float
    takes: tuple[TakeFacts, ...] = ()
    commission_bp: int = 0
    planned_s: int | None = None


@dataclass(frozen=True, kw_only=True)
class PromotionFacts:
    """One coupon or red envelope as the studio's ledger and the hub's count have it at the end."""

    kind: str
    name: str
    state: str
    key: str | None
    asked_ms: int | None
    confirmed_ms: int | None
    total: int
    claimed: int
    redeemed: int
    cost_fen: int
    budget_fen: int
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class RequestFacts:
    """A request counted from comments, as the viewers said it."""

    text: str
    count: int
    state: str = "open"


@dataclass(frozen=True, kw_only=True)
class CommentFacts:
    """Comments of the show; ``by_minute`` holds (start of the minute in epoch ms, count)."""

    count: int = 0
    by_minute: tuple[tuple[int, int], ...] = ()
    requests: tuple[RequestFacts, ...] = ()


@dataclass(frozen=True, kw_only=True)
class HealthSample:
    """One second of stream health; ``dropped``, ``late``, ``bytes`` and ``frames_encoded`` count up from the engine's start."""

    at_ms: int
    fps: float
    bitrate_bps: float
    dropped: int = 0
    late: int = 0
    bytes: int = 0
    frames_encoded: int = 0


@dataclass(frozen=True, kw_only=True)
class LogRow:
    """One row of the as-run log (播出日志); ``by`` and ``payload`` are the stored JSON texts."""

    seq: int
    at_ms: int
    verb: str
    by: str
    payload: str
    prev_hash: str
    hash: str


@dataclass(frozen=True, kw_only=True)
class WitnessFacts:
    """A chain head that the hub kept, and whether our row of that number still has it."""

    seq: int
    head: str
    is_ok: bool


@dataclass(frozen=True, kw_only=True)
class ChainFacts:
    """Whether the log's chain holds; ``broken_at`` is the first row that does not fit."""

    is_ok: bool = True
    broken_at: int | None = None
    witnesses: tuple[WitnessFacts, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RecordingFacts:
    """One recording file; ``seconds`` is its playable length."""

    path: str
    bytes: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class ClipFacts:
    """One clip (切片): of an item (``number``; ``part`` of several) or a replay; ``thumbnail`` is a small JPEG as base64."""

    kind: str
    number: int | None
    part: int
    title: str
    seconds: float
    path: str
    cover: str
    thumbnail: str = ""


@dataclass(frozen=True, kw_only=True)
class ShowData:
    """Everything a report tells; ``orders`` are the hub's order objects of ``GET /v1/rooms/{room}/orders``,
    ``ingest`` is the hub's ingest object or None, ``problems`` are sentences in the user's language."""

    session: SessionFacts
    items: tuple[ItemFacts, ...] = ()
    orders: tuple[Mapping[str, Any], ...] = ()
    promotions: tuple[PromotionFacts, ...] = ()
    comments: CommentFacts = field(default_factory=CommentFacts)
    health: tuple[HealthSample, ...] = ()
    ingest: Mapping[str, Any] | None = None
    as_run: tuple[LogRow, ...] = ()
    chain: ChainFacts = field(default_factory=ChainFacts)
    recordings: tuple[RecordingFacts, ...] = ()
    clips: tuple[ClipFacts, ...] = ()
    problems: tuple[str, ...] = ()
