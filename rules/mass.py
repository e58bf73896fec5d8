"""Many homes of one grid opening uncovered within minutes: perhaps a fire, told as one incident."""

from rules import grid_matters
from rules.grid import Breached, Grid, GridOutput, Shared, ToHome
from rules.home import Incident, Phase
from rules.model import Kind, Outcome, Reason, Resolved, Severity, TakenOver
from rules.moment import MINUTE, Duration, Moment
from rules.said import Note, Noted

WITHIN: Duration = 5 * MINUTE


def breached(grid: Grid, given: Breached, now: Moment, out: list[GridOutput]) -> Grid:
    """Counts an uncovered opening; with enough homes it is theirs together."""
    recent = tuple(one for one in grid.openings if given.at - one.at <= WITHIN)
    grid = grid._replace(openings=(*recent, given))
    incident = _running(grid, now)
    if incident is not None:
        going_on = any(one.household_id in incident.homes for one in recent)
        return _join(grid, incident, given, now, out) if going_on else grid
    homes = tuple(dict.fromkeys(one.household_id for one in grid.openings))
    if len(homes) < grid.policy.rules.mass_openings:
        return grid
    grid, number = grid_matters.raise_(
        grid,
        Kind.MASS_OPENING,
        Severity.CRITICAL,
        Reason.MANY_HOMES,
        now,
        out,
        occurred_at=min(one.at for one in grid.openings),
        homes=homes,
    )
    latest = {one.household_id: one.number for one in grid.openings}
    for household_id, own in latest.items():
        out.append(ToHome(household_id, TakenOver(own)))
    shared = tuple(Shared(number, household_id, own) for household_id, own in latest.items())
    return grid._replace(shared=(*grid.shared, *shared))


def resolved(
    grid: Grid, number: int, person_id: str, outcome: Outcome, out: list[GridOutput]
) -> Grid:
    """What a person says of all of them holds for each."""
    for one in grid.shared:
        if one.incident == number:
            out.append(ToHome(one.household_id, Resolved(one.number, person_id, outcome)))
    return grid._replace(shared=tuple(one for one in grid.shared if one.incident != number))


def _running(grid: Grid, now: Moment) -> Incident | None:
    return next(
        (
            one
            for one in grid.incidents
            if one.kind is Kind.MASS_OPENING
            and one.phase is not Phase.OVER
            and now - one.begun_at <= grid.policy.rules.repeat_alert
        ),
        None,
    )


def _join(
    grid: Grid, incident: Incident, given: Breached, now: Moment, out: list[GridOutput]
) -> Grid:
    """One home more, while it goes on."""
    if given.household_id in incident.homes:
        return grid
    out.append(Noted(now, incident.number, Note.JOINED, given.household_id))
    out.append(ToHome(given.household_id, TakenOver(given.number)))
    grid = grid_matters.put(grid, incident._replace(homes=(*incident.homes, given.household_id)))
    return grid._replace(
        shared=(*grid.shared, Shared(incident.number, given.household_id, given.number))
    )
