"""Operations at a glance, live: every part with its state, and the sensors counted."""

import time
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from gateway.web.desk.standing import Standing
from gateway.web.guard import Operating
from gateway.web.live import events
from gateway.web.ops.figures import Figures
from gateway.web.ops.parts import budgets, last_errors, parts
from gateway.web.ops.sensors import EVERY, HEARING, STANDING, bound, counted
from gateway.web.pages import Pages

if TYPE_CHECKING:
    from gateway.web.site import Site

FEWEST = 12  # numbers of which the budget is shown; the rest have more left


def router(site: "Site") -> APIRouter:
    pages = APIRouter()

    @pages.get("/ops")
    async def glance(request: Request, who: Operating) -> Response:
        now = site.now()
        wall = time.time_ns() // 1_000_000
        found = parts(site, Figures(site.metrics.registry), await last_errors(site), wall)
        sensors = bound(site.memory, who, now)
        left = budgets(site, who)
        maintained = [
            one
            for one in site.memory.maintained.document()
            if one.until > now and (one.grid_id is None or who.sees(one.grid_id))
        ]
        wrong = sum(part.standing is Standing.ATTENTION for part in found)
        unknown = sum(part.standing is Standing.UNSEEN for part in found)
        shown: Pages = request.app.state.pages
        return await shown.show(
            request,
            "ops/glance.html",
            parts=sorted(found, key=lambda part: part.standing is not Standing.ATTENTION),
            wrong=wrong,
            unknown=unknown,
            sensors=len(sensors),
            unwell=sum(one.is_unwell for one in sensors),
            counted=counted(sensors),
            hearing=HEARING,
            besides=[one for one in STANDING if one not in HEARING],
            standing=STANDING,
            budgets=left[:FEWEST],
            more_budgets=max(0, len(left) - FEWEST),
            maintained=maintained,
            sees_all=who.sees(None),
        )

    @pages.get("/ops/events")
    async def glance_events(request: Request, who: Operating) -> Response:
        return events(request, lambda: seen(site), site.now)

    return pages


def seen(site: "Site") -> tuple[Any, ...]:
    """What the page depends on, cheap to compare: states at once, mere figures now and then."""
    memory = site.memory
    return (
        memory.ledger_version,
        memory.rules,
        memory.doubtful_since,
        tuple(memory.grids.values()),
        tuple(site.health.sources.items()),
        tuple(site.metrics.providers_up().items()),
        site.metrics.transitions,
        tuple(memory.maintained.document()),
        site.now() // EVERY,
    )
