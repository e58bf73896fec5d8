"""What a sensor says of itself: that it was removed, that its battery runs low."""

from rules import home_matters
from rules.home import Condition, Home
from rules.model import Kind, Reason, Sensed, Severity
from rules.moment import Moment
from rules.said import Output

LOW = 15  # per cent; at or below, the battery is low
FULL = 25  # per cent; from here on it is so no more: a cold night does not make it news twice


def sensed(home: Home, given: Sensed, now: Moment, out: list[Output]) -> Home:
    """Takes up what is new, and lets go what is so no more."""
    sensor_id, tamper, battery, battery_low = given
    if tamper is not None:
        home = _says(home, sensor_id, Kind.TAMPER, tamper, now, out)
    if (battery is not None and battery <= LOW) or battery_low:
        home = _says(home, sensor_id, Kind.BATTERY_LOW, True, now, out)
    elif (battery is not None and battery >= FULL) or (battery is None and battery_low is False):
        home = _says(home, sensor_id, Kind.BATTERY_LOW, False, now, out)
    return home_matters.timed(home)


def review(home: Home, at: Moment, out: list[Output]) -> Home:
    """Raises what has come to matter by ``at``."""
    for one in home.matters.conditions:
        if one.raised or home_matters.raisable_at(home, one) > at:
            continue
        tamper = one.kind is Kind.TAMPER
        severity = Severity.HIGH if tamper else Severity.LOW
        reason = Reason.TAMPERED if tamper else Reason.BATTERY
        home = _with(home, one, one._replace(raised=True))
        home = home_matters.raise_(
            home, one.kind, severity, reason, one.at, at, out, about=one.sensor_id
        )
    return home


def _says(home: Home, sensor_id: str, kind: Kind, so: bool, now: Moment, out: list[Output]) -> Home:
    known = next(
        (c for c in home.matters.conditions if (c.sensor_id, c.kind) == (sensor_id, kind)), None
    )
    if so and known is None:
        home = _with(home, None, Condition(sensor_id, kind, now))
        return review(home, now, out)
    if not so and known is not None:
        return home_matters.clear(_with(home, known, None), kind, sensor_id, now, out)
    return home


def _with(home: Home, old: Condition | None, new: Condition | None) -> Home:
    kept = tuple(one for one in home.matters.conditions if one is not old)
    if new is not None:
        kept += (new,)
    return home._replace(matters=home.matters._replace(conditions=kept))
