"""The truth against expectations written by hand: the examples of the rules, and their edges."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from simulators.neighbourhood import (
    Event,
    Grid,
    Household,
    Pass,
    Sensor,
    Town,
    Truth,
    Verdict,
    What,
    Window,
    doubts,
    truth,
)

DAY = date(2026, 3, 4)  # a Wednesday
ZONE = ZoneInfo("Asia/Shanghai")
MORNING = Window("W", "all", "delivery", time(7), time(8), 1, 10)


def moment(clock: str, days: int = 0) -> datetime:
    return datetime.combine(DAY + timedelta(days=days), time.fromisoformat(clock), ZONE)


def a_town(*windows: Window, start: date = date(2026, 3, 1), end: date = date(2026, 3, 9)) -> Town:
    home = Household("H", "G", 3, 2, 501, start, end)
    sensors = tuple(Sensor(s, "H", "json", f"doors/{s}") for s in ("A", "B"))
    return Town(DAY, ZONE, (Grid("G", "", ""),), (), (home,), sensors, windows)


def doors(line: str) -> list[Event]:
    """``07:10 07:12`` is door A opening and closing; ``07:10 -`` stays open; ``B`` marks the
    other door's."""
    events: list[Event] = []
    for swing in (part.split() for part in line.split(",")):
        door = "B" if swing[-1] == "B" else "A"
        for clock, what in zip(swing[:2], (What.OPENED, What.CLOSED), strict=True):
            if clock != "-":
                events.append(Event(moment(clock), door, what, what is What.OPENED, 90, -60))
    return events


def judged(line: str, *windows: Window, **isolation: date) -> list[str]:
    """Each opening in order, as ``verdict`` or ``kind severity HH:MM[:SS]``."""
    return said_of(truth(a_town(*windows, **isolation), doors(line)))


def said_of(found: Truth) -> list[str]:
    said = []
    for opening in found.openings:
        if opening.breach is None:
            said.append(opening.verdict.value)
        else:
            at = opening.breach.at.time().isoformat().removesuffix(":00")
            said.append(f"{opening.breach.kind} {opening.breach.severity} {at}")
    return said


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("06:56 06:58", ["permitted"]),
        ("06:56 06:58, 07:30 07:31", ["permitted", "window_overrun medium 07:30"]),
        ("06:50 06:51", ["unauthorised_opening high 06:50"]),
        ("07:10 07:12, 07:30 07:31", ["permitted", "window_overrun medium 07:30"]),
        ("07:10 -", ["held_open high 07:20"]),
        ("07:58 -", ["window_overrun high 08:05"]),
        ("08:00 08:01", ["unauthorised_opening high 08:00"]),
        (
            "23:10 23:11, 23:15 23:16",
            ["unauthorised_opening critical 23:10", "unauthorised_opening critical 23:15"],
        ),
        (
            "09:00 09:01, 09:20 09:21, 09:40 09:41",
            [f"unauthorised_opening high 09:{minute}" for minute in ("00", "20", "40")],
        ),
        ("14:00:00 14:00:06, 14:00:12 14:01", ["unauthorised_opening high 14:00"]),
        # and their edges
        ("06:54:59 06:56", ["unauthorised_opening high 06:54:59"]),
        ("06:55 06:56", ["permitted"]),
        ("07:59:59 08:04:59", ["permitted"]),
        ("07:10 07:20", ["permitted"]),
        ("07:10 07:20:01", ["held_open high 07:20"]),
        ("07:55 -", ["held_open high 08:05"]),  # both limits at once: the graver kind
        ("14:00 14:01, 14:01:10 14:02", ["unauthorised_opening high 14:00"]),
        (
            "14:00 14:01, 14:01:11 14:02",
            ["unauthorised_opening high 14:00", "unauthorised_opening high 14:01:11"],
        ),
        ("22:00 22:01", ["unauthorised_opening critical 22:00"]),
        ("21:59:59 22:30", ["unauthorised_opening high 21:59:59"]),
        ("05:59:59 06:01", ["unauthorised_opening critical 05:59:59"]),
        ("06:00 06:01", ["unauthorised_opening high 06:00"]),
        # two doors are one home
        ("14:00 14:01, 14:00:30 14:02 B", ["unauthorised_opening high 14:00"]),
        ("07:10 07:12, 07:12:05 07:14 B", ["permitted"]),
        ("07:10 07:18, 07:11 07:21 B", ["held_open high 07:20"]),
        (
            "14:00 14:10, 14:03:01 14:05 B",
            ["unauthorised_opening high 14:00", "unauthorised_opening high 14:03:01"],
        ),
    ],
)
def test_one_window_in_the_morning(line: str, expected: list[str]) -> None:
    assert judged(line, MORNING) == expected


NIGHT = Window("N", "household:H", "medical", time(23, 30), time(0, 30), 1, 15)
LONG = Window("L", "grid:G", "care", time(7, 30), time(9), None, None)


@pytest.mark.parametrize(
    ("line", "windows", "expected"),
    [
        # last night's and tonight's are counted apart
        ("00:10 00:12, 23:40 23:45", [NIGHT], ["permitted", "permitted"]),
        ("00:10 00:12, 00:20 00:21", [NIGHT], ["permitted", "window_overrun medium 00:20"]),
        ("00:30 00:31", [NIGHT], ["unauthorised_opening critical 00:30"]),
        # of two, the one with the latest deadline; the other one's opening stays unused
        ("07:40 07:41, 07:50 08:04", [MORNING, LONG], ["permitted", "permitted"]),
        # blank limits: as often and as long as it lasts
        ("07:31 08:59, 09:01 -", [LONG], ["permitted", "unauthorised_opening high 09:01"]),
        ("08:59 -", [LONG], ["window_overrun high 09:05"]),
        # at its deadline another window takes the open door over
        ("07:10 07:40", [MORNING, Window("T", "all", "test", time(7, 20), time(9))],
         ["held_open high 07:30"]),
        ("07:10 07:29", [MORNING, Window("T", "all", "test", time(7, 20), time(9))],
         ["permitted"]),
        ("07:28 07:50", [Window("S", "all", "visit", time(7), time(7, 29), 1, 5), LONG],
         ["permitted"]),
        # another one, not the same once more
        ("07:10 07:40", [Window("T", "all", "test", time(7), time(9), 2)],
         ["held_open high 07:20"]),
        ("07:10 07:40, 07:45 07:50", [Window("T", "all", "test", time(7), time(9), 2)],
         ["held_open high 07:20", "permitted"]),
        # days
        ("07:10 07:11", [Window("D", "all", "visit", time(7), time(8), weekdays=(2,))],
         ["permitted"]),
        ("07:10 07:11", [Window("D", "all", "visit", time(7), time(8), weekdays=(3,))],
         ["unauthorised_opening high 07:10"]),
        ("07:10 07:11", [Window("D", "all", "visit", time(7), time(8), last_day=DAY)],
         ["permitted"]),
        ("07:10 07:11",
         [Window("D", "all", "visit", time(7), time(8), last_day=DAY - timedelta(days=1))],
         ["unauthorised_opening high 07:10"]),
        ("07:10 07:11",
         [Window("D", "all", "visit", time(7), time(8), first_day=DAY + timedelta(days=1))],
         ["unauthorised_opening high 07:10"]),
        # other people's windows excuse nobody
        ("07:10 07:11",
         [Window("D", "household:X", "visit", time(7), time(8)),
          Window("E", "grid:Y", "visit", time(7), time(8))],
         ["unauthorised_opening high 07:10"]),
    ],
)  # fmt: skip
def test_other_windows(line: str, windows: list[Window], expected: list[str]) -> None:
    assert judged(line, *windows) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # one opening each; its own ten minutes, or the end and the grace
        ("14:05 14:07, 14:20 14:21", ["permitted", "unauthorised_opening high 14:20"]),
        ("14:05 -", ["held_open high 14:15"]),
        ("14:28 -", ["window_overrun high 14:35"]),
        ("13:59:59 14:01", ["unauthorised_opening high 13:59:59"]),  # no grace before it
        ("14:30 14:31", ["unauthorised_opening high 14:30"]),
        # a window with openings left comes first; a used-up one after the pass
        ("07:10 07:12, 07:30 07:31, 07:40 07:41",
         ["permitted", "permitted", "window_overrun medium 07:40"]),
    ],
)  # fmt: skip
def test_passes(line: str, expected: list[str]) -> None:
    passes = (
        Pass("P1", "H", moment("14:00"), moment("14:30")),
        Pass("P2", "H", moment("07:00"), moment("07:50")),
        Pass("P3", "X", moment("14:00"), moment("15:00")),
    )
    found = truth(replace(a_town(MORNING), passes=passes), doors(line))
    assert said_of(found) == expected


@pytest.mark.parametrize(
    ("line", "start", "end", "expected"),
    [
        ("14:00 14:01", DAY, DAY, ["unauthorised_opening high 14:00"]),
        ("00:00 00:01, 23:59 -", DAY, DAY, ["unauthorised_opening critical 00:00",
                                            "unauthorised_opening critical 23:59"]),
        ("14:00 14:01", date(2026, 3, 1), date(2026, 3, 3), ["not_isolating"]),
        ("14:00 14:01", date(2026, 3, 5), date(2026, 3, 9), ["not_isolating"]),
        ("11:00 11:01, 13:00 13:01", date(2026, 3, 1), moment("12:00"),
         ["unauthorised_opening high 11:00", "not_isolating"]),
        ("11:50 12:02, 11:56 11:58 B", moment("12:00"), DAY, ["not_isolating", "not_isolating"]),
        ("11:50 -", moment("12:00"), DAY, ["held_open high 12:03"]),
    ],
)  # fmt: skip
def test_isolation(line: str, start: date, end: date, expected: list[str]) -> None:
    assert judged(line, start=start, end=end) == expected


def test_a_window_that_ends_with_the_isolation_leaves_an_open_door_alone() -> None:
    assert judged("07:10 -", MORNING, end=moment("07:15")) == ["permitted"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("14:00 14:02", []),
        ("14:00 14:05", ["held_open 14:03"]),
        ("23:00 23:05", []),  # critical already
        ("09:00 09:01, 09:20 09:21, 09:40 09:41", ["repeated_opening 09:40"]),
        ("09:00 09:01, 09:20 09:21, 10:01 10:02", []),
        ("09:00 09:01, 09:01:30 09:01:40, 09:20 09:21", []),  # the first two count once
        ("07:10 07:18, 07:30 07:31, 07:40 07:41", []),  # the first one is covered
    ],
)
def test_what_makes_it_graver(line: str, expected: list[str]) -> None:
    rises = truth(a_town(MORNING), doors(line)).rises
    assert [f"{rise.why} {rise.at:%H:%M}" for rise in rises] == expected


def test_nothing_becomes_a_breach_after_the_end_of_the_story() -> None:
    found = truth(a_town(MORNING), doors("07:10 -"), until=moment("07:15"))
    assert [o.verdict for o in found.openings] == [Verdict.PERMITTED]
    assert found.expected == ()


def test_a_story_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="already"):
        truth(a_town(), doors("07:10 -, 07:12 07:13"))


@pytest.mark.parametrize(
    ("line", "doubt"),
    [
        ("06:55:10 06:56", "edge"),
        ("07:59:50 08:01", "edge"),
        ("22:00:10 22:01", "edge"),
        ("07:10 07:19:50", "deadline"),
        ("14:00 14:03:05", "deadline"),
        ("14:00 14:01, 14:01:30 14:02", "too soon"),
        ("14:00 14:10, 14:04 14:05 B", "stands open"),
        (", ".join(f"14:00:{s} 14:00:{s + 1}" for s in range(10, 59, 12)), "flaps"),
    ],
)
def test_what_cannot_be_judged_is_found(line: str, doubt: str) -> None:
    assert any(doubt in said for said in doubts(truth(a_town(MORNING), doors(line))))


def test_a_plain_day_leaves_no_doubt() -> None:
    line = "06:56 06:58, 07:30 07:31, 14:00 14:01, 14:01:05 14:02, 23:10 23:11"
    assert doubts(truth(a_town(MORNING), doors(line))) == []
