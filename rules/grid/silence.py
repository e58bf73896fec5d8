"""Sensors that are not heard, alone or many for one cause. Time in which nobody could have heard
them does not count."""

from collections.abc import Mapping
from typing import TypeAlias

from rules.grid import Grid, GridOutput, Silent, ToHome
from rules.home import Incident, Phase
from rules.incidents import of_grid
from rules.incidents.event import Details, Event
from rules.incidents.other import Finding
from rules.model import Kind, Outcome, Reason, Severity, Watched
from rules.moment import MINUTE, NEVER, Duration, Moment
from rules.policy import Supervised
from rules.said import Note, Noted

HOLD: Duration = 5 * MINUTE  # so long others may turn out to be silent too
TOGETHER: Duration = 5 * MINUTE  # last readings so close to each other have one cause
SUSPICIOUS: Duration = 15 * MINUTE  # silence so soon after a tamper is no chance

Said: TypeAlias = tuple[tuple[str, Moment], ...]  # sensors, and when


def next_due(grid: Grid) -> Moment:
    """When a silence becomes one, is told, or gets worse."""
    ends = {sensor.sensor_id: sensor.isolation_end for sensor in grid.policy.sensors}
    gone, deaf = {one.sensor_id for one in grid.silent}, dict(grid.deaf)
    dues = [
        _too_long_at(grid, sensor)
        for sensor in grid.policy.sensors
        if sensor.sensor_id not in gone and sensor.receiver not in deaf
    ]
    dues += [ends.get(one.sensor_id, 0) for one in grid.silent]
    dues += [one.at + HOLD for one in grid.silent if one.incident is None]
    dues += [_worse_at(grid, incident) for incident in grid.incidents]
    return min(dues, default=NEVER)


def time(grid: Grid, at: Moment, out: list[GridOutput]) -> Grid:
    """What time alone changes at ``at``."""
    gone, deaf = {one.sensor_id for one in grid.silent}, dict(grid.deaf)
    for sensor in grid.policy.sensors:
        if sensor.sensor_id in gone:
            if sensor.isolation_end <= at:  # nor is it found silent again after that
                ended = Details(Event.OUTCOME, at, outcome=Outcome.ISOLATION_ENDED)
                grid = _let_go(grid, sensor.sensor_id, ended, out)
                counts_from = _without(sensor.sensor_id, grid.counts_from)
                lost = _without(sensor.sensor_id, grid.lost)
                grid = grid._replace(counts_from=counts_from, lost=lost)
        elif sensor.receiver not in deaf and _too_long_at(grid, sensor) <= at:
            grid = _established(grid, sensor, at, out)
    known = {sensor.sensor_id for sensor in grid.policy.sensors}
    for one in grid.silent:
        if one.sensor_id not in known:  # the ledger no longer has it
            grid = _let_go(grid, one.sensor_id, Details(Event.CLEARED, at), out)
    for one in grid.silent:
        if one.incident is None and one.at + HOLD <= at and one in grid.silent:
            grid = _tell(grid, one, at, out)
    for incident in grid.incidents:
        if _worse_at(grid, incident) <= at:
            severity, reason = Severity.HIGH, Reason.STILL_SILENT
            worse = Details(Event.WORSE, at, severity=severity, reason=reason)
            grid = of_grid.happen(grid, incident, worse, out)
    return grid


def lost(grid: Grid, sensor_id: str, now: Moment, out: list[GridOutput]) -> Grid:
    """Its relay says that it is gone."""
    grid = grid._replace(lost={**grid.lost, sensor_id: now})
    for sensor in grid.policy.sensors:
        inside = sensor.isolation_start <= now < sensor.isolation_end
        if sensor.sensor_id == sensor_id and inside:
            grid = _established(grid, sensor, now, out)
    return grid


def too_late(grid: Grid, said: Said) -> Said:
    """Those that counted as silent already when they were heard."""
    deaf, sensors = dict(grid.deaf), {one.sensor_id: one for one in grid.policy.sensors}
    return tuple(
        (sensor_id, at)
        for sensor_id, at in said
        if (sensor := sensors.get(sensor_id)) is not None
        and sensor.receiver not in deaf
        and _too_long_at(grid, sensor) < at
    )


def heard(grid: Grid, said: Said, out: list[GridOutput]) -> Grid:
    """What was heard is silent no more."""
    counts_from = dict(grid.counts_from)
    for sensor_id, when in said:
        counts_from[sensor_id] = max(when, counts_from.get(sensor_id, 0))
    moments = dict(said)
    lost = {key: at for key, at in grid.lost.items() if moments.get(key, 0) <= at}
    grid = grid._replace(counts_from=counts_from, lost=lost)
    for one in grid.silent:
        if moments.get(one.sensor_id, 0) > one.since:
            at = max(moments[one.sensor_id], one.at)
            grid = _let_go(grid, one.sensor_id, Details(Event.CLEARED, at), out)
    return grid


def stood_still(grid: Grid, receiver: str | None, since: Moment, now: Moment) -> Grid:
    """Nobody could have heard a sensor of this receiver (None: of any) since then."""
    counts_from = dict(grid.counts_from)
    for sensor in grid.policy.sensors:
        if receiver in (None, sensor.receiver):
            before = counts_from.get(sensor.sensor_id, now)
            counts_from[sensor.sensor_id] = before + now - max(before, since)
    return grid._replace(counts_from=counts_from)


def _too_long_at(grid: Grid, sensor: Supervised) -> Moment:
    since, lost_at = grid.counts_from.get(sensor.sensor_id), grid.lost.get(sensor.sensor_id)
    if lost_at is not None:
        at = max(lost_at, sensor.isolation_start)
    elif sensor.every is None or since is None:
        return NEVER
    else:
        at = max(since + sensor.every, sensor.isolation_start, grid.policy_since)
    return at if at < sensor.isolation_end else NEVER


def _worse_at(grid: Grid, incident: Incident) -> Moment:
    if incident.severity >= Severity.HIGH or incident.phase is Phase.OVER:
        return NEVER  # all else that a grid has is grave from its beginning on
    return incident.raised_at + grid.policy.rules.silent_escalate


def _established(grid: Grid, sensor: Supervised, at: Moment, out: list[GridOutput]) -> Grid:
    """A sensor counts as silent from now on; of what people are told waits a little."""
    if any(one.sensor_id == sensor.sensor_id for one in grid.silent):
        return grid
    since = grid.counts_from.get(sensor.sensor_id, at)
    out.append(ToHome(sensor.household_id, Watched(yes=False)))
    silent = Silent(sensor.sensor_id, sensor.household_id, since, at)
    return grid._replace(silent=(*grid.silent, silent))


def _tell(grid: Grid, one: Silent, at: Moment, out: list[GridOutput]) -> Grid:
    """One incident for it, or for all that went silent with it."""
    near = [s for s in grid.silent if abs(s.since - one.since) <= TOGETHER]
    for other in near:
        known = of_grid.find(grid, other.incident)
        if known and known.reason is Reason.COMMON_CAUSE and known.phase is not Phase.OVER:
            out.append(Noted(at, known.number, Note.JOINED, one.household_id))
            homes = tuple(dict.fromkeys((*known.homes, one.household_id)))
            return _of(of_grid.put(grid, known._replace(homes=homes)), [one], known.number)
    waiting = [s for s in near if s.incident is None]
    homes = tuple(dict.fromkeys(s.household_id for s in waiting))
    receivers = {sensor.sensor_id: sensor.receiver for sensor in grid.policy.sensors}
    common = len(homes) >= grid.policy.rules.common_cause_households
    if not common and receivers.get(one.sensor_id) not in dict(grid.deaf):
        waiting = [s for s in waiting if s.household_id == one.household_id]
        homes = (one.household_id,)
    severity, since = max(_severity(grid, s) for s in waiting), min(s.since for s in waiting)
    reason, about = Reason.COMMON_CAUSE, ""
    if len(homes) == 1:
        reason, about = Reason.SILENT, one.sensor_id
    found = Finding(Kind.SENSOR_SILENT, since, about, homes, (severity, reason))
    grid, number = of_grid.raise_(grid, found, at, out)
    return _of(grid, waiting, number)


def _of(grid: Grid, told: list[Silent], number: int) -> Grid:
    ids = {one.sensor_id for one in told}
    silent = tuple(s._replace(incident=number) if s.sensor_id in ids else s for s in grid.silent)
    return grid._replace(silent=silent)


def _severity(grid: Grid, one: Silent) -> Severity:
    """After a breach in this isolation, or a tamper just before, it is no chance."""
    breach = grid.suspected.get(one.household_id)
    tamper = grid.tampered.get(one.household_id)
    starts = {s.sensor_id: s.isolation_start for s in grid.policy.sensors}
    since_breach = breach is not None and breach >= starts.get(one.sensor_id, 0)
    since_tamper = tamper is not None and abs(one.since - tamper) <= SUSPICIOUS
    return Severity.HIGH if since_breach or since_tamper else Severity.MEDIUM


def _let_go(grid: Grid, sensor_id: str, e: Details, out: list[GridOutput]) -> Grid:
    """It is silent no more; the last one of an incident ends it."""
    one = next(s for s in grid.silent if s.sensor_id == sensor_id)
    grid = grid._replace(silent=tuple(s for s in grid.silent if s is not one))
    if all(s.household_id != one.household_id for s in grid.silent):
        out.append(ToHome(one.household_id, Watched(yes=True)))
    incident = of_grid.find(grid, one.incident)
    if incident is None or incident.phase is Phase.OVER:
        return grid
    if any(s.incident == one.incident for s in grid.silent):
        out.append(Noted(e.at, incident.number, Note.RECOVERED, one.household_id))
        return grid
    return of_grid.happen(grid, incident, e, out)


def _without(sensor_id: str, known: Mapping[str, Moment]) -> dict[str, Moment]:
    return {one: at for one, at in known.items() if one != sensor_id}
