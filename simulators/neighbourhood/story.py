"""One day of a town, told as events in order of time; the same seed tells the same day.

Owns who plays what, and the order. Knows nothing of what is right, nor of how a sensor puts
it into bytes.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from random import Random

from simulators.neighbourhood.diary import Pen, Swing, free, ordinary, swab_round
from simulators.neighbourhood.events import Event, What
from simulators.neighbourhood.noise import chatter
from simulators.neighbourhood.parts import OWN, PARTS, Part
from simulators.neighbourhood.town import Household, Sensor, Town

SETTLE = timedelta(minutes=2)  # from the first words to the first visit


def tell(
    town: Town,
    seed: int,
    *,
    begins: time = time(0),
    life_sign: timedelta | None = None,
) -> list[Event]:
    """The town's day from ``begins`` to midnight.

    Every sensor first says that its door is closed; every door is closed again at the end.
    A whole day has every kind of breach; one that begins later has those that are left.
    ``life_sign``: each sensor says something at least that often (None: about twice a day).
    """
    first, last = town.at(begins), town.at(time(0), days=1)
    swings = [s for s in _swings(town, seed) if s.opens >= first + SETTLE]
    step = min(0.25, 60 / len(town.sensors))  # one after the other, all within a minute
    events: list[Event] = []
    for index, sensor in enumerate(town.sensors):
        rng = Random(f"sensor {seed} {sensor.sensor_id}")
        word = first + timedelta(seconds=round(index * step, 3))
        said = _said(sensor, word, (s for s in swings if s.sensor_id == sensor.sensor_id), rng)
        events += said
        events += chatter(sensor, said, rng, last, life_sign)
    return sorted(events, key=lambda e: (e.at, e.sensor_id, e.what))


def _swings(town: Town, seed: int) -> list[Swing]:
    """What every home does with its doors, from midnight to midnight."""
    cast = _cast(town, Random(f"cast {seed}"))
    swabs = swab_round(town, Random(f"swabs {seed}"))
    own = {w.applies_to.removeprefix("household:"): OWN[w.window_id]
           for w in town.windows if w.window_id in OWN}  # fmt: skip
    swings: list[Swing] = []
    for home in town.households:
        pen = Pen(town, home, Random(f"home {seed} {home.household_id}"))
        swings += home_day(pen, swabs[home.household_id], cast.get(home.household_id))
        if isolates(town, home) and home.household_id in own:
            swings += own[home.household_id](pen)
    return swings


def home_day(pen: Pen, swab: datetime, part: Part | None) -> list[Swing]:
    """What one home does; ``part``: what it plays that day, if it isolates the whole of it."""
    town, home = pen.town, pen.home
    if not isolates(town, home):
        return free(pen)
    if ends := released_today(town, home):
        before = [s for s in ordinary(pen, swab) if s.closes < ends - SETTLE
                  and s.opens < ends - timedelta(hours=1)]  # fmt: skip
        return before + free(pen, after="12:40")
    if part is None:
        return ordinary(pen, swab)
    return ordinary(pen, swab, without=part.instead) + part.write(pen)


def isolates(town: Town, home: Household) -> bool:
    """Whether the home isolates at some time of the day, by its dates alone."""
    end = home.isolation_end
    last = end.date() if isinstance(end, datetime) else end
    return home.isolation_start <= town.day <= last


def released_today(town: Town, home: Household) -> datetime | None:
    """When its isolation ends, if that is within the town's day: at noon."""
    end = home.isolation_end
    return end if isinstance(end, datetime) and end.date() == town.day else None


def _cast(town: Town, rng: Random) -> dict[str, Part]:
    """Who plays which part. Homes with windows of their own have enough to do."""
    busy = {w.applies_to.removeprefix("household:") for w in town.windows}
    homes = [h for h in town.households
             if isolates(town, h) and not isinstance(h.isolation_end, datetime)
             and h.household_id not in busy]  # fmt: skip
    rng.shuffle(homes)
    cast: dict[str, Part] = {}
    for part in PARTS:
        home = next(
            h for h in homes
            if not part.two_doors or len(town.sensors_of(h.household_id)) > 1
        )  # fmt: skip
        homes.remove(home)
        cast[home.household_id] = part
    return cast


def _said(sensor: Sensor, word: datetime, swings: Iterable[Swing], rng: Random) -> list[Event]:
    """The first word of a sensor and each move of its door, in order."""
    battery = 12 if rng.random() < 0.02 else rng.randint(35, 100)
    rssi = rng.randint(-88, -55)
    said = [Event(word, sensor.sensor_id, What.FIRST, False, battery, rssi)]
    for swing in sorted(swings, key=lambda s: s.opens):
        for at, what in ((swing.opens, What.OPENED), (swing.closes, What.CLOSED)):
            said.append(
                Event(at, sensor.sensor_id, what, what is What.OPENED, battery, rssi, swing.why)
            )
    return said
