"""``/install``: which home, in as few taps as there are questions."""

import contextlib
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from gateway import requests
from gateway.granting import Refused
from gateway.web.guard import Installing
from gateway.web.install import homes
from gateway.web.install.jobs import Job, Jobs
from gateway.web.pages import Pages

if TYPE_CHECKING:
    from gateway.accounts.rights import Who
    from gateway.web.site import Site

Asked = Annotated[str | None, Query(max_length=200)]


def router(site: "Site", jobs: Jobs) -> APIRouter:
    pages = APIRouter()

    @pages.get("/install", name="install")
    async def install(
        request: Request,
        who: Installing,
        grid: Asked = None,
        building: Asked = None,
        unit: Asked = None,
        move: Asked = None,
    ) -> Response:
        if move is not None:
            homes.sensor_of(site, who, move)
        asked = {"grid": grid, "building": building, "unit": unit}
        given = {level: name for level, name in asked.items() if name is not None}
        chosen = homes.choose(site.memory.ledger, who, given)
        begun = await jobs.under_way(who.by, site.now()) if not given else []
        shown: Pages = request.app.state.pages
        return await shown.show(
            request,
            "install/choose.html",
            chosen=chosen,
            name_of=homes.name_of,
            two_to_a_landing=homes.two_to_a_landing,
            under_way=_known(site, who, begun),
            batteries=homes.with_new_battery(site, who),
            move=move,
            empty=not site.memory.ledger.households,
            links=_links(chosen, move),
        )

    @pages.post("/install/sensor/{sensor_id:path}/battery")
    async def battery(
        request: Request,
        who: Installing,
        sensor_id: str,
        back: Annotated[str, Form(max_length=200)] = "",
    ) -> Response:
        """One tap: its battery was changed, so its new count is believed."""
        sensor = homes.sensor_of(site, who, sensor_id)
        body = {"do": "battery", "sensor": sensor_id, "by": who.by}
        with contextlib.suppress(Refused):  # said already, perhaps by this very tap
            await requests.carry_out(site.core, body)
        at_home = request.url_for("install_home", household_id=sensor.household_id)
        return RedirectResponse(at_home.path if back == "home" else "/install", 303)

    return pages


def _known(site: "Site", who: "Who", jobs: list[Job]) -> list[tuple[Job, str]]:
    """Those whose home is still theirs, each with its address."""
    households = site.memory.ledger.households
    found = [(job, households.get(job.household_id)) for job in jobs]
    return [(job, home.address) for job, home in found if home and who.sees(home.grid_id)]


def _links(chosen: homes.Chosen, move: str | None) -> dict[str, str]:
    """Where each tile leads, and ``back``: one question up."""
    carried = {"move": move} if move is not None else {}
    found = {
        tile.name: "/install?" + urlencode(chosen.path | {chosen.level: tile.name} | carried)
        for tile in chosen.tiles
        if chosen.level is not None
    }
    if chosen.path:
        up = dict(list(chosen.path.items())[:-1]) | carried
        found["/back"] = "/install" + ("?" + urlencode(up) if up else "")
    return found
