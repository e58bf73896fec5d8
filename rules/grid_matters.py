"""The incidents of a grid: raising, finding, changing them. What they go through: rules.matters."""

from rules import matters
from rules.grid import Grid, GridOutput
from rules.home import Incident, Phase
from rules.matters import Turn
from rules.model import Kind, Reason, Severity
from rules.moment import Moment
from rules.said import Output


def raise_(
    grid: Grid,
    kind: Kind,
    severity: Severity,
    reason: Reason,
    at: Moment,
    out: list[GridOutput],
    *,
    occurred_at: Moment,
    about: str = "",
    homes: tuple[str, ...] = (),
) -> tuple[Grid, int]:
    """A new incident, and its number."""
    number, said = grid.numbered + 1, list[Output]()
    incident = matters.raised(
        number,
        kind,
        severity,
        reason,
        grid.policy,
        at,
        said,
        occurred_at=occurred_at,
        about=about,
        homes=homes,
    )
    out += said
    kept = tuple(one for one in grid.incidents if one.phase is not Phase.OVER)
    return grid._replace(numbered=number, incidents=(*kept, incident)), number


def find(grid: Grid, number: int | None) -> Incident | None:
    """The one with this number."""
    return next((one for one in grid.incidents if one.number == number), None)


def put(grid: Grid, incident: Incident) -> Grid:
    """The grid with this incident as it now is."""
    found = tuple(incident if one.number == incident.number else one for one in grid.incidents)
    return grid._replace(incidents=found)


def happen(grid: Grid, incident: Incident, turn: Turn, out: list[GridOutput]) -> Grid:
    """One event of one of them."""
    said = list[Output]()
    after = matters.turn(incident, grid.policy, turn, said)
    out += said
    return put(grid, after)
