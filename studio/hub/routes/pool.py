"""Pool: listing, change feed, search, detail, picture."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from studio.hub.hub import Hub
from studio.hub.routes.headers import REFUSALS
from studio.hub.wire import PoolChanges, PoolPage, ProductDetail, SearchPage
from studio.hub.wishes import ProductWish

Limit = Annotated[int, Query(ge=1, le=1000)]


def routes(hub: Hub) -> APIRouter:
    """All paths below /v1/pool."""
    router = APIRouter(prefix="/v1/pool", tags=["pool"], responses=REFUSALS)
    _add_lists(router, hub)
    _add_products(router, hub)
    return router


def _add_lists(router: APIRouter, hub: Hub) -> None:
    @router.get("/products", response_model=PoolPage)
    def list_products(cursor: str | None = None, limit: Limit = 100) -> Any:
        return JSONResponse(hub.shelf.page(cursor, limit))

    @router.get("/changes", response_model=PoolChanges)
    def list_changes(since: Annotated[int, Query(ge=0)], limit: Limit = 100) -> Any:
        return JSONResponse(hub.shelf.changes(since, limit))

    @router.get("/search", response_model=SearchPage)
    def search(
        q: Annotated[str, Query(max_length=200)],
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: str | None = None,
    ) -> Any:
        return JSONResponse(hub.finder.search(q, limit, cursor))


def _add_products(router: APIRouter, hub: Hub) -> None:
    @router.get("/products/{product_id}", response_model=ProductDetail)
    def get_product(product_id: str) -> Any:
        return JSONResponse(hub.shelf.detail(product_id))

    @router.put("/products/{product_id}", response_model=ProductDetail)
    def put_product(product_id: str, wish: ProductWish) -> Any:
        return JSONResponse(hub.shelf.put(product_id, wish))

    @router.delete("/products/{product_id}", status_code=204)
    def delist_product(product_id: str) -> Response:
        hub.shelf.delist(product_id)
        return Response(status_code=204)

    @router.get(
        "/products/{product_id}/picture",
        response_class=Response,
        responses={200: {"content": {"image/png": {}}, "description": "A drawn picture, always the same"}},
    )
    def get_picture(product_id: str) -> Response:
        return Response(hub.picture(product_id), media_type="image/png", headers={"Cache-Control": "max-age=86400"})
