"""What the desk needs of the picture machine and of the pool, as Protocols; ``app`` hands in the real ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from studio.core.goods import Product
from studio.desk.ports import CanFeature, CanFollowRoom, CanListPool, CanOpenRoom, CanPromote

if TYPE_CHECKING:
    from studio.pool.search import SearchQuery, SearchResult
    from studio.video.health import EncoderVerdict
    from studio.video.outputs.recorder import Segments
    from studio.video.outputs.replay import ReplayPiece
    from studio.video.scene import Look, Place, Scene
    from studio.video.sound import SoundInput
    from studio.video.sources import SourceSpec


class Picture(Protocol):
    """The picture machine: every call but ``devices`` and ``try_…`` returns at once."""

    def show(self, scene: Scene) -> None: ...

    def prepare(self, scene: Scene) -> None:
        """Draw ahead what a take would show."""
        ...

    def set_source(self, spec: SourceSpec, place: Place = ...) -> None:
        """Take the pictures of a place from a source."""
        ...

    def clear_source(self, place: Place) -> None: ...

    def restart_source(self, place: Place = ...) -> None: ...

    def propose_balance(self) -> Look | None:
        """The white balance that makes the newest camera picture grey."""
        ...

    def devices(self) -> dict[str, Any]:
        """Plain lists by name (cameras, screens, windows, microphones), ``reasons`` by list; blocks, for a worker."""
        ...

    def set_sound(self, inputs: tuple[SoundInput, ...]) -> None:
        """Mix these inputs from now on."""
        ...

    def start_recording(self, path: Path) -> None: ...

    def stop_recording(self) -> None: ...

    def set_segments(self, segments: Segments) -> None: ...

    def replay(self, seconds: float) -> tuple[ReplayPiece, ...]:
        """The last seconds of the programme; raises UserError when there is nothing yet."""
        ...

    def start_push(self, name: str, url: str, key: str) -> None: ...

    def stop_push(self, name: str) -> None: ...

    def start_virtual_camera(self) -> None: ...

    def stop_virtual_camera(self) -> None: ...

    def try_encoder(self, name: str) -> EncoderVerdict:
        """Whether the machine has this encoder; blocks for seconds, for a worker."""
        ...

    def try_encoders(self) -> tuple[EncoderVerdict, ...]:
        """The same for all."""
        ...

    def choose_encoder(self, name: str) -> None:
        """Encode with it from now on, if a trial found that it works."""
        ...

    def pin_quality(self, step: int | None) -> None:
        """Stay on a step of the ladder; None: choose by load again."""
        ...


class PoolDoor(Protocol):
    """The local slice of the pool; calls block and run on workers, except ``count``."""

    def search(self, query: SearchQuery) -> SearchResult: ...

    def get_many(self, product_ids: tuple[str, ...]) -> tuple[Product, ...]: ...

    def count(self) -> int: ...

    def picture(self, product_id: str) -> bytes | None: ...

    def sync(self, on_progress: Callable[[int, int], None], is_cancelled: Callable[[], bool]) -> int:
        """Bring the slice up to the platform; returns how many products it has, raises UserError."""
        ...


class Secrets(Protocol):
    """Where keys are kept, by name; calls block and run on workers, and raise UserError when it does not open."""

    def get(self, name: str) -> str | None: ...

    def put(self, name: str, secret: str) -> None: ...

    def remove(self, name: str) -> None: ...


class Platform(CanListPool, CanOpenRoom, CanFeature, CanPromote, CanFollowRoom, Protocol):
    """A platform with every ability the show uses."""
