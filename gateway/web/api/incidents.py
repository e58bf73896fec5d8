"""Incidents by the API: look, acknowledge, resolve."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi import Path as InPath

from gateway.accounts.rights import Who
from gateway.incident_json import incidents_json
from gateway.web.api.asking import NONE, ask, refused
from gateway.web.api.models import Incident, Resolving
from gateway.web.guard import Answering, Looking, not_found

if TYPE_CHECKING:
    from gateway.web.site import Site

MOST = 500  # in one answer
IncidentId = Annotated[str, InPath(max_length=16, description="Its id: a whole number.")]
_LATE = refused("It is over already, or too old to change.")
_UNFIT = refused("It is too old to change, or this outcome does not fit its kind.")


def router(site: "Site") -> APIRouter:
    api = APIRouter()

    @api.get("/incidents")
    async def incidents(
        who: Looking,
        state: Literal["open", "acknowledged", "resolved"] | None = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
    ) -> list[Incident]:
        """The newest ``limit`` of their grid, oldest first; of one ``state``, if given."""
        found = await incidents_json(
            site.database, site.zone, state=state, grid_id=who.grid_id, newest=limit
        )
        return [Incident(**one) for one in found]

    @api.get("/incidents/{incident_id}", responses=NONE)
    async def incident(who: Looking, incident_id: IncidentId) -> Incident:
        """One incident, with its timeline and alerts."""
        return await _one(site, who, incident_id)

    @api.post("/incidents/{incident_id}/acknowledge", responses=NONE | _LATE)
    async def acknowledge(who: Answering, incident_id: IncidentId) -> Incident:
        """Take it: the chain stops, and the time to get there begins."""
        found = await _one(site, who, incident_id)
        return await _do(site, who, {"do": "acknowledge", "incident": found.id})

    @api.post("/incidents/{incident_id}/resolve", responses=NONE | _UNFIT)
    async def resolve(who: Answering, incident_id: IncidentId, given: Resolving) -> Incident:
        """Say what it was, with an outcome that fits its kind."""
        found = await _one(site, who, incident_id)
        body = {"do": "resolve", "incident": found.id, "outcome": given.outcome.value}
        return await _do(site, who, body)

    return api


async def _one(site: "Site", who: Who, incident_id: str) -> Incident:
    if not (incident_id.isascii() and incident_id.isdigit()):
        raise not_found()
    found = await incidents_json(site.database, site.zone, id=int(incident_id))
    if not found or not who.sees(found[0]["grid_id"]):
        raise not_found()
    return Incident(**found[0])


async def _do(site: "Site", who: Who, body: dict[str, Any]) -> Incident:
    await ask(site, who, body)
    return await _one(site, who, str(body["incident"]))
