"""What happens in a town for weeks: doors, passes, and what goes wrong with sensors and gateway.

Owns the events and troubles of all days; the same seed lives the same weeks. Knows nothing of
what is right (``truth``), nor of what of it is heard (``radio``).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from simulators.neighbourhood.diary import Pen, Swing, swab_round
from simulators.neighbourhood.events import Event, What, Why
from simulators.neighbourhood.habits import habit_of, part_of_day
from simulators.neighbourhood.parts import OWN
from simulators.neighbourhood.story import home_day, isolates, released_today
from simulators.neighbourhood.town import Household, Pass, Sensor, Town

APART = timedelta(seconds=60)  # between two visits of a home, or it could not be told
BATTERY_REPORTS = 2  # a day, of those that are silent otherwise
TAKEN_IN = 0.97  # of the meals
PASSES = 0.03  # a home and day
FIRE_HOMES = 6  # of one grid, a minute apart at most
GOOD_BATTERY, LOW_BATTERY = (40, 100), 15  # per cent


class Trouble(StrEnum):
    """What goes wrong that is nobody's doing at the door."""

    FLAPPING = "flapping"  # a contact that does not hold
    TAMPER = "tamper"  # the sensor is taken off for as long
    BATTERY = "battery"  # it fades, and from ``begins`` to ``ends`` it is dead
    BUILDING = "building"  # the relay of a grid hears nothing
    CLOCK = "clock"  # the gateway starts again and does not know the time until ``ends``
    FIRE = "fire"  # many homes of a grid leave at once


@dataclass(frozen=True, slots=True)
class Mishap:
    """``subject``: a sensor, a grid (building, fire), or nothing (clock)."""

    trouble: Trouble
    subject: str
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Life:
    """``town`` with its passes; ``events`` in order of time, of the doors and of signs of life."""

    town: Town
    events: list[Event]
    mishaps: tuple[Mishap, ...]


def live(town: Town, seed: int) -> Life:
    """All the days of a town."""
    swings: list[Swing] = []
    mishaps: list[Mishap] = []
    passes: list[Pass] = []
    habits = {home.household_id: habit_of(seed, home) for home in town.households}
    for number in range(town.days):
        today = replace(town, day=town.day + timedelta(days=number), days=1)
        swabs = swab_round(today, Random(f"swabs {seed} {number}"))
        for home in town.households:
            pen = Pen(today, home, Random(f"home {seed} {number} {home.household_id}"))
            part = part_of_day(habits[home.household_id], pen.rng)
            found = home_day(pen, swabs[home.household_id], part)
            if isolates(today, home) and not released_today(today, home):
                found += _own_matters(pen, passes)
            swings += _apart(found)
    rng = Random(f"mishaps {seed}")
    mishaps += [*_with_sensors(town, rng), *_with_gateway(town, rng)]
    swings = [*_apart_from_fire(swings, fires := _fire(town, rng, mishaps)), *fires]
    for mishap in mishaps:
        if mishap.trouble is Trouble.FLAPPING:
            swings = [*_clear_of(swings, mishap), *_flaps(mishap, rng)]
    events: list[Event] = []
    told: dict[str, list[Swing]] = {s.sensor_id: [] for s in town.sensors}
    for swing in swings:
        told[swing.sensor_id].append(swing)
    for sensor in town.sensors:
        own = sorted(told[sensor.sensor_id], key=lambda swing: swing.opens)
        events += _said(town, sensor, own, Random(f"sensor {seed} {sensor.sensor_id}"))
    events.sort(key=lambda event: event.at)
    return Life(replace(town, passes=tuple(passes)), events, tuple(mishaps))


# -- at the doors --------------------------------------------------------------------------


def _own_matters(pen: Pen, passes: list[Pass]) -> list[Swing]:
    """The home's own windows, its meal, and sometimes a pass."""
    swings: list[Swing] = []
    for window in pen.town.windows_of(pen.home):
        if window.window_id in OWN and pen.rng.random() < 0.5:
            swings += OWN[window.window_id](pen)
        elif window.expected and pen.rng.random() < TAKEN_IN:
            swings += pen.visit(Why.MEAL, pen.between("12:45", "13:08"), 20, 90, both=False)
    if pen.rng.random() < PASSES:
        swings += _with_a_pass(pen, passes)
    return swings


def _with_a_pass(pen: Pen, passes: list[Pass]) -> list[Swing]:
    """Half an hour in the afternoon; some do not use it, some twice, some for too long."""
    home, start = pen.home.household_id, pen.between("13:40", "14:30")
    end = start + timedelta(minutes=30)
    passes.append(Pass(f"PASS-{len(passes) + 1}", home, start, end))
    first = start + timedelta(seconds=pen.rng.randint(60, 420))
    use = pen.rng.choices(("once", "never", "twice", "too long"), (80, 10, 5, 5))[0]
    if use == "never":
        return []
    longest = (60, 400) if use != "too long" else (780, 1_100)
    swings = pen.visit(Why.SMOKER, first, *longest, both=False)
    if use == "twice":
        again = first + timedelta(seconds=pen.rng.randint(600, 900))
        swings += pen.visit(Why.DAY_WALK, again, 20, 90, both=False)
    return swings


def _apart(swings: Iterable[Swing]) -> Iterator[Swing]:
    """What overlaps or follows another visit of that day too closely is left out."""
    last: Swing | None = None
    until: datetime | None = None
    for swing in sorted(swings, key=lambda each: each.opens):
        same = last is not None and swing.why is last.why
        if (
            until is None
            or swing.opens - until >= APART
            or (same and (last is None or last.sensor_id != swing.sensor_id or swing.opens > until))
        ):
            yield swing
            until = max(swing.closes, until) if until else swing.closes
            last = swing


def _fire(town: Town, rng: Random, mishaps: list[Mishap]) -> list[Swing]:
    """One afternoon a staircase is smoked out: they leave within four minutes."""
    swings: list[Swing] = []
    days = rng.randrange(town.days)
    at = replace(town, day=town.day + timedelta(days=days), days=1)
    for grid in rng.sample(town.grids, len(town.grids)):
        homes = [h for h in town.households if h.grid_id == grid.grid_id and isolates(at, h)
                 and not isinstance(h.isolation_end, datetime)]  # fmt: skip
        if len(homes) < FIRE_HOMES:
            continue
        begins = Pen(at, homes[0], rng).between("15:10", "15:20")
        leaves = begins
        for home in rng.sample(homes, FIRE_HOMES):
            swings += Pen(at, home, rng).visit(Why.FIRE, leaves, 30, 120, both=False)
            leaves += timedelta(seconds=rng.randint(10, 40))
        mishaps.append(Mishap(Trouble.FIRE, grid.grid_id, begins, leaves))
        break
    return swings


def _apart_from_fire(swings: list[Swing], fires: list[Swing]) -> Iterator[Swing]:
    """Whoever flees does nothing else in that hour."""
    hour = timedelta(hours=1)
    fled = {swing.sensor_id: swing.opens for swing in fires}
    for swing in swings:
        at = fled.get(swing.sensor_id)
        if at is None or abs(swing.opens - at) > hour:
            yield swing


# -- with sensors and gateway --------------------------------------------------------------


def _some(town: Town, one_in: int) -> int:
    return max(1, len(town.households) // one_in)


def _with_sensors(town: Town, rng: Random) -> Iterator[Mishap]:
    """A contact flaps, a sensor is taken off, a battery dies: each to a few, once."""
    chosen = rng.sample(town.sensors, 3 * _some(town, 100))
    troubles = (Trouble.FLAPPING, Trouble.TAMPER, Trouble.BATTERY)
    for number, sensor in enumerate(chosen):
        trouble = troubles[number % 3]
        day = town.day + timedelta(days=rng.randrange(1, town.days) if town.days > 1 else 0)
        at = replace(town, day=day, days=1)
        home = next(h for h in town.households if h.household_id == sensor.household_id)
        begins = Pen(at, home, rng).between("13:45", "21:00")
        lasts = {
            Trouble.FLAPPING: timedelta(seconds=rng.randint(60, 110)),
            Trouble.TAMPER: timedelta(minutes=rng.randint(20, 90)),
            Trouble.BATTERY: timedelta(hours=rng.randint(10, 30)),
        }[trouble]
        yield Mishap(trouble, sensor.sensor_id, begins, begins + lasts)


def _with_gateway(town: Town, rng: Random) -> Iterator[Mishap]:
    """A building is lost for hours, every fifth day another; the gateway starts again once."""
    for number in range(2, town.days, 5):
        today = replace(town, day=town.day + timedelta(days=number), days=1)
        begins = Pen(today, town.households[0], rng).between("06:00", "18:00")
        ends = begins + timedelta(minutes=rng.randint(90, 360))
        yield Mishap(Trouble.BUILDING, rng.choice(town.grids).grid_id, begins, ends)
    last = replace(town, day=town.day + timedelta(days=town.days - 1), days=1)
    begins = Pen(last, town.households[0], rng).between("04:30", "05:00")
    yield Mishap(Trouble.CLOCK, "", begins, begins + timedelta(minutes=20))


def _flaps(mishap: Mishap, rng: Random) -> Iterator[Swing]:
    """Its contact opens and closes and nobody is there."""
    at = mishap.begins
    while at < mishap.ends:
        closes = at + timedelta(milliseconds=rng.randint(900, 2_500))
        yield Swing(mishap.subject, at, closes, Why.FLAPPING)
        at = closes + timedelta(milliseconds=rng.randint(900, 14_000))


def _clear_of(swings: list[Swing], mishap: Mishap) -> Iterator[Swing]:
    """Nobody comes to the door just then."""
    for swing in swings:
        near = swing.closes >= mishap.begins - 2 * APART and swing.opens <= mishap.ends + 2 * APART
        if swing.sensor_id != mishap.subject or not near:
            yield swing


def _said(town: Town, sensor: Sensor, swings: list[Swing], rng: Random) -> Iterator[Event]:
    """First word, moves of the door and signs of life. How the door stands at a sign of life is
    only known when it is played: somebody may have come and closed it."""
    first = datetime.combine(town.day, datetime.min.time(), town.zone)
    ends = first + timedelta(days=town.days)
    word = first + timedelta(milliseconds=rng.randint(0, 59_000))
    yield Event(word, sensor.sensor_id, What.FIRST, False, 100, -70)
    for swing in swings:
        yield Event(swing.opens, sensor.sensor_id, What.OPENED, True, 100, -70, swing.why)
        yield Event(swing.closes, sensor.sensor_id, What.CLOSED, False, 100, -70, swing.why)
    every = sensor.life_sign or timedelta(days=1) / BATTERY_REPORTS
    kind = What.BEACON if sensor.life_sign else What.BATTERY
    at = word + every * rng.random()
    while at < ends:
        yield Event(at, sensor.sensor_id, kind, False, 100, -70)
        at += every * rng.uniform(0.95, 1.05)


def grid_of(town: Town) -> dict[str, str]:
    """The grid of each sensor."""
    homes: dict[str, Household] = {home.household_id: home for home in town.households}
    return {s.sensor_id: homes[s.household_id].grid_id for s in town.sensors}
