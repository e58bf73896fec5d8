"""One step of a grid, by the same rules of time as ``rules.step``; some of what comes out goes into
its homes."""

from rules import chain, model
from rules.grid import (
    Breached,
    FaultChanged,
    Grid,
    GridInput,
    GridOutput,
    HeardFrom,
    Lost,
    ReceiverChanged,
    ToHome,
    digest,
    faults,
    mass,
    silence,
)
from rules.home import UNRESOLVED, Home, Phase
from rules.incidents import of_grid
from rules.incidents.event import Details, Event, answer
from rules.incidents.overdue import caught_up
from rules.model import ClockChanged, Kind, Reason, Resolved, Resumed
from rules.moment import NEVER, Moment
from rules.policy import GridPolicyChanged
from rules.said import Decision, Output

_UNCOVERED = (Reason.UNCOVERED, Reason.CURFEW, Reason.WINDOW_USED_UP, Reason.REPEATED)
_BREACHES = Kind.UNAUTHORISED_OPENING, Kind.REPEATED_OPENING, Kind.HELD_OPEN, Kind.WINDOW_OVERRUN
_SUSPICIOUS = (Kind.TAMPER, *_BREACHES)  # after one of these a silence is grave


def step(grid: Grid, given: GridInput, now: Moment) -> tuple[Grid, list[GridOutput]]:
    """The grid after ``given``, and what is decided by it."""
    out: list[GridOutput] = []
    if isinstance(given, HeardFrom):
        grid = _heard(grid, given, out)
    elif isinstance(given, Resumed):
        grid = silence.stood_still(grid, None, given.since or now, now)._replace(deaf=())
    if isinstance(given, Resumed | ClockChanged):
        grid = _catch_up(grid, now, out)
    else:
        grid = _run(grid, now, out)
    grid = _apply(grid, given, now, out)
    return grid._replace(due=_due(grid)), out


def breaches_of(home: Home, out: list[Output], now: Moment) -> list[Breached]:
    """What its grid has to know of a home's step: openings as they happen, and tampers."""
    rules, found = home.policy.rules, []
    for said in out:
        if not isinstance(said, Decision) or said.incident is None:
            continue
        fresh = said.since is None and now - said.at <= rules.late
        if said.verdict in _SUSPICIOUS:
            key, tamper = home.policy.household_id, said.verdict is Kind.TAMPER
            opening = fresh and said.reason in _UNCOVERED
            found.append(Breached(key, said.incident, said.at, opening, tamper))
    return found


def _apply(grid: Grid, given: GridInput, now: Moment, out: list[GridOutput]) -> Grid:
    match given:
        case Breached():
            when = {given.household_id: given.at}
            if given.tamper:
                return grid._replace(tampered={**grid.tampered, **when})
            grid = grid._replace(suspected={**grid.suspected, **when})
            return mass.breached(grid, given, now, out) if given.opening else grid
        case Lost():
            return silence.lost(grid, given.sensor_id, now, out)
        case ReceiverChanged():
            return faults.receiver(grid, given, now, out)
        case FaultChanged():
            return faults.changed(grid, given.part, given.failed, now, out)
        case model.Acknowledged() | Resolved() | model.NotReached():
            return _answered(grid, given, now, out)
        case model.HandedOver():
            return _handed_over(grid, given, now, out)
        case GridPolicyChanged(policy):
            known = grid.counts_from
            counts_from = {s.sensor_id: known.get(s.sensor_id, now) for s in policy.sensors}
            grid = grid._replace(policy=policy, policy_since=now, counts_from=counts_from)
            return digest.policy_changed(grid, now)
    return grid


def _answered(grid: Grid, given: model.Answer, now: Moment, out: list[GridOutput]) -> Grid:
    incident = of_grid.find(grid, given.incident)
    if incident is None:
        return grid
    grid = of_grid.happen(grid, incident, answer(given, now), out)
    return mass.resolved(grid, given, out) if isinstance(given, Resolved) else grid


def _handed_over(grid: Grid, given: model.HandedOver, now: Moment, out: list[GridOutput]) -> Grid:
    """Whoever hands it over has answered."""
    grid = _answered(grid, model.Acknowledged(given.incident, given.by), now, out)
    incident = of_grid.find(grid, given.incident)
    if incident is None or incident.phase not in UNRESOLVED:
        return grid
    return of_grid.put(grid, chain.hand_over(incident, grid.policy, given.person_id, now, out))


def _heard(grid: Grid, given: HeardFrom, out: list[GridOutput]) -> Grid:
    """Before time is looked at: they were heard before ``now``; but who was silent by then was."""
    too_late = silence.too_late(grid, given.heard)
    grid = silence.heard(grid, tuple(one for one in given.heard if one not in too_late), out)
    for one in sorted(too_late, key=lambda one: one[1]):
        grid = _run(grid, one[1], out)
        grid = silence.heard(grid, (one,), out)
    return grid


def _catch_up(grid: Grid, now: Moment, out: list[GridOutput]) -> Grid:
    """After a time in which nobody watched overdue steps become one alert a person."""
    before = grid.incidents
    ran: list[GridOutput] = []
    grid = _run(grid, now, ran)
    out += [one for one in ran if isinstance(one, ToHome)]
    said: list[Output] = [one for one in ran if not isinstance(one, ToHome)]
    after, said = caught_up(said, before, grid.incidents, grid.policy, now)
    out += said
    return grid._replace(incidents=tuple(after[one.number] for one in grid.incidents))


def _run(grid: Grid, now: Moment, out: list[GridOutput]) -> Grid:
    while (due := _due(grid)) < now:
        grid = _time(grid, due, out)
    return grid


def _due(grid: Grid) -> Moment:
    of_incidents = min((one.due for one in grid.incidents), default=NEVER)
    return min(of_incidents, faults.next_due(grid), grid.digest_at, silence.next_due(grid))


def _time(grid: Grid, at: Moment, out: list[GridOutput]) -> Grid:
    for incident in grid.incidents:
        if incident.due <= at and incident.phase is not Phase.OVER:
            grid = of_grid.happen(grid, incident, Details(Event.TIME, at), out)
    for part in (faults, silence, digest):
        grid = part.time(grid, at, out)
    return grid
