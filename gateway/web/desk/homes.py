"""A household's page: what its doors did, what was seen of it, its incidents, passes and sensors.
And the search that leads there.

Whoever looks at a record is written down.
"""

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from gateway.coverage import report as coverage_report
from gateway.coverage.causes import causes, hears, receivers
from gateway.coverage.gaps import CAUSES, State
from gateway.coverage.pieces import at_once
from gateway.incidents import Card
from gateway.ledger.model import Household, WindowKind
from gateway.passes import LONGEST, SHORTEST, USUAL, stored
from gateway.store import audit
from gateway.store.audit import Did
from gateway.web.desk import history, theirs
from gateway.web.desk.matters import matter, name_of
from gateway.web.desk.standing import standing, why_unseen
from gateway.web.guard import Looking
from gateway.web.pages import Pages
from rules.moment import DAY, Moment

if TYPE_CHECKING:
    from gateway.web.site import Site

FOUND = 50  # homes that a search shows


def router(site: "Site") -> APIRouter:
    pages = APIRouter()

    @pages.get("/homes/{household_id:path}")
    async def home(
        request: Request,
        who: Looking,
        household_id: str,
        days: Annotated[int, Query(ge=1, le=history.MOST_DAYS)] = history.DAYS,
    ) -> Response:
        row = theirs.home(site, who, household_id)
        now = site.now()
        await site.database.transaction(
            lambda c: audit.note(c, now, who.by, Did.SHOWED, household_id)
        )
        values = await record(site, row, now - days * DAY, now)
        shown: Pages = request.app.state.pages
        return await shown.show(
            request,
            "desk/home.html",
            home=row,
            days=days,
            most_days=history.MOST_DAYS,
            minutes=(SHORTEST, USUAL, LONGEST),
            kinds=tuple(WindowKind),
            days_of=_days,
            names=lambda key: name_of(site.memory.ledger, key),
            **values,
        )

    @pages.get("/search")
    async def search(request: Request, who: Looking, q: str = "") -> Response:
        found = sought(site, q.strip())
        homes = [row for row in found[0] if who.sees(row.grid_id)]
        cards = [card for card in found[1] if theirs.sees(who, card)]
        if len(homes) == 1 and not cards:
            return RedirectResponse(f"/homes/{quote(homes[0].household_id)}", 303)
        if len(cards) == 1 and not homes:
            return RedirectResponse(f"/incidents/{cards[0].id}", 303)
        now = site.now()
        shown: Pages = request.app.state.pages
        return await shown.show(
            request,
            "desk/search.html",
            q=q.strip(),
            homes=homes[:FOUND],
            more=max(0, len(homes) - FOUND),
            cards=[matter(site, card, (), now) for card in cards],
        )

    return pages


def sought(site: "Site", text: str) -> tuple[list[Household], list[Card]]:
    """Homes by id, address or building, and the incident of a code; of all grids."""
    if not text:
        return [], []
    word = text.casefold().replace(" ", "")
    known = site.memory.ledger.households.values()
    homes = [row for row in known if word == row.household_id.casefold()]
    if not homes:
        homes = [
            row
            for row in known
            if word in row.household_id.casefold()
            or word in row.address.casefold().replace(" ", "")
        ]
    card = site.memory.cards.by_code(word)
    return homes, [card] if card is not None else []


async def record(site: "Site", row: Household, since: Moment, now: Moment) -> dict[str, Any]:
    """All that the page of a household shows."""
    memory, key = site.memory, row.household_id
    state = memory.homes[key]
    sensors = [one for one in memory.intake.sensors.values() if one.household_id == key]
    rows = await site.database.rows(
        "SELECT * FROM incidents WHERE household_id = ? AND (raised_at >= ? OR state <> 'resolved')"
        " ORDER BY id",
        (key, since),
    )
    cards = [memory.cards.get(one["id"]) or theirs.stored_card(one) for one in rows]
    passes = await stored(site.database, household_id=key)
    opened = await history.openings(
        site.database, state, [one.sensor_id for one in sensors], cards, passes, since
    )
    gaps = at_once(causes(memory, receivers(site.config), {key}, now))
    unseen = why_unseen(gaps, key, hears(memory, key))
    return {
        "state": standing(state, unseen, now),
        "unseen": unseen,
        "isolation": (state.policy.isolation_start, state.policy.isolation_end),
        "sensors": [(one, memory.ledger.sensors[one.sensor_id]) for one in sensors],
        "cards": [matter(site, card, (), now) for card in reversed(cards)],
        "passes": [(one, one.state(now)) for one in reversed(passes)],
        "opened": history.by_day(opened, state),
        "coverage": await covered(site, key, since, now),
        "open_since": state.opening.started_at
        if state.opening is not None and state.opening.closed_at is None
        else None,
        "windows": memory.ledger.windows,
    }


def _days(coverage: dict[str, Any], opened: dict[str, Any]) -> list[tuple[str, Any]]:
    """Every day that has something to say, the newest first, with what was seen of it."""
    return [(day, coverage.get(day)) for day in sorted({*coverage, *opened}, reverse=True)]


async def covered(site: "Site", household_id: str, since: Moment, now: Moment) -> dict[str, Any]:
    """How much of each day the household was observed: days by date."""
    known = await coverage_report.homes(site.database, site.zone, since)
    home = known.get(household_id)
    if home is None or not home.isolates(since, now):
        return {}
    gaps = await coverage_report.gaps(site.database, since, now, runs=True)
    (one,) = coverage_report.cover([home], gaps, since, now)
    days = coverage_report.Days(site.zone, since, now).split(one.found)
    return {
        day.isoformat(): {
            "minutes": sum(minutes.values()),
            "not_observed_minutes": sum(minutes[cause] for cause in CAUSES),
            "unsupervised": minutes[State.UNSUPERVISED],
        }
        for day, minutes in days.items()
    }
