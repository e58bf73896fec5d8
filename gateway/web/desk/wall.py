"""The wall map, live: every door of a grid, what is open, what happened today."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from gateway.coverage.causes import causes, hears, receivers
from gateway.coverage.pieces import at_once
from gateway.households import GATEWAY, grid_key
from gateway.incidents import incident_of
from gateway.web import words
from gateway.web.desk import day, theirs
from gateway.web.desk.floors import Plan, plan
from gateway.web.desk.matters import alerts_of, matters
from gateway.web.desk.standing import SHOWN, Standing, standing, to_act_on, why_unseen
from gateway.web.guard import Looking
from gateway.web.live import events
from gateway.web.pages import Pages
from rules.home import Phase
from rules.local import on_shift
from rules.model import Role
from rules.moment import MINUTE, Moment

if TYPE_CHECKING:
    from gateway.ledger.model import Ledger
    from gateway.web.site import Site

SHOWN_WHOLE = 8  # incidents told in full beside the wall; the rest are a line each
_ON_DUTY = (Role.MEMBER, Role.LEADER)


def router(site: "Site") -> APIRouter:
    pages = APIRouter()
    plans = Plans()

    @pages.get("/")
    async def wall(request: Request, who: Looking, grid: str | None = None) -> Response:
        chosen = theirs.grid(site, who, grid)
        shown: Pages = request.app.state.pages
        homes = site.memory.ledger.households.values()
        if chosen is None or not any(who.sees(home.grid_id) for home in homes):
            return await shown.show(request, "desk/empty.html")
        now = site.now()
        cards = [card for card in site.memory.cards.unresolved() if _belongs(card, chosen, who)]
        today = day.cards(site, chosen, now)
        rows = await alerts_of(site, today)
        stand = states(site, chosen, now)
        counted = Counter(stand.values())
        isolating = len(stand) - counted[Standing.FREE]
        unseen, loose = counted[Standing.UNSEEN], _loose(site, stand)
        t = words.speaker(await shown.language(request))
        return await shown.show(
            request,
            "desk/wall.html",
            grid=chosen,
            grids=theirs.grids(site, who),
            about=site.memory.ledger.grids[chosen],
            on_duty=t("desk.comma").join(_on_duty(site, chosen, now)),
            states=stand,
            counted=counted,
            words={state: t(f"desk.{state}") for state in Standing},
            total=isolating,
            seen_percent=f"{100 * (isolating - unseen) / isolating:.1f} %" if isolating else "—",
            unanswered=len(loose)
            + sum(card.state == "open" for card in cards if not _waits(site, card)),
            plan=plans.of(site.memory.ledger, chosen),
            matters=await matters(site, cards, now),
            whole=SHOWN_WHOLE,
            loose=loose,
            figures=day.figures(site, chosen, today, rows, now),
            visits=day.visits(site, chosen, now),
            day_share=day.share(site, now),
            four=SHOWN,
            texts=_texts(site),
            verified=site.memory.verified,
            utc_offset=day.utc_offset(site, now),
        )

    @pages.get("/events")
    async def wall_events(request: Request, who: Looking, grid: str | None = None) -> Response:
        chosen = theirs.grid(site, who, grid)
        return events(request, lambda: seen(site, chosen), site.now)

    return pages


class Plans:
    """Where everybody lives, worked out once for a ledger."""

    def __init__(self) -> None:
        self._ledger: Ledger | None = None
        self._by_grid: dict[str, Plan] = {}

    def of(self, ledger: "Ledger", grid_id: str) -> Plan:
        if ledger is not self._ledger:
            self._ledger, self._by_grid = ledger, {}
        if grid_id not in self._by_grid:
            homes = (row for row in ledger.households.values() if row.grid_id == grid_id)
            self._by_grid[grid_id] = plan(homes)
        return self._by_grid[grid_id]


def states(site: "Site", grid_id: str, now: Moment) -> dict[str, Standing]:
    """How every home of a grid stands."""
    memory = site.memory
    homes = {
        key: memory.homes[key]
        for key, row in memory.ledger.households.items()
        if row.grid_id == grid_id and key in memory.homes
    }
    gaps = at_once(causes(memory, receivers(site.config), homes, now))
    return {
        key: standing(home, why_unseen(gaps, key, hears(memory, key)), now)
        for key, home in homes.items()
    }


def seen(site: "Site", grid_id: str | None) -> tuple[Any, ...]:
    """All that a page of this grid (None: of none) shows, cheap to compare."""
    memory, key = site.memory, grid_key(grid_id or GATEWAY)
    homes = (
        memory.homes.get(row.household_id)
        for row in memory.ledger.households.values()
        if row.grid_id == grid_id
    )
    return (
        memory.ledger_version,
        memory.doubtful_since,
        memory.grids.get(key),
        memory.grids.get(grid_key(GATEWAY)),
        tuple(homes),
        tuple(memory.drills.values()),
        site.metrics.transitions,
        site.now() // MINUTE,  # windows begin, passes end
    )


def _loose(site: "Site", stand: dict[str, Standing]) -> list[tuple[str, str, Moment]]:
    """Open doors that nothing lets stand so and of which there is no incident yet: the household,
    its address, since when."""
    memory = site.memory
    found = []
    for key, state in stand.items():
        home = memory.homes[key]
        if state is Standing.ATTENTION and not to_act_on(home) and home.opening is not None:
            address = memory.ledger.households[key].address
            found.append((key, address, home.opening.started_at))
    return found


def _texts(site: "Site") -> str:
    """Whether texts go out, as a word of the page. Without any provider none does."""
    known = site.metrics.providers_up()
    return "texts_none" if not known else "texts_ok" if all(known.values()) else "texts_bad"


def _belongs(card: Any, grid_id: str, who: Any) -> bool:
    of = card.body["grid_id"]
    return bool(of == grid_id or (of in (None, GATEWAY) and theirs.sees(who, card)))


def _waits(site: "Site", card: Any) -> bool:
    """For the digest: nobody has to answer it now."""
    state = site.memory.state(card.owner)
    incident = incident_of(state, card.number) if state is not None else None
    return incident is not None and incident.phase is Phase.WAITING


def _on_duty(site: "Site", grid_id: str, now: Moment) -> list[str]:
    """Names of the members and leaders who are on duty for the grid."""
    people = site.memory.ledger.people.values()
    return [
        person.name
        for person in people
        if person.role in _ON_DUTY
        and person.grid_id in (None, grid_id)
        and on_shift(person.duty, now, site.zone)
    ]
