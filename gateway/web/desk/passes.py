"""Passes: which there are, granting one, taking one back."""

from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from gateway.accounts.rights import Who
from gateway.granting import Refused
from gateway.ledger.rows import WindowKind
from gateway.passes import LONGEST, SHORTEST, USUAL, Pass, stored
from gateway.requests import carry_out
from gateway.web.desk import theirs
from gateway.web.desk.homes import sought
from gateway.web.desk.matters import name_of
from gateway.web.guard import Answering, Looking, not_found
from gateway.web.pages import Pages
from rules.moment import DAY

if TYPE_CHECKING:
    from gateway.web.site import Site

SHOWN: int = 2 * DAY  # passes that ended before are in the household's history

Text = Annotated[str, Form()]


def router(site: "Site") -> APIRouter:
    pages = APIRouter()

    @pages.get("/passes")
    async def listed(request: Request, who: Looking, household: str = "") -> Response:
        return await _show(site, request, who, household)

    @pages.post("/passes")
    async def grant(
        request: Request,
        who: Answering,
        household: Text = "",
        minutes: Annotated[int, Form()] = USUAL,
        kind: Annotated[WindowKind, Form()] = WindowKind.OTHER,
        back: Text = "",
    ) -> Response:
        homes, _ = sought(site, household.strip())
        homes = [row for row in homes if who.sees(row.grid_id)]
        if len(homes) != 1:  # an address of several, or of none that is theirs
            return await _show(site, request, who, household, many=len(homes))
        asked = {"do": "grant", "household": homes[0].household_id, "minutes": minutes}
        try:
            await carry_out(site.core, asked | {"kind": kind.value, "by": who.by})
        except Refused as refused:
            return await _show(site, request, who, household, refused=str(refused))
        key = quote(homes[0].household_id)
        return RedirectResponse(f"/homes/{key}" if back == "home" else "/passes", 303)

    @pages.post("/passes/{pass_id}/revoke")
    async def revoke(request: Request, who: Answering, pass_id: str, back: Text = "") -> Response:
        one = site.memory.passes.get(pass_id)
        if one is None:
            raise not_found()
        row = theirs.home(site, who, one.household_id)
        try:
            await carry_out(site.core, {"do": "revoke", "pass": pass_id, "by": who.by})
        except Refused as refused:
            return await _show(site, request, who, refused=str(refused))
        key = quote(row.household_id)
        return RedirectResponse(f"/homes/{key}" if back == "home" else "/passes", 303)

    return pages


async def _show(
    site: "Site",
    request: Request,
    who: Who,
    household: str = "",
    *,
    refused: str = "",
    many: int | None = None,
) -> Response:
    """``many``: so many homes fit what was asked for, and it has to be one."""
    now, known = site.now(), site.memory.ledger.households
    found = [one for one in await stored(site.database) if _is_shown(one, now)]
    mine = [
        (one, one.state(now), known[one.household_id].address)
        for one in reversed(found)
        if one.household_id in known and who.sees(known[one.household_id].grid_id)
    ]
    shown: Pages = request.app.state.pages
    return await shown.show(
        request,
        "desk/passes.html",
        status=404 if many == 0 else 409 if refused or many else 200,
        valid=[one for one in mine if one[1] == "valid"],
        over=[one for one in mine if one[1] != "valid"],
        household=household,
        minutes=(SHORTEST, USUAL, LONGEST),
        kinds=tuple(WindowKind),
        names=lambda key: name_of(site.memory.ledger, key),
        refused=refused,
        many=many,
    )


def _is_shown(one: Pass, now: int) -> bool:
    return one.ends_at > now - SHOWN
