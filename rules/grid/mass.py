"""Many homes of one grid opening uncovered within minutes: perhaps a fire, told as one incident."""

from rules.grid import Breached, Grid, GridOutput, Shared, ToHome
from rules.home import Incident, Phase
from rules.incidents import of_grid
from rules.incidents.other import Finding
from rules.model import Kind, Resolved, TakenOver
from rules.moment import MINUTE, Duration, Moment
from rules.said import Note, Noted

WITHIN: Duration = 5 * MINUTE


def breached(grid: Grid, given: Breached, now: Moment, out: list[GridOutput]) -> Grid:
    """Counts an uncovered opening; of enough homes they are one incident."""
    recent = tuple(one for one in grid.openings if given.at - one.at <= WITHIN)
    grid = grid._replace(openings=(*recent, given))
    incident = _running(grid, now)
    if incident is not None:
        going_on = any(one.household_id in incident.homes for one in recent)
        if not going_on or given.household_id in incident.homes:
            return grid
        out.append(Noted(now, incident.number, Note.JOINED, given.household_id))
        homes = (*incident.homes, given.household_id)
        grid = of_grid.put(grid, incident._replace(homes=homes))
        return _share(grid, incident.number, {given.household_id: given.number}, out)
    latest = {one.household_id: one.number for one in grid.openings}
    if len(latest) < grid.policy.rules.mass_openings:
        return grid
    since, homes = min(one.at for one in grid.openings), tuple(latest)
    found = Finding(Kind.MASS_OPENING, since, homes=homes)
    grid, number = of_grid.raise_(grid, found, now, out)
    return _share(grid, number, latest, out)


def resolved(grid: Grid, said: Resolved, out: list[GridOutput]) -> Grid:
    """What a person says of all of them holds for each."""
    number, person_id, outcome = said
    for one in grid.shared:
        if one.incident == number:
            out.append(ToHome(one.household_id, Resolved(one.number, person_id, outcome)))
    return grid._replace(shared=tuple(one for one in grid.shared if one.incident != number))


def _running(grid: Grid, now: Moment) -> Incident | None:
    for one in grid.incidents:
        recent = now - one.begun_at <= grid.policy.rules.repeat_alert
        if recent and one.kind is Kind.MASS_OPENING and one.phase is not Phase.OVER:
            return one
    return None


def _share(grid: Grid, number: int, homes: dict[str, int], out: list[GridOutput]) -> Grid:
    shared = tuple(Shared(number, household_id, own) for household_id, own in homes.items())
    out += [ToHome(one.household_id, TakenOver(one.number)) for one in shared]
    return grid._replace(shared=(*grid.shared, *shared))
