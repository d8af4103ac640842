"""Faults on demand; these paths exist only on a hub that is served with ``--faults``."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from studio.hub.hub import Hub
from studio.hub.routes.headers import REFUSALS
from studio.hub.wire import Faults
from studio.hub.wishes import FaultWish, PushFaultWish


def routes(hub: Hub) -> APIRouter:
    """All paths below /v1/faults; they run on the server's loop, where the held requests are."""
    router = APIRouter(prefix="/v1/faults", tags=["faults"], responses=REFUSALS)

    @router.post("", response_model=Faults)
    async def arm(wish: FaultWish) -> Any:
        hub.faults.arm(wish)
        return hub.faults.state()

    @router.get("", response_model=Faults)
    async def get_faults() -> Any:
        return hub.faults.state()

    @router.delete("", status_code=204)
    async def release() -> Response:
        hub.faults.release()
        hub.ingest.release()
        return Response(status_code=204)

    @router.post("/push", status_code=204)
    async def push_fault(wish: PushFaultWish) -> Response:
        hub.ingest.fault(wish.mode)
        return Response(status_code=204)

    return router
