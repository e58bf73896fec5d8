"""The resident's page: what is recorded and why, the own log, a pass for one opening, and help.

Opened by the token in its address (and a PIN, where the code hangs inside the home), which opens
nothing else. Calling for help is never a pass and never a blame: people are called at once.
"""

import asyncio
import hmac
import time
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from gateway import requests
from gateway.accounts import passwords
from gateway.granting import Refused
from gateway.ledger.model import Household
from gateway.policies import isolation
from gateway.report.audit import RESIDENT
from gateway.residents import tokens
from gateway.residents.record import record
from gateway.residents.tokens import PATH, Token
from gateway.store import audit
from gateway.store.audit import Did
from gateway.web.guard import same_site
from gateway.web.pages import Pages
from rules.moment import Moment
from rules.windows import passes

if TYPE_CHECKING:
    from gateway.web.site import Site

MINUTES: Final = {"delivery": 10, "garbage": 5, "visit": 30}  # until the door has been opened
EMERGENCY: Final = {
    "CN": ("119", "120", "110"),
    "HK": ("999",),
    "MO": ("999",),
    "TW": ("119", "110"),
}
ANYWHERE: Final = ("112",)  # every mobile network knows it (3GPP TS 22.101)
PIN_COOKIE: Final = "doorwatch_pin"
PIN_HOLDS_S: Final = 900  # on a phone that somebody else may take up


def router(site: "Site") -> APIRouter:
    pages = APIRouter(include_in_schema=False)

    @pages.get(PATH + "{token}")
    async def look(request: Request, token: str, said: str = "") -> Response:
        found = await _found(site, request, token)
        if found is None:
            return await _gone(site, request)
        if not _is_open(site, request, found):
            return await _ask_pin(site, request)
        return await _page(site, request, found, said)

    @pages.post(PATH + "{token}")
    async def act(
        request: Request,
        token: str,
        do: Annotated[str, Form()] = "",
        pin: Annotated[str, Form()] = "",
    ) -> Response:
        same_site(request)
        found = await _found(site, request, token)
        if found is None:
            return await _gone(site, request)
        if do == "pin":
            return await _try_pin(site, request, found, pin)
        if not _is_open(site, request, found):
            return await _ask_pin(site, request)
        said = await _carry_out(site, found, do)
        return RedirectResponse(f"{request.url.path}?said={said}", 303)

    return pages


async def _found(site: "Site", request: Request, token: str) -> Token | None:
    found = await tokens.find(site.database, token, time.time_ns() // 1_000_000)
    if found is None or found.household_id not in site.memory.ledger.households:
        site.metrics.refused("resident")
        return None
    return found


# -- the PIN -------------------------------------------------------------------------------


def _is_open(site: "Site", request: Request, found: Token) -> bool:
    if found.pin is None:
        return True
    until, _, seal = request.cookies.get(PIN_COOKIE, "").partition(".")
    if not (until.isascii() and until.isdigit() and int(until) > time.time()):
        return False
    return hmac.compare_digest(seal.encode(), _seal(site, found, until).encode())


def _seal(site: "Site", found: Token, until: str) -> str:
    key = hmac.digest(site.key, b"resident pin", "sha256")  # a key of its own
    return hmac.new(key, found.token_hash + until.encode(), "sha256").hexdigest()


async def _try_pin(site: "Site", request: Request, found: Token, pin: str) -> Response:
    now, name = asyncio.get_running_loop().time(), f"home {found.household_id}"
    if wait := site.lockout.wait(now, name):
        return await _ask_pin(site, request, wait=int(wait) + 1)
    site.lockout.failed(now, name)
    if not await passwords.fits(found.pin, pin.strip()):
        if site.lockout.wait(now, name):
            key = found.household_id
            await site.database.transaction(
                lambda c: audit.note(c, site.now(), RESIDENT, Did.LOCKED_OUT, key)
            )
        return await _ask_pin(site, request, wrong=True)
    site.lockout.succeeded(name)
    until = str(int(time.time()) + PIN_HOLDS_S)
    response = RedirectResponse(request.url.path, 303)
    response.set_cookie(
        PIN_COOKIE,
        f"{until}.{_seal(site, found, until)}",
        max_age=PIN_HOLDS_S,
        path=request.url.path,
        httponly=True,
        samesite="strict",
        secure=site.secure,
    )
    return response


async def _ask_pin(
    site: "Site", request: Request, *, wrong: bool = False, wait: int = 0
) -> Response:
    pages: Pages = request.app.state.pages
    status = 429 if wait else 401 if wrong else 200
    return await pages.show(
        request,
        "resident/pin.html",
        status=status,
        wrong=wrong,
        wait=wait,
        emergency=_emergency_numbers(site),
    )


async def _gone(site: "Site", request: Request) -> Response:
    pages: Pages = request.app.state.pages
    numbers = _emergency_numbers(site)
    return await pages.show(request, "resident/gone.html", status=404, emergency=numbers)


def _emergency_numbers(site: "Site") -> tuple[str, ...]:
    return EMERGENCY.get(site.config.gateway.country, ANYWHERE)


# -- the page ------------------------------------------------------------------------------


async def _carry_out(site: "Site", found: Token, do: str) -> str:
    """What is said of it on the page: a key of its words."""
    if do == "emergency":
        body = {"do": "emergency", "household": found.household_id, "by": RESIDENT}
        await requests.carry_out(site.core, body)
        site.committed()
        return "called"
    if do not in MINUTES:
        return ""
    try:
        await requests.carry_out(
            site.core,
            {
                "do": "grant",
                "household": found.household_id,
                "minutes": MINUTES[do],
                "kind": do,
                "by": RESIDENT,
                "own": True,
            },
        )
    except Refused:
        return "none_left"
    return "granted"


async def _page(site: "Site", request: Request, found: Token, said: str) -> Response:
    row: Household = site.memory.ledger.households[found.household_id]
    home, now = site.memory.homes[found.household_id], site.now()
    begins, ends = isolation(row, site.zone)
    purge_days = site.config.privacy.purge_days
    theirs = await record(site.database, found.household_id, site.zone, purge_days, now)
    rules = home.policy.rules
    left = passes.left(home, now)
    pages: Pages = request.app.state.pages
    return await pages.show(
        request,
        "resident/page.html",
        address=row.address,
        token_path=request.url.path,
        said=said if said in ("called", "none_left", "granted") else "",
        isolates=begins <= now < ends,
        begins=begins,
        ends=ends if ends < 2**60 else None,
        valid=_valid(site, found.household_id, now),
        left=left,
        most=rules.self_passes_per_day,
        minutes=MINUTES,
        lines=theirs.lines,
        purge_days=purge_days,
        erased_at=theirs.erased_at,
        hotlines=site.config.residents.hotlines,
        emergency=_emergency_numbers(site),
    )


def _valid(site: "Site", household_id: str, now: Moment) -> Moment | None:
    """Until when a pass of the household may be used; None: there is none."""
    found = [
        one.ends_at for one in site.memory.passes.of(household_id) if one.state(now) == "valid"
    ]
    return max(found, default=None)
