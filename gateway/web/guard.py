"""Who asks, and whether they may: every page and every call of the API goes through ``need``.

What belongs to another grid is answered as if it did not exist (404). A change needs the token of
the session besides its cookie: another site's page can send the one, not the other.
"""

import hmac
from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends, HTTPException, Request
from fastapi.security import APIKeyCookie

from gateway.accounts.rights import May, Who
from gateway.accounts.sessions import Login
from gateway.web.site import Site

COOKIE: Final = "doorwatch_session"
CSRF_FIELD: Final = "csrf"
CSRF_HEADER: Final = "x-csrf-token"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_cookie = APIKeyCookie(
    name=COOKIE, auto_error=False, description="From `POST /api/v1/login` or the login page."
)


class NotLoggedIn(Exception):
    """Nobody is logged in: a page leads to the login, the API says 401."""


class Forbidden(Exception):
    """Logged in, but this is not theirs to do; or the change did not come from our own page."""


def not_found() -> HTTPException:
    """There is no such thing, or none that is theirs to see: it makes no difference to them."""
    return HTTPException(404, "there is no such thing here")


def need(right: May | None = None) -> Callable[..., Awaitable[Who]]:
    """A dependency: who is logged in, with this right. Raises ``NotLoggedIn`` or ``Forbidden``."""

    async def who(request: Request, token: Annotated[str | None, Depends(_cookie)]) -> Who:
        login = await logged_in(request)
        if login is None:
            raise NotLoggedIn
        if request.method not in _SAFE:
            same_site(request)
            await _token(request, login)
        if right is not None and not login.who.may(right):
            raise Forbidden
        return login.who

    return who


async def logged_in(request: Request) -> Login | None:
    """Who asks, if anybody; looked up once a request."""
    if not hasattr(request.state, "login"):
        site: Site = request.app.state.site
        token = request.cookies.get(COOKIE)
        login = None
        if token:
            login = await site.sessions.find(token, site.memory.ledger)
        request.state.login = login
    found: Login | None = request.state.login
    return found


def same_site(request: Request) -> None:
    """Refuses a change that a browser says came from elsewhere. Raises ``Forbidden``."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise Forbidden
    elif origin and origin.partition("://")[2] != request.headers.get("host"):
        raise Forbidden  # an old browser


async def _token(request: Request, login: Login) -> None:
    given = request.headers.get(CSRF_HEADER)
    if given is None and "form" in request.headers.get("content-type", ""):
        field = (await request.form()).get(CSRF_FIELD)
        given = field if isinstance(field, str) else None
    if not hmac.compare_digest((given or "").encode(), login.csrf.encode()):
        raise Forbidden


Anybody = Annotated[Who, Depends(need())]
Looking = Annotated[Who, Depends(need(May.LOOK))]
Answering = Annotated[Who, Depends(need(May.ANSWER))]
Installing = Annotated[Who, Depends(need(May.INSTALL))]
Operating = Annotated[Who, Depends(need(May.OPERATE))]
