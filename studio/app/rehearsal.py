"""A whole rehearsal show (彩排): hub, house, plan, then the window or the director, then the report."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import logging.handlers
import os
import signal
import sys
from pathlib import Path
from typing import Any

from studio.app import report_data, rundown_file
from studio.app.director import BY, Director
from studio.app.house import House, Wish
from studio.app.hub_process import HubProcess, read_address
from studio.core import lock, paths
from studio.core import settings as settings_file
from studio.core.errors import UserError
from studio.core.i18n import tr
from studio.core.paths import Profile
from studio.platforms.hub import HubPlatform
from studio.pool.search import SearchQuery
from studio.promo.promotion import OPEN_QUESTIONS
from studio.show.session import SessionState
from studio.video import blend
from studio.video.health import PushState
from studio.video.scene import Canvas
from studio.video.sources import SourceSpec

_log = logging.getLogger(__name__)

STEP_S = 0.05
RETRY_S = 1.0
ITEMS = 5
PUSH_LIVE_WITHIN_S = 10.0
SETTLE_WITHIN_S = 9.0
SMALL_SCREEN = 800
"""On a screen of at most this height (pixels) the window starts maximised."""


def run(args: argparse.Namespace, profile: Profile, *, has_window: bool) -> int:
    """Run a rehearsal to its end; returns the exit code."""
    if not has_window:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    _log_to_file(profile)
    chosen = settings_file.load(profile.settings_file)
    canvas = Canvas.parse(args.canvas or chosen.canvas, chosen.fps)
    with lock.hold(profile.folder / "studio.lock", "error.cli.already_running"):
        return _run(args, profile, chosen, canvas, has_window=has_window)


def _run(
    args: argparse.Namespace, profile: Profile, chosen: settings_file.Settings, canvas: Canvas, *, has_window: bool
) -> int:
    plan = rundown_file.read(args.rundown) if args.rundown else None
    source, camera_problem = _source(args.camera) if args.camera is not None else (None, None)
    hub = None if args.hub else HubProcess(profile.hub_dir, seed=args.seed, speed=args.speed)
    application = _application(has_window=has_window)
    import qasync

    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(application)) as runner:
        try:
            address = hub.start() if hub else read_address(args.hub)
            wish = Wish(
                profile=profile,
                settings=chosen,
                canvas=canvas,
                source=source,
                platform=HubPlatform(address.url, address.token),
                is_rehearsal=True,
                title=(plan.title if plan else "") or chosen.room_title or tr("show.default_title"),
                recordings=(args.out or profile.recordings).resolve(),
            )
            rehearsal = Rehearsal(wish, args, plan, camera_problem, has_window=has_window)
            return runner.run(rehearsal.run())
        finally:
            if hub:
                hub.stop()


def _source(text: str) -> tuple[SourceSpec, UserError | None]:
    """The camera the user named; one that cannot be used is replaced by the test pattern and said so."""
    if text != "test" and ":" not in text and ("/" in text or "." in text) and not Path(text).exists():
        raise UserError("error.cli.no_such_file", path=text)
    try:
        return SourceSpec.parse(text), None
    except UserError as error:
        return SourceSpec.parse("test"), error


def _application(*, has_window: bool) -> Any:
    """The Qt application object; without a window only what painting needs."""
    if has_window:
        from PySide6.QtWidgets import QApplication

        window_application = QApplication(["anchor-studio"])
        window_application.setQuitOnLastWindowClosed(False)  # the report comes after the window
        return window_application
    from PySide6.QtGui import QGuiApplication

    return QGuiApplication.instance() or QGuiApplication(["anchor-studio"])


def _log_to_file(profile: Profile) -> None:
    handler = logging.handlers.RotatingFileHandler(
        profile.log_file, maxBytes=2_000_000, backupCount=2, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger("studio").addHandler(handler)
    logging.getLogger("studio").setLevel(logging.INFO)


class Rehearsal:
    """One run; unattended it plays the director's part, with a window people do."""

    def __init__(
        self,
        wish: Wish,
        args: argparse.Namespace,
        plan: rundown_file.Plan | None,
        camera_problem: UserError | None,
        *,
        has_window: bool,
    ) -> None:
        self._wish = wish
        self._args = args
        self._plan = plan
        self._camera_problem = camera_problem
        self._has_window = has_window
        self._is_unattended = args.unattended or not has_window
        self._stopping = asyncio.Event()
        self._problems: list[str] = []

    async def run(self) -> int:
        """From an empty room to the report."""
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: self._stopping.set())
        self._say("progress.hub_ready")
        house = House(self._wish)
        window = None
        try:
            await house.desk.work(blend.warm)
            await house.open()
            if house.was_resumed:
                self._say_resumed(house)
            if self._camera_problem is not None:
                house.desk.say("warn", str(self._camera_problem))
            if self._has_window:
                window = self._open_window(house)
            await self._prepare(house)
            if self._is_unattended:
                await self._direct(house)
            else:
                await self._stopping.wait()
            await self._end(house)
            return await self._report(house)
        except UserError as error:
            print(error, file=sys.stderr)
            return 1
        finally:
            if window is not None:
                window.close()
            await house.close()

    def _open_window(self, house: House) -> Any:
        from studio.ui.window import MainWindow

        window = MainWindow(house.desk, house.engine, house.bus, self._wish.settings)
        window.closed.connect(self._stopping.set)
        window.settings_chosen.connect(self._keep_settings)
        small = window.screen().availableGeometry().height() <= SMALL_SCREEN
        (window.showMaximized if small else window.show)()
        return window

    def _keep_settings(self, chosen: settings_file.Settings) -> None:
        try:
            settings_file.save(self._wish.profile.settings_file, chosen)
        except OSError as error:
            _log.warning("the settings were not kept: %s", error)

    def _say(self, key: str, **args: object) -> None:
        print(tr(key, **args), flush=True)

    def _say_resumed(self, house: House) -> None:
        state = house.desk.state
        on_air = state.rundown.on_air
        title = on_air.product.title if on_air else tr("progress.nothing_on_air")
        open_count = sum(p.state in OPEN_QUESTIONS for p in state.all_promotions())
        text = tr("progress.resumed", title=title, open=open_count, part=len(house.store.recordings(state.session.id)))
        print(text, flush=True)
        house.desk.say("info", text)

    async def _prepare(self, house: House) -> None:
        """Sync the pool and plan the show, if that was not done before."""
        desk = house.desk
        if desk.state.session.state is SessionState.LIVE:
            return
        await desk.do("pool.sync", BY)
        while desk.state.pool.is_syncing and not self._stopping.is_set():
            await asyncio.sleep(STEP_S)
        self._say("progress.pool", count=desk.state.pool.count)
        if not desk.state.rundown.items:
            await self._fill(house, self._plan or await self._own_plan(house))
        self._say("progress.rundown", count=len(desk.state.rundown.items), promotions=len(desk.state.promotions))

    async def _own_plan(self, house: House) -> rundown_file.Plan:
        """Five products that sell in the villages, two coupons, one red envelope."""
        products: list[str] = []
        for words in tr("show.rehearsal_words").split():
            found = await house.desk.work(house.catalog.search, SearchQuery(words, limit=5, in_stock=True))
            fresh = [product.id for product in found.hits if product.id not in products]
            products += fresh[:1]
        if len(products) < ITEMS:
            found = await house.desk.work(house.catalog.search, SearchQuery("", limit=20, in_stock=True))
            products += [product.id for product in found.hits if product.id not in products]
        items = tuple(rundown_file.PlannedItem(product_id=each, planned_s=None) for each in products[:ITEMS])
        raw = json.loads((paths.resources() / "rehearsal" / "promotions.json").read_text(encoding="utf-8"))
        promotions = tuple(rundown_file.PlannedPromotion(**entry) for entry in raw if entry["item"] < len(items))
        return rundown_file.Plan(title="", items=items, promotions=promotions)

    async def _fill(self, house: House, plan: rundown_file.Plan) -> None:
        desk = house.desk
        share_s = max(1, round(self._args.minutes * 60 / max(1, len(plan.items))))
        placed: dict[int, str] = {}
        for place, item in enumerate(plan.items):
            try:
                await desk.do("rundown.add", BY, product_id=item.product_id, planned_s=item.planned_s or share_s)
                placed[place] = desk.state.rundown.items[-1].id
            except UserError as error:
                desk.say("warn", str(error))
        for promotion in plan.promotions:
            item_id = placed.get(promotion.item, "") if promotion.item is not None else ""
            settings = dict(promotion.settings)
            await desk.do("promo.add", BY, kind=promotion.kind, settings=settings, item_id=item_id)

    async def _direct(self, house: House) -> None:
        """Run the show to its end; Ctrl-C ends it early and cleanly."""
        desk = house.desk
        if desk.state.session.state is SessionState.OFF_AIR:
            await desk.do("show.go_live", BY)
            await self._until_pushed(house)
            self._say("progress.live")
        director = Director(house)
        on_air_id = None
        while not self._stopping.is_set() and desk.state.session.state is SessionState.LIVE:
            try:
                if not await director.step():
                    break
            except UserError as error:
                desk.say("warn", str(error))
                await asyncio.sleep(RETRY_S)
            on_air = desk.state.rundown.on_air
            if on_air is not None and on_air.item_id != on_air_id:
                on_air_id = on_air.item_id
                self._say("progress.taken", number=on_air.number, title=on_air.product.title)
            await asyncio.sleep(STEP_S)

    async def _end(self, house: House) -> None:
        """End a show that is still live: the rundown is through, the window was closed, or somebody pressed Ctrl-C."""
        if house.desk.state.session.state is SessionState.LIVE:
            await self._settle(house, SETTLE_WITHIN_S)
            await house.desk.do("show.end", BY)

    async def _until_pushed(self, house: House) -> None:
        deadline_s = house.clock.monotonic_s() + PUSH_LIVE_WITHIN_S
        while house.clock.monotonic_s() < deadline_s and not self._stopping.is_set():
            if any(push.state is PushState.LIVE for push in house.engine.health().pushes):
                return
            await asyncio.sleep(STEP_S)
        if not self._stopping.is_set():
            house.desk.notice("warn", "show.push_not_live", seconds=round(PUSH_LIVE_WITHIN_S))

    async def _settle(self, house: House, within_s: float) -> None:
        """Wait for the answers to what was asked."""
        deadline_s = house.clock.monotonic_s() + within_s
        while house.promo_verbs.open_questions() and house.clock.monotonic_s() < deadline_s:
            await asyncio.sleep(STEP_S)

    async def _report(self, house: House) -> int:
        """Write the report of an ended show and say where everything lies; 1 when the show suffered."""
        desk = house.desk
        session = desk.state.session
        if session.state is not SessionState.ENDED:
            return 0
        await self._settle(house, SETTLE_WITHIN_S)
        await house.promo_verbs.refresh_all()
        await house.clip_verbs.done()
        ingest = await report_data.fetch_ingest(house)
        await house.show_verbs.stop_following()
        await desk.work(house.engine.stop)
        await asyncio.sleep(STEP_S)
        folder = (self._args.out or self._wish.profile.reports).resolve()
        data = report_data.collect(house.store, self._wish.recordings, session.id, ingest)
        html, machine = await desk.work(report_data.write, data, folder)
        folders = {str(Path(clip["path"]).parent) for clip in house.store.clips(session.id)}
        for path in (*(recording.path for recording in data.recordings), *folders, html, machine):
            self._say("progress.made", path=path)
        for problem in data.problems:
            self._say("progress.problem", text=problem)
        suffered = bool(data.problems) or desk.state.problems > 0
        self._say("progress.suffered" if suffered else "progress.done")
        return 1 if suffered else 0
