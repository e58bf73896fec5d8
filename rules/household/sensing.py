"""What a sensor says of itself: that it was removed, that its battery runs low."""

from rules.home import Condition, Home
from rules.incidents import of_home
from rules.incidents.other import Finding
from rules.model import Kind, Sensed
from rules.moment import Moment
from rules.said import Out

LOW = 15  # per cent; at or below, the battery is low
FULL = 25  # per cent; from here on it is so no more: a cold night does not make it news twice


def sensed(home: Home, given: Sensed, now: Moment, out: Out) -> Home:
    """Takes up what is new and lets go of what is so no more."""
    sensor_id, tamper, battery, battery_low = given
    if tamper is not None:
        home = _says(home, sensor_id, Kind.TAMPER, tamper, now, out)
    if (battery is not None and battery <= LOW) or battery_low:
        home = _says(home, sensor_id, Kind.BATTERY_LOW, True, now, out)
    elif (battery is not None and battery >= FULL) or (battery is None and battery_low is False):
        home = _says(home, sensor_id, Kind.BATTERY_LOW, False, now, out)
    return home


def review(home: Home, at: Moment, out: Out) -> Home:
    """Raises what matters by ``at``."""
    for one in home.rest.conditions:
        if not one.raised and of_home.raisable_at(home, one) <= at:
            home = _with(home, one, one._replace(raised=True))
            home = of_home.raise_(home, Finding(one.kind, one.at, one.sensor_id), at, out)
    return home


def _says(home: Home, sensor_id: str, kind: Kind, so: bool, now: Moment, out: Out) -> Home:
    same = (c for c in home.rest.conditions if (c.sensor_id, c.kind) == (sensor_id, kind))
    known = next(same, None)
    if so and known is None:
        return review(_with(home, None, Condition(sensor_id, kind, now)), now, out)
    if not so and known is not None:
        return of_home.clear(_with(home, known, None), kind, sensor_id, now, out)
    return home


def _with(home: Home, old: Condition | None, new: Condition | None) -> Home:
    kept = tuple(one for one in home.rest.conditions if one is not old)
    return home._replace(rest=home.rest._replace(conditions=(*kept, new) if new else kept))
