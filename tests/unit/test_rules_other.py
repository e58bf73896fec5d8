"""A household's other incidents: tamper, battery, flapping, care; and a clock without a voucher."""

import pytest

from rules.home import Phase
from rules.model import Kind, Outcome, Resolved, Sensed, Severity
from rules.moment import NEVER, SECOND
from rules.policy import EVERY_DAY, PolicyChanged, Shift, Window
from tests.support.house import MORNING, House, at

LUNCH = Window("L", Shift(EVERY_DAY, 12 * 60, 13 * 60), expected=True)


def flap(house: House, begin: str, times: int, every: int = 12) -> House:
    """Opens and closes ``times`` times, ``every`` seconds apart."""
    from rules.model import Door, DoorSeen  # noqa: PLC0415

    for number in range(times):
        now = at(begin) + number * every * SECOND
        house.give(DoorSeen("S1", Door.OPEN, now), now)
        house.give(DoorSeen("S1", Door.CLOSED, now + SECOND), now + SECOND)
    return house


# -- flapping --------------------------------------------------------------------------------


def test_six_starts_in_two_minutes_are_a_sensor_fault_and_further_ones_are_not_told() -> None:
    house = flap(House(), "10:00", 40)
    assert house.said()[-1] == "sensor_fault high 10:01 flapping"
    assert [line for line in house.said() if "flapping" in line] == house.said()[-1:]
    assert house.alerted() == [
        "10:00 member sms",
        "10:01 member sms",
        "10:05 member voice",
        "10:05 leader sms",
        "10:06 member voice",
        "10:06 leader sms",
    ]


@pytest.mark.parametrize(("every", "fault"), [(23, True), (25, False)])
def test_five_in_two_minutes_are_none(every: int, fault: bool) -> None:
    said = flap(House(), "10:00", 12, every).said()
    assert any("sensor_fault" in line for line in said) is fault


def test_somebody_who_leaves_ten_times_in_an_evening_is_never_muted() -> None:
    house = House()
    for minute in range(0, 50, 5):
        house.play(f"open 19:{minute:02}; close 19:{minute + 1:02}")
    assert len(house.said()) == 10
    assert house.home.rest.faulty == ()


def test_outside_the_isolation_a_flapping_sensor_is_nobodys_matter() -> None:
    house = flap(House(isolation_start=at("12:00")), "10:00", 20)
    assert house.alerted() == []


def test_a_permitted_opening_of_a_faulty_sensor_stays_permitted() -> None:
    house = flap(House(MORNING), "06:00", 10).play("open 07:10; close 07:12")
    assert house.said()[-1] == "permitted 07:10 window"


@pytest.mark.parametrize(
    ("later", "told"),
    [
        ("open 10:20; close 10:21", False),  # quiet, but somebody was told within the hour
        ("open 11:05; close 11:06", True),
        ("open 11:05; close 11:06; open 11:20; close 11:21", True),  # once an hour
        ("open 10:54; close 10:55; open 11:05; close 11:06", True),
        ("open 10:56; close 10:57; open 11:05; close 11:06", False),  # nine minutes are not quiet
    ],
)
def test_after_ten_quiet_minutes_it_tells_again_but_at_most_hourly(later: str, told: bool) -> None:
    house = flap(House(), "10:00", 10)
    before = len(house.decisions)
    house.play(later)
    assert len(house.decisions) - before == (1 if told else 0)


def test_what_a_broker_kept_of_a_faulty_sensor_is_not_told_one_by_one_either() -> None:
    house = flap(House(), "10:00", 10)
    before = len(house.decisions)
    house.play("found 10:04 10:03")
    assert len(house.decisions) == before


def test_it_ends_after_eight_hours_without_flapping_and_by_an_installers_visit() -> None:
    house = flap(House(), "10:00", 6).play("tick 18:00")
    assert house.home.rest.faulty != ()
    house.play("tick 18:02; open 18:03")
    assert house.home.rest.faulty == ()
    assert house.said()[-1].endswith("18:03 uncovered")
    house = flap(House(), "10:00", 6).play("commission 10:15 10:20; tick 10:21")
    assert house.home.rest.faulty == ()
    assert house.home.rest.incidents[0].outcome is Outcome.CLEARED


def test_a_door_that_then_stands_open_is_told() -> None:
    house = flap(House(), "10:00", 10).play("open 10:05; tick 10:20")
    assert house.said()[-1] == "unauthorised_opening high 10:08 standing_open"


# -- what a sensor says of itself --------------------------------------------------------------


def test_a_removed_sensor_is_told_once_until_it_is_back() -> None:
    house = House().play("tamper 10:00 yes; tamper 10:01 yes; tick 10:06")
    assert house.said() == ["tamper high 10:00 tampered"]
    assert house.alerted() == ["10:00 member sms", "10:05 member voice", "10:05 leader sms"]
    house.play("tamper 10:07 no; tick 10:11")
    assert "10:10 leader voice" in house.alerted()  # somebody has to look, back or not
    house.play("ack 10:12; tick 12:00")
    assert house.alerted()[-1] == "10:10 leader voice"


@pytest.mark.parametrize(
    ("says", "incidents"),
    [("16", 0), ("15", 1), ("15; battery 11:00 24; battery 12:00 15", 1), ("3", 1)],
)
def test_a_battery_is_low_at_15_and_waits_for_the_digest(says: str, incidents: int) -> None:
    house = House().play(f"battery 10:00 {says}")
    assert [d.verdict for d in house.decisions] == [Kind.BATTERY_LOW] * incidents
    assert house.alerted() == []


def test_a_battery_is_full_again_at_25_and_may_then_run_low_anew() -> None:
    house = House().play("battery 10:00 15; battery 11:00 25")
    assert house.home.rest.incidents[0].outcome is Outcome.CLEARED
    assert house.alerted() == []  # nobody was, so nobody hears that it is over
    assert len(house.play("battery 12:00 10").decisions) == 2


def test_the_sensors_own_flag_is_a_low_battery() -> None:
    house = House()
    house.give(Sensed("S1", battery_low=True), at("10:00"))
    assert house.said() == ["battery_low low 10:00 battery"]
    house.give(Sensed("S1", battery_low=False), at("11:00"))
    assert house.home.rest.incidents[0].phase is Phase.OVER


def test_what_a_sensor_says_matters_within_the_isolation_and_when_the_installer_has_gone() -> None:
    house = House(isolation_start=at("12:00")).play("tamper 10:00 yes; tick 12:01")
    assert house.said() == ["tamper high 10:00 tampered"]
    assert house.alerted() == ["12:00 member sms"]
    house = House().play("commission 10:00 10:10; tamper 10:05 yes; tick 10:09")
    assert house.said() == []
    assert house.play("tick 10:11").said() == ["tamper high 10:05 tampered"]
    house = House().play("commission 10:00 10:10; tamper 10:05 yes; tamper 10:06 no; tick 10:30")
    assert house.said() == []


def test_with_the_isolation_other_incidents_end_too() -> None:
    house = House(isolation_end=at("12:00")).play("tamper 11:58 yes; tick 12:30")
    assert house.home.rest.incidents[0].outcome is Outcome.ISOLATION_ENDED
    assert house.alerted() == ["11:58 member sms"]


def test_incidents_of_all_kinds_are_counted_together_and_answered_by_number() -> None:
    house = House().play("tamper 10:00 yes; open 10:01; ack 10:02 P1 2")
    assert [d.incident for d in house.decisions] == [1, 2]
    assert house.home.incident.phase is Phase.ON_MY_WAY
    house.give(Resolved(1, "P1", Outcome.FALSE_ALARM), at("10:03"))
    assert house.home.rest.incidents[0].phase is Phase.OVER
    house.play("tick 10:11; close 10:12")
    assert "10:10 leader voice" not in house.alerted()


def test_somebody_may_say_later_what_it_was() -> None:
    house = House().play("battery 10:00 15; battery 11:00 90")
    house.give(Resolved(1, "P2", Outcome.SENSOR_FAULT), at("11:30"))
    assert house.home.rest.incidents[0].outcome is Outcome.SENSOR_FAULT


# -- a call for help -------------------------------------------------------------------------


def test_an_emergency_alerts_at_once_and_is_no_pass() -> None:
    house = House(isolation_end=at("09:00")).play("help 10:00; help 10:01; tick 10:02")
    assert house.said() == ["emergency critical 10:00 declared"]
    assert house.alerted() == ["10:00 member sms", "10:00 member voice", "10:00 leader sms"]
    house = House().play("help 10:00; open 10:01")
    assert house.said()[1:] == ["unauthorised_opening high 10:01 uncovered"]


# -- care ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("story", "asked"),
    [
        ("tick 13:01", True),
        ("open 11:56; close 11:57; tick 13:01", False),
        ("open 12:59; close 12:59:30; tick 13:01", False),
        ("open 11:50; close 11:51; tick 13:01", True),
        ("open 11:50; tick 13:01", False),  # it stands open
        ("unwatched 12:10; watched 12:20; tick 13:01", False),
        ("unwatched 11:00; watched 11:30; tick 13:01", True),
        ("resumed 12:30; tick 13:01", False),
        ("clock 11:00 unverified; tick 13:01", False),
    ],
)
def test_a_home_with_a_care_flag_is_asked_after(story: str, asked: bool) -> None:
    house = House(LUNCH, care=True).play(story)
    found = [d for d in house.decisions if d.verdict is Kind.WELFARE]
    assert len(found) == (1 if asked else 0)
    if asked:
        assert (found[0].severity, found[0].at) == (Severity.MEDIUM, at("13:00"))


def test_each_day_is_another_meal() -> None:
    house = House(LUNCH, care=True).play("tick 13:01; ack 13:05; tick +13:01")
    assert [d.at for d in house.decisions] == [at("13:00"), at("+13:00")]


def test_only_where_somebody_needs_care_and_the_window_expects_it() -> None:
    assert House(LUNCH).play("tick 13:01").said() == []
    assert House(MORNING, care=True).play("tick 13:01").said() == []


def test_a_matter_of_the_night_waits_for_the_digest_unless_it_is_grave() -> None:
    supper = Window("N", Shift(EVERY_DAY, 22 * 60, 23 * 60), expected=True)
    house = House(supper, care=True).play("tick 23:01")
    assert house.home.rest.incidents[0].phase is Phase.WAITING
    assert house.alerted() == []
    assert House().play("tamper 23:00 yes").alerted() == ["23:00 member sms"]


def test_nobody_is_asked_after_for_windows_from_before_they_needed_care() -> None:
    """Also if the order had ended by then, and its end has yet to be dealt with."""
    house = House().play("battery 10:00 9")
    policy = house.home.policy._replace(care=True, isolation_end=at("11:00"))
    house.give(PolicyChanged(policy), at("13:30"))
    house.play("tick 13:31")
    house.give(PolicyChanged(policy._replace(isolation_end=NEVER, windows=(LUNCH,))), at("13:40"))
    assert house.play("tick 13:41").said() == ["battery_low low 10:00 battery"]


# -- a clock nobody vouches for ------------------------------------------------------------------


def test_while_the_clock_is_unverified_no_window_excuses() -> None:
    house = House(MORNING).play("clock 06:00 unverified; open 07:10; close 07:12")
    assert house.said() == ["unauthorised_opening high 07:10 time_unverified"]
    assert house.alerted() == ["07:10 member sms"]


def test_outside_the_isolation_an_unverified_clock_accuses_nobody() -> None:
    house = House(isolation_start=at("12:00")).play("clock 06:00 unverified; open 07:10")
    assert house.said() == ["not_isolating 07:10 not_isolating"]


SYNCED = [
    # really 09:10: nothing covers it
    ("clock 07:30 verified 09:30", ["unauthorised_opening high 09:10 uncovered"], "unanswered"),
    # really 23:10: worse
    (
        "clock 07:30 verified 23:30",
        ["unauthorised_opening critical 23:10 uncovered_in_curfew"],
        "unanswered",
    ),
    # really 07:10: permitted, and nobody has to look any more
    ("clock 07:30 verified", ["permitted 07:10 window"], "over"),
    # really 06:56: the clock was ahead
    ("clock 07:30 verified 07:16", ["permitted 06:56 window"], "over"),
]


@pytest.mark.parametrize(("sync", "again", "phase"), SYNCED)
def test_after_sync_it_is_judged_again_and_both_verdicts_stay(
    sync: str, again: list[str], phase: str
) -> None:
    house = House(MORNING).play(f"clock 06:00 unverified; open 07:10; close 07:12; {sync}")
    assert house.said() == ["unauthorised_opening high 07:10 time_unverified", *again]
    assert house.home.incident.phase == phase


def test_a_door_that_stands_open_permitted_after_all_has_its_deadline() -> None:
    house = House(MORNING).play("clock 06:00 unverified; open 07:10; clock 07:12 verified")
    assert house.play("tick 07:25").said()[-1] == "held_open high 07:20 open_too_long"


def test_the_chain_keeps_its_distances_when_the_clock_jumps() -> None:
    house = House().play(
        "clock 06:00 unverified; open 10:00; close 10:01; clock 10:02 verified 14:02"
    )
    assert house.alerted() == ["10:00 member sms"]
    house.play("tick 14:06")
    assert house.alerted()[1:] == ["14:05 member voice", "14:05 leader sms"]


def test_so_does_another_incidents_when_the_clock_was_ahead() -> None:
    house = House().play("clock 09:00 unverified; tamper 10:00 yes; clock 10:01 verified 09:01")
    assert house.alerted() == ["10:00 member sms"]
    house.play("tick 09:06")
    assert house.alerted()[1:] == ["09:05 member voice", "09:05 leader sms"]


def test_an_older_chain_is_overdue_and_merges() -> None:
    house = House().play(
        "open 10:00; close 10:01; clock 10:02 unverified; clock 10:03 verified 15:00"
    )
    assert house.alerted() == [
        "10:00 member sms",
        "15:00 member voice",
        "15:00 leader voice",
        "15:00 community sms",
    ]


def test_what_a_person_has_said_of_it_stays() -> None:
    house = House().play("clock 06:00 unverified; open 10:00; close 10:01; resolve 10:02 returned")
    house.play("clock 10:03 verified 23:03")
    assert house.home.incident.outcome is Outcome.RETURNED
    assert house.said()[-1] == "unauthorised_opening critical 23:00 uncovered_in_curfew"
    assert len(house.alerted()) == 1
