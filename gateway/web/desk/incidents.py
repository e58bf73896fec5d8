"""An incident's page, the list of them, and what a person does about one."""

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from gateway.accounts.rights import Who
from gateway.granting import Refused
from gateway.incidents import Card, incident_of
from gateway.outcomes import fitting
from gateway.passes import LONGEST, SHORTEST, USUAL
from gateway.requests import carry_out
from gateway.web.api.models import Id
from gateway.web.desk import theirs
from gateway.web.desk.matters import alerts_of, matter, matters, name_of
from gateway.web.guard import Answering, Looking
from gateway.web.live import events
from gateway.web.pages import Pages
from rules.local import on_shift
from rules.model import Outcome
from rules.moment import MINUTE

if TYPE_CHECKING:
    from gateway.web.site import Site

LISTED = 200  # resolved incidents on the page

Text = Annotated[str, Form()]


def router(site: "Site") -> APIRouter:
    pages = APIRouter()

    @pages.get("/incidents")
    async def listed(request: Request, who: Looking) -> Response:
        memory, now = site.memory, site.now()
        grids = (*memory.ledger.grids, None)  # None: the gateway's own
        cards = [card for key in grids for card in memory.cards.of_grid(key)]
        cards = [card for card in cards if theirs.sees(who, card)]
        unresolved = [card for card in cards if card.state != "resolved"]
        unverified = [card for card in cards if card.body["outcome"] == Outcome.UNVERIFIED.value]
        over = [card for card in cards if card.state == "resolved" and card not in unverified]
        over.sort(key=lambda card: -card.updated_at)
        shown: Pages = request.app.state.pages
        return await shown.show(
            request,
            "desk/incidents.html",
            unresolved=await matters(site, unresolved, now),
            unverified=[matter(site, card, (), now) for card in unverified],
            over=[matter(site, card, (), now) for card in over[:LISTED]],
        )

    @pages.get("/incidents/{incident_id}")
    async def one(request: Request, who: Looking, incident_id: Id) -> Response:
        return await _show(site, request, who, await theirs.card(site, who, incident_id))

    @pages.get("/incidents/{incident_id}/events")
    async def one_events(request: Request, who: Looking, incident_id: Id) -> Response:
        card = await theirs.card(site, who, incident_id)
        return events(request, lambda: _seen(site, card), site.now)

    @pages.post("/incidents/{incident_id}/acknowledge")
    async def acknowledge(
        request: Request, who: Answering, incident_id: Id, back: Text = ""
    ) -> Response:
        card = await theirs.card(site, who, incident_id)
        return await _do(site, request, who, card, {"do": "acknowledge"}, back)

    @pages.post("/incidents/{incident_id}/hand-over")
    async def hand_over(
        request: Request, who: Answering, incident_id: Id, to: Text = "", back: Text = ""
    ) -> Response:
        card = await theirs.card(site, who, incident_id)
        return await _do(site, request, who, card, {"do": "hand_over", "to": to}, back)

    @pages.post("/incidents/{incident_id}/resolve")
    async def resolve(
        request: Request,
        who: Answering,
        incident_id: Id,
        outcome: Annotated[Outcome, Form()],
        back: Text = "",
    ) -> Response:
        card = await theirs.card(site, who, incident_id)
        said = {"do": "resolve", "outcome": outcome.value}
        return await _do(site, request, who, card, said, back)

    @pages.post("/incidents/{incident_id}/pass")
    async def permit(
        request: Request,
        who: Answering,
        incident_id: Id,
        minutes: Annotated[int, Form()] = USUAL,
        back: Text = "",
    ) -> Response:
        card = await theirs.card(site, who, incident_id)
        asked = {"do": "grant", "household": card.owner, "minutes": minutes}
        return await _do(site, request, who, card, asked, back)

    return pages


async def _do(
    site: "Site", request: Request, who: Who, card: Card, asked: dict[str, Any], back: str
) -> Response:
    """``back``: ``wall``, or blank for the incident itself."""
    try:
        await carry_out(site.core, asked | {"incident": card.id, "by": who.by})
    except (Refused, ValueError) as refused:
        return await _show(site, request, who, card, refused=str(refused))
    site.committed()
    to = f"/incidents/{card.id}"
    if back == "wall":
        to = f"/?grid={quote(str(card.body['grid_id'] or ''))}"
    return RedirectResponse(to, 303)


async def _show(
    site: "Site", request: Request, who: Who, card: Card, *, refused: str = ""
) -> Response:
    now, memory = site.now(), site.memory
    rows = (await alerts_of(site, [card])).get(card.id, [])
    home = memory.ledger.households.get(card.household_id or "")
    shown: Pages = request.app.state.pages
    return await shown.show(
        request,
        "desk/incident.html",
        status=409 if refused else 200,
        one=matter(site, card, rows, now),
        rows=[dict(row) | {"person": name_of(memory.ledger, row["person_id"])} for row in rows],
        asked=_may_be_asked(site, card),
        outcomes=fitting(card.body["kind"]),
        minutes=(SHORTEST, USUAL, LONGEST),
        passes=memory.passes.of_incident(card.id),
        names=lambda key: name_of(memory.ledger, key),
        phone=home.phone if home and card.state != "resolved" else None,
        may_answer=theirs.sees(who, card),
        refused=refused,
    )


def _may_be_asked(site: "Site", card: Card) -> list[tuple[str, str, str, bool]]:
    """Whom it can be handed to: id, name, role, and whether on duty; those on duty first."""
    memory = site.memory
    state, now = memory.state(card.owner), site.now()
    if state is None:
        return []
    people = memory.ledger.people
    found = [
        (
            one.person_id,
            people[one.person_id].name,
            one.role.value,
            on_shift(one.shifts, now, site.zone),
        )
        for one in state.policy.roster
        if one.person_id in people
    ]
    return sorted(found, key=lambda one: not one[3])


def _seen(site: "Site", card: Card) -> tuple[Any, ...]:
    state = site.memory.state(card.owner)
    incident = incident_of(state, card.number) if state is not None else None
    return incident, card.updated_at, state, site.metrics.transitions, site.now() // MINUTE
