"""Verbs of the picture under the overlays: its source, look, green screen, inset and transition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from studio.core.by import By
from studio.core.errors import UserError
from studio.desk.actions import action
from studio.desk.picture_setup import (
    InsetSetup,
    KeySetup,
    PictureSetup,
    SourceSetup,
    address_of,
    check,
    checked,
    masked,
)
from studio.video.scene import Look, Place
from studio.video.sources import SourceSpec

if TYPE_CHECKING:
    from studio.desk.desk import Desk

SETUP = "picture"


class CameraVerbs:
    """picture.source, .restart, .look, .balance, .key, .inset, .transition."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._saved_source: SourceSetup | None = None  # while the command line's source stands in its place

    async def apply(self, wished: SourceSpec | None) -> None:
        """Set the engine up as it is saved; a source that the command line names wins for this run."""
        desk = self._desk
        setup = setup_of(desk)
        if wished is not None:
            self._saved_source = setup.source
            wish = SourceSetup(
                source=address_of(wished),
                mode=wished.mode,
                mirror=wished.mirror,
                rotate=wished.rotate,
                crop=str(wished.crop),
            )
            setup = replace(setup, source=wish)
        desk.hold(setup={SETUP: setup.plain()})
        desk.picture.set_source(wished if wished is not None else await desk.work(setup.source.waiting_spec))
        if setup.key.is_on and setup.key.backdrop:
            desk.picture.set_source(await self._waiting(setup.key.backdrop), Place.BACKDROP)
        if setup.inset.address:
            desk.picture.set_source(await self._waiting(setup.inset.address), Place.INSET)

    @action("picture.source", icon="camera-outline")
    async def choose_source(
        self, by: By, address: str, mode: str = "cover", mirror: bool = False, rotate: int = 0, crop: str = ""
    ) -> None:
        """Take the camera picture from somewhere else, or lay it otherwise."""
        desk = self._desk
        address = _unmasked(address, setup_of(desk).source.source)
        wanted = checked(SourceSetup(source=address, mode=mode, mirror=mirror, rotate=rotate, crop=crop))
        spec = await desk.work(wanted.spec)
        setup = setup_of(desk)
        _refuse_twice(spec, setup.inset.address, setup.key.backdrop if setup.key.is_on else "")
        setup = replace(setup, source=replace(wanted, source=address_of(spec)))
        self._saved_source = None
        self._save(by, "picture.source", {"name": masked(spec.name)}, setup)
        desk.picture.set_source(spec)
        desk.tell(desk.changed("picture.source"))

    @action("picture.restart", icon="restart")
    async def restart(self, by: By) -> None:
        """Open the source again, for a camera that looks wrong."""
        desk = self._desk
        desk.save(by, "picture.restart", {"name": masked(setup_of(desk).source.source)})
        desk.picture.restart_source()
        desk.tell(desk.changed("picture.restart"))

    @action("picture.look", icon="palette-outline")
    async def set_look(
        self, by: By, brightness: int = 0, contrast: int = 0, warmth: int = 0, tint: int = 0, smoothing: int = 0
    ) -> None:
        """Brightness, contrast, white balance and light skin smoothing (美颜)."""
        look = checked(Look(brightness, contrast, warmth, tint, smoothing))
        self._show(by, "picture.look", vars(look).copy(), replace(setup_of(self._desk), look=look))

    @action("picture.balance", icon="white-balance-auto")
    async def balance(self, by: By) -> None:
        """White balance by the newest camera picture (自动白平衡)."""
        proposed = self._desk.picture.propose_balance()
        if proposed is None:
            raise UserError("error.picture.no_picture_yet")
        setup = setup_of(self._desk)
        look = replace(setup.look, warmth=proposed.warmth, tint=proposed.tint)
        payload = {"warmth": look.warmth, "tint": look.tint}
        self._show(by, "picture.balance", payload, replace(setup, look=look))

    @action("picture.key", icon="account-box-outline")
    async def set_key(
        self,
        by: By,
        is_on: bool,
        color: str = "green",
        similarity: int = 45,
        smoothness: int = 25,
        spill: int = 60,
        backdrop: str = "",
    ) -> None:
        """Show another picture where the screen's colour is (绿幕抠像)."""
        desk = self._desk
        backdrop = _unmasked(backdrop, setup_of(desk).key.backdrop)
        shares = {"similarity": similarity, "smoothness": smoothness, "spill": spill}
        key = checked(KeySetup(is_on=is_on, color=color, backdrop=backdrop, **shares))
        spec = await desk.work(SourceSpec.parse, backdrop) if is_on and backdrop else None
        setup = setup_of(desk)
        if spec is not None:
            _refuse_twice(spec, setup.source.source, setup.inset.address)
            key = replace(key, backdrop=address_of(spec))
        payload = {"color": color, "backdrop": masked(spec.name) if spec else "", **shares}
        act = self._seat(Place.BACKDROP, spec)
        self._show(by, "picture.key" if is_on else "picture.key_off", payload, replace(setup, key=key), act)

    @action("picture.inset", icon="picture-in-picture-top-right")
    async def set_inset(
        self, by: By, address: str, x: float = 0.62, y: float = 0.05, width: float = 0.33, height: float = 0.25
    ) -> None:
        """Lay a small second picture on the first (画中画); without an address it is taken off."""
        desk = self._desk
        address = _unmasked(address, setup_of(desk).inset.address)
        inset = checked(InsetSetup(address=address, x=x, y=y, width=width, height=height))
        spec = await desk.work(SourceSpec.parse, address) if address else None
        setup = setup_of(desk)
        if spec is not None:
            _refuse_twice(spec, setup.source.source, setup.key.backdrop if setup.key.is_on else "")
            inset = replace(inset, address=address_of(spec))
        payload = {"name": masked(spec.name) if spec else "", "x": x, "y": y, "width": width, "height": height}
        act = self._seat(Place.INSET, spec)
        self._show(by, "picture.inset" if spec else "picture.inset_off", payload, replace(setup, inset=inset), act)

    @action("picture.transition", icon="transition")
    async def set_transition(self, by: By, ms: int) -> None:
        """How long the picture takes to fade over (转场); 0 is a cut."""
        check("transition_ms", ms)
        self._show(by, "picture.transition", {"ms": ms}, replace(setup_of(self._desk), transition_ms=ms))

    def _seat(self, place: Place, spec: SourceSpec | None) -> Callable[[], None]:
        """What hands a source of a place to the engine, or takes it off."""
        picture = self._desk.picture
        return lambda: picture.set_source(spec, place) if spec is not None else picture.clear_source(place)

    def _show(
        self,
        by: By,
        verb: str,
        payload: dict[str, Any],
        setup: PictureSetup,
        act: Callable[[], None] = lambda: None,
    ) -> None:
        self._save(by, verb, payload, setup)
        act()
        self._desk.show_scene()
        self._desk.tell(self._desk.changed(verb))

    def _save(self, by: By, verb: str, payload: dict[str, Any], setup: PictureSetup) -> None:
        """Save the setup, with the source that a later run shall find."""
        kept = setup if self._saved_source is None else replace(setup, source=self._saved_source)
        self._desk.save(by, verb, payload, setup={SETUP: kept.plain()})
        self._desk.hold(setup={SETUP: setup.plain()})

    async def _waiting(self, address: str) -> SourceSpec:
        return await self._desk.work(SourceSetup(source=address).waiting_spec)


def setup_of(desk: Desk) -> PictureSetup:
    """How the picture is set up now."""
    return PictureSetup.read(desk.state.setup.get(SETUP, {}))


def shown_setup(desk: Desk) -> dict[str, Any]:
    """The setup for everybody's eyes: no password of a network camera."""
    setup = setup_of(desk)
    return replace(
        setup,
        source=replace(setup.source, source=masked(setup.source.source)),
        key=replace(setup.key, backdrop=masked(setup.key.backdrop)),
        inset=replace(setup.inset, address=masked(setup.inset.address)),
    ).plain()


def _unmasked(address: str, known: str) -> str:
    """The address that a face showed without its password, with it."""
    return known if address == masked(known) else address


def _refuse_twice(spec: SourceSpec, *others: str) -> None:
    """A camera can be opened once only."""
    if spec.kind == "device" and address_of(spec) in others:
        raise UserError("error.picture.camera_twice", name=spec.name)
