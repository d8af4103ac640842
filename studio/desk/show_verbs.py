"""Verbs of the show: on air, take, end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from studio.core.by import By
from studio.core.errors import UserError
from studio.core.events import Event, Fact
from studio.desk import facts
from studio.desk.actions import EVERYONE, OWNER, action
from studio.desk.desk import SYSTEM
from studio.desk.events import Changed, ItemTaken, ShowEnded, WentLive
from studio.desk.following import RoomFollower
from studio.desk.on_air import PLATFORM_PUSH
from studio.desk.picture_verbs import next_part
from studio.desk.ports import PlatformError, Room
from studio.show.session import LiveSession, SessionState
from studio.store.show_store import Recording, Transaction

if TYPE_CHECKING:
    from studio.desk.desk import Desk

_log = logging.getLogger(__name__)


class ShowVerbs:
    """show.go_live, .take, .next, .end and log.note."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._follower: RoomFollower | None = None
        self._feature_wish: str | None = None
        self._is_featuring = False
        desk.bus.subscribe(self._told)

    def _told(self, event: Event) -> None:
        """The platform is back: it may still show the product of before."""
        on_air = self._desk.state.rundown.on_air
        if isinstance(event, Changed) and event.verb == "platform.back" and on_air is not None:
            self.feature(on_air.product.id)

    @action("show.go_live", icon="broadcast", is_stream=True, roles=OWNER)
    async def go_live(self, by: By) -> None:
        """Open the room, push and record (开播)."""
        desk = self._desk
        if desk.platform is None:
            raise UserError("error.show.no_platform")
        desk.state.session.go_live("", 0)
        if not desk.state.rundown.items:
            raise UserError("error.rundown.empty")
        room = await desk.work(desk.platform.open_room, desk.state.session.id, desk.state.session.title)
        now_ms = desk.clock.now_ms()
        session = replace(desk.state.session.go_live(room.room_id, now_ms), is_recording=True)
        part = next_part(desk, session)

        def also(tx: Transaction) -> None:
            tx.recording(session.id, part)

        payload = {"room_id": room.room_id}
        desk.save(by, "show.go_live", payload, session=session, also=also, is_witnessed=True)
        self.start_outputs(room, part)
        desk.show_scene()
        desk.tell(WentLive(at_ms=now_ms, session_id=session.id))
        desk.later(self.send_witnesses(session))

    @action("show.take", icon="play-box-outline")
    async def take(self, by: By, item_id: str) -> None:
        """Put an item on air (切出)."""
        desk = self._desk
        if desk.state.session.state is SessionState.ENDED:
            raise UserError("error.show.already_ended")
        now_ms = desk.clock.now_ms()
        rundown = desk.state.rundown.take(item_id, now_ms)
        on_air = rundown.on_air
        if on_air is None:
            raise AssertionError("a take leaves an item on air")
        title, product_id = on_air.product.title, on_air.product.id
        payload = {
            "item_id": item_id,
            "number": on_air.number,
            "title": title,
            "product_id": product_id,
            "price_fen": on_air.live_price.fen,
            "version": on_air.product.version,
            "taken_ms": now_ms,
        }
        desk.save(by, "show.take", payload, rundown=rundown)
        desk.state.stale_ids.discard(product_id)
        desk.show_scene()
        desk.tell(ItemTaken(at_ms=now_ms, item_id=item_id, title=title))
        self.feature(product_id)

    @action("show.next", icon="skip-next", shortcut="F8")
    async def next(self, by: By) -> None:
        """Take the item on standby (下一个)."""
        await self.take(by, self._desk.state.rundown.next_id())

    @action("show.end", icon="stop-circle-outline", is_stream=True, roles=OWNER)
    async def end(self, by: By) -> None:
        """Off air: every output ends, the room closes (下播)."""
        desk = self._desk
        now_ms = desk.clock.now_ms()
        session = desk.state.session.end(now_ms)
        rundown = desk.state.rundown.clear(now_ms)
        payload = {"ended_ms": now_ms}
        row = desk.save(by, "show.end", payload, session=session, rundown=rundown, is_witnessed=True)
        desk.pushing.stop_all()
        desk.picture.stop_recording()
        desk.show_scene()
        desk.tell(ShowEnded(at_ms=now_ms, session_id=session.id))
        await self._close_room(session, row.seq, row.hash)

    @action("log.note", icon="note-edit-outline", roles=EVERYONE)
    async def note(self, by: By, text: str) -> None:
        """Write a remark into the as-run log."""
        cleaned = " ".join(text.split())[:500]
        if not cleaned:
            raise UserError("error.desk.empty_note")
        self._desk.save(by, "log.note", {"text": cleaned})
        self._desk.tell(self._desk.changed("log.note"))

    async def resume(self) -> None:
        """Go on with a live show after a start: the same room, a new part of the recording, the push again."""
        desk = self._desk
        session = desk.state.session
        desk.show_scene()
        if session.state is not SessionState.LIVE or desk.platform is None or session.room_id is None:
            desk.hold(session=replace(session, is_recording=False))
            return
        part = next_part(desk, session) if session.is_recording else None

        def also(tx: Transaction) -> None:
            if part is not None:
                tx.recording(session.id, part)

        desk.save(SYSTEM, "show.resumed", {"part": part.part if part else 0}, also=also)
        if part is not None:
            desk.record(part)
        desk.pushing.start_all()
        desk.later(self._reopen(session))

    async def finish_last(self) -> None:
        """After a start: close the room of a show that ended while the platform was away or the program was killed."""
        desk = self._desk
        last = desk.store.last_ended_session()
        unsent = [row for row in desk.store.witnesses(last.id) if row["sent_ms"] is None] if last else []
        if last is not None and unsent:
            await self._close_room(last, unsent[-1]["seq"], unsent[-1]["head"])

    def _is_live(self) -> bool:
        return self._desk.state.session.state is SessionState.LIVE

    async def _reopen(self, session: LiveSession) -> None:
        """Get the room's push address again, as often as it takes."""
        desk = self._desk
        if desk.platform is None:
            return
        wait_s = 0.5
        while self._is_live():
            try:
                room = await desk.work(desk.platform.open_room, session.id, session.title)
            except PlatformError as error:
                desk.hear([facts.PlatformLost(error=error)])
                await asyncio.sleep(wait_s)
                wait_s = min(5.0, wait_s * 2)
                continue
            if not self._is_live():
                return
            if room.room_id != desk.state.session.room_id:
                moved = replace(desk.state.session, room_id=room.room_id)
                desk.save(SYSTEM, "show.room_changed", {"room_id": room.room_id}, session=moved)
            desk.hear([facts.PlatformBack()])
            self._start_room(room)
            await self.send_witnesses(session)
            return

    def start_outputs(self, room: Room, part: Recording) -> None:
        """Record and push from now on, and follow the room."""
        self._desk.record(part)
        self._start_room(room)
        self._desk.pushing.start_all()

    def _start_room(self, room: Room) -> None:
        desk = self._desk
        desk.state.room_closes_after_s = room.closes_after_s
        desk.picture.start_push(PLATFORM_PUSH, room.push_url, room.push_key)
        if self._follower is None and desk.platform is not None:
            loop = asyncio.get_running_loop()
            self._follower = RoomFollower(
                desk.platform,
                room.room_id,
                lambda: (desk.state.session.events_seen, desk.state.session.orders_seen),
                lambda batch: _post(loop, desk, batch),
            )
            self._follower.start()
        on_air = desk.state.rundown.on_air
        if on_air is not None:
            self.feature(on_air.product.id)

    def feature(self, product_id: str) -> None:
        """Pin a product on the platform (讲解); of several wishes in a row the last one counts."""
        self._feature_wish = product_id
        if not self._is_featuring and self._desk.state.session.state is SessionState.LIVE:
            self._is_featuring = True
            self._desk.later(self._feature())

    async def _feature(self) -> None:
        desk = self._desk
        try:
            while self._feature_wish is not None:
                wish, self._feature_wish = self._feature_wish, None
                room_id = desk.state.session.room_id
                if desk.platform is None or room_id is None:
                    return
                try:
                    at_ms = await desk.work(desk.platform.feature, room_id, wish)
                    desk.hear([facts.FeatureConfirmed(product_id=wish, at_ms=at_ms)])
                except PlatformError as error:
                    desk.hear([facts.FeatureFailed(product_id=wish, error=error)])
        finally:
            self._is_featuring = False

    async def send_witnesses(self, session: LiveSession) -> None:
        """Send the chain's heads to the platform, so that a chain recomputed later is found out."""
        desk = self._desk
        for witness in desk.store.witnesses(session.id):
            if witness["sent_ms"] is not None or desk.platform is None or session.room_id is None:
                continue
            try:
                await desk.work(desk.platform.witness, session.room_id, witness["seq"], witness["head"])
                with desk.store.transaction() as tx:
                    tx.witness_sent(session.id, witness["seq"], desk.clock.now_ms())
            except UserError as error:  # the platform or the disk; it is sent again at the end or the next start
                _log.warning("a witness could not be sent yet: %s", error)
                return

    async def _close_room(self, session: LiveSession, seq: int, head: str) -> None:
        """Close the room, then note that its heads were sent: killed in between, it is closed once more at the next start."""
        desk = self._desk
        if desk.platform is None or session.room_id is None:
            return
        try:
            await desk.work(desk.platform.close_room, session.room_id, seq, head)
        except PlatformError as error:
            desk.notice("warn", "show.room_not_closed", reason=error)
            return
        await self.send_witnesses(session)

    async def stop_following(self) -> None:
        """No more events of the room."""
        if self._follower is not None:
            follower, self._follower = self._follower, None
            await self._desk.work(follower.stop)


def _post(loop: asyncio.AbstractEventLoop, desk: Desk, batch: Sequence[Fact]) -> None:
    try:
        loop.call_soon_threadsafe(desk.hear, batch)
    except RuntimeError:
        _log.info("the loop is closed; %d facts are read again at the next start", len(batch))
