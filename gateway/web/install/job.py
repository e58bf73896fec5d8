"""``/install/i/N``: one installation, one question a screen; and its certificate on paper."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from drivers.stranger import Stranger
from gateway.accounts.rights import Who
from gateway.alerts.status import AlertStatus
from gateway.web import live
from gateway.web.api.models import Id
from gateway.web.guard import Installing, not_found
from gateway.web.install import homes, picking, steps, trial
from gateway.web.install.jobs import Job, Jobs, State
from gateway.web.pages import Pages
from rules.moment import SECOND

if TYPE_CHECKING:
    from gateway.web.site import Site

SHOWN: Final = 12  # sensors on a phone's screen; who is looked for is among the strongest
BARS: Final = (-60, -70, -80)  # dBm: four bars, three, two; weaker: one
TEXT_ENDS: Final = frozenset(
    {AlertStatus.DELIVERED, AlertStatus.FAILED, AlertStatus.STALE, AlertStatus.CANCELLED}
)
TEXT_LOOK: Final = 2 * SECOND


class Line(NamedTuple):
    """A sensor that is heard, as the page shows it."""

    one: Stranger
    name: str  # what tells it from its neighbours
    bars: int  # 0: no signal is told
    picked: bool
    cycled: bool  # opened and closed since the screen was opened


def router(site: "Site", jobs: Jobs) -> APIRouter:
    pages = APIRouter()

    async def job_of(who: Who, job_id: int) -> Job:
        job = await jobs.find(job_id)
        if job is None:
            raise not_found()
        homes.home_of(site, who, job.household_id)
        return job

    @pages.get("/install/i/{job_id}/events")
    async def events(request: Request, who: Installing, job_id: Id) -> Response:
        job = await job_of(who, job_id)
        return live.events(request, _seen(site, jobs, job), site.now)

    @pages.get("/install/i/{job_id}")
    async def show(
        request: Request, who: Installing, job_id: Id, protocol: str = "", address: str = ""
    ) -> Response:
        job = await job_of(who, job_id)
        home = homes.home_of(site, who, job.household_id)
        if job.state is State.LEFT:
            at_home = request.url_for("install_home", household_id=home.household_id)
            return RedirectResponse(at_home.path, 303)
        values: dict[str, Any] = {"job": job, "home": home, "name": homes.name_of(home)}
        if job.state is State.LISTEN:
            values |= _listening(site, job, (protocol, address))
        elif job.state is State.TRIAL:
            values |= await _trying(site, jobs, job)
        elif job.state is State.DONE:
            values |= await _done(site, jobs, job)
        shown: Pages = request.app.state.pages
        return await shown.show(request, f"install/{job.state.value}.html", **values)

    @pages.post("/install/i/{job_id}/{act}")
    async def step(request: Request, who: Installing, job_id: Id, act: str) -> Response:
        if act not in steps.ACTS:
            raise not_found()
        form = {key: said for key, said in (await request.form()).items() if isinstance(said, str)}
        async with jobs.turn:
            job = await job_of(who, job_id)
            await steps.take(site, jobs, who, job, act, form)
        return RedirectResponse(f"/install/i/{job_id}", 303)

    @pages.get("/install/certificate/{job_id}")
    async def certificate(request: Request, who: Installing, job_id: Id) -> Response:
        job = await job_of(who, job_id)
        if job.figures is None:
            raise not_found()
        person = site.memory.ledger.people.get(job.by)
        shown: Pages = request.app.state.pages
        return await shown.show(
            request,
            "install/certificate.html",
            job=job,
            home=homes.home_of(site, who, job.household_id),
            figures=trial.Figures(**job.figures),
            by=person.name if person else job.by,
            floor=trial.FLOOR_DBM,
        )

    return pages


def _listening(site: "Site", job: Job, wanted: tuple[str, str]) -> dict[str, Any]:
    """``wanted``: protocol and address of the one that somebody chose from the list."""
    heard = steps.heard_now(site)
    tapped = next((one for one, _ in heard if (one.protocol, one.address) == wanted), None)
    picked = picking.Picked(tapped) if tapped else picking.pick(heard, job.since)
    candidates = {picked.one, *picked.several} - {None}
    lines = [_line(one, moves, job, candidates) for one, moves in heard]
    lines.sort(key=lambda line: not line.picked)  # the strongest stay first among their like
    return {
        "lines": lines[:SHOWN],
        "more": max(0, len(lines) - SHOWN),
        "picked": picked,
        "chosen": tapped is not None,
        "deaf": not site.discovery.hears,
    }


def _line(
    one: Stranger,
    moves: Any,
    job: Job,
    candidates: "set[Stranger | None]",
) -> Line:
    return Line(
        one,
        one.name or (one.address[-5:] if one.source == "ble" else one.address),
        _bars(one.rssi),
        one in candidates,
        picking.opened_and_closed(moves, job.since),
    )


def _bars(rssi: int | None) -> int:
    if rssi is None:
        return 0
    return 1 + sum(rssi >= least for least in BARS)


async def _trying(site: "Site", jobs: Jobs, job: Job) -> dict[str, Any]:
    before = job.heard_ms
    found = await steps.figures_of(site, job)
    if job.heard_ms != before:
        async with jobs.turn:  # kept, so that the certificate has it
            await jobs.save(job)
    heard = site.memory.intake.sensors.get(job.sensor_id)
    silent = found.heard == 0 and heard is not None
    return {
        "figures": found,
        "openings": trial.OPENINGS,
        "margin_least": trial.MARGIN_LEAST,
        "floor": trial.FLOOR_DBM,
        "over": site.now() >= job.until,
        "silent": silent,
        "loss_most": trial.LOSS_MOST,
    }


async def _done(site: "Site", jobs: Jobs, job: Job) -> dict[str, Any]:
    assert job.figures is not None
    status = ""
    if job.text_id is not None:
        rows = await site.database.rows("SELECT status FROM alerts WHERE id = ?", (job.text_id,))
        status = rows[0]["status"] if rows else AlertStatus.CANCELLED.value
    if status and status not in TEXT_ENDS:
        jobs.waiting.add(job.id)
    else:
        jobs.waiting.discard(job.id)
    return {"figures": trial.Figures(**job.figures), "text": status}


def _seen(site: "Site", jobs: Jobs, asked: Job) -> Callable[[], object]:
    """What the screen depends on. It is called twice a second: no query here."""

    def seen() -> object:
        job = jobs.known.get(asked.id, asked)
        at = (job.rev, job.state, job.heard_ms)
        if job.state is State.LISTEN:
            return at, _seen_nearby(site, job)
        if job.state is State.TRIAL:
            heard = site.memory.intake.sensors.get(job.sensor_id)
            over = site.now() >= job.until
            return at, over, heard and (len(heard.trial or ()), heard.door, heard.door_at)
        # Whether the test text has arrived stands in the store: looked at while somebody waits.
        return at, site.now() // TEXT_LOOK if job.id in jobs.waiting else 0

    return seen


def _seen_nearby(site: "Site", job: Job) -> object:
    heard = steps.heard_now(site)
    return len(heard), [
        (one.address, one.protocol, _bars(one.rssi), one.battery, one.needs_key, moves)
        for one, moves in heard[:SHOWN]
    ]
