"""Opens the show that is in the file, or a new one."""

from __future__ import annotations

from studio.core.ids import new_id
from studio.core.settings import Settings
from studio.desk.scene import HIDDEN_AT_FIRST
from studio.desk.state import PoolStatus, ShowState
from studio.promo.promotion import Promotion
from studio.show.rundown import Rundown
from studio.show.session import LiveSession
from studio.store.show_store import ShowStore


def open_state(store: ShowStore, settings: Settings, *, is_rehearsal: bool, title: str, pool_count: int) -> ShowState:
    """The unfinished session with all that was saved of it; else a new session, which is saved."""
    session = store.unfinished_session()
    if session is None:
        return _new(store, settings, is_rehearsal=is_rehearsal, title=title, pool_count=pool_count)
    rundown = store.rundown(session.rundown_id) or Rundown(id=session.rundown_id, title=session.title)
    orders, gmv_fen = store.sales(session.id)
    return ShowState(
        session=session,
        rundown=rundown,
        promotions=_promotions(store, session.id),
        orders=orders,
        gmv_fen=gmv_fen,
        comment_count=len(store.comments(session.id)),
        pool=PoolStatus(count=pool_count),
        setup=store.setup(),
    )


def _new(store: ShowStore, settings: Settings, *, is_rehearsal: bool, title: str, pool_count: int) -> ShowState:
    rundown = Rundown(id=new_id(), title=title)
    session = LiveSession(
        id=new_id(),
        title=title,
        anchor=settings.anchor,
        rundown_id=rundown.id,
        is_rehearsal=is_rehearsal,
        hidden_layers=HIDDEN_AT_FIRST,
    )
    with store.transaction() as tx:
        tx.rundown(rundown)
        tx.session(session)
    promotions = _promotions(store, session.id)
    pool = PoolStatus(count=pool_count)
    return ShowState(session=session, rundown=rundown, promotions=promotions, pool=pool, setup=store.setup())


def _promotions(store: ShowStore, session_id: str) -> dict[str, Promotion]:
    """The session's promotions, and those of earlier shows of which nobody knows yet whether they exist."""
    found = (*store.open_promotions(), *store.promotions(session_id))
    return {promotion.id: promotion for promotion in found}
