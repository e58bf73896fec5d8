"""One step of a grid: what happened to it, the time; out come the grid afterwards and decisions.

    step(grid, given, now) -> (grid, outputs)

Some outputs are inputs for its homes. The same rules of time hold as for ``rules.step``.
"""

from rules import chain, digest, grid_matters, mass, matters, silence
from rules.grid import (
    Breached,
    Fault,
    FaultChanged,
    Grid,
    GridInput,
    GridOutput,
    HeardFrom,
    Lost,
    ReceiverChanged,
    ToHome,
)
from rules.home import Home, Phase
from rules.matters import Event, Turn
from rules.model import (
    Acknowledged,
    ClockChanged,
    Kind,
    NotReached,
    Reason,
    Resolved,
    Resumed,
    Severity,
    Watched,
)
from rules.moment import MINUTE, NEVER, Duration, Moment
from rules.policy import GridPolicyChanged
from rules.said import Decision, Output

FAULT_HOLD: Duration = 5 * MINUTE  # a broker that restarts is nobody's business

# Openings that nothing covers, by the reason of their decision.
_UNCOVERED = (
    Reason.UNCOVERED,
    Reason.CURFEW,
    Reason.WINDOW_USED_UP,
    Reason.REPEATED,
)


def step(grid: Grid, given: GridInput, now: Moment) -> tuple[Grid, list[GridOutput]]:
    """What ``given`` does to the grid at ``now``, and what is decided by it."""
    out: list[GridOutput] = []
    if isinstance(given, HeardFrom):
        grid = _heard(grid, given, out)
    elif isinstance(given, Resumed):
        grid = silence.stood_still(grid, None, given.since or now, now)._replace(deaf=())
    if isinstance(given, Resumed | ClockChanged):
        grid = _resume(grid, now, out)
    else:
        grid = _run(grid, now, out)
    grid = _apply(grid, given, now, out)
    return grid._replace(due=_due(grid)), out


def breaches_of(home: Home, out: list[Output], now: Moment) -> list[Breached]:
    """What a home's step says that its grid has to know: openings as they happen, and tampers."""
    rules, found = home.policy.rules, []
    for said in out:
        if isinstance(said, Decision) and said.incident is not None:
            opening = said.reason in _UNCOVERED and said.since is None
            fresh = now - said.at <= rules.late
            if isinstance(said.verdict, Kind) and ((opening and fresh) or _suspicious(said)):
                key = home.policy.household_id
                tamper = said.verdict is Kind.TAMPER
                found.append(Breached(key, said.incident, said.at, opening and fresh, tamper))
    return found


def _suspicious(said: Decision) -> bool:
    return said.verdict in (
        Kind.TAMPER,
        Kind.UNAUTHORISED_OPENING,
        Kind.REPEATED_OPENING,
        Kind.HELD_OPEN,
        Kind.WINDOW_OVERRUN,
    )


def _apply(grid: Grid, given: GridInput, now: Moment, out: list[GridOutput]) -> Grid:
    match given:
        case Breached():
            when = {given.household_id: given.at}
            if given.tamper:
                return grid._replace(tampered={**grid.tampered, **when})
            grid = grid._replace(suspected={**grid.suspected, **when})
            return mass.breached(grid, given, now, out) if given.opening else grid
        case Lost():
            grid = grid._replace(lost={**grid.lost, given.sensor_id: now})
            for sensor in grid.policy.sensors:
                inside = sensor.isolation_start <= now < sensor.isolation_end
                if sensor.sensor_id == given.sensor_id and inside:
                    grid = silence.established(grid, sensor, now, out)
            return grid
        case ReceiverChanged():
            return _receiver(grid, given, now, out)
        case FaultChanged():
            return _fault(grid, given.part, given.failed, now, out)
        case Acknowledged() | Resolved() | NotReached():
            return _answer(grid, given, now, out)
        case GridPolicyChanged():
            known = grid.counts_from
            counts_from = {s.sensor_id: known.get(s.sensor_id, now) for s in given.policy.sensors}
            grid = grid._replace(policy=given.policy, policy_since=now, counts_from=counts_from)
            return digest.under(grid, given.policy, now)
    return grid


def _receiver(grid: Grid, given: ReceiverChanged, now: Moment, out: list[GridOutput]) -> Grid:
    """Nobody hears these sensors, or they are heard again; ops is told by the gateway's own."""
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
    if not grid.policy.grid_id:
        grid = _fault(grid, given.receiver, not given.up, now, out)
    return grid


def _fault(grid: Grid, part: str, failed: bool, now: Moment, out: list[GridOutput]) -> Grid:
    known = next((one for one in grid.faults if one.part == part), None)
    if failed is (known is not None):
        return grid
    if known is None:
        return grid._replace(faults=(*grid.faults, Fault(part, now)))
    incident = grid_matters.find(grid, known.incident)
    if incident is not None and incident.phase is not Phase.OVER:
        grid = grid_matters.happen(grid, incident, Turn(Event.CLEARED, now), out)
    return grid._replace(faults=tuple(one for one in grid.faults if one is not known))


def _answer(
    grid: Grid,
    given: Acknowledged | Resolved | NotReached,
    now: Moment,
    out: list[GridOutput],
) -> Grid:
    incident = grid_matters.find(grid, given.incident)
    if incident is None:
        return grid
    grid = grid_matters.happen(grid, incident, matters.answer(given, now), out)
    if isinstance(given, Resolved):
        grid = mass.resolved(grid, incident.number, given.person_id, given.outcome, out)
    return grid


# -- time -----------------------------------------------------------------------------------


def _heard(grid: Grid, given: HeardFrom, out: list[GridOutput]) -> Grid:
    """Before time is looked at, for they were heard before; but whoever had been silent by then
    was silent."""
    too_late = silence.too_late(grid, given.heard)
    grid = silence.heard(grid, tuple(one for one in given.heard if one not in too_late), out)
    for one in sorted(too_late, key=lambda one: one[1]):
        grid = _run(grid, one[1], out)
        grid = silence.heard(grid, (one,), out)
    return grid


def _run(grid: Grid, now: Moment, out: list[GridOutput]) -> Grid:
    """Everything that was due before ``now``."""
    while (due := _due(grid)) < now:
        grid = _time(grid, due, out)
    return grid


def _resume(grid: Grid, now: Moment, out: list[GridOutput]) -> Grid:
    """After a time in which nobody watched: overdue steps become one alert a person."""
    before = {one.number: one for one in grid.incidents}
    ran: list[GridOutput] = []
    grid = _run(grid, now, ran)
    out += [one for one in ran if isinstance(one, ToHome)]
    said: list[Output] = [one for one in ran if not isinstance(one, ToHome)]
    after = {one.number: one for one in grid.incidents}
    after, said = chain.merged(said, before, after, grid.policy, now)
    out += said
    return grid._replace(incidents=tuple(after[one.number] for one in grid.incidents))


def _due(grid: Grid) -> Moment:
    steps = min((one.due for one in grid.incidents), default=NEVER)
    faults = [one.since + FAULT_HOLD for one in grid.faults if one.incident is None]
    return min(steps, grid.digest_at, silence.next_due(grid), *faults)


def _time(grid: Grid, at: Moment, out: list[GridOutput]) -> Grid:
    for incident in grid.incidents:
        if incident.due <= at and incident.phase is not Phase.OVER:
            grid = grid_matters.happen(grid, incident, Turn(Event.TIME, at), out)
    for fault in grid.faults:
        if fault.incident is None and fault.since + FAULT_HOLD <= at:
            grid, number = grid_matters.raise_(
                grid,
                Kind.GATEWAY_FAULT,
                Severity.HIGH,
                Reason.FAULT,
                at,
                out,
                occurred_at=fault.since,
                about=fault.part,
            )
            told = tuple(
                one._replace(incident=number) if one is fault else one for one in grid.faults
            )
            grid = grid._replace(faults=told)
    return digest.time(silence.time(grid, at, out), at, out)
