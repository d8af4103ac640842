"""The desk: three doors (``do``, ``hear``, ``ask``) and one way through them: decide, save, act, tell."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

from studio.audience.comments import CommentBook
from studio.audience.requests import Candidate
from studio.core.by import By, Role
from studio.core.clock import Clock
from studio.core.errors import UserError
from studio.core.events import Bus, Event, Fact
from studio.core.i18n import tr
from studio.core.registry import Registry
from studio.core.settings import Settings
from studio.desk import scene as scenes
from studio.desk import snapshot as snapshots
from studio.desk.actions import ActionSpec, Handler, collect
from studio.desk.doors import Picture, Platform, PoolDoor, Secrets
from studio.desk.events import Changed, Noticed
from studio.desk.hearing import Hearing
from studio.desk.promoting import Promoting
from studio.desk.pushing import Pushing
from studio.desk.queries import ListDevices, ListEncoders, PictureOf, SearchPool
from studio.desk.state import Notice, ShowState
from studio.promo.promotion import Promotion
from studio.show.rundown import Rundown
from studio.show.session import LiveSession
from studio.store.as_run import AsRunRow
from studio.store.show_store import Recording, ShowStore, Transaction
from studio.video.facts import RecordingFailed
from studio.video.scene import Canvas, Layer

_log = logging.getLogger(__name__)
T = TypeVar("T")

SYSTEM = By(role=Role.OPERATOR, name="studio", device_id="studio")


class Desk:
    """One show at one desk; lives on the main thread, every method but those of the workers is called there."""

    def __init__(
        self,
        *,
        store: ShowStore,
        state: ShowState,
        bus: Bus,
        clock: Clock,
        picture: Picture,
        pool: PoolDoor,
        platform: Platform | None,
        secrets: Secrets,
        settings: Settings,
        canvas: Canvas,
        recordings: Path,
    ) -> None:
        self.store = store
        self.state = state
        self.bus = bus
        self.clock = clock
        self.picture = picture
        self.pool = pool
        self.platform = platform
        self.secrets = secrets
        self.settings = settings
        self.canvas = canvas
        self.recordings = recordings
        self.audience = CommentBook(clock)
        self.actions: Registry[ActionSpec] = Registry("verb")
        self.extra_layers: list[Layer] = []
        self._handlers: dict[str, Handler] = {}
        self._pressing: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._workers = ThreadPoolExecutor(max_workers=6, thread_name_prefix="worker")
        self.promoting = Promoting(self)
        self.pushing = Pushing(self)
        self._hearing = Hearing(self)
        self._log_version = -1
        self._log_rows: tuple[AsRunRow, ...] = ()
        self.name_products()

    def add_verbs(self, group: object) -> None:
        """Register all ``@action`` methods of a group of verbs."""
        collect(group, self.actions, self._handlers)

    async def do(self, verb: str, by: By, **args: Any) -> None:
        """Carry out a wish; raises UserError when it cannot be done. A press id that was used before changes nothing."""
        if verb not in self.actions:
            raise UserError("error.desk.unknown_verb", verb=verb)
        spec = self.actions.get(verb)
        if by.role not in spec.roles:
            raise UserError("error.desk.not_allowed", verb=verb)
        values = spec.read(args)
        press = by.press_id
        if press is not None and (press in self._pressing or self.store.was_pressed(press)):
            return
        if press is not None:
            self._pressing.add(press)
        try:
            await self._handlers[verb](by, **values)
        finally:
            if press is not None:
                self._pressing.discard(press)

    def hear(self, facts: Sequence[Fact]) -> None:
        """Take in what happened outside: saved in one transaction, then acted on and told."""
        self._hearing.hear(facts)

    async def ask(self, query: SearchPool | PictureOf | ListDevices | ListEncoders) -> Any:
        """Read something that may take long; raises UserError."""
        if isinstance(query, SearchPool):
            return await self.work(self.pool.search, query.query)
        if isinstance(query, ListDevices):
            return await self.work(self.picture.devices)
        if isinstance(query, ListEncoders):
            return [asdict(verdict) for verdict in await self.work(self.picture.try_encoders)]
        return await self.work(self.pool.picture, query.product_id)

    def snapshot(self) -> dict[str, Any]:
        """Everything on air as plain values, the same for every screen (see ``desk.snapshot``)."""
        return snapshots.snapshot(self)

    def save(
        self,
        by: By,
        verb: str,
        payload: dict[str, Any],
        *,
        rundown: Rundown | None = None,
        session: LiveSession | None = None,
        promotions: Iterable[Promotion] = (),
        setup: dict[str, dict[str, Any]] | None = None,
        also: Callable[[Transaction], None] | None = None,
        is_witnessed: bool = False,
    ) -> AsRunRow:
        """Make a decision durable in one transaction with its as-run row and its press id, then hold it in memory; the
        head of a row that ``is_witnessed`` is to be sent to the platform."""
        now_ms = self.clock.now_ms()
        changed = tuple(promotions)
        with self.store.transaction() as tx:
            if rundown is not None:
                tx.rundown(rundown, self.state.rundown)
            if session is not None:
                tx.session(session)
            for promotion in changed:
                tx.promotion(promotion)
            for name, values in (setup or {}).items():
                tx.setup(name, values)
            if also is not None:
                also(tx)
            if by.press_id is not None:
                tx.press(by.press_id, verb, now_ms)
            row = tx.as_run(self.state.session.id, now_ms, verb, by, payload)
            if is_witnessed:
                tx.witness(row)
        self.hold(rundown=rundown, session=session, promotions=changed, setup=setup)
        return row

    def hold(
        self,
        *,
        rundown: Rundown | None = None,
        session: LiveSession | None = None,
        promotions: Iterable[Promotion] = (),
        setup: dict[str, dict[str, Any]] | None = None,
    ) -> None:
        """Hold in memory what was saved."""
        state = self.state
        if rundown is not None:
            state.rundown = rundown
            self.name_products()
        state.session = session or state.session
        state.promotions.update({promotion.id: promotion for promotion in promotions})
        state.setup.update(setup or {})
        state.version += 1

    def add_layer(self, layer: Layer) -> Callable[[], None]:
        """Put a layer of a plugin on the picture; one that is not visible waits until somebody shows it. Returns a call
        that takes it off. Raises ValueError for an id that is taken."""
        if any(known.id == layer.id for known in self.extra_layers) or layer.id in scenes.LAYERS:
            raise ValueError(f"layer {layer.id!r} is already there")
        self.extra_layers.append(layer)
        session = self.state.session
        if not layer.is_visible and session.started_ms is None and layer.id not in session.hidden_layers:
            self.hold(session=replace(session, hidden_layers=(*session.hidden_layers, layer.id)))
        return lambda: self.extra_layers.remove(layer) if layer in self.extra_layers else None

    def name_products(self) -> None:
        """Tell the audience's book which products viewers may name."""
        products = [item.product for item in self.state.rundown.items]
        self.audience.name_products([Candidate(product.id, product.title) for product in products])

    def recent_log(self, most: int) -> tuple[AsRunRow, ...]:
        """The newest rows of the as-run log, oldest first; read again only after a change."""
        if self._log_version != self.state.version:
            self._log_version = self.state.version
            self._log_rows = self.store.last_as_run(self.state.session.id, most)
        return self._log_rows

    def record(self, part: Recording) -> None:
        """Let the picture record into a part; a disk that refuses is a fact like any other and costs the recording only."""
        path = self.recordings / part.path
        try:
            self.picture.start_recording(path)
        except UserError as error:
            failed = RecordingFailed(path=str(path), reason_key=error.key, reason_args=dict(error.args_by_name))
            self.hear([failed])

    def show_scene(self) -> None:
        """Hand the picture what the show looks like now."""
        self.picture.show(scenes.build(self))
        self.prepare_next()

    def prepare_next(self) -> None:
        """Let the picture draw ahead what the next take will show."""
        scene = scenes.coming(self)
        if scene is not None:
            self.picture.prepare(scene)

    def tell(self, *events: Event) -> None:
        """Tell every listener."""
        for event in events:
            self.bus.emit(event)

    def changed(self, verb: str) -> Changed:
        return Changed(at_ms=self.clock.now_ms(), verb=verb)

    def notice(self, level: str, key: str, **args: object) -> None:
        """Say a sentence to the people at the desk (``info``, ``warn``, ``error``); warnings stay in the as-run log."""
        self.say(level, tr(key, **args))

    def say(self, level: str, text: str) -> None:
        """Like ``notice`` with a text that is translated already."""
        now_ms = self.clock.now_ms()
        if level != "info":
            self.state.problems += 1
            try:
                self.save(SYSTEM, "log.problem", {"level": level, "text": text})
            except UserError as error:  # a full disk must not silence what it causes
                _log.error("%s (%s)", text, error)
        self.state.notices.append(Notice(at_ms=now_ms, level=level, text=text))
        self.state.version += 1
        self.tell(Noticed(at_ms=now_ms, level=level, text=text))

    async def work(self, call: Callable[..., T], *args: Any) -> T:
        """Run one blocking call on a worker thread."""
        return await asyncio.wrap_future(self._workers.submit(call, *args))

    def later(self, job: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a job that goes on after the verb; its faults are bugs and are logged as such."""
        task = asyncio.get_running_loop().create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._job_ended)
        return task

    def _job_ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            task.get_loop().call_exception_handler(
                {"message": "a job of the desk failed", "exception": task.exception()}
            )

    async def close(self) -> None:
        """Stop all jobs; what they had not finished is looked up at the next start."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._workers.shutdown(wait=False, cancel_futures=True)
