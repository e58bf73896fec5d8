"""The day's report, as ``doorwatch report daily`` has it, cut to the grid that is theirs."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from gateway import report as reports
from gateway.households import GATEWAY
from gateway.web.desk import theirs
from gateway.web.desk.matters import name_of
from gateway.web.guard import Looking
from gateway.web.pages import Pages
from rules.local import local

if TYPE_CHECKING:
    from gateway.accounts.rights import Who
    from gateway.web.site import Site


def router(site: "Site") -> APIRouter:
    pages = APIRouter()

    @pages.get("/report")
    async def report(request: Request, who: Looking, day: date | None = None) -> Response:
        now = site.now()
        today = local(now, site.zone).date()
        which = max(_FIRST, min(day or await _newest(site, today), today))
        span = reports.of_day(which, now, site.zone)
        found = await reports.report(site.database, site.zone, span, runs=True)
        homes = site.memory.ledger.households
        shown: Pages = request.app.state.pages
        return await shown.show(
            request,
            "desk/report.html",
            which=which,
            before=which - timedelta(days=1),
            after=which + timedelta(days=1) if which < today else None,
            is_today=which == today,
            found=theirs_of(found, who),
            mine=theirs.grids(site, who),
            address=lambda key: homes[key].address if key in homes else key,
            names=lambda key: name_of(site.memory.ledger, key),
        )

    return pages


async def _newest(site: "Site", today: date) -> date:
    """The newest day that is over; today, if there was no home to watch before."""
    rows = await site.database.rows("SELECT MIN(at) FROM ledger")
    first = rows[0][0]
    begun = today if first is None else local(first, site.zone).date()
    return max(today - timedelta(days=1), min(begun, today))


def theirs_of(found: dict[str, Any], who: "Who") -> dict[str, Any]:
    """The report without what belongs to another grid; alerts are counted for all grids only."""

    def mine(one: dict[str, Any]) -> bool:
        return who.sees(None if one["grid_id"] in (None, GATEWAY) else one["grid_id"])

    lists = {name: [one for one in found[name] if mine(one)] for name in _LISTS}
    coverage = dict(found["coverage"])
    coverage["grids"] = [one for one in coverage["grids"] if mine(one)]
    unseen = [one for one in coverage["not_observed"] if mine(one)]
    coverage["not_observed"] = sorted(unseen, key=lambda one: -one["not_observed_minutes"])
    alerts = found["alerts"] if who.sees(None) else None
    return {**found, **lists, "coverage": coverage, "alerts": alerts}


_LISTS = ("incidents", "unresolved", "unverified")
_FIRST = date(2020, 1, 1)  # there was no doorwatch before; and the day before it is a day too
