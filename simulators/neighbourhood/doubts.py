"""Whether a story can be judged at all: what lies too near an edge to blame a gateway for.

Owns the search for such moments, so that a story's author finds them and nobody else has to.
A reading travels: a gateway may see it a little after it happened.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta

from simulators.neighbourhood.town import Household, Town
from simulators.neighbourhood.truth import (
    CURFEW_FROM,
    CURFEW_TO,
    FLAP,
    GRACE,
    HELD_OPEN,
    Opening,
    Truth,
    Verdict,
    bounds,
    isolation,
)

MARGIN = timedelta(seconds=20)  # nothing that matters happens nearer than this to an edge
APART = timedelta(seconds=60)  # and two openings of one home are at least this far apart
FLAP_STARTS = 5  # one less than what counts as a fault
MASS, MASS_HOMES = timedelta(minutes=6), 4  # one home less, a minute more than a mass opening


def doubts(judged: Truth) -> list[str]:
    """Each thing about which a careful gateway and the truth might disagree; empty is well."""
    town = judged.town
    found: list[str] = []
    for home in town.households:
        mine = [o for o in judged.openings if o.household_id == home.household_id]
        edges = list(_edges(town, home))
        for index, opening in enumerate(mine):
            free = opening.verdict is Verdict.NOT_ISOLATING
            near = isolation(town, home) if free else edges
            said = [*_alone(opening, near), *_together(mine[: index + 1])]
            found += [f"{home.household_id} {opening.start:%H:%M:%S}: {what}" for what in said]
    return found + list(_mass(judged))


def _edges(town: Town, home: Household) -> Iterator[datetime]:
    """Every moment at which an opening that starts is judged otherwise than just before."""
    yield from isolation(town, home)
    yield from (town.at(CURFEW_FROM), town.at(CURFEW_TO), town.at(time(0), days=1))
    for window in town.windows_of(home):
        for days in (-1, 0, 1):
            begin, end = bounds(town, window, town.day + timedelta(days=days))
            yield from (begin - GRACE, end)


def _alone(opening: Opening, edges: Iterable[datetime]) -> Iterator[str]:
    if any(abs(opening.start - edge) < MARGIN for edge in edges):
        yield "starts at an edge"
    if len(opening.window_ids) > 1:
        yield "moves from window to window"
    turns = [opening.deadline] if opening.deadline else []
    turns += [opening.start + HELD_OPEN] if opening.breach and not opening.deadline else []
    if opening.end is not None and any(abs(opening.end - turn) < MARGIN for turn in turns):
        yield "closes at its deadline"


def _together(mine: list[Opening]) -> Iterator[str]:
    opening = mine[-1]
    if len(mine) > 1:
        last = mine[-2]
        if last.end is None or last.end > opening.start:
            yield "starts while another stands open"
        elif opening.start - last.end < APART:
            yield "starts too soon after another"
    if sum(opening.start - o.start <= FLAP for o in mine) >= FLAP_STARTS:
        yield "flaps"


def _mass(judged: Truth) -> Iterator[str]:
    for grid in judged.town.grids:
        homes = {h.household_id for h in judged.town.households if h.grid_id == grid.grid_id}
        breaches = [e for e in judged.expected if e.household_id in homes]
        for first in breaches:
            near = {e.household_id for e in breaches if timedelta(0) <= e.at - first.at <= MASS}
            if len(near) >= MASS_HOMES:
                yield f"{grid.grid_id} {first.at:%H:%M:%S}: {len(near)} homes at once"
