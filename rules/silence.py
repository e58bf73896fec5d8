"""Sensors that are not heard: each alone, or many of a grid for one cause.

Silence is never taken for a closed door. Its time stands still while nobody could have heard.
"""

from typing import TypeAlias

from rules import grid_matters
from rules.grid import Grid, GridOutput, Silent, ToHome
from rules.home import Incident, Phase
from rules.matters import Event, Turn
from rules.model import Kind, Outcome, Reason, Severity, Watched
from rules.moment import MINUTE, NEVER, Duration, Moment
from rules.policy import Supervised
from rules.said import Note, Noted

HOLD: Duration = 5 * MINUTE  # so long others may turn out to be silent for the same cause
TOGETHER: Duration = 5 * MINUTE  # last readings so close to each other have one cause
SUSPICIOUS: Duration = 15 * MINUTE  # silence so soon after a tamper is no chance


def next_due(grid: Grid) -> Moment:
    """When a silence becomes one, is told, or gets worse."""
    gone, deaf = {one.sensor_id for one in grid.silent}, dict(grid.deaf)
    dues = [
        _too_long_at(grid, sensor)
        for sensor in grid.policy.sensors
        if sensor.sensor_id not in gone and sensor.receiver not in deaf
    ]
    ends = {sensor.sensor_id: sensor.isolation_end for sensor in grid.policy.sensors}
    for one in grid.silent:
        dues.append(ends.get(one.sensor_id, 0))
        if one.incident is None:
            dues.append(one.at + HOLD)
    dues += [_worse_at(grid, incident) for incident in grid.incidents]
    return min(dues, default=NEVER)


def time(grid: Grid, at: Moment, out: list[GridOutput]) -> Grid:
    """What time alone changes at ``at``."""
    deaf, gone = dict(grid.deaf), {one.sensor_id for one in grid.silent}
    for sensor in grid.policy.sensors:
        if sensor.sensor_id in gone:
            if sensor.isolation_end <= at:
                grid = _let_go(grid, sensor.sensor_id, at, Outcome.ISOLATION_ENDED, out)
                rest = {k: v for k, v in grid.counts_from.items() if k != sensor.sensor_id}
                lost = {k: v for k, v in grid.lost.items() if k != sensor.sensor_id}
                grid = grid._replace(counts_from=rest, lost=lost)
        elif sensor.receiver not in deaf and _too_long_at(grid, sensor) <= at:
            grid = established(grid, sensor, at, out)
    known = {sensor.sensor_id for sensor in grid.policy.sensors}
    for one in grid.silent:
        if one.sensor_id not in known:  # the ledger no longer has it
            grid = _let_go(grid, one.sensor_id, at, Outcome.CLEARED, out)
    for one in grid.silent:
        if one.incident is None and one.at + HOLD <= at and one in grid.silent:
            grid = _tell(grid, one, at, out)
    for incident in grid.incidents:
        if _worse_at(grid, incident) <= at:
            worse = Turn(Event.WORSE, at, Severity.HIGH, Reason.STILL_SILENT)
            grid = grid_matters.happen(grid, incident, worse, out)
    return grid


def established(grid: Grid, sensor: Supervised, at: Moment, out: list[GridOutput]) -> Grid:
    """A sensor counts as silent from now on; who is told, and of what, waits a little."""
    if any(one.sensor_id == sensor.sensor_id for one in grid.silent):
        return grid
    since = grid.counts_from.get(sensor.sensor_id, at)
    out.append(ToHome(sensor.household_id, Watched(yes=False)))
    silent = Silent(sensor.sensor_id, sensor.household_id, since, at)
    return grid._replace(silent=(*grid.silent, silent))


Said: TypeAlias = tuple[tuple[str, Moment], ...]  # sensors, and when


def too_late(grid: Grid, said: Said) -> Said:
    """Those that were heard when they counted as silent already."""
    deaf = dict(grid.deaf)
    sensors = {
        sensor.sensor_id: sensor for sensor in grid.policy.sensors if sensor.receiver not in deaf
    }
    return tuple(
        one for one in said if one[0] in sensors and _too_long_at(grid, sensors[one[0]]) < one[1]
    )


def heard(grid: Grid, said: Said, out: list[GridOutput]) -> Grid:
    """Sensors that were heard; what was silent is so no more."""
    counts_from = dict(grid.counts_from)
    for sensor_id, when in said:
        counts_from[sensor_id] = max(when, counts_from.get(sensor_id, 0))
    moments = dict(said)
    lost = {key: at for key, at in grid.lost.items() if moments.get(key, 0) <= at}
    grid = grid._replace(counts_from=counts_from, lost=lost)
    for one in grid.silent:
        if moments.get(one.sensor_id, 0) > one.since:
            at = max(moments[one.sensor_id], one.at)
            grid = _let_go(grid, one.sensor_id, at, Outcome.CLEARED, out)
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
    if (
        incident.kind is not Kind.SENSOR_SILENT
        or incident.severity >= Severity.HIGH
        or incident.phase is Phase.OVER
    ):
        return NEVER
    return incident.raised_at + grid.policy.rules.silent_escalate


def _tell(grid: Grid, one: Silent, at: Moment, out: list[GridOutput]) -> Grid:
    """One incident for it, or for all that went silent with it."""
    near = [s for s in grid.silent if abs(s.since - one.since) <= TOGETHER]
    for other in near:
        incident = grid_matters.find(grid, other.incident)
        if incident and incident.reason is Reason.COMMON_CAUSE and incident.phase is not Phase.OVER:
            return _join(grid, one, incident, at, out)
    waiting = [s for s in near if s.incident is None]
    homes = tuple(dict.fromkeys(s.household_id for s in waiting))
    receivers = {sensor.sensor_id: sensor.receiver for sensor in grid.policy.sensors}
    common = len(homes) >= grid.policy.rules.common_cause_households
    if not common and receivers.get(one.sensor_id) not in dict(grid.deaf):
        waiting = [s for s in waiting if s.household_id == one.household_id]
        homes = (one.household_id,)
    severity = max(_severity(grid, s) for s in waiting)
    grid, number = grid_matters.raise_(
        grid,
        Kind.SENSOR_SILENT,
        severity,
        Reason.COMMON_CAUSE if len(homes) > 1 else Reason.SILENT,
        at,
        out,
        occurred_at=min(s.since for s in waiting),
        about=one.sensor_id if len(homes) == 1 else "",
        homes=homes,
    )
    told = {s.sensor_id for s in waiting}
    silent = tuple(s._replace(incident=number) if s.sensor_id in told else s for s in grid.silent)
    return grid._replace(silent=silent)


def _join(grid: Grid, one: Silent, incident: Incident, at: Moment, out: list[GridOutput]) -> Grid:
    """People know already that this part of the grid is lost."""
    out.append(Noted(at, incident.number, Note.JOINED, one.household_id))
    homes = tuple(dict.fromkeys((*incident.homes, one.household_id)))
    grid = grid_matters.put(grid, incident._replace(homes=homes))
    silent = tuple(s._replace(incident=incident.number) if s is one else s for s in grid.silent)
    return grid._replace(silent=silent)


def _severity(grid: Grid, one: Silent) -> Severity:
    """A home that had a breach in this isolation, or a tamper just before, is no chance."""
    breach = grid.suspected.get(one.household_id)
    tamper = grid.tampered.get(one.household_id)
    starts = {s.sensor_id: s.isolation_start for s in grid.policy.sensors}
    if breach is not None and breach >= starts.get(one.sensor_id, 0):
        return Severity.HIGH
    soon = tamper is not None and abs(one.since - tamper) <= SUSPICIOUS
    return Severity.HIGH if soon else Severity.MEDIUM


def _let_go(
    grid: Grid, sensor_id: str, at: Moment, outcome: Outcome, out: list[GridOutput]
) -> Grid:
    """It is silent no more; the last one of an incident ends it."""
    one = next(s for s in grid.silent if s.sensor_id == sensor_id)
    grid = grid._replace(silent=tuple(s for s in grid.silent if s is not one))
    if all(s.household_id != one.household_id for s in grid.silent):
        out.append(ToHome(one.household_id, Watched(yes=True)))
    incident = grid_matters.find(grid, one.incident)
    if incident is None or incident.phase is Phase.OVER:
        return grid
    if any(s.incident == one.incident for s in grid.silent):
        out.append(Noted(at, incident.number, Note.RECOVERED, one.household_id))
        return grid
    event = Event.CLEARED if outcome is Outcome.CLEARED else Event.OUTCOME
    return grid_matters.happen(grid, incident, Turn(event, at, outcome=outcome), out)
