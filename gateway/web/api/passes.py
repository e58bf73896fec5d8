"""Passes by the API: look, grant, revoke."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from fastapi import Path as InPath

from gateway import passes as table
from gateway.accounts.rights import Who
from gateway.web.api.asking import NONE, ask, refused
from gateway.web.api.models import Granting, Name, Pass
from gateway.web.guard import Answering, Looking, not_found

if TYPE_CHECKING:
    from gateway.web.site import Site

MOST = 500  # in one answer
PassId = Annotated[str, InPath(pattern=r"^pass-[0-9]{1,15}$")]
_REFUSED = refused("Not any more: used, over, or none is left.")


def router(site: "Site") -> APIRouter:
    api = APIRouter()

    @api.get("/passes")
    async def passes(
        who: Looking,
        household_id: Annotated[Name | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
    ) -> list[Pass]:
        """The newest ``limit`` of their grid, or of one household; oldest first."""
        found = await table.stored(site.database, household_id=household_id)
        theirs = [one for one in found if _sees(site, who, one.household_id)]
        return [_shown(site, one) for one in theirs[-limit:]]

    @api.post("/passes", status_code=201, responses=NONE | _REFUSED)
    async def grant(who: Answering, given: Granting) -> Pass:
        """Permit one opening; from an incident whose door stands open, that one."""
        if not _sees(site, who, given.household_id):
            raise not_found()
        body = {
            "do": "grant",
            "household": given.household_id,
            "minutes": given.minutes,
            "kind": given.kind,
            "incident": given.incident_id,
        }
        answer = await ask(site, who, body)
        return await _one(site, who, answer["pass"])

    @api.delete("/passes/{pass_id}", responses=NONE | _REFUSED)
    async def revoke(who: Answering, pass_id: PassId) -> Pass:
        """Take back one that was not used."""
        await _one(site, who, pass_id)
        await ask(site, who, {"do": "revoke", "pass": pass_id})
        return await _one(site, who, pass_id)

    return api


def _sees(site: "Site", who: Who, household_id: str) -> bool:
    row = site.memory.ledger.households.get(household_id)
    return row is not None and who.sees(row.grid_id)


def _shown(site: "Site", one: table.Pass) -> Pass:
    return Pass(**one.as_json(site.zone, site.now()))


async def _one(site: "Site", who: Who, pass_id: str) -> Pass:
    number = int(pass_id.removeprefix(table.PREFIX))
    found = await table.stored(site.database, number=number)
    if not found or not _sees(site, who, found[0].household_id):
        raise not_found()
    return _shown(site, found[0])
