"""Logging in and out, and the language of the pages."""

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from gateway.accounts import devices, passwords, users
from gateway.accounts.lockout import address
from gateway.accounts.rights import May, Who
from gateway.accounts.sessions import LIVES
from gateway.ledger.rows import Language
from gateway.store import audit
from gateway.store.audit import Did
from gateway.web.guard import COOKIE, Anybody, logged_in, same_site
from gateway.web.pages import LANGUAGE_COOKIE, Pages

if TYPE_CHECKING:
    from gateway.web.site import Site

_YEAR_S = 365 * 24 * 3600


class TooOften(Exception):
    """Wait for so many ``seconds`` before the next try."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = int(seconds) + 1


def home_of(who: Who) -> str:
    """The page on which somebody's work begins."""
    return "/" if who.may(May.LOOK) else "/install"


async def log_in(site: "Site", request: Request, name: str, password: str) -> str | None:
    """The token of a new session; None: name or password are wrong. Raises ``TooOften``."""
    time = asyncio.get_running_loop().time()
    known = devices.known(site.key, name, request.cookies.get(devices.COOKIE, ""))
    host = request.client.host if request.client else ""
    keys = (known,) if known else (f"user {name}", address(host))
    if wait := site.lockout.wait(time, *keys):
        raise TooOften(wait)
    site.lockout.failed(time, *keys)
    user = await users.named(site.database, name)
    fits = await passwords.fits(user.password if user else None, password)
    if user is None or not fits or user.who(site.memory.ledger.people) is None:
        if user is not None and site.lockout.wait(time, *keys) > 0:
            await _note(site, name, Did.LOCKED_OUT)
        return None
    site.lockout.succeeded(keys[0])
    for key in keys[1:]:
        site.lockout.not_failed(time, key)
    if before := request.cookies.get(COOKIE):
        await site.sessions.end(before)
    token = await site.sessions.begin(user)
    await _note(site, name, Did.LOGGED_IN)
    return token


async def log_out(site: "Site", token: str, who: Who) -> None:
    await site.sessions.end(token)
    await _note(site, who.user, Did.LOGGED_OUT)


async def _note(site: "Site", name: str, did: Did) -> None:
    await site.database.transaction(lambda c: audit.note(c, site.now(), name, did))


def keep(site: "Site", response: Response, token: str, name: str) -> None:
    """The cookie of a session, and of a browser from which ``name`` has logged in."""
    for cookie, value, seconds in (
        (COOKIE, token, LIVES // 1000),
        (devices.COOKIE, devices.sealed(site.key, name), devices.LIVES_S),
    ):
        response.set_cookie(
            cookie, value, max_age=seconds, httponly=True, samesite="lax", secure=site.secure
        )


def router(site: "Site") -> APIRouter:
    pages = APIRouter(include_in_schema=False)

    @pages.get("/login", name="login")
    async def login(request: Request, next: str = "") -> Response:  # noqa: A002 - in the address
        found = await logged_in(request)
        if found is not None:
            return RedirectResponse(_ours(next) or home_of(found.who), 303)
        return await _page(request, next)

    @pages.post("/login")
    async def try_login(
        request: Request,
        name: Annotated[str, Form()] = "",
        password: Annotated[str, Form()] = "",
        next: Annotated[str, Form()] = "",  # noqa: A002
    ) -> Response:
        same_site(request)
        try:
            token = await log_in(site, request, name.strip(), password)
        except TooOften as wait:
            return await _page(request, next, name, wait=wait.seconds)
        if token is None:
            return await _page(request, next, name, wrong=True)
        found = await site.sessions.find(token, site.memory.ledger)
        assert found is not None
        wanted = _ours(next)  # "/" is where those begin who have the wall map
        response = RedirectResponse(home_of(found.who) if wanted in ("", "/") else wanted, 303)
        keep(site, response, token, name.strip())
        return response

    @pages.post("/logout")
    async def logout(request: Request, who: Anybody) -> Response:
        await log_out(site, request.cookies[COOKIE], who)
        response = RedirectResponse("/login", 303)
        response.delete_cookie(COOKIE)
        return response

    @pages.post("/language")
    async def language(
        request: Request,
        to: Annotated[Language, Form()],
        back: Annotated[str, Form()] = "/",
    ) -> Response:
        same_site(request)
        response = RedirectResponse(_ours(back) or "/", 303)
        response.set_cookie(
            LANGUAGE_COOKIE, to.value, max_age=_YEAR_S, samesite="lax", secure=site.secure
        )
        return response

    return pages


async def _page(
    request: Request, wanted: str, name: str = "", *, wrong: bool = False, wait: int = 0
) -> Response:
    pages: Pages = request.app.state.pages
    status = HTTPStatus.UNAUTHORIZED if wrong else HTTPStatus.OK
    if wait:
        status = HTTPStatus.TOO_MANY_REQUESTS
    return await pages.show(
        request,
        "login.html",
        status=status,
        headers={"Retry-After": str(wait)} if wait else None,
        next=_ours(wanted),
        name=name,
        wrong=wrong,
        wait=wait,
    )


def _ours(page: str) -> str:
    """A page of ours, or nothing: a login never leads elsewhere."""
    try:
        parts = urlsplit(page)
    except ValueError:  # "//[": no address at all
        return ""
    inside = not parts.scheme and not parts.netloc and page.startswith("/")
    return page if inside and "\\" not in page and not page.startswith("//") else ""
