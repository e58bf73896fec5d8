"""What is put right afterwards: the clock, the ledger, the rules, and steps that were overdue."""

import pytest

from rules.home import Condition, Doubt, Faulty, Home, Incident, KnownDoor, Opening, Phase
from rules.household.clock import clock_changed
from rules.local import local
from rules.model import (
    Channel,
    ClockChanged,
    Commissioned,
    Door,
    Kind,
    Outcome,
    Reason,
    Severity,
    Tick,
)
from rules.moment import DAY, HOUR, MINUTE, NEVER
from rules.policy import EVERY_DAY, Policy, PolicyChanged, Rules, Shift, Window, _chain
from rules.windows.cover import Cover, use
from tests.support.house import MORNING, ZONE, House, at
from tests.unit.test_rules_other import flap

NOW, HOURLY = at("10:00"), at("09:00")
DOUBT, LATER = ClockChanged(verified=False), 2 * HOUR


# -- the clock -------------------------------------------------------------------------------


def doubtful(**state: object) -> Home:
    home = Home(Policy("H", ZONE, isolation_start=at("00:00")))
    rest = state.pop("rest", {})
    home = home._replace(rest=home.rest._replace(verified=False, doubtful_since=HOURLY, **rest))  # type: ignore[arg-type]
    return home._replace(**state)  # type: ignore[arg-type]


def corrected(home: Home) -> Home:
    return clock_changed(home, ClockChanged(verified=True, offset=LATER), NOW + LATER)


MOMENTS = (
    "occurred_at", "raised_at", "opened_at", "since", "begun_at", "due", "alerted_at",
    "acknowledged_at", "on_my_way_until", "resolved_at",
)  # fmt: skip
DOOR = Incident(1, Phase.UNANSWERED, Kind.TAMPER, Severity.HIGH, Reason.TAMPERED, NOW, NOW)


@pytest.mark.parametrize("name", MOMENTS)
def test_every_moment_of_an_incident_moves_with_the_clock(name: str) -> None:
    incident = DOOR._replace(**dict.fromkeys(MOMENTS, NOW))
    home = corrected(doubtful(incident=incident, rest={"incidents": (incident,)}))
    for moved in (home.incident, *home.rest.incidents):
        assert getattr(moved, name) == NOW + LATER
        assert moved._replace(**dict.fromkeys(MOMENTS, NOW)) == incident


def test_what_an_incident_has_of_before_the_doubt_stays() -> None:
    told = (("P1", Channel.SMS, HOURLY - 1), ("P2", Channel.SMS, HOURLY))
    incident = DOOR._replace(acknowledged_at=HOURLY - 1, due=NEVER, alerted=told)
    moved = corrected(doubtful(incident=incident)).incident
    assert moved is not None
    assert (moved.acknowledged_at, moved.due) == (HOURLY - 1, NEVER)
    assert [when for _, _, when in moved.alerted] == [HOURLY - 1, HOURLY + LATER]


@pytest.mark.parametrize("raised_at", [HOURLY - 1, HOURLY])
def test_an_incident_of_before_the_doubt_keeps_its_timers(raised_at: int) -> None:
    home = corrected(doubtful(incident=DOOR._replace(raised_at=raised_at, due=NOW)))
    assert home.incident is not None
    assert home.incident.due == NOW + (LATER if raised_at == HOURLY else 0)


def test_so_does_an_opening() -> None:
    before = Opening(HOURLY - 1, None, NOW, None)
    assert corrected(doubtful(opening=before)).opening == before
    within = Opening(HOURLY, NOW, NOW + 1, Kind.HELD_OPEN, ("W1",))
    moved = Opening(HOURLY + LATER, NOW + LATER, NOW + LATER + 1, Kind.HELD_OPEN, ("W1",))
    assert corrected(doubtful(opening=within)).opening == moved


@pytest.mark.parametrize(
    ("becomes", "windows", "deadline"),
    [
        (Kind.HELD_OPEN, (), HOURLY + LATER + 3 * MINUTE),  # counted from the order
        (Kind.HELD_OPEN, ("W1",), NOW + LATER),
        (None, (), NOW + LATER),
    ],
)
def test_a_deadline_moves_but_that_of_the_order(
    becomes: Kind | None, windows: tuple[str, ...], deadline: int
) -> None:
    moved = corrected(doubtful(opening=Opening(HOURLY, None, NOW, becomes, windows))).opening
    assert moved is not None
    assert moved.deadline == deadline


def test_all_else_that_has_a_moment_moves_too() -> None:
    rest = {
        "unwatched_at": NOW,
        "asked_after": NOW,
        "starts": (("S1", NOW),),
        "conditions": (Condition("S1", Kind.TAMPER, NOW),),
        "faulty": (Faulty("S1", NOW, NOW + 1, NOW + 2),),
        "doubts": (Doubt(NOW, NOW - 1, alerted=False),),
    }
    doors = (KnownDoor("S1", Door.OPEN, NOW, NOW + 1),)
    tried = (("S1", NOW + MINUTE),)
    home = corrected(doubtful(rest=rest, doors=doors, commissioning=tried, uncovered=(NOW,)))
    later = NOW + LATER
    assert home.doors == (KnownDoor("S1", Door.OPEN, later, later + 1),)
    assert home.commissioning == (("S1", later + MINUTE),)
    assert home.uncovered == (later,)
    assert (home.rest.unwatched_at, home.rest.asked_after, home.rest.starts) == (later, later, ())
    assert home.rest.conditions == (Condition("S1", Kind.TAMPER, later),)
    assert home.rest.faulty == (Faulty("S1", later, later + 1, later + 2),)
    assert home.rest.doubts == (Doubt(later, later - 1, alerted=False),)


def test_a_clock_that_is_known_is_not_put_right() -> None:
    home = doubtful(incident=DOOR)
    home = home._replace(rest=home.rest._replace(verified=True))
    assert corrected(home).incident == DOOR


def test_a_clock_that_is_doubted_twice_is_doubted_since_the_first() -> None:
    home = Home(Policy("H", ZONE))
    home = clock_changed(clock_changed(home, DOUBT, HOURLY), DOUBT, NOW)
    assert home.rest.doubtful_since == HOURLY


def test_what_was_permitted_after_all_ends_so_and_what_was_not_has_its_reason() -> None:
    house = House(MORNING).play("clock 07:00 unverified; open 07:10; close 07:12")
    house.play("clock 07:13 verified")
    assert house.home.incident.outcome is Outcome.PERMITTED_AFTER_ALL
    house = House().play("clock 09:00 unverified; open 10:00; close 10:01; clock 10:02 verified")
    assert (house.home.incident.phase, house.home.incident.reason) == (
        Phase.UNANSWERED, Reason.UNCOVERED,
    )  # fmt: skip


def test_a_door_that_was_open_before_the_order_as_the_clock_shows_now_is_watched() -> None:
    house = House(isolation_start=at("12:00")).play("clock 13:00 unverified; open 13:10")
    house.play("clock 13:12 verified 07:12; tick 12:04")
    assert house.said()[-1] == "held_open high 12:03 standing_open"
    house = House(isolation_start=at("12:00")).play("clock 13:00 unverified; open 13:10")
    house.play("clock 14:12 verified 12:12; tick 12:13")
    assert house.said()[-1] == "held_open high 12:12 standing_open"


def test_a_door_that_stood_open_in_doubt_is_excused_if_a_window_permitted_it() -> None:
    house = House(MORNING).play("clock 07:05 unverified; open 07:10; tick 07:14")
    assert house.said()[-1] == "unauthorised_opening critical 07:13 still_open"
    told = house.play("clock 07:15 verified").alerted()
    assert house.play("close 07:16; tick 09:00").alerted() == told
    assert house.said()[2:] == ["permitted 07:10 window"]
    assert house.home.incident.outcome is Outcome.PERMITTED_AFTER_ALL


def test_a_door_of_which_it_is_known_late_that_it_stood_too_long_is_told_now() -> None:
    house = House(MORNING).play("clock 07:05 unverified; open 07:10; clock 07:25 verified")
    assert house.play("tick 07:26").said()[-1] == "held_open high 07:25 open_too_long"


# -- the ledger ------------------------------------------------------------------------------


def ledger(house: House, when: str, **policy: object) -> House:
    house.give(PolicyChanged(house.home.policy._replace(**policy)), at(when))  # type: ignore[arg-type]
    return house


def test_an_order_of_which_another_day_is_last_does_not_tell_of_an_open_door_anew() -> None:
    house = House(isolation_start=at("10:00"), isolation_end=at("20:00"))
    house.play("open 09:00; tick 10:04")
    assert house.said()[1:] == ["held_open high 10:03 standing_open"]
    ledger(house, "10:30", isolation_end=at("22:00")).play("tick 10:40")
    assert house.said()[2:] == []


@pytest.mark.parametrize(("start", "told"), [("10:00", "11:00"), ("10:59", "11:02")])
def test_an_order_that_began_earlier_than_was_known_counts_from_then(start: str, told: str) -> None:
    house = House(isolation_start=at("12:00")).play("open 09:00; tick 10:59")
    ledger(house, "11:00", isolation_start=at(start)).play("tick 11:05")
    assert house.said()[1:] == [f"held_open high {told} standing_open"]


def test_an_order_that_begins_later_than_was_known_is_not_told_of_what_comes_before() -> None:
    house = House(MORNING).play("open 07:05")
    ledger(house, "07:10", isolation_start=at("12:00")).play("tick 12:04")
    assert house.said()[1:] == ["held_open high 12:03 open_too_long"]


def test_what_somebody_dealt_with_is_not_watched_anew_when_the_order_is_extended() -> None:
    house = House(isolation_end=at("20:00")).play("open 10:00; tick 10:04; resolve 10:05 moved")
    said = len(house.said())
    ledger(house, "10:30", isolation_end=at("22:00")).play("tick 10:40")
    assert house.said()[said:] == []


def test_a_ledger_that_knows_the_sensor_leaves_its_door_open() -> None:
    house = House().play("open 10:00")
    ledger(house, "10:01", sensor_ids=frozenset({"S1"})).play("tick 10:04")
    assert house.said()[-1] == "unauthorised_opening critical 10:03 still_open"


TWICE = MORNING._replace(max_open=20 * MINUTE)
SHORT = Window("Z", MORNING.hours, max_open=3 * MINUTE)


def test_a_window_that_now_permits_more_is_the_one_that_covers_the_opening() -> None:
    house = ledger(House(MORNING).play("open 07:05"), "07:06", windows=(TWICE, SHORT))
    assert house.play("tick 07:40").said()[1:] == ["held_open high 07:28 open_too_long"]


def test_a_window_of_every_night_is_changed_for_this_night() -> None:
    night = Window("N", Shift(EVERY_DAY, 0, 60))
    later = night._replace(hours=Shift(EVERY_DAY, 0, 90))
    house = ledger(House(night).play("open +00:05"), "+00:06", windows=(later,))
    assert house.play("tick +01:36").said()[1:] == ["window_overrun high 01:35 open_past_end"]


def test_what_was_told_is_not_told_again_when_its_window_permits_more() -> None:
    house = House(MORNING).play("open 07:05; tick 07:16")
    said = len(house.said())
    assert ledger(house, "07:17", windows=(TWICE,)).play("tick 08:30").said()[said:] == []


def test_an_installer_tries_two_sensors() -> None:
    house = House().play("close 00:01 S2; commission 10:00 10:10")
    house.give(Commissioned("S2", at("10:12")), at("10:02"))
    house.play("open 10:03; close 10:04; open 10:05 S2; close 10:06 S2")
    assert house.said() == [f"commissioning {when} commissioning" for when in ("10:03", "10:05")]


def test_an_order_that_ended_just_when_it_opened_ends_the_incident() -> None:
    house = House().play("open 12:30; close 12:31; tick 12:32")
    ledger(house, "12:33", isolation_end=at("12:30")).play("tick 12:34")
    assert house.home.incident.outcome is Outcome.ISOLATION_ENDED


def test_steps_that_come_earlier_by_other_rules_are_not_taken_in_the_past() -> None:
    house = House().play("open 10:00; close 10:01; tick 10:06")
    soon = _chain("0 member sms; 1 member voice, leader sms; 2 leader voice; 3 community sms")
    rules = Rules(chains={**Rules().chains, Severity.HIGH: soon})
    ledger(house, "10:07", rules=rules).play("tick 10:11")
    assert house.alerted()[-2:] == ["10:10 leader voice", "10:10 community sms"]


def test_a_meal_of_next_summer_is_asked_after_then() -> None:
    june = local(at("12:00") + 91 * DAY, ZONE).date()
    meal = Window("L", Shift(EVERY_DAY, 12 * 60, 13 * 60), first_day=june, expected=True)
    house = House(meal, care=True)
    house.give(Tick(), at("13:00") + 91 * DAY)
    assert house.said() == []
    house.give(Tick(), at("13:00") + 91 * DAY + 1)
    assert house.said() == ["welfare medium 13:00 not_opened"]


def test_what_a_gap_may_have_used_is_known_for_two_days_and_as_long_as_the_pass() -> None:
    today = local(at("12:00"), ZONE).toordinal()
    old = (("W1", today - 3, 1), ("W1", today - 2, 1), ("A", 0, 1), ("B", 0, 1))
    house = House(MORNING).play("own 06:00 B")
    house.home = house.home._replace(rest=house.home.rest._replace(perhaps=old))
    house.play("counted 07:05 closed 06:30")
    assert house.home.rest.perhaps == (("W1", today - 2, 1), ("B", 0, 1), ("W1", today, 1))


def test_openings_of_a_window_are_known_for_two_days() -> None:
    used = (("W1", 97, 1), ("W1", 98, 1), ("W2", 100, 1), ("W1", 100, 1))
    taken = Cover(NOW, Kind.HELD_OPEN, "W1", 100)
    assert use(used, taken) == (("W1", 98, 1), ("W2", 100, 1), ("W1", 100, 2))


# -- overdue ---------------------------------------------------------------------------------


def test_what_was_found_while_it_caught_up_is_one_alert_a_person() -> None:
    house = House().play("commission 10:00 10:05; tamper 10:01 yes; resumed 10:18")
    assert house.said() == ["tamper high 10:01 tampered"]
    assert house.alerted() == ["10:18 member voice", "10:18 leader voice"]
    assert {when for _, _, when in house.home.rest.incidents[0].alerted} == {at("10:18")}


# -- a sensor that flaps ---------------------------------------------------------------------


def test_a_sensor_that_flaps_again_is_alerted_again_an_hour_after_the_first_time() -> None:
    house = flap(flap(House(), "10:00", 6), "10:50", 6)
    told = len(house.told)
    assert told == len(house.play("open 11:00:30; close 11:00:40").told)
    house.play("open 11:15; close 11:15:05")
    assert house.said()[-1] == "unauthorised_opening high 11:15 uncovered"
