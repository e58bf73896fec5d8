"""A sensor that flaps: so many starts within minutes tell nothing of anybody's comings and goings.

Somebody must look, and is not alerted of every opening. Whoever leaves ten times in an evening is
slower than this and is never muted.
"""

from rules.home import Faulty, Home, Rest
from rules.incidents import of_home
from rules.incidents.other import Finding
from rules.model import Kind
from rules.moment import HOUR, MINUTE, Duration, Moment, by_position
from rules.said import Out

CALM: Duration = 10 * MINUTE  # after so long without a start, the next one is alerted again,
HOURLY: Duration = HOUR  # but no oftener

_STARTS = Rest._fields.index("starts")


def started(home: Home, sensor_id: str, at: Moment, now: Moment, out: Out) -> tuple[Home, bool]:
    """Counts a start of a sensor; also whether its opening is muted."""
    rules, rest = home.policy.rules, home.rest
    starts: tuple[tuple[str, Moment], ...] = ((sensor_id, at),)
    if rest.starts and -rules.flap < at - rest.starts[-1][1] < rules.flap:
        recent = (one for one in rest.starts if -rules.flap < at - one[1] < rules.flap)
        starts = (*recent, *starts)
    counted = by_position(Rest, (*rest[:_STARTS], starts, *rest[_STARTS + 1 :]))
    home = by_position(Home, (*home[:-1], counted))
    if not rest.faulty and len(starts) < rules.flap_openings:
        return home, False  # nearly every opening
    faulty = next((one for one in rest.faulty if one.sensor_id == sensor_id), None)
    if sum(one[0] == sensor_id for one in starts) >= rules.flap_openings:
        return _flaps(home, sensor_id, faulty, at, now, out), True
    if faulty is None:
        return home, False
    alerts = at - faulty.started_at >= CALM and at - faulty.alerted_at >= HOURLY
    faulty = faulty._replace(started_at=at, alerted_at=at if alerts else faulty.alerted_at)
    return _with(home, faulty), not alerts


def over(home: Home, sensor_id: str, at: Moment, out: Out) -> Home:
    """Its openings count again: it has not flapped for long, or an installer is there."""
    kept = tuple(one for one in home.rest.faulty if one.sensor_id != sensor_id)
    if len(kept) == len(home.rest.faulty):
        return home
    home = home._replace(rest=home.rest._replace(faulty=kept, starts=()))
    return of_home.clear(home, Kind.SENSOR_FAULT, sensor_id, at, out)


def _flaps(
    home: Home, sensor_id: str, faulty: Faulty | None, at: Moment, now: Moment, out: Out
) -> Home:
    if not home.policy.isolation_start <= at < home.policy.isolation_end:
        return home
    home = _with(home, Faulty(sensor_id, at, at, faulty.alerted_at if faulty else at))
    if faulty is None:
        home = of_home.raise_(home, Finding(Kind.SENSOR_FAULT, at, sensor_id), now, out)
    return of_home.timed(home)


def _with(home: Home, faulty: Faulty) -> Home:
    others = tuple(one for one in home.rest.faulty if one.sensor_id != faulty.sensor_id)
    return home._replace(rest=home.rest._replace(faulty=(*others, faulty)))
