"""What of the gateway itself fails: receivers that hear nothing, a broker, a provider.

Owns ``Grid.deaf`` and ``Grid.faults``.
"""

from rules.grid import Fault, Grid, GridOutput, ReceiverChanged, ToHome, silence
from rules.incidents import of_grid
from rules.incidents.event import Details, Event
from rules.incidents.other import Finding
from rules.model import Kind, Watched
from rules.moment import MINUTE, NEVER, Duration, Moment

HOLD: Duration = 5 * MINUTE  # a broker that restarts is nobody's business


def receiver(grid: Grid, given: ReceiverChanged, now: Moment, out: list[GridOutput]) -> Grid:
    """Nobody hears these sensors, or they are heard again; the gateway's own tells ops."""
    since = dict(grid.deaf).get(given.receiver)
    if since is not None and not given.up:
        return grid
    homes = {s.household_id for s in grid.policy.sensors if s.receiver == given.receiver}
    if not given.up:
        grid = grid._replace(deaf=(*grid.deaf, (given.receiver, now)))
    else:  # also where a restart has forgotten that it was gone
        if since is not None:
            grid = silence.stood_still(grid, given.receiver, since, now)
        grid = grid._replace(deaf=tuple(one for one in grid.deaf if one[0] != given.receiver))
        deaf = dict(grid.deaf)
        homes -= {one.household_id for one in grid.silent}
        homes -= {s.household_id for s in grid.policy.sensors if s.receiver in deaf}
    out += [ToHome(household_id, Watched(given.up)) for household_id in sorted(homes)]
    if grid.policy.grid_id:
        return grid
    return changed(grid, given.receiver, not given.up, now, out)


def changed(grid: Grid, part: str, failed: bool, now: Moment, out: list[GridOutput]) -> Grid:
    """A part fails, or works again."""
    known = next((one for one in grid.faults if one.part == part), None)
    if failed is (known is not None):
        return grid
    if known is None:
        return grid._replace(faults=(*grid.faults, Fault(part, now)))
    incident = of_grid.find(grid, known.incident)
    if incident is not None:
        grid = of_grid.happen(grid, incident, Details(Event.CLEARED, now), out)
    return grid._replace(faults=tuple(one for one in grid.faults if one is not known))


def next_due(grid: Grid) -> Moment:
    """When one has lasted for so long that somebody is told."""
    untold = (one.since + HOLD for one in grid.faults if one.incident is None)
    return min(untold, default=NEVER)


def time(grid: Grid, at: Moment, out: list[GridOutput]) -> Grid:
    """What time alone changes at ``at``."""
    for one in grid.faults:
        if one.incident is None and one.since + HOLD <= at:
            found = Finding(Kind.GATEWAY_FAULT, one.since, one.part)
            grid, number = of_grid.raise_(grid, found, at, out)
            told = one._replace(incident=number)
            grid = grid._replace(faults=tuple(told if f is one else f for f in grid.faults))
    return grid
