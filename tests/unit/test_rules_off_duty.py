"""An alert that waits while the duty or the roster changes is told to whoever has it then: once,
and no later step is lost by it."""

import pytest

from rules.model import Role
from rules.policy import EVERY_DAY, Person, PolicyChanged, Shift
from tests.support.house import House, at

DAY, NIGHT = (Shift(EVERY_DAY, 8 * 60, 20 * 60),), (Shift(EVERY_DAY, 20 * 60, 8 * 60),)
ROSTER = (
    Person("P1", Role.MEMBER, DAY),
    Person("P2", Role.LEADER),
    Person("P4", Role.MEMBER, NIGHT),
    Person("P5", Role.MEMBER, NIGHT),
)
OPENED = "open 19:58; close 19:59"


@pytest.mark.parametrize(
    ("story", "told"),
    [
        ("failed 19:59:30 P1 sms", {("P1", "voice"), ("P2", "sms")}),  # still theirs: as ever
        ("failed 20:01 P1 sms", {("P4", "sms"), ("P5", "sms")}),
        ("failed 20:01 P1 sms; failed 20:01:30 P1 sms", {("P4", "sms"), ("P5", "sms")}),  # once
        ("failed 20:01 P1 voice", set()),  # that way nobody was told
        ("ack 20:00:30; failed 20:01 P1 sms", set()),  # somebody has it
    ],
)
def test_who_is_told_instead(story: str, told: set[tuple[str, str]]) -> None:
    house = House(roster=ROSTER).play(OPENED)
    before = len(house.told)
    house.play(story)
    alerts = [alert for said in house.told[before:] for alert in said.alerts]
    assert {(who, str(a.channel)) for a in alerts for who in a.person_ids} == told


def test_it_says_in_whose_place_and_the_later_steps_keep_their_minutes() -> None:
    house = House(roster=ROSTER).play(f"{OPENED}; failed 20:01 P1 sms; failed 20:04 P1 sms")
    house.play("tick 20:09")
    assert [said.in_place_of for said in house.told] == ["", "P1", "", ""]
    assert house.alerted() == [
        "19:58 member sms",
        "20:01 member sms",
        "20:03 member voice",
        "20:03 leader sms",
        "20:08 leader voice",
    ]


def test_nobody_gets_the_same_channel_twice_within_two_minutes() -> None:
    """Two went off duty; those who came are told once. What became graver is told after that."""
    both = (*ROSTER, Person("P3", Role.MEMBER, DAY))
    house = House(roster=both).play(f"{OPENED}; failed 20:01 P1 sms; failed 20:01:10 P3 sms")
    assert [said.in_place_of for said in house.told] == ["", "P1"]


MEMBERS = Person("P1", Role.MEMBER), Person("P5", Role.MEMBER)
LEADERS = Person("P2", Role.LEADER), Person("P6", Role.LEADER)
OLD, NEW = (MEMBERS[0], LEADERS[0]), (MEMBERS[1], LEADERS[1])


@pytest.mark.parametrize(
    ("roster", "failed", "told"),
    [
        ((MEMBERS[1], LEADERS[0]), "P1 sms", ["P5"]),  # not the leader, who has it
        ((MEMBERS[0], LEADERS[1]), "P2 sms", ["P6"]),
        (NEW, "P1 sms; failed 23:02 P2 sms", ["P5", "P6"]),  # each role once
        ((*OLD, MEMBERS[1]), "P1 sms", []),  # still theirs
        ((LEADERS[0],), "P1 sms; failed 23:02 P1 voice", []),  # the leader has it, and more follow
    ],
)
def test_who_is_told_in_place_of_somebody_who_left_the_roster(
    roster: tuple[Person, ...], failed: str, told: list[str]
) -> None:
    house = House(roster=OLD).play("open 23:00; close 23:01")
    before = len(house.told)
    house.give(PolicyChanged(house.home.policy._replace(roster=roster)), at("23:01:30"))
    house.play(f"failed 23:02 {failed}")
    instead = [said for said in house.told[before:] if said.in_place_of]
    assert [who for said in instead for one in said.alerts for who in one.person_ids] == told


def test_with_nobody_in_that_role_the_next_step_does_not_wait() -> None:
    house = House(roster=OLD).play("open 10:00; close 10:01")
    house.give(PolicyChanged(house.home.policy._replace(roster=LEADERS[:1])), at("10:01:30"))
    assert house.play("failed 10:02 P1 sms").alerted()[1:] == ["10:02 leader sms"]


@pytest.mark.parametrize(("when", "number"), [("20:01", 0), ("20:04", 1)])
def test_it_is_of_the_step_that_was_taken_last(when: str, number: int) -> None:
    house = House(roster=ROSTER).play(f"{OPENED}; failed {when} P1 sms")
    assert [alert.step for alert in house.told[-1].alerts] == [number]
    assert house.told[-1].in_place_of == "P1"


def test_with_nobody_on_duty_they_stay_told_and_it_is_tried_again_soon() -> None:
    house = House(roster=ROSTER[:1]).play(f"{OPENED}; failed 20:01 P1 sms")
    assert house.home.incident.alerted == (("P1", "sms", at("19:58")),)
    assert house.home.incident.due == at("20:11")
