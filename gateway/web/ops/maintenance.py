"""Maintenance: the alerts of a grid or of the gateway wait for a while; and what that hid."""

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from gateway import maintaining, maintenance_book
from gateway.accounts.rights import Who
from gateway.granting import Refused
from gateway.requests import carry_out
from gateway.web.desk import theirs
from gateway.web.guard import Operating, not_found
from gateway.web.pages import Pages
from rules.moment import MINUTE

if TYPE_CHECKING:
    from gateway.web.site import Site

USUAL = 30  # minutes
SHOWN = 20  # the newest
PAGE = "/ops/maintenance"
Word = Annotated[str, Form(max_length=200)]


def router(site: "Site") -> APIRouter:
    pages = APIRouter()

    @pages.get(PAGE)
    async def listed(request: Request, who: Operating) -> Response:
        return await _show(site, request, who)

    @pages.post(PAGE)
    async def begin(
        request: Request,
        who: Operating,
        grid: Word = "",
        minutes: Annotated[int, Form()] = USUAL,
        why: Word = "",
        even_critical: Annotated[bool, Form()] = False,
    ) -> Response:
        body = {"minutes": minutes, "why": why.strip(), "even_critical": even_critical}
        return await _ask(site, request, who, grid, body)

    @pages.post(f"{PAGE}/end")
    async def end(request: Request, who: Operating, grid: Word = "") -> Response:
        return await _ask(site, request, who, grid, {})

    return pages


async def _ask(
    site: "Site", request: Request, who: Who, grid: str, body: dict[str, Any]
) -> Response:
    """``grid``: blank means the gateway."""
    if not who.sees(grid or None):
        raise not_found()
    asked = {"do": "maintenance", "grid": grid or None, "by": who.by, **body}
    try:
        await carry_out(site.core, asked)
    except Refused as refused:
        return await _show(site, request, who, refused=str(refused))
    site.committed()
    return RedirectResponse(PAGE, 303)


async def _show(site: "Site", request: Request, who: Who, *, refused: str = "") -> Response:
    found = await maintenance_book.listed(site.database, site.zone, site.now())
    mine = [one for one in found if who.sees(one["grid_id"])]
    shown: Pages = request.app.state.pages
    return await shown.show(
        request,
        "ops/maintenance.html",
        status=409 if refused else 200,
        lasting=[one for one in mine if one["lasts"]],
        past=[one for one in reversed(mine) if not one["lasts"]][:SHOWN],
        grids=theirs.grids(site, who),
        sees_all=who.sees(None),
        refused=refused,
        usual=USUAL,
        most=maintaining.LONGEST // MINUTE,
    )
