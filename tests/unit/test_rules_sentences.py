"""The policy of a home's door, sentence by sentence: its words, a story, the verdicts, who is told.

Of several rows for one sentence the first has its words, the next ones say what else it means.
A row without ``told`` says nothing of that. The window of ``MORNING`` is 07:00-08:00, one opening
of ten minutes; P1 is the member on duty, P2 the leader, P3 the community.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from rules.moment import MINUTE
from rules.policy import EVERY_DAY, Rules, Shift, Window
from tests.support.house import MORNING, House, at


def window(name: str, start: str, end: str, **limits: Any) -> Window:
    """A daily window by its clock times."""
    begins, ends = (int(clock[:2]) * 60 + int(clock[3:]) for clock in (start, end))
    return Window(name, Shift(EVERY_DAY, begins, ends), **limits)


class Row(NamedTuple):
    """A sentence, and a story that would end otherwise if it were not so."""

    sentence: str
    story: str
    verdicts: list[str]
    told: list[str] | None = None
    windows: tuple[Window, ...] = (MORNING,)
    policy: Mapping[str, object] = MappingProxyType({})


PLAIN = (window("P", "10:00", "11:00"),)
NIGHT = (window("N", "23:30", "00:30", max_openings=1),)
TIED = (window("B", "07:00", "08:00"), window("A", "07:00", "08:00", max_open=25 * MINUTE))
SHORTER = (MORNING, window("S", "07:00", "07:25", max_open=20 * MINUTE))
LATER = (MORNING, window("L", "07:15", "08:30", max_open=30 * MINUTE))
UNTIL_NOON = {"isolation_end": at("12:00")}
SOONER = Rules(repeat_alert=5 * MINUTE)
FROM_NOON = {"isolation_start": at("12:00")}
HIGH, CRITICAL = "unauthorised_opening high", "unauthorised_opening critical"
FIRST = ["10:00 member sms"]
CALLS = ["10:05 member voice", "10:05 leader sms", "10:10 leader voice", "10:20 community sms"]
TWICE = "open 10:00; close 10:01; open 10:20; close 10:21"

OPENINGS = [
    Row("it starts when the first of its sensors goes from closed to open",
        "close 00:01 S2; open 10:00; open 10:00:30 S2", [f"{HIGH} 10:00 uncovered"]),
    Row("and ends when all are closed",
        "close 00:01 S2; open 07:05; open 07:05:30 S2; close 07:06; tick 07:20",
        ["permitted 07:05 window", "held_open high 07:15 open_too_long"]),
    Row("a start within rejoin_seconds of the close continues the same opening",
        "open 07:05; close 07:05:30; open 07:05:40; close 07:06", ["permitted 07:05 window"]),
    Row("a start later than that does not",
        "open 07:05; close 07:05:30; open 07:05:41; close 07:06",
        ["permitted 07:05 window", "window_overrun medium 07:05 window_used_up"]),
    Row("which keeps its deadline",
        "open 07:05; close 07:14:55; open 07:14:58; tick 07:16",
        ["permitted 07:05 window", "held_open high 07:15 open_too_long"]),
    Row("the outer door and the inner one rejoin too",
        "close 00:01 S2; open 07:05; close 07:05:30; open 07:05:35 S2; close 07:06 S2",
        ["permitted 07:05 window"]),
    Row("a sensor that opens while another has stood open longer than held_open starts a new one",
        "close 00:01 S2; open 07:05; open 07:08:01 S2",
        ["permitted 07:05 window", "window_overrun medium 07:08 window_used_up"]),
    Row("and not while it has stood open for just that long",
        "close 00:01 S2; open 07:05; open 07:08 S2", ["permitted 07:05 window"]),
    Row("outside the isolation period it is logged not_isolating and nothing follows",
        "open 11:59:59; close 12:00:30; open 12:01; tick 13:00",
        ["unauthorised_opening high 11:59 uncovered", "not_isolating 12:01 not_isolating"],
        ["11:59 member sms"], policy=UNTIL_NOON),
    Row("the first moment is inside", "open 12:00", [f"{HIGH} 12:00 uncovered"], policy=FROM_NOON),
    Row("the last is not", "open 12:00", ["not_isolating 12:00 not_isolating"], [],
        policy=UNTIL_NOON),
    Row("while an installer commissions the sensor it is logged commissioning",
        "commission 10:00 10:10; open 10:09:59; close 10:10:30; open 10:12",
        ["commissioning 10:09 commissioning", f"{HIGH} 10:12 uncovered"]),
    Row("in this order: a window with openings left before a pass, which stays",
        "pass 07:00 07:30; open 07:05; close 07:06; open 07:10; close 07:11; open 07:15",
        ["permitted 07:05 window", "permitted 07:10 pass",
         "window_overrun medium 07:15 window_used_up"]),
    Row("a valid pass before a window whose openings are used up",
        "open 07:05; close 07:06; pass 07:07 07:30; open 07:10; close 07:11",
        ["permitted 07:05 window", "permitted 07:10 pass"], []),
    Row("a used-up window is medium, in the curfew too",
        "open 23:35; close 23:36; open 23:40; close 23:41",
        ["permitted 23:35 window", "window_overrun medium 23:40 window_used_up"],
        ["23:40 member sms"], NIGHT),
    Row("nothing is high, and critical in the curfew", "open 21:59:59",
        [f"{HIGH} 21:59 uncovered"]),
    Row("the curfew begins at 22:00", "open 22:00", [f"{CRITICAL} 22:00 uncovered_in_curfew"]),
    Row("a window covers starts from its start less the grace", "open 06:55",
        ["permitted 06:55 window"], []),
    Row("up to, not including, its end", "open 08:00", [f"{HIGH} 08:00 uncovered"]),
    Row("closed within max_open_minutes", "open 07:10; close 07:20; tick 08:30",
        ["permitted 07:10 window"], []),
    Row("and by its end plus the grace", "open 07:58; close 08:05; tick 08:30",
        ["permitted 07:58 window"], []),
    Row("blank: no own limit", "open 10:00; tick 11:06",
        ["permitted 10:00 window", "window_overrun high 11:05 open_past_end"], windows=PLAIN),
    Row("blank: as many openings as they like", TWICE, ["permitted 10:00 window",
        "permitted 10:20 window"], [], PLAIN),
    Row("openings are counted per day of its start, across midnight too",
        "open 23:40; close 23:41; open +00:10; close +00:11; open +23:40; close +23:41",
        ["permitted 23:40 window", "window_overrun medium 00:10 window_used_up",
         "permitted 23:40 window"], windows=NIGHT),
    Row("of several that cover a start, the one with the latest deadline",
        "open 07:10; tick 07:41",
        ["permitted 07:10 window", "held_open high 07:40 open_too_long"], windows=SHORTER),
    Row("a tie by window_id", "open 07:40; tick 08:06",
        ["permitted 07:40 window", "held_open high 08:05 open_too_long"], windows=TIED),
    Row("a pass covers one opening",
        "pass 10:00 10:30; open 10:05; close 10:06; open 10:10",
        ["permitted 10:05 pass", f"{HIGH} 10:10 uncovered"]),
    Row("that starts in its validity", "pass 10:00 10:30; open 10:30",
        [f"{HIGH} 10:30 uncovered"]),
    Row("closed within its max_open_minutes", "pass 10:00 10:30; open 10:05; tick 10:16",
        ["permitted 10:05 pass", "held_open high 10:15 open_too_long"]),
    Row("and by its end plus the grace", "pass 10:00 10:03; open 10:02; tick 10:09",
        ["permitted 10:02 pass", "window_overrun high 10:08 open_past_end"]),
    Row("granted from an incident while the door stands open it covers that opening",
        "open 10:00; excuse 10:02 10:30; tick 10:13",
        [f"{HIGH} 10:00 uncovered", "held_open high 10:12 open_too_long"]),
    Row("residents may take two passes a day themselves",
        "own 10:00 A; own 10:00 B; own 10:00 C; open 10:01; close 10:02; open 10:03; close 10:04; "
        "open 10:05", ["permitted 10:01 pass", "permitted 10:03 pass", f"{HIGH} 10:05 uncovered"]),
    Row("an emergency declaration is never a pass: it alerts at once, critical",
        "help 10:00; open 10:01",
        ["emergency critical 10:00 declared", f"{HIGH} 10:01 uncovered"],
        ["10:00 member sms", "10:00 member voice", "10:00 leader sms", "10:01 member sms"]),
    Row("at its deadline an open door moves to another window with openings left",
        "open 07:08; tick 07:47", ["permitted 07:08 window"], [], LATER),
    Row("which counts its own limit from that moment", "open 07:08; tick 07:48",
        ["permitted 07:08 window", "held_open high 07:48 open_too_long"], windows=LATER),
    Row("not covered and open for held_open: no second incident, and high becomes critical",
        "open 10:00; tick 10:04", [f"{HIGH} 10:00 uncovered", f"{CRITICAL} 10:03 still_open"],
        ["10:00 member sms", "10:03 member sms", "10:03 member voice", "10:03 leader sms"]),
    Row("unless acknowledged", "open 10:00; ack 10:02; tick 10:04", [f"{HIGH} 10:00 uncovered"],
        FIRST),
    Row("nor when the chain runs on after the way",
        "open 10:00; ack 10:02; tick 10:14", [f"{HIGH} 10:00 uncovered"],
        [*FIRST, "10:12 member voice", "10:12 leader sms"]),
    Row("isolation begins while the door stands open: held_open after held_open_minutes",
        "open 11:00; tick 12:04",
        ["not_isolating 11:00 not_isolating", "held_open high 12:03 standing_open"],
        ["12:03 member sms"], policy=FROM_NOON),
    Row("unless a window takes it then",
        "open 06:30; tick 07:14",
        ["not_isolating 06:30 not_isolating", "held_open high 07:13 open_too_long"],
        ["07:13 member sms"], policy={"isolation_start": at("07:00")}),
    Row("isolation ends while an incident is open: the chain stops",
        "open 11:54; close 11:55; tick 13:00", [f"{HIGH} 11:54 uncovered"],
        ["11:54 member sms", "11:59 member voice", "11:59 leader sms"], policy=UNTIL_NOON),
]  # fmt: skip

INCIDENTS = [
    Row("at most one unresolved door incident, and the kind shown is the gravest so far",
        "open 07:05; tick 07:16; close 07:20; open 07:30; close 07:31; open 09:00",
        ["permitted 07:05 window", "held_open high 07:15 open_too_long",
         "held_open high 07:30 window_used_up", f"{HIGH} 09:00 uncovered"]),
    Row("a joining event alerts nobody while the chain runs",
        "open 10:00; close 10:01; open 10:04; close 10:04:30",
        [f"{HIGH} 10:00 uncovered", f"{HIGH} 10:04 uncovered"], FIRST),
    Row("(a) the severity rises: the new chain replaces the old and starts at its minute 0",
        "open 21:55; close 21:56; open 22:00; close 22:01; tick 22:06",
        [f"{HIGH} 21:55 uncovered", f"{CRITICAL} 22:00 uncovered_in_curfew"],
        ["21:55 member sms", "22:00 member sms", "22:00 member voice", "22:00 leader sms",
         "22:05 leader voice"]),
    Row("(b) the chain had ended: it starts again",
        "open 10:00; close 10:01; open 11:00; close 11:01",
        [f"{HIGH} 10:00 uncovered", f"{HIGH} 11:00 uncovered"],
        [*FIRST, *CALLS, "11:00 member sms"]),
    Row("or the last alert is more than repeat_alert_minutes ago",
        "open 07:05; close 07:06; open 07:10; close 07:11; open 07:15; close 07:15:30; open 07:16",
        ["permitted 07:05 window", *(f"window_overrun medium {clock} window_used_up"
                                     for clock in ("07:10", "07:15", "07:16"))],
        ["07:10 member sms", "07:16 member sms"], policy={"rules": SOONER}),
    Row("nobody gets the same channel twice within two minutes",
        "open 21:59; close 21:59:30; open 22:00; close 22:00:20",
        [f"{HIGH} 21:59 uncovered", f"{CRITICAL} 22:00 uncovered_in_curfew"],
        ["21:59 member sms", "22:00 member voice", "22:00 leader sms"]),
    Row("an unacknowledged incident repeats its last step every remind_hours",
        "open 10:00; close 10:01; tick 18:31", [f"{HIGH} 10:00 uncovered"],
        [*FIRST, *CALLS, "14:30 community sms", "18:30 community sms"]),
    Row("until somebody answers", "open 10:00; close 10:01; ack 14:31; tick 23:00",
        [f"{HIGH} 10:00 uncovered"], [*FIRST, *CALLS, "14:30 community sms"]),
    Row("three uncovered openings in repeat_minutes are critical", f"{TWICE}; open 10:59",
        [f"{HIGH} 10:00 uncovered", f"{HIGH} 10:20 uncovered",
         "repeated_opening critical 10:59 repeated"]),
    Row("and in more than that they are not", f"{TWICE}; open 11:00",
        [f"{HIGH} 10:00 uncovered", f"{HIGH} 10:20 uncovered", f"{HIGH} 11:00 uncovered"]),
    Row("starts within flap_minutes of each other count once",
        f"{TWICE}; open 10:21:59; close 10:22",
        [f"{HIGH} 10:00 uncovered", f"{HIGH} 10:20 uncovered", f"{HIGH} 10:21 uncovered"]),
    Row("and two minutes later they are two", f"{TWICE}; open 10:22; close 10:23",
        [f"{HIGH} 10:00 uncovered", f"{HIGH} 10:20 uncovered",
         "repeated_opening critical 10:22 repeated"]),
    Row("covered openings do not count", f"open 09:30; close 09:31; {TWICE}; open 11:01",
        [f"{HIGH} 09:30 uncovered", "permitted 10:00 window", "permitted 10:20 window",
         f"{HIGH} 11:01 uncovered"], windows=PLAIN),
    Row("acknowledging stops the chain", "open 10:00; close 10:01; ack 10:06; tick 23:00",
        [f"{HIGH} 10:00 uncovered"], [*FIRST, *CALLS[:2]]),
    Row("until the way there ends openings only join, however grave",
        "open 21:55; close 21:56; ack 21:57; open 22:05; close 22:06",
        [f"{HIGH} 21:55 uncovered", f"{CRITICAL} 22:05 uncovered_in_curfew"],
        ["21:55 member sms"]),
    Row("if the door is open at its end, the chain resumes one step further on",
        "open 10:00; ack 10:02; tick 10:18", [f"{HIGH} 10:00 uncovered"],
        [*FIRST, "10:12 member voice", "10:12 leader sms", "10:17 leader voice"]),
    Row("after it, a new opening resumes it at once",
        "open 10:00; ack 10:02; close 10:08; tick 10:13; open 10:15; close 10:16",
        [f"{HIGH} 10:00 uncovered", f"{HIGH} 10:15 uncovered"],
        [*FIRST, "10:15 member voice", "10:15 leader sms"]),
    Row("a second acknowledgement by the same person gives no second grace",
        "open 10:00; ack 10:02; tick 10:13; ack 10:14; tick 10:18", [f"{HIGH} 10:00 uncovered"],
        [*FIRST, "10:12 member voice", "10:12 leader sms", "10:17 leader voice"]),
    Row("resolving by a person: later openings are another matter, and counted anew",
        f"{TWICE}; resolve 10:22 returned; open 10:40",
        [f"{HIGH} 10:00 uncovered", f"{HIGH} 10:20 uncovered", f"{HIGH} 10:40 uncovered"],
        [*FIRST, *CALLS, "10:40 member sms"]),
    Row("or by itself when acknowledged, closed, and merge_minutes have passed",
        "open 10:00; close 10:01; ack 10:02; tick 10:12:01; tick 23:00",
        [f"{HIGH} 10:00 uncovered"], FIRST),
    Row("an opening within merge_minutes after that reopens it, chain from step one",
        "open 10:00; close 10:01; ack 10:02; open 10:22; close 10:23; tick 10:28",
        [f"{HIGH} 10:00 uncovered", f"{HIGH} 10:22 uncovered"],
        [*FIRST, "10:22 member sms", "10:27 member voice", "10:27 leader sms"]),
    Row("unacknowledged incidents never resolve themselves",
        "open 10:00; close 10:01; tick +10:00; open +10:00; close +10:01",
        [f"{HIGH} 10:00 uncovered", f"{HIGH} 10:00 uncovered"]),
]  # fmt: skip


@pytest.mark.parametrize("row", OPENINGS + INCIDENTS, ids=lambda row: row.sentence)
def test_sentence(row: Row) -> None:
    house = House(*row.windows, **row.policy).play(row.story)
    assert house.said() == row.verdicts
    assert row.told is None or house.alerted() == row.told


@pytest.mark.parametrize("row", INCIDENTS, ids=lambda row: row.sentence)
def test_of_these_at_most_one_is_unresolved_at_a_time(row: Row) -> None:
    """Another number comes only where a person has said what the one before was."""
    house = House(*row.windows, **row.policy).play(row.story)
    numbers = {decision.incident for decision in house.decisions} - {None}
    assert len(numbers) == (2 if "resolve" in row.story else 1)
