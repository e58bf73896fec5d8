"""Logging in and out by the API."""

from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException, Request, Response

from gateway.web.api.models import Credentials, Problem, Session
from gateway.web.guard import COOKIE, Anybody, logged_in, same_site
from gateway.web.login import TooOften, keep, log_in, log_out

if TYPE_CHECKING:
    from gateway.web.site import Site


def router(site: "Site") -> APIRouter:
    api = APIRouter()

    @api.post("/login", responses={429: {"model": Problem, "description": "Wait, then try again."}})
    async def login(request: Request, given: Credentials, response: Response) -> Session:
        """Begin a session; the answer sets its cookie."""
        same_site(request)
        try:
            token = await log_in(site, request, given.name, given.password)
        except TooOften as wait:
            headers = {"Retry-After": str(wait.seconds)}
            raise HTTPException(429, f"wait {wait.seconds} s", headers) from None
        found = await site.sessions.find(token, site.memory.ledger) if token else None
        if token is None or found is None:
            raise HTTPException(401, "name or password is wrong")
        keep(site, response, token, given.name)
        return _session(found.who, found.csrf)

    @api.get("/session")
    async def session(request: Request, who: Anybody) -> Session:
        """Who is logged in."""
        found = await logged_in(request)
        assert found is not None  # the guard has looked
        return _session(who, found.csrf)

    @api.post("/logout", status_code=204)
    async def logout(request: Request, who: Anybody) -> None:
        """End the session."""
        await log_out(site, request.cookies[COOKIE], who)

    return api


def _session(who: Anybody, csrf: str) -> Session:
    return Session(
        user=who.user, person_id=who.person_id, role=who.role, grid_id=who.grid_id, csrf=csrf
    )
