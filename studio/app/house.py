"""Builds the house: every room once, wired by hand, and taken down in the opposite order."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

import psutil

from studio.api import PluginApi
from studio.app import plugins
from studio.app.key_store import KeyStore
from studio.app.pool_door import CataloguePool
from studio.core.by import By
from studio.core.clock import Clock, SystemClock
from studio.core.events import Bus, Fact
from studio.core.paths import Profile
from studio.core.settings import Settings
from studio.desk.audience_verbs import AudienceVerbs
from studio.desk.camera_verbs import CameraVerbs
from studio.desk.clip_verbs import ClipVerbs
from studio.desk.desk import Desk
from studio.desk.doors import Platform
from studio.desk.opening import open_state
from studio.desk.picture_verbs import PictureVerbs
from studio.desk.promo_verbs import PromoVerbs
from studio.desk.push_verbs import PushVerbs
from studio.desk.quality_verbs import QualityVerbs
from studio.desk.rundown_verbs import RundownVerbs
from studio.desk.show_verbs import ShowVerbs
from studio.desk.sound_verbs import SoundVerbs
from studio.desk.virtual_camera_verbs import VirtualCameraVerbs
from studio.platforms.pictures import PictureCache
from studio.show.session import SessionState
from studio.store.catalog import Catalog
from studio.store.show_store import ShowStore
from studio.video.encoder import EncoderSettings
from studio.video.engine import Engine
from studio.video.scene import Canvas
from studio.video.sources import SourceSpec

_log = logging.getLogger(__name__)

KEEP_EVERY_S = 0.05


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the command line asks of the house."""

    profile: Profile
    settings: Settings
    canvas: Canvas
    source: SourceSpec | None
    platform: Platform | None
    is_rehearsal: bool
    title: str
    recordings: Path


class House:
    """One studio: desk, engine, store, pool, plugins; made on the main thread inside a running loop."""

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self.clock: Clock = SystemClock()
        self.bus = Bus()
        self._loop = asyncio.get_running_loop()
        profile = wish.profile
        wish.recordings.mkdir(parents=True, exist_ok=True)
        self.store = ShowStore(profile.show_db)
        self.catalog = Catalog(profile.pool_db, profile.pool_index)
        encoding = EncoderSettings(canvas=wish.canvas, bitrate_kbps=wish.settings.bitrate_kbps)
        self.engine = Engine(wish.canvas, self.clock, self._tell, encoding)
        pool = CataloguePool(self.catalog, PictureCache(profile.pictures, wish.platform), wish.platform)
        unfinished = self.store.unfinished_session()
        self.was_resumed = unfinished is not None and unfinished.state is SessionState.LIVE
        self.desk = Desk(
            store=self.store,
            state=open_state(
                self.store,
                wish.settings,
                is_rehearsal=wish.is_rehearsal,
                title=wish.title,
                pool_count=self.catalog.count(),
            ),
            bus=self.bus,
            clock=self.clock,
            picture=self.engine,
            pool=pool,
            platform=wish.platform,
            secrets=KeyStore(profile.folder),
            settings=wish.settings,
            canvas=wish.canvas,
            recordings=wish.recordings,
        )
        self.rundown_verbs = RundownVerbs(self.desk)
        self.show_verbs = ShowVerbs(self.desk)
        self.promo_verbs = PromoVerbs(self.desk)
        self.quality_verbs = QualityVerbs(self.desk)
        self.virtual_camera_verbs = VirtualCameraVerbs(self.desk)
        self.clip_verbs = ClipVerbs(self.desk)
        self.camera_verbs = CameraVerbs(self.desk)
        self.sound_verbs = SoundVerbs(self.desk)
        for group in (
            self.rundown_verbs,
            self.show_verbs,
            self.promo_verbs,
            self.quality_verbs,
            self.virtual_camera_verbs,
            self.clip_verbs,
            self.camera_verbs,
            PictureVerbs(self.desk),
            PushVerbs(self.desk),
            AudienceVerbs(self.desk),
            self.sound_verbs,
        ):
            self.desk.add_verbs(group)
        self._process = psutil.Process()
        self._keeper: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start picture and sound, load plugins, go on where the last run stopped."""
        for row in self.store.comments(self.desk.state.session.id):
            self.desk.audience.add(row["comment_id"], row["nick"], row["text"], row["at_ms"], row["buyer_id"])
        api = PluginApi(self.desk, self.bus, self.wish.profile)
        for fault in plugins.load_all(api, self.wish.profile):
            self.desk.say("warn", str(fault))
        self.quality_verbs.apply()
        await self.camera_verbs.apply(self.wish.source)
        self.sound_verbs.apply()
        self.engine.start()
        self.virtual_camera_verbs.apply()
        self.promo_verbs.resume()
        self.clip_verbs.resume()
        await self.show_verbs.resume()
        self.desk.later(self.show_verbs.finish_last())
        self.desk.later(self.desk.pushing.look())
        for item in self.desk.state.rundown.items:
            self.desk.later(self.rundown_verbs.fetch_picture(item.product.id))
        self._keeper = self._loop.create_task(self._keep())

    async def do(self, verb: str, by: By, **args: object) -> None:
        await self.desk.do(verb, by, **args)

    async def _keep(self) -> None:
        """Wakes often and compares with the clock: timers of the loop are too coarse for one long wait."""
        next_cpu_s = 0.0
        while True:
            try:
                self.promo_verbs.keep()
            except Exception:  # noqa: BLE001 - a bug here must not end the looking up of open questions
                _log.exception("the keeper stumbled")
            now_s = self.clock.monotonic_s()
            if now_s >= next_cpu_s:
                next_cpu_s = now_s + 1.0
                self.desk.state.cpu_percent = self._process.cpu_percent() / (psutil.cpu_count() or 1)
            await asyncio.sleep(KEEP_EVERY_S)

    def _tell(self, fact: Fact) -> None:
        """From the engine's threads to the desk on the main thread."""
        try:
            self._loop.call_soon_threadsafe(self.desk.hear, [fact])
        except RuntimeError:
            _log.info("the loop is closed; %s is not heard", type(fact).__name__)

    async def close(self) -> None:
        """Take everything down: picture first, then the room, then the files."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        await self.desk.work(self.engine.stop)
        await self.show_verbs.stop_following()
        await asyncio.sleep(0.05)
        await self.desk.close()
        self.catalog.close()
        self.store.close()
