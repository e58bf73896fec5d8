"""One household, told what happens line by line: the small language of the rules' tests."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rules.home import Home
from rules.local import moment
from rules.model import (
    Acknowledged,
    Decision,
    Door,
    DoorSeen,
    Note,
    Noted,
    Outcome,
    PassGranted,
    Resolved,
    Resumed,
    Role,
    Told,
)
from rules.moment import MINUTE
from rules.policy import EVERY_DAY, Person, Policy, Shift, Window
from rules.step import Tick, step

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
        self.home = Home(Policy("H", ZONE, windows=windows, **{"roster": ROSTER} | policy))
        self.decisions: list[Decision] = []
        self.told: list[Told] = []
        self.notes: list[tuple[str, Note]] = []
        self.give(DoorSeen("S1", Door.CLOSED, at("00:00")), at("00:00"))

    def give(self, given: object, now: int) -> None:
        self.home, out = step(self.home, given, now)
        self.decisions += [o for o in out if isinstance(o, Decision)]
        self.told += [o for o in out if isinstance(o, Told) and o.alerts]
        self.notes += [(clock(o.at), o.what) for o in out if isinstance(o, Noted)]

    def play(self, story: str) -> "House":
        for line in story.split(";"):
            what, clock, *rest = line.split()
            now = at(clock)
            if what in ("open", "close"):
                door = Door.OPEN if what == "open" else Door.CLOSED
                self.give(DoorSeen(rest[0] if rest else "S1", door, now), now)
            elif what == "pass":
                self.give(PassGranted("A", now, at(rest[0])), now - 1)
            elif what == "ack":
                self.give(Acknowledged(1, rest[0] if rest else "P1"), now)
            elif what == "resolve":
                self.give(Resolved(1, "P1", Outcome(rest[0])), now)
            elif what == "found":  # not watched since rest[0]
                self.give(DoorSeen("S1", Door.OPEN, now, since=at(rest[0])), now)
            elif what == "resumed":
                self.give(Resumed(), now)
            else:
                self.give(Tick(), now + 1)
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
