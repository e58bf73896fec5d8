"""One household, told what happens line by line: the small language of the rules' tests."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rules.home import Home
from rules.local import moment
from rules.model import (
    Acknowledged,
    Channel,
    ClockChanged,
    Commissioned,
    Door,
    DoorSeen,
    EmergencyDeclared,
    NotReached,
    Outcome,
    PassGranted,
    Resolved,
    Resumed,
    Role,
    Sensed,
    TakenOver,
    Tick,
    Watched,
)
from rules.moment import MINUTE
from rules.policy import EVERY_DAY, Person, Policy, PolicyChanged, Shift, Window
from rules.said import Alerted, Decision, Note, Noted
from rules.step import step

ZONE = ZoneInfo("Asia/Shanghai")
MIDNIGHT = datetime(2026, 3, 2, tzinfo=ZONE)
MORNING = Window("W1", Shift(EVERY_DAY, 7 * 60, 8 * 60), max_openings=1, max_open=10 * MINUTE)
ROSTER = (Person("P1", Role.MEMBER), Person("P2", Role.LEADER), Person("P3", Role.COMMUNITY))


def at(clock: str) -> int:
    """``22:10`` or ``22:10:05``; ``+02:00`` is on the next day."""
    day, clock = (1, clock[1:]) if clock.startswith("+") else (0, clock)
    hours, minutes, *seconds = (int(part) for part in clock.split(":"))
    when = timedelta(days=day, hours=hours, minutes=minutes, seconds=sum(seconds))
    return moment(MIDNIGHT) + when // timedelta(milliseconds=1)


def clock(moment_: int) -> str:
    """The local time of a moment, as the tests write it."""
    return datetime.fromtimestamp(moment_ / 1000, ZONE).strftime("%H:%M")


class House:
    """One household, told what happens line by line."""

    def __init__(self, *windows: Window, **policy: object) -> None:
        policy_of = Policy("H", ZONE, windows=windows, **{"roster": ROSTER} | policy)
        self.home, _ = step(Home(policy_of), PolicyChanged(policy_of), at("00:00"))
        self.decisions: list[Decision] = []
        self.told: list[Alerted] = []
        self.notes: list[tuple[str, Note]] = []
        self.give(DoorSeen("S1", Door.CLOSED, at("00:00")), at("00:00"))

    def give(self, given: object, now: int) -> None:
        self.home, out = step(self.home, given, now)
        self.decisions += [o for o in out if isinstance(o, Decision)]
        self.told += [o for o in out if isinstance(o, Alerted) and o.alerts]
        self.notes += [(clock(o.at), o.what) for o in out if isinstance(o, Noted)]

    def play(self, story: str) -> "House":
        """``open 10:00; close 10:01; ack 10:02 P1``: a verb of ``VERBS``, when, and its details.

        A ``pass`` is granted just before it begins; a ``tick`` comes just after its moment.
        """
        for line in story.split(";"):
            what, when, *rest = line.split()
            now = at(when)
            if what == "clock" and len(rest) > 1:  # from now on clocks show that
                self.give(ClockChanged(rest[0] == "verified", at(rest[1]) - now), at(rest[1]))
            else:
                self.give(VERBS[what](now, *rest), now + {"tick": 1, "pass": -1}.get(what, 0))
        return self

    def said(self) -> list[str]:
        lines = []
        for d in self.decisions:
            severity = f" {d.severity.word}" if d.severity else ""
            lines.append(f"{d.verdict}{severity} {clock(d.at)} {d.reason}")
        return lines

    def alerted(self) -> list[str]:
        """Who was told when: ``22:14 member sms``."""
        return [f"{clock(t.at)} {a.role} {a.channel}" for t in self.told for a in t.alerts]


def _door(door: Door) -> Callable[..., object]:
    return lambda now, sensor_id="S1": DoorSeen(sensor_id, door, now)


VERBS: dict[str, Callable[..., object]] = {
    "open": _door(Door.OPEN),
    "close": _door(Door.CLOSED),
    "found": lambda now, since: DoorSeen("S1", Door.OPEN, now, since=at(since)),  # not watched
    "counted": lambda now, door, since: DoorSeen("S1", Door(door), now, at(since), missed=True),
    "late": lambda now, opened: DoorSeen("S1", Door.OPEN, at(opened)),
    "tamper": lambda now, so: Sensed("S1", tamper=so == "yes"),
    "battery": lambda now, percent: Sensed("S1", battery=int(percent)),
    "commission": lambda now, until: Commissioned("S1", at(until)),
    "pass": lambda now, until: PassGranted("A", now, at(until)),
    "own": lambda now, name: PassGranted(name, now, now + 10 * MINUTE, own=True),
    "excuse": lambda now, until: PassGranted("E", now, at(until), incident=1),
    "help": lambda now: EmergencyDeclared(),
    "ack": lambda now, person="P1", number="1": Acknowledged(int(number), person),
    "failed": lambda now, person, way: NotReached(1, person, Channel(way)),
    "resolve": lambda now, outcome: Resolved(1, "P1", Outcome(outcome)),
    "clock": lambda now, state: ClockChanged(state == "verified"),
    "unwatched": lambda now: Watched(yes=False),
    "watched": lambda now: Watched(yes=True),
    "resumed": lambda now: Resumed(),
    "taken": lambda now: TakenOver(1),  # by an incident of many homes
    "tick": lambda now: Tick(),
}
