"""``/install/codes``: the QR codes of a grid on paper. A phone's own camera opens the link."""

import io
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from gateway.web.guard import Installing, not_found
from gateway.web.install import homes
from gateway.web.pages import Pages

if TYPE_CHECKING:
    from gateway.ledger.model import Household
    from gateway.web.site import Site

QUIET_ZONE: Final = 4  # modules of white around a code: ISO/IEC 18004 asks for them
MASK: Final = 2  # any is read; to look for the prettiest of the eight takes most of the time
_KEPT: Final = {"Cache-Control": "private, max-age=86400"}


def router(site: "Site") -> APIRouter:
    pages = APIRouter()

    @pages.get("/install/codes")
    async def codes(
        request: Request, who: Installing, grid: Annotated[str, Query(max_length=200)] = ""
    ) -> Response:
        grids = sorted(key for key in site.memory.ledger.grids if who.sees(key))
        if grid and grid not in grids:
            raise not_found()
        grid = grid or (grids[0] if grids else "")
        shown: Pages = request.app.state.pages
        return await shown.show(
            request,
            "install/codes.html",
            grid=grid,
            grids=grids,
            rooms=homes.of_grid(site.memory.ledger, grid),
        )

    @pages.get("/install/code/{household_id:path}.svg")
    async def code(request: Request, who: Installing, household_id: str) -> Response:
        home = homes.home_of(site, who, household_id)
        base = (site.config.web.public_url or str(request.base_url)).rstrip("/")
        return Response(picture(link(base, home)), media_type="image/svg+xml", headers=_KEPT)

    return pages


def link(base: str, home: "Household") -> str:
    """The page of a home, as it stands in its code."""
    return f"{base}/install/h/{quote(home.household_id, safe='')}"


def picture(text: str) -> bytes:
    """Black modules on nothing, as SVG."""
    import segno  # noqa: PLC0415 - only for paper

    out = io.BytesIO()
    made = segno.make(text, error="m", micro=False, mask=MASK)
    made.save(out, kind="svg", border=QUIET_ZONE, xmldecl=False, omitsize=True)
    return out.getvalue()
