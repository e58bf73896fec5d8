"""One household's one incident: joining, answering, the way there, resolving, reopening."""

import pytest

from rules.home import Phase
from rules.model import Channel, Door, DoorSeen, Kind, Outcome, Role, Severity
from rules.moment import MINUTE
from rules.policy import EVERY_DAY, Person, PolicyChanged, Rules, Shift, Step
from rules.said import Alerted, Note
from tests.support.house import MORNING, House, at, clock

CHAIN = [  # nobody answers
    "10:00 member sms",
    "10:05 member voice",
    "10:05 leader sms",
    "10:10 leader voice",
    "10:20 community sms",
]


def test_the_chain_goes_on_until_somebody_answers() -> None:
    assert House().play("open 10:00; close 10:01; tick 10:25").alerted() == CHAIN


@pytest.mark.parametrize(
    ("answered", "told"), [("10:04", 1), ("10:05", 1), ("10:06", 3), ("10:15", 4)]
)
def test_acknowledging_stops_the_chain(answered: str, told: int) -> None:
    house = House().play(f"open 10:00; close 10:01; ack {answered}; tick 13:00")
    assert house.alerted() == CHAIN[:told]


def test_nobody_on_duty_runs_with_the_next_steps_people() -> None:
    day = (Shift((0, 1, 2, 3, 4, 5, 6), 8 * 60, 20 * 60),)
    roster = (Person("P1", Role.MEMBER, day), Person("P2", Role.LEADER))
    house = House(roster=roster).play("open 20:00; close 20:01; tick 20:30")
    assert house.alerted() == ["20:00 leader sms", "20:10 leader voice"]


NOBODY_THERE = [
    # the text was not delivered: the next step does not wait for its minute
    ("failed 10:01 P1 sms", ["10:01 member voice", "10:01 leader sms"]),
    # nor does the one after, when nobody of it was reached
    (
        "failed 10:01 P1 sms; failed 10:02 P1 voice; failed 10:02 P2 sms",
        ["10:01 member voice", "10:01 leader sms", "10:02 leader voice"],
    ),
    # one of two was reached
    ("failed 10:01 P1 sms; failed 10:02 P1 voice", ["10:01 member voice", "10:01 leader sms"]),
    # somebody has it
    ("ack 10:01; failed 10:02 P1 sms", []),
    # nobody was told that way
    ("failed 10:01 P2 sms", []),
]


@pytest.mark.parametrize(("story", "told"), NOBODY_THERE)
def test_when_nobody_is_reached_the_next_step_does_not_wait(story: str, told: list[str]) -> None:
    house = House().play(f"open 10:00; close 10:00:30; {story}; tick 10:03")
    assert house.alerted() == ["10:00 member sms", *told]


def test_when_nobody_at_all_is_reached_it_is_tried_again_before_long() -> None:
    only = {Severity.HIGH: (Step(0, ((Role.MEMBER, Channel.SMS),)),)}
    house = House(rules=Rules(chains=Rules().chains | only))
    house.play("open 10:00; close 10:00:30; failed 10:01 P1 sms; tick 10:12; failed 10:13 P1 sms")
    assert house.play("tick 10:24").alerted() == [
        "10:00 member sms", "10:11 member sms", "10:23 member sms",
    ]  # fmt: skip


def test_when_the_steps_that_are_left_have_nobody_it_is_tried_again_before_long() -> None:
    house = House(roster=(Person("P1", Role.MEMBER), Person("P2", Role.LEADER)))
    house.play("open 10:00; close 10:00:30; failed 10:01 P1 sms; failed 10:02 P1 voice")
    house.play("failed 10:02 P2 sms; failed 10:03 P2 voice; tick 10:14")
    assert house.alerted()[3:] == ["10:02 leader voice", "10:13 leader voice"]


def test_the_later_steps_keep_their_minutes() -> None:
    house = House().play("open 10:00; close 10:00:30; failed 10:01 P1 sms; tick 10:21")
    assert house.alerted()[3:] == ["10:10 leader voice", "10:20 community sms"]


def test_a_chain_may_begin_later() -> None:
    steps = {Severity.HIGH: (Step(5 * MINUTE, ((Role.MEMBER, Channel.SMS),)),)}
    chains = Rules().chains | steps
    house = House(rules=Rules(chains=chains)).play("open 10:00; close 10:01; tick 10:04")
    assert house.alerted() == []
    assert house.play("tick 10:06").alerted() == ["10:05 member sms"]


def test_an_opening_joins_without_a_new_text() -> None:
    house = House().play("open 23:10; close 23:11; open 23:15")
    assert [d.incident for d in house.decisions] == [1, 1]
    assert house.alerted() == ["23:10 member sms", "23:10 member voice", "23:10 leader sms"]


def test_a_graver_severity_starts_its_own_chain_but_no_channel_twice_in_two_minutes() -> None:
    house = House().play("open 21:59; close 21:59:30; open 22:00; tick 22:01")
    assert house.alerted() == ["21:59 member sms", "22:00 member voice", "22:00 leader sms"]


def test_the_third_uncovered_opening_within_the_hour_is_critical() -> None:
    house = House().play("open 9:00; close 9:01; open 9:20; close 9:21; open 9:40; tick 9:41")
    assert house.home.incident.kind is Kind.REPEATED_OPENING
    assert house.home.incident.severity is Severity.CRITICAL
    assert "09:40 member voice" in house.alerted()


def test_starts_within_two_minutes_count_once() -> None:
    house = House().play("open 9:00; close 9:00:20; open 9:01; close 9:01:20; open 9:01:50")
    assert house.home.incident.kind is Kind.UNAUTHORISED_OPENING


def test_resolves_itself_when_answered_closed_and_quiet_and_reopens() -> None:
    house = House().play("open 20:14; close 20:18; ack 20:20; tick 20:31")
    assert house.home.incident.phase is Phase.SETTLED
    assert house.home.incident.outcome is Outcome.UNVERIFIED
    assert ("20:30", Note.RESOLVED) in house.notes
    house.play("open 20:35; tick 20:36")
    assert house.home.incident.phase is Phase.UNANSWERED
    assert house.home.incident.number == 1
    assert ("20:35", Note.REOPENED) in house.notes
    assert "20:35 member sms" in house.alerted()


def test_an_opening_later_than_that_is_a_new_incident() -> None:
    house = House().play("open 20:14; close 20:18; ack 20:20; open 20:41")
    assert house.home.incident.number == 2


def test_a_door_still_open_when_the_way_is_over_goes_one_step_further() -> None:
    house = House().play("open 10:00; ack 10:02; tick 10:13")
    assert house.alerted() == ["10:00 member sms", "10:12 member voice", "10:12 leader sms"]
    assert house.home.incident.phase is Phase.UNANSWERED


def test_an_opening_after_the_way_there_goes_on_at_once() -> None:
    house = House().play("open 10:00; ack 10:02; close 10:11; tick 10:13; open 10:15")
    assert house.alerted()[-2:] == ["10:15 member voice", "10:15 leader sms"]


def test_while_somebody_is_on_the_way_openings_only_join() -> None:
    house = House().play("open 10:00; close 10:01; ack 10:02; open 10:05; close 10:06")
    assert house.alerted() == ["10:00 member sms"]
    assert [d.incident for d in house.decisions] == [1, 1]


def test_the_same_person_gets_the_way_there_once() -> None:
    house = House().play("open 10:00; ack 10:02; tick 10:13; ack 10:14; tick 10:18")
    assert "10:17 leader voice" in house.alerted()


def test_another_person_gets_a_way_there_of_their_own() -> None:
    house = House().play("open 10:00; ack 10:02; tick 10:13; ack 10:14 P2; tick 10:23")
    assert house.home.incident.phase is Phase.ON_MY_WAY
    assert len(house.alerted()) == 3


def test_an_unanswered_incident_never_resolves_itself_and_reminds() -> None:
    house = House().play("open 10:00; close 10:01; tick 19:00")
    assert house.home.incident.phase is Phase.UNANSWERED
    assert house.alerted()[len(CHAIN) :] == ["14:30 community sms", "18:30 community sms"]


def test_when_the_chain_has_ended_an_opening_starts_it_again() -> None:
    house = House().play("open 10:00; close 10:01; tick 10:31; open 12:00; close 12:01; tick 12:02")
    assert house.alerted()[len(CHAIN) :] == ["12:00 member sms"]


FEW = (Person("P1", Role.MEMBER), Person("P2", Role.LEADER))
BUSY = "; ".join(
    f"open 9:{minute:02}; close 9:{minute:02}:30" for minute in (0, 7, 17, 24, 31, 38, 52, 59)
)


@pytest.mark.parametrize(
    ("people", "rounds"),
    [
        # At 09:17 it is repeated, and critical: that chain lasts until 09:47.
        (FEW, ["09:00", "09:17", "09:47"]),
        (FEW[:1], ["09:00", "09:17", "09:47"]),
    ],
)
def test_few_people_are_not_told_of_a_busy_door_more_often_than_many(
    people: tuple[Person, ...], rounds: list[str]
) -> None:
    house = House(roster=people).play(BUSY)
    begins = [clock(told.at) for told in house.told if told.begun_at == told.at]
    assert begins == rounds
    assert [line for line in house.alerted() if line.endswith("member sms")] == [
        f"{when} member sms" for when in rounds
    ]


@pytest.mark.parametrize(
    ("opens", "again"),
    [
        ("10:11; close 10:12", []),  # the call of just now speaks for it
        ("10:13; close 10:14", ["10:30"]),  # when the chain's minutes have passed
        ("10:31; close 10:32", ["10:31"]),
        ("10:06; close 10:07", []),  # the call of 10:10 tells of it
        ("10:13; close 10:14; ack 10:15; tick 10:16", []),
    ],
)
def test_what_opens_when_nobody_is_left_to_be_told_starts_the_chain_again_soon(
    opens: str, again: list[str]
) -> None:
    house = House(roster=FEW).play(f"open 10:00; close 10:00:30; tick 10:05; open {opens}")
    house.play("tick 10:59")
    assert [t for t in map(told_at, house.told) if t > "10:10"][:1] == again


def told_at(said: Alerted) -> str:
    return clock(said.at)


def test_who_comes_on_duty_after_all_is_told_of_what_is_untold() -> None:
    """Nobody is on duty when the chain would start again: it is tried until somebody is."""
    night = (Shift(EVERY_DAY, 8 * 60, 10 * 60 + 25),)
    later = (Shift(EVERY_DAY, 10 * 60 + 55, 20 * 60),)
    people = (Person("P1", Role.MEMBER, night), Person("P4", Role.MEMBER, later))
    house = House(roster=people).play("open 10:00; close 10:01; open 10:20; close 10:21")
    assert house.play("tick 11:02").alerted()[2:] == ["11:00 member sms"]


def test_when_nobody_is_on_duty_for_what_is_untold_it_is_tried_again_ten_minutes_later() -> None:
    by_text = (
        Step(0, ((Role.MEMBER, Channel.SMS),)),
        Step(5 * MINUTE, ((Role.LEADER, Channel.SMS),)),
    )
    early, later = (Shift(EVERY_DAY, 0, 10 * 60 + 4),), (Shift(EVERY_DAY, 10 * 60 + 9, 20 * 60),)
    people = (Person("P1", Role.MEMBER, early), Person("P4", Role.MEMBER, later))
    rules = Rules(chains=Rules().chains | {Severity.HIGH: by_text})
    house = House(roster=people, rules=rules)
    house.play("open 10:00; close 10:00:30; open 10:03; close 10:03:30; tick 10:16")
    assert house.alerted() == ["10:00 member sms", "10:15 member sms"]


def test_what_an_older_incident_was_may_still_be_said() -> None:
    house = House().play("open 20:14; close 20:18; ack 20:20; open 20:41; resolve 20:45 at_home")
    assert house.home.incident.phase is Phase.UNANSWERED
    assert [(one.number, one.outcome) for one in house.home.rest.past] == [(1, Outcome.AT_HOME)]


@pytest.mark.parametrize("outcome", ["emergency_exit", "returned", "false_alarm"])
def test_a_person_says_what_it_was(outcome: str) -> None:
    house = House().play(f"open 10:00; resolve 10:02 {outcome}; close 10:03; tick 14:00")
    assert house.home.incident.phase is Phase.OVER
    assert house.home.incident.outcome == outcome
    assert house.alerted() == ["10:00 member sms"]


def test_overdue_steps_after_downtime_are_one_alert_a_person() -> None:
    house = House().play("open 10:00; close 10:01; resumed 11:00; tick 11:01")
    assert house.alerted() == [
        "10:00 member sms",
        "11:00 member voice",
        "11:00 leader voice",
        "11:00 community sms",
    ]


def test_a_deadline_that_passed_while_we_were_down_waits_for_the_backlog() -> None:
    house = House(MORNING).play("open 07:10; resumed 07:30; close 07:30:05; tick 08:00")
    assert house.said() == ["permitted 07:10 window"]
    house = House(MORNING).play("open 07:10; resumed 07:30; tick 08:00")
    assert house.said()[1:] == ["held_open high 07:30 open_too_long"]
    assert house.home.opening.started_at == at("07:10")


def test_a_sensor_that_hangs_elsewhere_now_leaves_no_open_door_behind() -> None:
    house = House().play("close 09:00 S2; open 10:00 S2")
    moved = house.home.policy._replace(sensor_ids=frozenset({"S1"}))
    house.give(PolicyChanged(moved), at("10:01"))
    assert [leaf.sensor_id for leaf in house.home.doors] == ["S1"]
    assert house.home.opening.closed_at == at("10:01")


@pytest.mark.parametrize(
    ("story", "opened"),
    [
        ("open 07:10; tick 07:21", "07:10"),  # held open: told of since it opened
        ("open 10:00; close 10:01; open 10:30", "10:30"),
        ("open 20:14; close 20:15; ack 20:20; tick 20:31; open 20:35", "20:35"),  # reopened
        ("open 06:00; close 06:01; open 07:10; close 07:11; tick 07:30", "06:00"),  # permitted
    ],
)
def test_people_are_told_of_the_opening_that_was_the_last_breach(story: str, opened: str) -> None:
    assert House(MORNING).play(story).home.incident.opened_at == at(opened)


def test_a_step_that_was_overdue_counts_as_told_when_it_was_told() -> None:
    house = House().play("open 10:00; resumed 10:20; tick 10:21")
    assert len([line for line in house.alerted() if line == "10:20 member voice"]) == 1


def test_overdue_steps_go_to_who_is_on_duty_now() -> None:
    night = (Shift((0, 1, 2, 3, 4, 5, 6), 22 * 60, 6 * 60),)
    day = (Shift((0, 1, 2, 3, 4, 5, 6), 6 * 60, 22 * 60),)
    leaders = (Person("N", Role.LEADER, night), Person("D", Role.LEADER, day))
    roster = (Person("M", Role.MEMBER), *leaders)
    house = House(roster=roster).play("open 05:50; close 05:51; resumed 09:00")
    assert {alert.person_ids for alert in house.told[-1].alerts} == {("D",)}


def test_it_does_not_settle_while_a_permitted_opening_stands_open() -> None:
    house = House(MORNING).play("open 06:30; ack 06:40; close 06:48; open 06:57; tick 07:01")
    assert house.home.incident.phase is Phase.ANSWERED
    house.play("close 07:02; tick 07:13")
    assert house.home.incident.phase is Phase.SETTLED


@pytest.mark.parametrize(("outcome", "opened"), [("returned", True), ("emergency_exit", False)])
def test_a_door_that_is_open_after_all_was_opened(outcome: str, opened: bool) -> None:
    """A closing that the radio lost is not waited for; a door that says it is open is open."""
    house = House().play(f"open 10:00; resolve 10:02 {outcome}; tick 10:30; open 10:31")
    assert (len(house.decisions) > 1) is opened


def test_what_happens_after_the_outcome_is_another_matter() -> None:
    house = House().play("open 10:00; close 10:02; resolve 10:02 returned; open 10:02:05")
    assert house.home.incident.number == 2


def test_late_news_after_the_order_has_ended_is_told_and_stays() -> None:
    house = House(isolation_end=at("12:00"))
    house.give(DoorSeen("S1", Door.OPEN, at("11:50")), at("12:30"))
    house.play("close 12:31; tick 12:32")
    assert house.home.incident.phase is Phase.UNANSWERED
    assert house.alerted() == ["12:30 member sms"]


def test_an_order_that_is_moved_while_the_door_stands_open_counts_as_it_now_is() -> None:
    house = House(isolation_start=at("+00:00")).play("open 20:00")
    sooner = house.home.policy._replace(isolation_start=at("20:30"))
    house.give(PolicyChanged(sooner), at("20:10"))
    assert house.play("tick 20:40").said()[-1] == "held_open high 20:33 standing_open"
    house = House(isolation_start=at("20:30")).play("open 20:00")
    later = house.home.policy._replace(isolation_start=at("21:30"))
    house.give(PolicyChanged(later), at("20:10"))
    assert house.play("tick 21:40").said()[-1] == "held_open high 21:33 standing_open"
