"""Odd combinations that the rules once got wrong: two doors, late news, doubtful time, downtime."""

import pytest

from gateway.households import grid_key
from rules.grid import Breached, ReceiverChanged
from rules.home import Phase
from rules.model import Acknowledged, Door, DoorSeen, Outcome, Resumed, Role
from rules.moment import HOUR, MINUTE, NEVER, SECOND
from rules.policy import (
    EVERY_DAY,
    GridPolicyChanged,
    Person,
    PolicyChanged,
    Shift,
    Supervised,
    Window,
)
from tests.support.house import MORNING, House, at
from tests.unit.test_households import Street
from tests.unit.test_rules_grid import Block

TEN = Window("T", Shift(EVERY_DAY, 10 * 60, 11 * 60))
LONG = Window("W2", Shift(EVERY_DAY, 7 * 60 + 12, 9 * 60))
SHORT = Window("U", Shift(EVERY_DAY, 7 * 60, 8 * 60), max_open=10 * MINUTE)
NINE = Window("W9", Shift(EVERY_DAY, 7 * 60, 8 * 60), max_open=9 * MINUTE)
LUNCH = Window("L", Shift(EVERY_DAY, 12 * 60, 13 * 60), expected=True)
DAY = (Shift(EVERY_DAY, 8 * 60, 20 * 60),)
NOON = {"isolation_end": at("12:00")}

# name, what is special, story, a line that must be among what was alerted
MUST_TELL = [
    (
        "help again after the first was answered",
        (),
        {},
        "help 10:00; ack 10:02; help 18:00",
        "18:00 member sms",
    ),
    ("help again after the chain has ended", (), {}, "help 10:00; help 11:00", "11:00 member sms"),
    ("help while the order ends", (), NOON, "help 11:58; tick 12:30", "12:03 leader voice"),
    (
        "a tamper after one that was cleared",
        (),
        {},
        "tamper 10:00 yes; ack 10:02; tamper 10:05 no; tamper 15:00 yes",
        "15:00 member sms",
    ),
    (
        "bounce at the end of the way",
        (),
        {},
        "open 10:00; ack 10:02; close 10:11:58; tick 10:12; open 10:12:05; tick 10:20",
        "10:12 member voice",
    ),
    (
        "bounce after a second answer",
        (),
        {},
        "open 10:00; ack 10:02; tick 10:13; close 10:14; ack 10:14:02; open 10:14:08; tick 10:20",
        "10:14 leader voice",
    ),
    (
        "opened at once after its outcome",
        (MORNING,),
        {},
        "open 07:10; tick 07:21; close 07:25; resolve 07:25 returned; open 07:25:05; tick 08:30",
        "07:25 member sms",
    ),
    (
        "held open under a window while an older matter is closed",
        (MORNING,),
        {},
        "open 22:14; close 22:15; ack 22:16; tick +06:00; open +07:10; "
        "resolve +07:15 returned; tick +07:21",
        "07:20 member sms",
    ),
    (
        "late news of another door",
        (TEN,),
        {},
        "close 00:01 S2; open 10:00 S2; late 10:02 09:30",
        "10:02 member sms",
    ),
    (
        "found open beside a permitted door",
        (TEN,),
        {},
        "close 00:01 S2; open 10:00 S2; found 10:01 09:00",
        "10:01 member sms",
    ),
    (
        "late news of before the installer",
        (),
        {},
        "commission 10:00 10:10; late 10:05 09:00",
        "10:05 member sms",
    ),
    (
        "an order that had begun as the clock shows now",
        (),
        {"isolation_start": at("12:00")},
        "clock 06:00 unverified; open 07:10; close 07:12; clock 07:30 verified 13:30",
        "13:30 member sms",
    ),
    (
        "the same, and it stands open",
        (),
        {"isolation_start": at("12:00")},
        "clock 06:00 unverified; open 07:10; clock 07:12 verified 13:12; tick 13:20",
        "13:12 member sms",
    ),
    (
        "an opening after the last step that has anybody on duty",
        (),
        {},
        "open 10:00; close 10:01; open 10:25; close 10:26; tick 11:26",
        "10:30 member sms",
    ),
    (
        "nobody on duty at night",
        (),
        {"roster": (Person("P1", Role.MEMBER, DAY),)},
        "open 23:00; close 23:01; tick +09:00",
        "08:00 member sms",
    ),
]


@pytest.mark.parametrize(
    ("name", "windows", "policy", "story", "line"), MUST_TELL, ids=[row[0] for row in MUST_TELL]
)
def test_is_told(name: str, windows: tuple, policy: dict, story: str, line: object) -> None:
    assert line in House(*windows, **policy).play(story).alerted()


# name, windows, policy, story, what is said after the last verdict that is right
VERDICTS = [
    (
        "a gap in doubtful time",
        (MORNING,),
        {},
        "clock 06:00 unverified; counted 07:05 closed 06:30; clock 07:06 verified",
        "unauthorised_opening high 07:05 between",
    ),
    (
        "the same, found open",
        (MORNING,),
        {},
        "clock 06:00 unverified; found 07:05 06:30; clock 07:06 verified",
        "unauthorised_opening high 07:05 between",
    ),
    (
        "three in doubtful time",
        (),
        {},
        "clock 06:00 unverified; open 10:00; close 10:01; open 10:20; "
        "close 10:21; open 10:40; close 10:41; clock 10:45 verified",
        "repeated_opening critical",
    ),
    (
        "two in doubtful time and one after",
        (),
        {},
        "clock 06:00 unverified; open 10:00; close 10:01; open 10:20; "
        "close 10:21; clock 10:25 verified; open 10:40",
        "repeated_opening critical",
    ),
    (
        "news of the installer's own opening",
        (),
        {},
        "commission 10:00 10:10; close 10:06; late 10:07 10:05",
        "commissioning",
    ),
]


@pytest.mark.parametrize(
    ("name", "windows", "policy", "story", "verdict"), VERDICTS, ids=[row[0] for row in VERDICTS]
)
def test_last_verdict(name: str, windows: tuple, policy: dict, story: str, verdict: object) -> None:
    said = House(*windows, **policy).play(story).said()
    assert any(line.startswith(verdict) for line in said), said


# name, windows, policy, story, all that is told
NO_MORE = [
    (
        "a second door of the window that would take over the first",
        (MORNING, LONG),
        {},
        "close 00:01 S2; open 07:05; open 07:09 S2; tick 07:30",
        [],
    ),
    (
        "a step at the moment the order ends",
        (),
        NOON,
        "open 11:40; close 11:41; tick 12:01",
        ["11:40 member sms", "11:45 member voice", "11:45 leader sms", "11:50 leader voice"],
    ),
    (
        "steps that were overdue when the order ended",
        (),
        NOON,
        "open 11:50; close 11:51; resumed 13:00; tick 13:01",
        ["11:50 member sms"],
    ),
    (
        "a permitted door open at the end of the way",
        (MORNING,),
        {},
        "open 06:50; close 06:51; ack 06:52; open 07:00; tick 07:03",
        ["06:50 member sms"],
    ),
    (
        "judged again after somebody was there",
        (),
        {},
        "clock 09:00 unverified; open 10:00; ack 10:02; close 10:08; "
        "tick 10:12; clock 10:13 verified",
        ["10:00 member sms"],
    ),
    (
        "a meal that the counter saw taken in",
        (LUNCH,),
        {"care": True},
        "counted 12:40 closed 12:10; tick 13:01",
        [],
    ),
    (
        "a bounce whose messages came in another order",
        (MORNING,),
        {},
        "open 07:10; close 07:10:06; close 07:10:12; late 07:11 07:10:10",
        [],
    ),
    (
        "a permitted opening while an older incident is closed, its state repeated",
        (MORNING,),
        {},
        "open 06:40; close 06:41; ack 06:42; tick 06:53; open 07:05; "
        "resolve 07:06 returned; open 07:07; close 07:08",
        ["06:40 member sms"],
    ),
]


@pytest.mark.parametrize(
    ("name", "windows", "policy", "story", "told"), NO_MORE, ids=[row[0] for row in NO_MORE]
)
def test_nobody_else_is_told(
    name: str, windows: tuple, policy: dict, story: str, told: object
) -> None:
    assert House(*windows, **policy).play(story).alerted() == told


def test_what_was_held_open_before_the_clock_was_doubted_is_not_excused_with_the_rest() -> None:
    house = House(SHORT).play(
        "open 07:10; tick 07:21; close 07:25; clock 07:26 unverified; open 07:30; close 07:31"
    )
    house.play("clock 07:32 verified")
    assert house.home.incident.phase is Phase.UNANSWERED


def test_an_order_extended_after_it_had_ended_watches_the_door_that_stands_open() -> None:
    for windows, end, story in [
        ((), "12:00", "open 11:50; tick 12:05"),
        ((MORNING,), "07:15", "open 07:10; tick 07:25"),
    ]:
        house = House(*windows, isolation_end=at(end)).play(story)
        now = int(story[-5:-3]) * HOUR + int(story[-2:]) * MINUTE + at("00:05")
        house.give(PolicyChanged(house.home.policy._replace(isolation_end=NEVER)), now)
        before = len(house.told)
        assert len(house.play("tick 15:00").told) > before


def test_an_order_corrected_to_have_ended_earlier_ends_the_chain() -> None:
    house = House().play("open 12:30; close 12:31; tick 12:32")
    house.give(PolicyChanged(house.home.policy._replace(isolation_end=at("12:00"))), at("12:33"))
    house.play("tick 20:00")
    assert house.home.incident.outcome is Outcome.ISOLATION_ENDED
    assert house.alerted() == ["12:30 member sms"]


def test_any_change_of_the_ledger_leaves_a_window_that_took_over_its_own_limit() -> None:
    limited = MORNING
    house = House(limited, NINE).play("open 07:05; tick 07:16")
    house.give(PolicyChanged(house.home.policy), at("07:16:30"))
    assert house.play("tick 07:23").alerted() == []


def test_a_door_held_open_is_told_although_another_sensor_flaps() -> None:
    house = House(MORNING).play("close 00:01 S2; open 07:05 S2; tick 07:09")
    for n in range(90):
        now = at("07:09") + n * 20 * SECOND
        house.give(DoorSeen("S1", Door.OPEN, now), now)
        house.give(DoorSeen("S1", Door.CLOSED, now + SECOND), now + SECOND)
    assert any(line.startswith("held_open") for line in house.said())


def test_homes_that_open_a_day_after_a_fire_that_nobody_closed_are_told() -> None:
    street = Street()
    street.fire()
    street.keep(street.all.apply_to_grid(grid_key("G1"), Acknowledged(1, "P1"), at("10:05")))
    street.door("open", "+10:00", "H6")
    street.door("open", "+10:03", "H7")
    assert "10:03 H7 member sms" in street.told


def test_a_second_fire_is_a_second_incident() -> None:
    street = Street()
    street.fire()
    street.keep(street.all.apply_to_grid(grid_key("G1"), Acknowledged(1, "P1"), at("10:05")))
    for home in ("H1", "H2", "H3", "H4", "H5"):
        street.door("close", "10:06", home)
    street.fire("+10:00")
    assert [line for line in street.lines if "mass" in line] == ["10:00 grid:G1 mass_opening"] * 2


def test_a_receiver_that_is_back_after_a_restart_is_back() -> None:
    block = Block((), grid_id="").give(ReceiverChanged("radio", up=False), "07:00").tick("07:06")
    block.give(Resumed(at("07:30")), "08:00").give(ReceiverChanged("radio", up=True), "08:01")
    assert block.told()[-1] == "08:01 ops sms recovery"
    block = Block().give(ReceiverChanged("broker", up=False), "07:00")
    block.give(Resumed(at("07:30")), "08:00").give(ReceiverChanged("broker", up=True), "08:01")
    assert {one.household_id for one in block.homes() if one.given.yes} == {"H1", "H2", "H3", "H4"}


def test_a_home_with_two_receivers_is_observed_when_both_hear_it() -> None:
    two = [Supervised(f"S{n}", "H1", r, 2 * HOUR) for n, r in ((1, "broker"), (2, "radio"))]
    block = Block(two).give(ReceiverChanged("broker", up=False), "07:00")
    block.give(ReceiverChanged("radio", up=False), "07:01")
    block.give(ReceiverChanged("broker", up=True), "07:02")
    assert block.homes()[-1].given.yes is False


def test_a_breach_of_an_earlier_isolation_makes_no_silence_grave() -> None:
    sensor = Supervised("S1", "H1", "broker", 2 * HOUR, at("06:00"), at("07:55"))
    block = Block([sensor]).give(Breached("H1", 1, at("07:51")), "07:51")
    again = sensor._replace(isolation_start=at("20:00"), isolation_end=NEVER)
    block.give(GridPolicyChanged(block.grid.policy._replace(sensors=(again,))), "19:00")
    assert block.tick("20:06").said() == ["sensor_silent medium 06:00 silent"]
