"""The web listener's application: health, webhooks and links, pages, the API, and their errors."""

import json
import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.datastructures import URL
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from gateway.web import health, login, static
from gateway.web.guard import Forbidden, NotLoggedIn, logged_in
from gateway.web.headers import Headers
from gateway.web.limits import Limits
from gateway.web.pages import Pages

if TYPE_CHECKING:
    from gateway.web.site import Site

SMALLEST = 500  # bytes: less is not worth squeezing


def web_app(site: "Site", routers: Iterable[APIRouter] = ()) -> FastAPI:
    """``routers``: what else is served, each with its own guard."""
    app = FastAPI(title="doorwatch", openapi_url="/api/openapi.json", docs_url=None, redoc_url=None)
    app.state.site = site
    app.state.pages = Pages(site)
    health.add(app, site.health)
    for router in (static.router(), login.router(site), *routers):
        app.include_router(router)
    app.add_exception_handler(NotLoggedIn, _log_in_first)
    app.add_exception_handler(Forbidden, _forbidden)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _wrong)
    app.add_middleware(Limits)
    app.add_middleware(GZipMiddleware, minimum_size=SMALLEST)
    app.add_middleware(Headers, secure=site.secure)
    return app


def _is_api(request: Request) -> bool:
    return request.url.path.startswith("/api/")


async def _log_in_first(request: Request, _: Exception) -> Response:
    if _is_api(request):
        return JSONResponse({"detail": "log in first"}, 401)
    asked = request.url.path if request.method == "GET" else "/"
    wanted = URL("/login").include_query_params(next=asked)  # no host: it is what they say it is
    return RedirectResponse(str(wanted), 303)


async def _forbidden(request: Request, _: Exception) -> Response:
    if request.method == "GET" and request.url.path == "/":  # typed by hand, or kept by a browser
        found = await logged_in(request)
        assert found is not None
        return RedirectResponse(login.home_of(found.who), 303)
    return await _error(request, 403, "this is not yours to do, or it did not come from our page")


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and _is_api(request):
        error.headers = {"Allow": _allowed(request)}
    return await _error(request, error.status_code, str(error.detail), error.headers)


def _allowed(request: Request) -> str:
    """Every method of this address; a route by itself knows only its own."""
    for path, calls in request.app.openapi()["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), request.url.path):
            return ", ".join(method.upper() for method in calls)
    return ""


async def _wrong(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if _is_api(request):
        said = [{name: each[name] for name in ("type", "loc", "msg")} for each in error.errors()]
        body = json.dumps({"detail": said})  # without what was sent: a password, or no character
        return Response(body, 422, media_type="application/json")
    return await _error(request, 422, "")


async def _error(
    request: Request, status: int, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    if _is_api(request) or "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"detail": detail}, status, headers=headers)
    pages: Pages = request.app.state.pages
    found = await logged_in(request)
    home = login.home_of(found.who) if found is not None else "/"
    return await pages.show(
        request, "error.html", status=status, code=status, home=home, headers=headers
    )
