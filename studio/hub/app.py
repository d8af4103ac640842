"""The ASGI application: paths, the token at the door, and every error in one shape."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from studio import __version__
from studio.hub.errors import HubError
from studio.hub.faults import FaultMiddleware
from studio.hub.hub import Hub
from studio.hub.routes import faults, pool, rooms, trade
from studio.hub.routes.headers import REFUSALS
from studio.hub.wire import HealthAnswer, InfoAnswer

_log = logging.getLogger(__name__)
_SCHEME = HTTPBearer(auto_error=False, description="The token of hub.json")


def make_app(hub: Hub, cut: Callable[[Any], None]) -> FastAPI:
    """The application of ``hub``; ``cut`` closes the connection of a client address at once."""

    @asynccontextmanager
    async def _life(_app: FastAPI) -> AsyncIterator[None]:
        hub.happenings.bell.attach(asyncio.get_running_loop())
        yield

    app = FastAPI(
        title="Anchor Studio hub",
        version=__version__,
        description="Product pool, live rooms, promotions, orders and comments. Money in fen, times in ms.",
        docs_url=None,
        redoc_url=None,
        lifespan=_life,
    )
    door = [Depends(_door(hub.token))]
    for router in (pool.routes(hub), rooms.routes(hub), trade.routes(hub), _info(hub)):
        app.include_router(router, dependencies=door)
    if hub.options.has_faults:
        app.include_router(faults.routes(hub), dependencies=door)
        app.add_middleware(FaultMiddleware, faults=hub.faults, cut=cut)
    _add_errors(app)
    return app


def _door(token: str) -> Callable[..., None]:
    def _check(credentials: HTTPAuthorizationCredentials | None = Depends(_SCHEME)) -> None:
        given = "" if credentials is None else credentials.credentials
        if not secrets.compare_digest(given.encode(), token.encode()):
            raise HubError(401, "bad_token", "send the header Authorization: Bearer <token of hub.json>")

    return _check


def _info(hub: Hub) -> APIRouter:
    router = APIRouter(tags=["hub"], responses=REFUSALS)

    @router.get("/v1/info", response_model=InfoAnswer)
    def info() -> Any:
        return {
            "name": "anchor-studio-hub",
            "version": __version__,
            "now_ms": hub.clock.now_ms(),
            "world_speed": hub.options.speed,
            "products": hub.shelf.count(),
        }

    return router


def _add_errors(app: FastAPI) -> None:
    @app.get("/healthz", response_model=HealthAnswer, tags=["hub"])
    async def healthz() -> Any:
        return {"ok": True}

    @app.exception_handler(HubError)
    async def _refused(_request: Request, error: HubError) -> JSONResponse:
        return _refusal(error.status, error.code, error.message)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        told = "; ".join(f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()[:5])
        return _refusal(422, "invalid", told)

    @app.exception_handler(HTTPException)
    async def _unknown(_request: Request, error: HTTPException) -> JSONResponse:
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "refused")
        return _refusal(error.status_code, code, str(error.detail))

    @app.exception_handler(Exception)
    async def _broken(request: Request, error: Exception) -> JSONResponse:
        route = request.scope.get("route")
        _log.error("%s %s failed", request.method, getattr(route, "path", "?"), exc_info=error)
        return _refusal(500, "internal", "the hub has a bug here; its log tells more")


def _refusal(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)
