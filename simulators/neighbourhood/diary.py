"""An ordinary day behind one door: parcels, swabs, rubbish, and who may go out freely.

Owns believable times inside the permitted ones, and keeps away from their edges, so that a
second more or less changes nothing. Judges nothing.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random

from simulators.neighbourhood.events import Why
from simulators.neighbourhood.town import Household, Town

# When people who may go out do so: (from, to, longest in seconds).
FREELY = (
    ("01:00", "05:30", 120),
    ("08:10", "08:50", 60),
    ("12:40", "13:30", 240),
    ("14:10", "16:30", 1_500),  # the door stands open, it is summer
    ("20:00", "21:50", 120),
    ("22:10", "23:30", 120),
)


@dataclass(frozen=True, slots=True)
class Swing:
    """One door opens and closes."""

    sensor_id: str
    opens: datetime
    closes: datetime
    why: Why


class Pen:
    """Writes swings for one home, with the dice of that home."""

    def __init__(self, town: Town, home: Household, rng: Random) -> None:
        self.town = town
        self.home = home
        self.doors = [s.sensor_id for s in town.sensors_of(home.household_id)]
        self.rng = rng

    def between(self, first: str, last: str) -> datetime:
        """A whole second between two times of the day, both HH:MM or HH:MM:SS."""
        start = self.town.at(time.fromisoformat(first))
        span = self.town.at(time.fromisoformat(last)) - start
        return start + timedelta(seconds=self.rng.randint(0, int(span.total_seconds())))

    def visit(
        self, why: Why, at: datetime, least: int, most: int, *, both: bool | None = None
    ) -> list[Swing]:
        """The home opens for ``least`` to ``most`` seconds, through its inner and outer door
        where it has two (``both`` None: sometimes)."""
        closes = at + timedelta(seconds=self.rng.randint(least, most))
        swings = [Swing(self.doors[0], at, closes, why)]
        if both is None:
            both = self.rng.random() < 0.5
        if both and len(self.doors) > 1:
            outer = at + timedelta(seconds=self.rng.randint(3, 5))
            swings.append(Swing(self.doors[1], outer, closes + timedelta(seconds=4), why))
        return swings

    def bounce(self, why: Why, at: datetime, least: int, most: int) -> list[Swing]:
        """Closes, springs open after 3 to 6 s, and closes for good."""
        first = self.visit(why, at, least, most, both=False)
        again = first[0].closes + timedelta(seconds=self.rng.randint(3, 6))
        return first + self.visit(why, again, 5, 15, both=False)


def ordinary(pen: Pen, swab: datetime, *, without: str = "") -> list[Swing]:
    """An isolating home's day; ``without`` names the part that something else replaces."""
    rng, swings = pen.rng, []
    if rng.random() < 0.8 and without != "morning":
        swings += pen.visit(Why.PARCEL, pen.between("07:03", "07:45"), 15, 100)
    if without != "swab":
        swings += pen.visit(Why.SWAB, swab, 60, 140)
    if rng.random() < 0.9 and without != "noon":
        swings += pen.visit(Why.PARCEL, pen.between("11:34", "12:15"), 15, 100)
    if rng.random() < 0.7:
        swings += pen.visit(Why.PARCEL, pen.between("17:33", "17:55"), 15, 100)
        if rng.random() < 0.3:  # two parcels are granted in the evening
            swings += pen.visit(Why.PARCEL, pen.between("18:05", "18:22"), 15, 100)
    if rng.random() < 0.5:
        swings += _rubbish(pen)
    return swings


def _rubbish(pen: Pen) -> list[Swing]:
    """Out to the lorry and back in."""
    lorry = next(w for w in pen.town.windows_of(pen.home) if w.kind == "garbage")
    out = pen.town.at(lorry.start) + timedelta(seconds=pen.rng.randint(120, 1_500))
    back = out + timedelta(seconds=pen.rng.randint(180, 300))
    return pen.visit(Why.RUBBISH, out, 6, 20) + pen.visit(Why.RUBBISH, back, 6, 20)


def free(pen: Pen, after: str = "00:00") -> list[Swing]:
    """Those who do not isolate go out when they like."""
    swings: list[Swing] = []
    for first, last, longest in FREELY:
        if first >= after and pen.rng.random() < 0.75:
            swings += pen.visit(Why.FREE, pen.between(first, last), 10, longest, both=False)
    return swings


def swab_round(town: Town, rng: Random) -> dict[str, datetime]:
    """The team goes from door to door of each grid; when it knocks where."""
    knocks: dict[str, datetime] = {}
    for grid in town.grids:
        window = next(w for w in town.windows if w.window_id == f"W-SWAB-{grid.grid_id}")
        homes = [h.household_id for h in town.households if h.grid_id == grid.grid_id]
        rng.shuffle(homes)
        step = min(240, 3_000 // len(homes))  # within 50 of the window's 60 min
        for index, household_id in enumerate(homes):
            knocks[household_id] = town.at(window.start) + timedelta(seconds=120 + index * step)
    return knocks
