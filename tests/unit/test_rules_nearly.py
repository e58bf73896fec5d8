"""Stories that end just otherwise than a careless rule would have it: at the last moment, beside
another opening, a word that is no news."""

from datetime import timedelta

import pytest

from rules.local import within
from rules.model import PassRevoked, Role, Severity
from rules.moment import DAY, MINUTE, NEVER
from rules.policy import EVERY_DAY, Person, PolicyChanged, Rules, Shift, Window
from tests.support.house import MIDNIGHT, MORNING, ZONE, House, at

TEN = Window("T", Shift(EVERY_DAY, 10 * 60, 11 * 60), max_openings=1)
MEAL = Window("L", Shift(EVERY_DAY, 12 * 60, 13 * 60), expected=True)
LATER = Window("Y", Shift(EVERY_DAY, 7 * 60 + 30, 9 * 60), max_openings=1)
TUESDAY = Window("D", Shift((1,), 10 * 60, 11 * 60))
SOON = Window("S", Shift(EVERY_DAY, 10 * 60 + 10, 11 * 60))
FROM_NINE_PAST = (Shift(EVERY_DAY, 10 * 60 + 9, 20 * 60),)
QUICK = Rules(merge=5 * MINUTE)
HIGH = "unauthorised_opening high"
STILL = "unauthorised_opening critical"

# name, windows, what is special, story, all that is said
SAID = [
    (
        "at the end of the installer's time",
        (), {}, "commission 10:00 10:10; open 10:10", [f"{HIGH} 10:10 uncovered"],
    ),
    (
        "just before it, heard later",
        (), {}, "commission 10:00 10:10; late 10:11 10:09", ["commissioning 10:09 commissioning"],
    ),
    (
        "news of before what is known, of the installer's time",
        (), {}, "commission 10:00 10:10; close 10:06; late 10:07 10:05",
        ["commissioning 10:05 commissioning"],
    ),
    (
        "a sensor that was never removed says that it is there",
        (), {}, "tamper 10:00 no; tamper 10:05 no", [],
    ),
    (
        "a battery that was never low says that it is full",
        (), {}, "battery 10:00 80", [],
    ),
    (
        "a pause ends before the deadline of a permitted opening",
        (MORNING,), {}, "open 07:05; resumed 07:08; close 07:12", ["permitted 07:05 window"],
    ),
    (
        "and after it: it waits for what the broker kept",
        (MORNING,), {}, "open 07:05; resumed 07:18; close 07:18:09", ["permitted 07:05 window"],
    ),
    (
        "a meal whose window opened before the order began",
        (MEAL,), {"care": True, "isolation_start": at("11:56")}, "tick 14:00", [],
    ),
    (
        "a meal whose window opened with the order",
        (MEAL,), {"care": True, "isolation_start": at("11:55")}, "tick 14:00",
        ["welfare medium 13:00 not_opened"],
    ),
    (
        "a meal while no door was observed",
        (MEAL,), {"care": True}, "unwatched 09:00; tick 14:00", [],
    ),
    (
        "a pass that is not given for the incident leaves it as it is",
        (), {}, "open 10:00; own 10:01 A; tick 10:04",
        [f"{HIGH} 10:00 uncovered", f"{STILL} 10:03 still_open"],
    ),
    (
        "a pass given for an incident that somebody has closed",
        (), {}, "open 10:00; resolve 10:01 moved; excuse 10:02 10:30; close 10:03; open 10:04; "
        "close 10:05",
        [f"{HIGH} 10:00 uncovered", "permitted 10:04 pass"],
    ),
    (
        "an excused door has the minutes of grace after the pass",
        (), {}, "open 10:00; excuse 10:02 10:05; tick 10:09; close 10:09",
        [f"{HIGH} 10:00 uncovered"],
    ),
    (
        "and no more",
        (), {}, "open 10:00; excuse 10:02 10:05; tick 10:10",
        [f"{HIGH} 10:00 uncovered", "window_overrun high 10:10 open_past_end"],
    ),
    (
        "two windows that count, each for itself",
        (MORNING, TEN), {},
        "open 07:05; close 07:06; open 10:05; close 10:06; open 10:20; close 10:21; open +07:05",
        [
            "permitted 07:05 window", "permitted 10:05 window",
            "window_overrun medium 10:20 window_used_up", "permitted 07:05 window",
        ],
    ),
    (
        "a doubtful opening that is judged again only when the time is known",
        (), {}, "clock 09:00 unverified; open 10:00; close 10:01; clock 10:02 unverified 10:32",
        [f"{HIGH} 10:00 time_unverified"],
    ),
    (
        "two breaches, one in doubt that was permitted, a third breach",
        (MORNING,), {},
        "open 06:20; close 06:21; open 06:40; close 06:41; ack 06:42; tick 07:04; "
        "clock 07:05 unverified; open 07:06; close 07:07; clock 07:08 verified; open 07:15",
        [
            f"{HIGH} 06:20 uncovered", f"{HIGH} 06:40 uncovered", f"{HIGH} 07:06 time_unverified",
            "permitted 07:06 window", "repeated_opening critical 07:15 repeated",
        ],
    ),
    (
        "an answer after the door was found shut: what stands open since is another matter",
        (MORNING,), {},
        "open 06:50; close 06:51; open 07:05; resolve 07:06 returned; tick 07:16",
        [
            f"{HIGH} 06:50 uncovered", "permitted 07:05 window",
            "held_open high 07:15 open_too_long",
        ],
    ),
    (
        "said once more of what is over, it shuts no door",
        (), {}, "open 10:00; resolve 10:01 moved; resolve 10:05 returned; open 10:06",
        [f"{HIGH} 10:00 uncovered"],
    ),
    (
        "two windows of one hour, each with its one opening",
        (MORNING, LATER), {},
        "open 07:05; close 07:06; open 07:35; close 07:36; open 07:45",
        [
            "permitted 07:05 window", "permitted 07:35 window",
            "window_overrun medium 07:45 window_used_up",
        ],
    ),
    (
        "a window of Tuesdays",
        (TUESDAY,), {}, "open 10:05; close 10:06; open +10:05",
        [f"{HIGH} 10:05 uncovered", "permitted 10:05 window"],
    ),
    (
        "one of three doors is closed, another stands open",
        (), {},
        "close 00:01 S2; close 00:01 S3; open 10:00; open 10:01 S2; close 10:02; tick 10:04",
        [f"{HIGH} 10:00 uncovered", f"{STILL} 10:03 still_open"],
    ),
    (
        "the inner door, of which we hear after the outer one",
        (), {}, "close 00:01 S2; open 10:00:30 S2; late 10:01 10:00", [f"{HIGH} 10:00 uncovered"],
    ),
    (
        "an excused opening does not count towards a repetition, nor those before it",
        (), {},
        "open 10:00; close 10:01; open 10:20; excuse 10:21 10:50; close 10:30; open 10:55",
        [f"{HIGH} {when} uncovered" for when in ("10:00", "10:20", "10:55")],
    ),
    (
        "an opening in doubt that lay before the order",
        (), {"isolation_start": at("12:00")},
        "clock 13:00 unverified; open 13:10; close 13:11; clock 13:12 verified 07:12",
        [f"{HIGH} 13:10 time_unverified", "not_isolating 07:10 not_isolating"],
    ),
    (
        "an opening before the order and before the doubt is not judged again",
        (), {"isolation_start": at("12:00")},
        "open 10:00; close 10:01; clock 10:30 unverified; clock 10:31 verified",
        ["not_isolating 10:00 not_isolating"],
    ),
    (
        "two in doubt, and the window had one opening",
        (MORNING,), {},
        "clock 06:59 unverified; open 07:10; close 07:12; open 07:30; clock 07:31 verified; "
        "tick 07:34",
        [
            f"{HIGH} 07:10 time_unverified", f"{HIGH} 07:30 time_unverified",
            "permitted 07:10 window", f"{HIGH} 07:30 window_used_up",
            f"{STILL} 07:33 still_open",
        ],
    ),
    (
        "tampered with when the order is over",
        (), {"isolation_end": at("12:00")}, "tamper 12:30 yes; tick 13:00", [],
    ),
    (
        "the first word of another door while one stands open",
        (), {}, "open 10:00; open 10:10 S2; tick 10:20",
        [f"{HIGH} 10:00 uncovered", f"{STILL} 10:03 still_open"],
    ),
    (
        "counted while the installer was there, heard soon after",
        (), {}, "commission 10:00 10:10; counted 10:20 closed 10:05", [],
    ),
    (
        "counted while the installer was there, or long after",
        (), {}, "commission 10:00 10:10; counted 10:20:01 closed 10:05",
        ["inferred_opening medium 10:20 between"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "windows", "policy", "story", "said"), SAID, ids=[row[0] for row in SAID]
)
def test_all_that_is_said(name: str, windows: tuple, policy: dict, story: str, said: list) -> None:
    assert House(*windows, **policy).play(story).said() == said


# name, what is special, story, all that is told from a moment on
TOLD = [
    (
        "answered after the chain's end, the door still open: whoever was told last is told again",
        {}, "open 10:00; tick 10:40; ack 11:00; tick 11:11", "11:00",
        ["11:10 community sms", "11:10 community voice"],
    ),
    (
        "answered when nobody is on duty for what is left",
        {}, "open 10:00; ack 10:20; tick 10:31", "10:20",
        ["10:30 community sms", "10:30 community voice"],
    ),
    (
        "graver on the way: the chain of what it is now goes on",
        {}, "open 21:55; close 21:56; ack 21:58; open 22:01; tick 22:09", "21:56",
        ["22:08 leader voice"],
    ),
    (
        "a chain without a step",
        {"rules": Rules(chains=dict.fromkeys(Severity, ()))}, "open 10:00; tick 16:00", "00:00", [],
    ),
    (
        "shut on the way, it settles when it has been shut for long enough",
        {"rules": QUICK}, "open 10:00; ack 10:01; close 10:03; tick 10:08; open 10:10; tick 10:11",
        "10:02", ["10:10 member sms"],
    ),
    (
        "open again on the way, it does not",
        {"rules": QUICK}, "open 10:00; ack 10:01; close 10:03; open 10:05; tick 10:10; tick 10:12",
        "10:02", ["10:11 member voice", "10:11 leader sms"],
    ),
    (
        "the same person answers on the way once more: no second time",
        {}, "open 10:00; ack 10:02; ack 10:08; tick 10:13", "10:02",
        ["10:12 member voice", "10:12 leader sms"],
    ),
    (
        "shut before the answer, it settles when it has been shut for long enough",
        {"rules": QUICK}, "open 10:00; close 10:01; ack 10:02; tick 10:08; open 10:10", "10:02",
        ["10:10 member sms"],
    ),
    (
        "opened when nobody is on duty any more; somebody soon is",
        {"roster": (Person("P1", Role.MEMBER), Person("P2", Role.LEADER, FROM_NINE_PAST))},
        "open 10:00; close 10:01; tick 10:06; open 10:08; close 10:09; tick 10:11", "10:08",
        ["10:10 leader voice"],
    ),
    (
        "a failure just before the reminder does not put it off",
        {}, "open 10:00; close 10:01; tick 10:31; failed 14:25 P3 sms; tick 14:36", "10:21",
        ["14:30 community sms"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "policy", "story", "since", "told"), TOLD, ids=[row[0] for row in TOLD]
)
def test_all_that_is_told(name: str, policy: dict, story: str, since: str, told: list) -> None:
    lines = House(**policy).play(story).alerted()
    assert [line for line in lines if line[:5] >= since] == told


def test_at_the_end_of_the_way_a_permitted_door_does_not_hide_one_that_is_not() -> None:
    house = House(SOON).play("close 00:01 S2; open 10:00; ack 10:02; open 10:11 S2; tick 10:13")
    assert house.alerted()[1:] == ["10:12 member voice", "10:12 leader sms"]


def test_an_order_extended_while_the_door_stands_open_watches_it_from_then_on() -> None:
    house = House(isolation_end=at("12:00")).play("open 12:01")
    extended = house.home.policy._replace(isolation_end=NEVER)
    house.give(PolicyChanged(extended), at("12:03"))
    assert house.play("tick 12:05").alerted() == []
    assert house.play("tick 12:06").said()[-1] == "held_open high 12:06 standing_open"


def test_a_pass_that_is_revoked_permits_nothing_and_the_others_do() -> None:
    house = House().play("own 10:00 A; own 10:00 B")
    house.give(PassRevoked("B"), at("10:01"))
    house.play("open 10:02; close 10:03; open 10:04")
    assert house.said() == ["permitted 10:02 pass", f"{HIGH} 10:04 uncovered"]


@pytest.mark.parametrize("ahead", range(7))
def test_the_curfew_is_of_every_day(ahead: int) -> None:
    assert within(Rules().curfew, at("23:00") + ahead * DAY, ZONE)
    assert within(Rules().curfew, at("05:59") + ahead * DAY, ZONE)
    assert not within(Rules().curfew, at("06:00") + ahead * DAY, ZONE)
    assert (MIDNIGHT + timedelta(days=ahead)).weekday() in EVERY_DAY
