"""Doubles for what cannot be made to fail on demand: a picture that remembers, a platform that obeys the test."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio.core.by import By, Role
from studio.core.clock import ManualClock
from studio.core.errors import UserError
from studio.core.events import Bus
from studio.core.goods import Product
from studio.core.money import Money
from studio.core.settings import Settings
from studio.desk.audience_verbs import AudienceVerbs
from studio.desk.camera_verbs import CameraVerbs
from studio.desk.clip_verbs import ClipVerbs
from studio.desk.desk import Desk
from studio.desk.opening import open_state
from studio.desk.picture_verbs import PictureVerbs
from studio.desk.ports import OrderPage, PlatformError, PromotionReceipt, Room, RoomEvents
from studio.desk.promo_verbs import PromoVerbs
from studio.desk.push_verbs import PushVerbs
from studio.desk.quality_verbs import QualityVerbs
from studio.desk.rundown_verbs import RundownVerbs
from studio.desk.show_verbs import ShowVerbs
from studio.desk.sound_verbs import SoundVerbs
from studio.desk.virtual_camera_verbs import VirtualCameraVerbs
from studio.store.show_store import ShowStore
from studio.video.scene import Canvas

ANCHOR = By(role=Role.ANCHOR, name="小王")
ASSISTANT = By(role=Role.ASSISTANT, name="小李")


def a_product(number: int, price_fen: int = 2990) -> Product:
    price = Money(price_fen)
    return Product(id=f"p{number}", title=f"赣南脐橙 {number}", price=price, list_price=price, stock=8, version=1)


class PictureDouble:
    """Remembers what it was told, and in which order."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args: self.told.append((name, args))

    def scenes(self) -> list[Any]:
        return [args[0] for name, args in self.told if name == "show"]


class PoolDouble:
    def __init__(self) -> None:
        self.products = {f"p{number}": a_product(number) for number in range(9)}

    def get_many(self, product_ids: tuple[str, ...]) -> tuple[Product, ...]:
        return tuple(self.products[each] for each in product_ids if each in self.products)

    def search(self, query: Any) -> Any:
        raise AssertionError("these tests do not search")

    def count(self) -> int:
        return len(self.products)

    def picture(self, product_id: str) -> bytes | None:
        return None

    def sync(self, on_progress: Callable[[int, int], None], is_cancelled: Callable[[], bool]) -> int:
        on_progress(1, 2)
        return self.count()


class SecretsDouble:
    """Keys in memory; ``is_locked`` is a key store that does not open."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        self.is_locked = False

    def get(self, name: str) -> str | None:
        self._open()
        return self.keys.get(name)

    def put(self, name: str, secret: str) -> None:
        self._open()
        self.keys[name] = secret

    def remove(self, name: str) -> None:
        self._open()
        self.keys.pop(name, None)

    def _open(self) -> None:
        if self.is_locked:
            raise UserError("error.app.keys_closed", reason="locked")


class PlatformDouble:
    """Keeps a ledger like a platform; ``before`` and ``after`` run inside a create and may raise."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.ledger: dict[str, PromotionReceipt] = {}
        self.creates = 0
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None
        self.features: list[str | None] = []
        self.witnessed: list[tuple[int, str]] = []
        self.is_away = False
        self._lock = threading.Lock()

    def open_room(self, session_id: str, title: str) -> Room:
        self._answer()
        return Room(room_id=f"room-{session_id}", state="open", push_url="rtmp://127.0.0.1/live", push_key="secret")

    def _answer(self) -> None:
        if self.is_away:
            raise PlatformError("error.show.no_platform", is_unknown=True)

    def witness(self, room_id: str, seq: int, head: str) -> None:
        self._answer()
        self.witnessed.append((seq, head))

    def close_room(self, room_id: str, seq: int, head: str) -> None:
        self._answer()

    def feature(self, room_id: str, product_id: str | None) -> int:
        self._answer()
        self.features.append(product_id)
        return self._clock.now_ms()

    def create_coupon(self, room_id: str, key: str, wish: Any) -> PromotionReceipt:
        with self._lock:
            self.creates += 1
            self.before()
            receipt = PromotionReceipt(
                promotion_id=f"h-{key}",
                key=key,
                kind="coupon",
                state="live",
                total=5,
                claimed=0,
                redeemed=0,
                cost=Money(0),
                created_at_ms=self._clock.now_ms(),
                ends_at_ms=self._clock.now_ms() + wish.valid_s * 1000,
                was_replayed=False,
            )
            self.ledger[key] = receipt
            self.after()
            return receipt

    create_red_envelope = create_coupon

    def find_promotion(self, key: str) -> PromotionReceipt | None:
        self._answer()
        return self.ledger.get(key)

    def promotion(self, promotion_id: str) -> PromotionReceipt:
        return next(receipt for receipt in self.ledger.values() if receipt.promotion_id == promotion_id)

    def close_promotion(self, promotion_id: str) -> PromotionReceipt:
        return self.promotion(promotion_id)

    def events(self, room_id: str, after: int, wait_s: float) -> RoomEvents:
        threading.Event().wait(0.02)
        return RoomEvents(items=(), last_seq=after)

    def orders(self, room_id: str, since: int, limit: int) -> OrderPage:
        return OrderPage(items=(), next_since=since, has_more=False)


class Stage:
    """A desk with doubles around a real store; ``again`` is a restart on the same file."""

    def __init__(
        self,
        folder: Path,
        clock: ManualClock | None = None,
        platform: PlatformDouble | None = None,
        secrets: SecretsDouble | None = None,
    ) -> None:
        self.folder = folder
        self.clock = clock or ManualClock()
        self.platform = platform or PlatformDouble(self.clock)
        self.picture = PictureDouble()
        self.secrets = secrets or SecretsDouble()
        self.pool = PoolDouble()
        self.bus = Bus()
        self.told: list[Any] = []
        self.bus.subscribe(self.told.append)
        settings = Settings(anchor="小王", budget_fen=50_000)
        self.store = ShowStore(folder / "show.sqlite")
        self.desk = Desk(
            store=self.store,
            state=open_state(self.store, settings, is_rehearsal=True, title="青山村", pool_count=9),
            bus=self.bus,
            clock=self.clock,
            picture=self.picture,
            pool=self.pool,
            platform=self.platform,  # type: ignore[arg-type]
            secrets=self.secrets,
            settings=settings,
            canvas=Canvas(720, 1280, 30),
            recordings=folder,
        )
        self.show = ShowVerbs(self.desk)
        self.promo = PromoVerbs(self.desk)
        self.quality = QualityVerbs(self.desk)
        self.virtual_camera = VirtualCameraVerbs(self.desk)
        self.clips = ClipVerbs(self.desk)
        self.camera = CameraVerbs(self.desk)
        for group in (
            self.show,
            self.promo,
            self.quality,
            self.virtual_camera,
            self.clips,
            RundownVerbs(self.desk),
            self.camera,
            PictureVerbs(self.desk),
            PushVerbs(self.desk),
            AudienceVerbs(self.desk),
            SoundVerbs(self.desk),
        ):
            self.desk.add_verbs(group)

    async def do(self, verb: str, by: By = ANCHOR, **args: Any) -> None:
        await self.desk.do(verb, by, **args)

    async def plan(self, count: int = 3) -> None:
        for number in range(count):
            await self.do("rundown.add", product_id=f"p{number}", planned_s=60)

    async def live(self, count: int = 3) -> None:
        await self.plan(count)
        await self.do("show.go_live")

    async def coupon(self, **settings: Any) -> str:
        plain = {"name": "满59减20", "threshold_fen": 5900, "amount_fen": 2000, "total_count": 5} | settings
        await self.do("promo.add", kind="coupon", settings=plain)
        return list(self.desk.state.promotions)[-1]

    async def settle(self) -> None:
        """Let all jobs of the desk end."""
        while self.desk._tasks:
            await asyncio.gather(*tuple(self.desk._tasks))

    def promotion(self, promotion_id: str) -> Any:
        return self.desk.state.promotions[promotion_id]

    async def close(self) -> None:
        await self.show.stop_following()
        await self.desk.close()
        self.store.close()

    async def again(self) -> Stage:
        """Start on the same file, as after a kill."""
        await self.close()
        stage = Stage(self.folder, self.clock, self.platform, self.secrets)
        stage.promo.resume()
        stage.clips.resume()
        await stage.show.resume()
        return stage


def play(story: Callable[[Stage], Any], folder: Path) -> None:
    """Run an async story on a stage of its own."""

    async def run() -> None:
        stage = Stage(folder)
        last = stage
        try:
            last = await story(stage) or stage
        finally:
            await last.close()

    asyncio.run(run())
