"""Who lives behind the doors for weeks: the steady, the forgetful, the restless, the busy.

Owns how likely a home plays which part on a day, and the parts that a single day does not have.
Judges nothing: whether a part is a breach is ``truth``'s to say.
"""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from simulators.neighbourhood import parts
from simulators.neighbourhood.diary import Pen, Swing
from simulators.neighbourhood.events import Why
from simulators.neighbourhood.parts import Part
from simulators.neighbourhood.town import Household


def too_early(pen: Pen) -> list[Swing]:
    """The courier begins his round before seven."""
    return pen.visit(Why.TOO_EARLY, pen.between("06:25", "06:50"), 20, 60)


def swab_again(pen: Pen) -> list[Swing]:
    """The team comes back within its hour: the tube was mislabelled."""
    window = next(w for w in pen.town.windows_of(pen.home) if w.kind == "test")
    first = pen.town.at(window.start) + timedelta(seconds=pen.rng.randint(120, 1_200))
    again = first + timedelta(seconds=pen.rng.randint(900, 1_800))
    return pen.visit(Why.SWAB, first, 60, 140) + pen.visit(Why.SWAB_AGAIN, again, 60, 140)


def ten_times(pen: Pen) -> list[Swing]:
    """Out and in all evening: this is no fault of the sensor."""
    at, swings = pen.between("20:56", "21:05"), []
    for _ in range(10):
        swings += pen.visit(Why.TEN_TIMES, at, 8, 30, both=False)
        at += timedelta(seconds=pen.rng.randint(180, 300))
    return swings


def gone_for_hours(pen: Pen) -> list[Swing]:
    out, back = pen.between("12:46", "12:58"), pen.between("16:20", "16:50")
    return pen.visit(Why.GONE_FOR_HOURS, out, 10, 40) + pen.visit(Why.GONE_FOR_HOURS, back, 10, 40)


TOO_EARLY, SWAB_AGAIN = Part("morning", too_early), Part("swab", swab_again)
TEN_TIMES, GONE = Part("", ten_times), Part("", gone_for_hours)
_OF_ANYBODY = tuple(part for part in parts.PARTS if not part.two_doors)


def _named(*writers: object) -> tuple[Part, ...]:
    return tuple(part for part in parts.PARTS if part.write in writers)


@dataclass(frozen=True, slots=True)
class Habit:
    """``share`` of the homes have it; ``chance`` of playing one of its parts on a day."""

    name: str
    share: float
    chance: float
    plays: tuple[Part, ...]


# Together some 3 homes in 100 do something out of the ordinary on a day, most of it wrong.
HABITS = (
    Habit("steady", 0.80, 0.006, (*_OF_ANYBODY, SWAB_AGAIN, TOO_EARLY)),
    Habit(
        "forgetful",
        0.10,
        0.08,
        _named(parts.forgotten, parts.overstayed, parts.left_open, parts.bounce, parts.early),
    ),
    Habit(
        "restless",
        0.06,
        0.20,
        (
            *_named(parts.day_walk, parts.evening_walk, parts.curfew_walk, parts.night_walk),
            *_named(parts.comes_and_goes, parts.bounce_out),
            GONE,
            TEN_TIMES,
        ),
    ),
    Habit(
        "busy",
        0.04,
        0.25,
        (
            *_named(parts.early, parts.late_courier, parts.second_parcel, parts.two_doors),
            TOO_EARLY,
            SWAB_AGAIN,
        ),
    ),
)


def habit_of(seed: int, home: Household) -> Habit:
    """What the people of a home are like; who lives alone in old age forgets more."""
    rng = Random(f"habit {seed} {home.household_id}")
    if home.care in ("alone", "elderly") and rng.random() < 0.4:
        return HABITS[1]
    return rng.choices(HABITS, [habit.share for habit in HABITS])[0]


def part_of_day(habit: Habit, rng: Random) -> Part | None:
    return rng.choice(habit.plays) if rng.random() < habit.chance else None
