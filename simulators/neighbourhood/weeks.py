"""A town in which weeks pass: people come and go, meals are brought, sensors differ.

Owns what stands still for weeks: the town of ``town.build`` with longer orders, and with what
its sensors can and cannot say. Knows nothing of what happens (``life``).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random

from simulators.neighbourhood.town import Household, Sensor, Town, Window, build

A_GRID = 20  # households; a staircase
ORDER = 14  # days of isolation
HOURLY = timedelta(hours=1)
LIVES_ALONE = ("alone", "elderly")
MEAL = (time(12, 40), time(13, 20))  # after the noon parcels


def settle(seed: int, households: int, days: int, *, day: date, radio: bool = True) -> Town:
    """A town of so many households that is watched from ``day`` on for ``days``."""
    grids = max(2, households // A_GRID)
    town = build(seed, households, grids, day=day, radio=radio)
    homes = tuple(_stays(Random(f"stays {seed}"), town, days))
    return replace(
        town,
        households=homes,
        sensors=tuple(_speaks(Random(f"speaks {seed} {s.sensor_id}"), s) for s in town.sensors),
        windows=(*town.windows, *_meals(homes)),
        days=days,
    )


def _stays(rng: Random, town: Town, days: int) -> Iterator[Household]:
    """Orders begin before and during these days; a few end at noon, by date and time."""
    for home in town.households:
        begun = town.day + timedelta(days=rng.randint(1 - ORDER, days // 2))
        ends: date = begun + timedelta(days=ORDER - 1)
        if rng.random() < 0.1:
            ends = datetime.combine(ends, time(12), town.zone)
        yield replace(home, isolation_start=begun, isolation_end=ends)


def _speaks(rng: Random, sensor: Sensor) -> Sensor:
    """Half of the radio sensors count door events alone and say hourly that they live; those
    bought ready-made count every packet and are silent while nobody moves the door."""
    if sensor.protocol == "bthome":
        if rng.random() < 0.5:
            return replace(sensor, counts_doors=True, life_sign=HOURLY)
        return sensor
    return replace(sensor, life_sign=HOURLY)


def _meals(homes: tuple[Household, ...]) -> Iterator[Window]:
    """Neighbours bring a meal to those who live alone, every day: it has to be taken in."""
    for home in homes:
        if home.care in LIVES_ALONE:
            where = f"household:{home.household_id}"
            yield Window(f"W-MEAL-{home.household_id}", where, "care", *MEAL, expected=True)
