"""Fills the report from the store: what was done, sold, given away, seen and said."""

from __future__ import annotations

import base64
import json
import logging
from collections import Counter
from pathlib import Path
from typing import Any

from studio.app.house import House
from studio.audience.comments import CommentBook
from studio.core.clock import ManualClock
from studio.core.errors import UserError
from studio.core.i18n import tr
from studio.desk.clip_plan import plan
from studio.desk.ports import CanOpenRoom, PlatformError
from studio.report import build
from studio.report import write as write_files
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
from studio.store.as_run import AsRunRow, first_break
from studio.store.show_store import Recording, ShowStore
from studio.video.clips import thumbnail
from studio.video.probe import length_s

_log = logging.getLogger(__name__)

HEALTH_FIELDS = ("at_ms", "fps", "bitrate_bps", "dropped", "late", "bytes", "frames_encoded")


async def fetch_ingest(house: House) -> dict[str, Any] | None:
    """What the hub received and decoded, and the chain heads it kept; None when it does not answer."""
    session, platform = house.desk.state.session, house.desk.platform
    if platform is None or session.room_id is None:
        return None
    try:
        return await house.desk.work(_ask_hub, platform, session.room_id)
    except PlatformError as error:
        _log.warning("the hub's own counts did not come: %s", error)
        return None


def _ask_hub(platform: CanOpenRoom, room_id: str) -> dict[str, Any]:
    return platform.ingest(room_id) | {"witnesses": list(platform.witnesses(room_id))}


def collect(store: ShowStore, folder: Path, session_id: str, ingest: dict[str, Any] | None) -> ShowData:
    """Everything a report tells of one session; raises UserError when there is no such session."""
    session = store.session(session_id)
    if session is None:
        raise UserError("error.show.no_show", folder=store.path.parent)
    log = store.as_run(session_id)
    chain = _chain(session_id, log, ingest)
    recordings = tuple(_recordings(store, folder, session_id))
    return ShowData(
        session=SessionFacts(
            id=session.id,
            title=session.title,
            anchor=session.anchor,
            started_ms=session.started_ms,
            ended_ms=session.ended_ms,
            is_rehearsal=session.is_rehearsal,
            room_id=session.room_id,
        ),
        items=_items(store, session.rundown_id, session_id, log),
        orders=tuple(store.orders(session_id)),
        promotions=tuple(_promotions(store, session_id)),
        comments=_comments(store, session_id),
        health=tuple(
            HealthSample(**{name: sample[name] for name in HEALTH_FIELDS}) for sample in store.health(session_id)
        ),
        ingest=ingest,
        as_run=tuple(
            LogRow(
                seq=row.seq,
                at_ms=row.at_ms,
                verb=row.verb,
                by=row.by,
                payload=row.payload,
                prev_hash=row.prev_hash,
                hash=row.hash,
            )
            for row in log
        ),
        chain=chain,
        recordings=recordings,
        clips=_clips(store, folder, session_id),
        problems=(*_told(log), *_found(chain, recordings, store.recordings(session_id))),
    )


def _told(log: tuple[AsRunRow, ...]) -> list[str]:
    """The problems that were told during the show."""
    return [json.loads(row.payload)["text"] for row in log if row.verb == "log.problem"]


def _found(chain: ChainFacts, found: tuple[RecordingFacts, ...], planned: tuple[Recording, ...]) -> list[str]:
    """The problems that only show afterwards."""
    problems = [] if chain.is_ok else [tr("show.chain_broken")]
    if len(found) < len(planned) or not all(recording.seconds for recording in found):
        problems.append(tr("show.recording_missing"))
    return problems


def write(data: ShowData, folder: Path) -> tuple[Path, Path]:
    """Write the HTML and the JSON report."""
    return write_files(build(data), folder)


def _items(store: ShowStore, rundown_id: str, session_id: str, log: tuple[AsRunRow, ...]) -> tuple[ItemFacts, ...]:
    rundown = store.rundown(rundown_id)
    takes = _takes(log, store.marks(session_id))
    return tuple(
        ItemFacts(
            item_id=item.id,
            product_id=item.product.id,
            title=item.product.title,
            price_fen=item.live_price.fen,
            on_air_s=item.aired_ms / 1000,
            takes=tuple(take for item_id, take in takes if item_id == item.id),
            commission_bp=item.product.commission_bp,
            planned_s=item.planned_s,
        )
        for item in (rundown.items if rundown else ())
    )


def _takes(log: tuple[AsRunRow, ...], marks: list[dict[str, Any]]) -> list[tuple[str, TakeFacts]]:
    """Every take with its end (the next take or the end of the show) and its first frame in the recording."""
    edges = [row for row in log if row.verb in ("show.take", "show.end")]
    takes: list[tuple[str, TakeFacts]] = []
    for place, row in enumerate(edges):
        if row.verb == "show.end":
            continue
        payload = json.loads(row.payload)
        until_ms = edges[place + 1].at_ms if place + 1 < len(edges) else None
        mark = next(
            (
                mark
                for mark in marks
                if mark["item_id"] == payload["item_id"]
                and mark["at_ms"] >= row.at_ms
                and (until_ms is None or mark["at_ms"] <= until_ms)
            ),
            None,
        )
        has_place = mark is not None and mark["pts_ms"] is not None
        take = TakeFacts(
            at_ms=row.at_ms,
            until_ms=until_ms,
            frame_index=mark["frame_index"] if mark else None,
            pts_s=mark["pts_ms"] / 1000 if mark and has_place else None,
        )
        takes.append((payload["item_id"], take))
    return takes


def _promotions(store: ShowStore, session_id: str) -> list[PromotionFacts]:
    return [
        PromotionFacts(
            kind=promotion.kind.kind,
            name=promotion.kind.name,
            state=promotion.state.value,
            key=promotion.key,
            asked_ms=promotion.asked_ms,
            confirmed_ms=promotion.confirmed_ms,
            total=promotion.kind.total,
            claimed=promotion.claimed,
            redeemed=promotion.redeemed,
            cost_fen=promotion.cost.fen,
            budget_fen=promotion.budget.fen,
            reason=promotion.reason,
        )
        for promotion in store.promotions(session_id)
    ]


def _comments(store: ShowStore, session_id: str) -> CommentFacts:
    rows = store.comments(session_id)
    by_minute = Counter(row["at_ms"] // 60_000 * 60_000 for row in rows)
    first_ms, last_ms = (rows[0]["at_ms"], rows[-1]["at_ms"]) if rows else (0, 0)
    book = CommentBook(ManualClock(last_ms), window_ms=last_ms - first_ms + 1)
    for row in rows:
        book.add(row["comment_id"], row["nick"], row["text"], row["at_ms"], row["buyer_id"])
    return CommentFacts(
        count=len(rows),
        by_minute=tuple(sorted(by_minute.items())),
        requests=tuple(
            RequestFacts(text=each["text"], count=each["count"], state=each["state"]) for each in book.requests(last_ms)
        ),
    )


def _chain(session_id: str, log: tuple[AsRunRow, ...], ingest: dict[str, Any] | None) -> ChainFacts:
    """Whether the chain holds in itself and against the heads that the hub kept at go_live and end."""
    broken_at = first_break(session_id, log)
    heads = {row.seq: row.hash for row in log}
    kept = ingest.get("witnesses", []) if ingest else []
    witnesses = tuple(WitnessFacts(seq=seq, head=head, is_ok=heads.get(seq) == head) for seq, head in kept)
    is_ok = broken_at is None and all(witness.is_ok for witness in witnesses)
    return ChainFacts(is_ok=is_ok, broken_at=broken_at, witnesses=witnesses)


def _clips(store: ShowStore, folder: Path, session_id: str) -> tuple[ClipFacts, ...]:
    """Items in the order of the show, then replays."""
    numbers = {(one.item_id, one.part): one.number for one in plan(store, folder, session_id)}
    found = [
        ClipFacts(
            kind=row["kind"],
            number=numbers.get((row["item_id"], row["part"])) if row["kind"] == "item" else None,
            part=row["part"],
            title=row["title"],
            seconds=row["seconds"],
            path=row["path"],
            cover=row["cover"],
            thumbnail=base64.b64encode(thumbnail(Path(row["cover"]))).decode(),
        )
        for row in store.clips(session_id)
    ]
    return tuple(sorted(found, key=lambda one: (one.kind != "item", one.number or 0, one.part)))


def _recordings(store: ShowStore, folder: Path, session_id: str) -> list[RecordingFacts]:
    found = []
    for recording in store.recordings(session_id):
        path = folder / recording.path
        if not path.exists():
            continue
        try:
            seconds = recording.seconds if recording.seconds is not None else length_s(path)
        except UserError as error:
            _log.warning("%s", error)
            seconds = 0.0
        found.append(RecordingFacts(path=str(path), bytes=path.stat().st_size, seconds=seconds))
    return found
