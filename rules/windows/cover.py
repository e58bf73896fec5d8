"""Which window or pass covers a moment, and until when."""

from typing import NamedTuple, TypeAlias

from rules.model import Kind, PassGranted
from rules.moment import Duration, Moment, by_position
from rules.windows.calendar import Occurrence, Plan

Used: TypeAlias = tuple[tuple[str, int, int], ...]  # window, local day of its start, openings


class Cover(NamedTuple):
    """What permits an opening."""

    deadline: Moment
    becomes: Kind  # after it: held_open or window_overrun
    name: str  # window or pass id
    day: int  # of a window that counts its openings; 0: it does not
    by_pass: bool = False


def deadline(at: Moment, max_open: Duration | None, limit: Moment) -> tuple[Moment, Kind]:
    """When a door opened at ``at`` must be closed, and what becomes of it otherwise."""
    if max_open is not None and at + max_open <= limit:
        return at + max_open, Kind.HELD_OPEN
    return limit, Kind.WINDOW_OVERRUN


def cover(
    today: Plan, used: Used, at: Moment, taken: tuple[str, ...] = ()
) -> tuple[Cover | None, bool]:
    """The window that covers ``at`` for longest, and whether a used-up one would have.

    ``taken``: windows that covered this opening before; a door may not go round in circles.
    """
    best: Cover | None = None
    used_up = False
    for occurrence in today.occurrences:
        opens, ends, limit, window_id, day, allowed, max_open = occurrence
        if not opens <= at < ends or window_id in taken:
            continue
        if allowed is not None and openings_of(used, occurrence) >= allowed:
            used_up = True
            continue
        until, becomes = limit, Kind.WINDOW_OVERRUN
        if max_open is not None:
            until, becomes = deadline(at, max_open, limit)
        if best is None or (-until, window_id) < (-best.deadline, best.name):
            counted = day if allowed is not None else 0
            best = by_position(Cover, (until, becomes, window_id, counted, False))
    return best, used_up


def cover_by_pass(passes: tuple[PassGranted, ...], at: Moment, grace: Duration) -> Cover | None:
    """The pass that covers ``at`` for longest."""
    best: Cover | None = None
    for granted in passes:
        if granted.start <= at < granted.end:
            until, becomes = deadline(at, granted.max_open, granted.end + grace)
            if best is None or until > best.deadline:
                best = Cover(until, becomes, granted.pass_id, 0, by_pass=True)
    return best


def openings_of(used: Used, occurrence: Occurrence) -> int:
    of_it = (occurrence.window_id, occurrence.day)
    return sum([openings for window_id, day, openings in used if (window_id, day) == of_it])


def use(used: Used, taken: Cover) -> Used:
    """``used`` with one opening more of that window; days long past are dropped."""
    kept, count = [], 0
    for entry in used:
        window_id, day, openings = entry
        if window_id == taken.name and day == taken.day:
            count = openings
        elif day >= taken.day - 2:
            kept.append(entry)
    return (*kept, (taken.name, taken.day, count + 1))
