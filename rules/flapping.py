"""A sensor that flaps: so many starts within minutes tell nothing of anybody's comings and goings.

Its openings are journaled and not told one by one, but somebody must look. Whoever leaves ten
times in an evening is slower than this and is never muted.
"""

from rules import home_matters
from rules.home import Faulty, Home, Matters
from rules.model import Kind, Reason, Severity
from rules.moment import HOUR, MINUTE, Duration, Moment, make
from rules.said import Output

QUIET: Duration = 10 * MINUTE  # after so long without a start, the next one is told again
HOURLY: Duration = HOUR  # but no oftener

_STARTS = Matters._fields.index("starts")


def started(
    home: Home, sensor_id: str, at: Moment, now: Moment, out: list[Output]
) -> tuple[Home, bool]:
    """Counts a start of a sensor; also whether its opening is muted.

    It takes up as faulty a sensor that has had too many.
    """
    rules, matters = home.policy.rules, home.matters
    starts: tuple[tuple[str, Moment], ...] = ((sensor_id, at),)
    if matters.starts and -rules.flap < at - matters.starts[-1][1] < rules.flap:
        recent = (one for one in matters.starts if -rules.flap < at - one[1] < rules.flap)
        starts = (*recent, *starts)
    home = _with_starts(home, starts)
    if not matters.faulty and len(starts) < rules.flap_openings:
        return home, False  # nearly every opening
    faulty = next((one for one in matters.faulty if one.sensor_id == sensor_id), None)
    if _count(starts, sensor_id) >= rules.flap_openings:
        return _flaps(home, sensor_id, faulty, at, now, out), True
    if faulty is None:
        return home, False
    told = at - faulty.started_at >= QUIET and at - faulty.told_at >= HOURLY
    again = faulty._replace(started_at=at, told_at=at if told else faulty.told_at)
    return _with(home, again), not told


def over(home: Home, sensor_id: str, at: Moment, out: list[Output]) -> Home:
    """It has not flapped for long, or an installer is there: its openings count again."""
    matters = home.matters
    kept = tuple(one for one in matters.faulty if one.sensor_id != sensor_id)
    if len(kept) == len(matters.faulty):
        return home
    home = home._replace(matters=matters._replace(faulty=kept, starts=()))
    return home_matters.clear(home, Kind.SENSOR_FAULT, sensor_id, at, out)


def _with_starts(home: Home, starts: tuple[tuple[str, Moment], ...]) -> Home:
    matters = home.matters
    return make(
        Home, (*home[:-1], make(Matters, (*matters[:_STARTS], starts, *matters[_STARTS + 1 :])))
    )


def _count(starts: tuple[tuple[str, Moment], ...], sensor_id: str) -> int:
    return sum(start[0] == sensor_id for start in starts)


def _flaps(
    home: Home, sensor_id: str, faulty: Faulty | None, at: Moment, now: Moment, out: list[Output]
) -> Home:
    if not home.policy.isolation_start <= at < home.policy.isolation_end:
        return home
    told_at = faulty.told_at if faulty else at
    home = _with(home, Faulty(sensor_id, at, at, told_at))
    if faulty is None:
        home = home_matters.raise_(
            home, Kind.SENSOR_FAULT, Severity.HIGH, Reason.FLAPPING, at, now, out, about=sensor_id
        )
    return home_matters.timed(home)


def _with(home: Home, faulty: Faulty) -> Home:
    others_ = tuple(one for one in home.matters.faulty if one.sensor_id != faulty.sensor_id)
    return home._replace(matters=home.matters._replace(faulty=(*others_, faulty)))
