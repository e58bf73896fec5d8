"""The parts that somebody has to play: every way of being wrong, and of nearly being it.

Owns one function a part. Each is written for one home, at times that no other part of that
home's day comes near. Judges nothing: whether it is a breach is ``truth``'s to say.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from simulators.neighbourhood.diary import Pen, Swing
from simulators.neighbourhood.events import Why


class Part(NamedTuple):
    """``instead``: the piece of the ordinary day that it replaces (blank: none)."""

    instead: str
    write: Callable[[Pen], list[Swing]]
    two_doors: bool = False


def early(pen: Pen) -> list[Swing]:
    return pen.visit(Why.EARLY, pen.between("06:55:40", "06:58:30"), 20, 60)


def late_courier(pen: Pen) -> list[Swing]:
    return pen.visit(Why.LATE_COURIER, pen.between("08:01:30", "08:15"), 30, 100)


def second_parcel(pen: Pen) -> list[Swing]:
    first = pen.visit(Why.PARCEL, pen.between("11:36", "11:50"), 15, 90)
    return first + pen.visit(Why.SECOND_PARCEL, pen.between("12:05", "12:20"), 15, 90)


def bounce(pen: Pen) -> list[Swing]:
    return pen.bounce(Why.BOUNCE, pen.between("11:40", "12:10"), 20, 60)


def forgotten(pen: Pen) -> list[Swing]:
    return pen.visit(Why.FORGOTTEN, pen.between("11:36", "11:46"), 16 * 60, 26 * 60, both=False)


def overstayed(pen: Pen) -> list[Swing]:
    at = pen.between("12:26:30", "12:28:30")
    return pen.visit(Why.OVERSTAYED, at, 14 * 60, 20 * 60, both=False)


def two_doors(pen: Pen) -> list[Swing]:
    return pen.visit(Why.TWO_DOORS, pen.between("13:25", "13:50"), 30, 120, both=True)


def comes_and_goes(pen: Pen) -> list[Swing]:
    at, swings = pen.between("13:00", "13:20"), []
    for _ in range(3):
        swings += pen.visit(Why.COMES_AND_GOES, at, 30, 100)
        at += timedelta(seconds=pen.rng.randint(14 * 60, 19 * 60))
    return swings


def day_walk(pen: Pen) -> list[Swing]:
    """Out, and back in half an hour later."""
    out = pen.between("14:05", "14:50")
    back = out + timedelta(seconds=pen.rng.randint(25 * 60, 40 * 60))
    return pen.visit(Why.DAY_WALK, out, 30, 120) + pen.visit(Why.DAY_WALK, back, 30, 120)


def left_open(pen: Pen) -> list[Swing]:
    return pen.visit(Why.LEFT_OPEN, pen.between("15:40", "16:20"), 7 * 60, 12 * 60, both=False)


def bounce_out(pen: Pen) -> list[Swing]:
    return pen.bounce(Why.BOUNCE_OUT, pen.between("16:35", "16:55"), 30, 100)


def evening_walk(pen: Pen) -> list[Swing]:
    return pen.visit(Why.EVENING_WALK, pen.between("21:10", "21:45"), 30, 120)


def curfew_walk(pen: Pen) -> list[Swing]:
    """Out at ten past eleven, and again four minutes later."""
    out = pen.between("23:06", "23:14")
    again = out + timedelta(minutes=4)
    return pen.visit(Why.CURFEW_WALK, out, 30, 90) + pen.visit(Why.CURFEW_WALK, again, 30, 90)


def night_walk(pen: Pen) -> list[Swing]:
    return pen.visit(Why.NIGHT_WALK, pen.between("02:10", "04:30"), 30, 120)


# For any isolating home without windows of its own, one home each.
PARTS = (
    Part("", two_doors, two_doors=True),  # first: few homes can play it
    Part("morning", early),
    Part("morning", late_courier),
    Part("noon", second_parcel),
    Part("noon", bounce),
    Part("noon", forgotten),
    Part("noon", overstayed),
    Part("", comes_and_goes),
    Part("", day_walk),
    Part("", left_open),
    Part("", bounce_out),
    Part("", evening_walk),
    Part("", curfew_walk),
    Part("", night_walk),
)


def doctor(pen: Pen) -> list[Swing]:
    return pen.visit(Why.DOCTOR, pen.between("15:03", "15:09"), 5 * 60, 12 * 60, both=False)


def nurse(pen: Pen) -> list[Swing]:
    """Last night's visit, and tonight's: the window crosses midnight."""
    first = pen.visit(Why.NURSE, pen.between("00:05", "00:12"), 120, 280, both=False)
    return first + pen.visit(Why.NURSE, pen.between("23:36", "23:44"), 120, 280, both=False)


def wrong_day(pen: Pen) -> list[Swing]:
    return pen.visit(Why.WRONG_DAY, pen.between("14:10", "14:40"), 60, 140)


def window_past(pen: Pen) -> list[Swing]:
    return pen.visit(Why.WINDOW_PAST, pen.between("16:05", "16:20"), 60, 140)


def care(pen: Pen) -> list[Swing]:
    """As often as needed, as long as needed."""
    first = pen.visit(Why.CARE, pen.between("17:04", "17:20"), 60, 400, both=False)
    return first + pen.visit(Why.CARE, pen.between("18:31", "18:40"), 60, 140, both=False)


# For the home that has the window of that name, or had it.
OWN = {
    "W-DOCTOR": doctor,
    "W-NURSE": nurse,
    "W-VISIT": wrong_day,
    "W-OVER": window_past,
    "W-CARE": care,
}
