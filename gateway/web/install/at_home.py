"""``/install/h/ID``: a home and what hangs there. The link of its QR code leads here."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from gateway.granting import Refused
from gateway.ledger import pairing
from gateway.web import live
from gateway.web.guard import Installing, not_found
from gateway.web.install import homes, steps
from gateway.web.install.changing import change
from gateway.web.install.jobs import Job, Jobs, Kind, State
from gateway.web.pages import Pages

if TYPE_CHECKING:
    from gateway.accounts.rights import Who
    from gateway.web.site import Site


def router(site: "Site", jobs: Jobs) -> APIRouter:
    pages = APIRouter()

    @pages.get("/install/h/{household_id:path}/events")
    async def events(request: Request, who: Installing, household_id: str) -> Response:
        homes.home_of(site, who, household_id)

        def seen() -> object:
            hung = [each.sensor_id for each in homes.sensors_at(site.memory.ledger, household_id)]
            heard = (site.memory.intake.sensors.get(sensor_id) for sensor_id in hung)
            return [(h.sensor_id, h.door, h.counts_anew, h.battery) for h in heard if h]

        return live.events(request, seen, site.now)

    @pages.get("/install/h/{household_id:path}", name="install_home")
    async def home(
        request: Request, who: Installing, household_id: str, sensor: str = "", move: str = ""
    ) -> Response:
        found = homes.home_of(site, who, household_id)
        hung = homes.sensors_at(site.memory.ledger, household_id)
        moving = homes.sensor_of(site, who, move) if move else None
        shown: Pages = request.app.state.pages
        return await shown.show(
            request,
            "install/home.html",
            home=found,
            sensors=[(row, site.memory.intake.sensors.get(row.sensor_id)) for row in hung],
            chosen=sensor if sensor in {row.sensor_id for row in hung} else "",
            moving=moving,
            past=[job for job in await jobs.of_household(household_id) if job.figures],
        )

    @pages.post("/install/h/{household_id:path}/begin")
    async def begin(
        request: Request,
        who: Installing,
        household_id: str,
        kind: Annotated[Kind, Form()] = Kind.NEW,
        sensor: Annotated[str, Form(max_length=200)] = "",
    ) -> Response:
        home = homes.home_of(site, who, household_id)
        if kind is not Kind.NEW:
            row = homes.sensor_of(site, who, sensor)
            if kind is not Kind.MOVE and row.household_id != home.household_id:
                raise not_found()
        async with jobs.turn:
            job = await _begun(site, jobs, who, home.household_id, kind, sensor)
        return RedirectResponse(f"/install/i/{job.id}", 303)

    @pages.post("/install/sensor/{sensor_id:path}/retire")
    async def retire(request: Request, who: Installing, sensor_id: str) -> Response:
        row = homes.sensor_of(site, who, sensor_id)
        await change(
            site,
            who.by,
            lambda: sensor_id,
            "retired",
            lambda ledger: pairing.retired(ledger, sensor_id),
        )
        at_home = request.url_for("install_home", household_id=row.household_id)
        return RedirectResponse(at_home.path, 303)

    return pages


async def _begun(
    site: "Site", jobs: Jobs, who: "Who", household_id: str, kind: Kind, sensor_id: str
) -> Job:
    """The same as is under way already, so that a second tap begins nothing twice."""
    now = site.now()
    for job in await jobs.under_way(who.by, now):
        same = (job.household_id, job.kind) == (household_id, kind)
        if same and (kind is Kind.NEW or job.sensor_id == sensor_id):
            if job.state is State.LISTEN:
                job.since = now
                await jobs.save(job)
            return job
    job = Job(0, household_id, sensor_id, who.by, now, kind=kind, since=now)
    if kind in (Kind.TRY, Kind.MOVE):
        if kind is Kind.MOVE:
            await change(
                site,
                who.by,
                lambda: sensor_id,
                "moved to another home",
                lambda ledger: pairing.moved(ledger, sensor_id, household_id),
            )
        row = site.memory.ledger.sensors[sensor_id]
        job.protocol, job.address = row.protocol.value, row.address
        try:
            await steps.begin_trial(site, who, job)
        except Refused:
            raise not_found() from None
    return await jobs.add(job)
