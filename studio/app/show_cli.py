"""``anchor-studio show export|import|report|clips``: a show's plan as a file, its report and its clips made again."""

from __future__ import annotations

import argparse

from studio.app import report_data, rundown_file
from studio.core import lock
from studio.core import settings as settings_file
from studio.core.by import By, Role
from studio.core.clock import SystemClock
from studio.core.errors import UserError
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.core.paths import Profile
from studio.desk import clip_plan
from studio.desk.clipping import note
from studio.desk.opening import open_state
from studio.promo.kinds import from_settings
from studio.promo.promotion import Promotion
from studio.show.rundown import Item
from studio.show.session import SessionState
from studio.store.catalog import Catalog
from studio.store.show_store import ShowStore
from studio.video.clips import cut

BY = By(role=Role.OPERATOR, name="command line", device_id="command line")


def run(args: argparse.Namespace, profile: Profile) -> int:
    """Run one of the four; raises UserError when there is nothing to do it with."""
    with lock.hold(profile.folder / "studio.lock", "error.cli.already_running"):
        store = ShowStore(profile.show_db)
        try:
            return {"export": _export, "import": _import, "report": _report, "clips": _clips}[args.show_verb](
                args, profile, store
            )
        finally:
            store.close()


def _export(args: argparse.Namespace, profile: Profile, store: ShowStore) -> int:
    session = store.last_session()
    if session is None:
        raise UserError("error.show.no_show", folder=profile.folder)
    rundown = store.rundown(session.rundown_id)
    if rundown is None:
        raise UserError("error.show.no_show", folder=profile.folder)
    rundown_file.write(args.file, session.title, rundown, store.promotions(session.id))
    print(tr("progress.exported", path=args.file))
    return 0


def _import(args: argparse.Namespace, profile: Profile, store: ShowStore) -> int:
    """Into the show that is being planned, or a new one; unknown products are named and left out (exit code 1)."""
    plan = rundown_file.read(args.file)
    chosen = settings_file.load(profile.settings_file)
    catalog = Catalog(profile.pool_db, profile.pool_index)
    try:
        known = {product.id: product for product in catalog.get_many(tuple(item.product_id for item in plan.items))}
    finally:
        catalog.close()
    state = open_state(
        store, chosen, is_rehearsal=True, title=plan.title or tr("show.default_title"), pool_count=len(known)
    )
    if state.session.state is SessionState.LIVE:
        raise UserError("error.show.already_live")
    rundown, problems, placed = state.rundown, 0, {}
    for place, planned in enumerate(plan.items):
        product = known.get(planned.product_id)
        try:
            if product is None:
                raise UserError("error.rundown.unknown_product", product_id=planned.product_id)
            item = Item(
                id=new_id(), product=product, live_price=product.price, planned_s=planned.planned_s or DEFAULT_S
            )
            rundown = rundown.add(item)
            placed[place] = item.id
        except UserError as error:
            problems += 1
            print(error)
    now_ms = SystemClock().now_ms()
    with store.transaction() as tx:
        tx.rundown(rundown, state.rundown)
        for entry in plan.promotions:
            item_id = placed.get(entry.item) if entry.item is not None else None
            kind = from_settings(entry.kind, entry.settings)
            tx.promotion(Promotion(id=new_id(), session_id=state.session.id, kind=kind, item_id=item_id))
        tx.as_run(state.session.id, now_ms, "rundown.imported", BY, {"file": args.file.name, "count": len(placed)})
    print(tr("progress.imported", count=len(placed)))
    return 1 if problems else 0


DEFAULT_S = 300


def _report(args: argparse.Namespace, profile: Profile, store: ShowStore) -> int:
    session = store.last_session()
    if session is None or session.started_ms is None:
        raise UserError("error.show.no_show", folder=profile.folder)
    data = report_data.collect(store, profile.recordings, session.id, None)
    for path in report_data.write(data, (args.out or profile.reports).resolve()):
        print(tr("progress.made", path=path))
    return 1 if data.problems else 0


def _clips(args: argparse.Namespace, profile: Profile, store: ShowStore) -> int:
    """Cut what is missing; a clip that cannot be cut is named and stops no other (exit code 1)."""
    newest = store.last_session()
    shown = newest if newest is not None and newest.started_ms is not None else store.last_ended_session()
    session = store.session(args.session) if args.session else shown
    if session is None:
        raise UserError("error.show.no_show", folder=profile.folder)
    planned = clip_plan.plan(store, (args.out or profile.recordings).resolve(), session.id)
    if not planned:
        raise UserError("error.clip.no_marks")
    failed = 0
    for one in planned:
        if one.is_made and one.path.is_file() and not args.again:
            continue
        try:
            clip = cut(one.stretch, one.path, one.title)
            with store.transaction() as tx:
                note(tx, session.id, SystemClock().now_ms(), BY, ("item", one.item_id, one.part), clip)
            print(tr("progress.made", path=clip.path))
        except UserError as error:
            failed += 1
            print(error)
    print(tr("show.clips_made", count=len(planned) - failed, folder=planned[0].path.parent))
    return 1 if failed else 0
