"""How the people on the roster behave when their phone rings, and what they do at the door.

Owns habits drawn from a seed: pure, so that the same town answers alike every day. Knows
texts only by the incident's code, and doors only by the story.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from simulators.neighbourhood.events import Event, What
from simulators.neighbourhood.people import Person
from simulators.neighbourhood.town import Town

# How likely somebody answers one incident, and after how many seconds at least and at most.
HABITS = {
    "member": (0.65, 40, 240),
    "leader": (0.8, 60, 300),
    "community": (0.95, 60, 400),
    "command": (0.95, 60, 400),
}
ASLEEP = 0.5  # in the night that share of those who would answer does not
WALK = (180, 480)  # seconds from the answer to the door


def answer(seed: int, person: Person, code: str, at: datetime) -> timedelta | None:
    """How long after the text of ``at`` (local time) the person replies ``1 CODE``.

    None: never, to this incident. It is the same for every further text of that incident,
    so whoever slept through the first one sleeps through its repeats as well.
    """
    habit = HABITS.get(person.role)
    if habit is None:
        return None
    chance, least, most = habit
    rng = Random(f"answer {seed} {person.person_id} {code}")
    if at.hour < 6:
        chance *= ASLEEP
    if rng.random() >= chance:
        return None
    return timedelta(seconds=rng.randint(least, most))


def arrives(seed: int, person: Person, code: str) -> timedelta:
    """How long after the reply the person stands at the door."""
    return timedelta(seconds=Random(f"walk {seed} {person.person_id} {code}").randint(*WALK))


def somebody_comes(
    town: Town, events: Sequence[Event], household_id: str, at: datetime
) -> list[Event]:
    """The day as it goes on when somebody stands at the household's door at ``at``: what
    stands open is closed a few seconds later. Later openings stay as the story tells them.

    Truth has to be asked again with the events that come out of this.
    """
    doors = {s.sensor_id for s in town.sensors_of(household_id)}
    moved: dict[int, datetime] = {}
    dropped: set[int] = set()
    for door in sorted(doors):
        own = [(i, e) for i, e in enumerate(events) if e.sensor_id == door]
        last = next((e for _, e in reversed(own) if e.moves and e.at <= at), None)
        if last is None or last.what is not What.OPENED:
            continue
        index, closing = next((i, e) for i, e in own if e.what is What.CLOSED and e.at > at)
        closes = at + timedelta(seconds=5 + len(moved))
        if closes < closing.at:
            moved[index] = closes
            # What the sensor would have said of an open door meanwhile it no longer says.
            dropped |= {i for i, e in own if at < e.at < closing.at and not e.moves}
    return sorted(_changed(events, moved, dropped), key=lambda e: (e.at, e.sensor_id, e.what))


def _changed(
    events: Iterable[Event], moved: dict[int, datetime], dropped: set[int]
) -> Iterable[Event]:
    for index, event in enumerate(events):
        if index not in dropped:
            yield replace(event, at=moved[index]) if index in moved else event
