"""The incidents of a grid. Owns ``Grid.incidents``."""

from rules import tables
from rules.grid import Grid
from rules.home import Incident, Phase
from rules.incidents import other
from rules.incidents.event import Details
from rules.incidents.other import Finding
from rules.moment import Moment
from rules.said import Out


def raise_(grid: Grid, found: Finding, at: Moment, out: Out) -> tuple[Grid, int]:
    """A new incident, and its number."""
    number = grid.numbered + 1
    incident = other.raised(number, found, grid.policy, at, out)
    kept = tuple(one for one in grid.incidents if one.phase is not Phase.OVER)
    return grid._replace(numbered=number, incidents=(*kept, incident)), number


def find(grid: Grid, number: int | None) -> Incident | None:
    """The one with this number."""
    return next((one for one in grid.incidents if one.number == number), None)


def put(grid: Grid, incident: Incident) -> Grid:
    """The grid with this incident as it now is."""
    found = tuple(incident if one.number == incident.number else one for one in grid.incidents)
    return grid._replace(incidents=found)


def happen(grid: Grid, incident: Incident, e: Details, out: Out) -> Grid:
    """One event of one of them."""
    return put(grid, tables.follow(tables.OTHER, incident, grid, e, out))
