"""What is remembered of an incident and its answers, and what a grid hears of a home's step."""

import pytest

from rules.grid.step import breaches_of
from rules.home import Incident, Phase
from rules.incidents.of_home import find
from rules.model import HandedOver, Outcome, PassGranted, Reason, Resolved
from rules.moment import MINUTE
from rules.said import Alerted, Note, Noted
from rules.step import step
from tests.support.house import MORNING, House, at

# -- what is remembered of an answer -----------------------------------------------------------


def test_an_end_has_who_said_so() -> None:
    ended = House().play("open 10:00; close 10:01; resolve 10:02 returned").home.incident
    assert (ended.resolved_by, ended.resolved_at) == ("P1", at("10:02"))
    assert ended.outcome is Outcome.RETURNED


def test_what_is_open_again_has_no_end() -> None:
    house = House().play("open 10:00; close 10:01; ack 10:02; tick 10:13")
    assert house.home.incident.outcome is Outcome.UNVERIFIED
    again = house.play("open 10:14").home.incident
    assert (again.outcome, again.resolved_at, again.acknowledged_by) == (None, 0, ())


def test_each_answer_is_a_line_of_the_timeline() -> None:
    house = House().play("open 10:00; ack 10:02; tick 10:13; ack 10:14; close 10:15; ack 10:16")
    answers = [when for when, what in house.notes if what.value == "acknowledged"]
    assert answers == ["10:02", "10:14", "10:16"]


def test_a_door_that_stays_open_after_its_incident_is_over_is_no_line_of_it() -> None:
    house = House().play("open 10:00; resolve 10:01 moved; tick 10:05; close 10:06")
    assert house.notes == [("10:01", Note.RESOLVED)]


def test_what_settled_is_over_when_nobody_opened_though_the_order_ends_just_then() -> None:
    house = House(isolation_end=at("12:00"))
    house.play("open 11:38; close 11:39; ack 11:40; tick 11:51; tick 12:01")
    assert (house.home.incident.phase, house.home.incident.outcome) == (
        Phase.OVER, Outcome.UNVERIFIED,
    )  # fmt: skip


def test_news_says_how_late_it_is() -> None:
    assert House().play("open 10:00").home.incident.late_by == 0
    assert House().play("late 10:02 10:00").home.incident.late_by == 2 * MINUTE


def test_who_gives_the_pass_has_resolved_the_incident() -> None:
    house = House().play("open 10:00")
    house.give(PassGranted("E", at("10:01"), at("10:30"), incident=1, by="P2"), at("10:01"))
    ended = house.home.incident
    assert (ended.resolved_by, ended.outcome) == ("P2", Outcome.PERMITTED_AFTER_ALL)


def test_all_who_answer_have_answered() -> None:
    house = House().play("tamper 10:00 yes; ack 10:01; ack 10:02 P2")
    assert house.home.rest.incidents[0].acknowledged_by == ("P1", "P2")


def test_a_graver_kind_brings_its_own_reason() -> None:
    house = House(MORNING).play("open 07:05; tick 07:16")
    assert house.home.incident.reason is Reason.TOO_LONG
    house.play("close 07:17; open 09:00")
    assert house.home.incident.reason is Reason.UNCOVERED
    house.play("close 09:01; open 09:10; tick 09:14")
    assert house.said()[-1].endswith("still_open")
    assert house.home.incident.reason is Reason.UNCOVERED
    house.play("close 09:14; open 23:00")
    assert house.home.incident.reason is Reason.UNCOVERED


def test_a_tamper_that_is_cleared_is_a_line_of_it() -> None:
    house = House().play("tamper 10:00 yes; ack 10:01; tamper 10:02 no")
    assert house.notes == [("10:01", Note.ACKNOWLEDGED), ("10:02", Note.CLEARED)]


def test_a_door_found_open_beside_one_that_nothing_permits_is_no_second_breach() -> None:
    house = House().play("close 00:01 S2; open 10:00 S2; found 10:01 09:00")
    assert house.said() == ["unauthorised_opening high 10:00 uncovered"]


def test_a_pass_that_has_ended_excuses_nothing() -> None:
    house = House().play("open 10:00")
    house.give(PassGranted("E", at("10:00"), at("10:02"), incident=1), at("10:02"))
    assert house.home.incident.outcome is None


def test_what_was_answered_in_doubtful_time_and_was_a_breach_is_not_permitted_after_all() -> None:
    house = House().play("clock 09:00 unverified; open 10:00; ack 10:02; close 10:08; tick 10:13")
    assert house.home.incident.phase is Phase.ANSWERED
    house.play("clock 10:14 verified")
    assert (house.home.incident.phase, house.home.incident.outcome) == (Phase.ANSWERED, None)


def test_who_found_the_door_shut_has_shut_the_opening_that_nobody_saw_begin() -> None:
    house = House(MORNING).play("found 08:06 07:50; resolve 08:07 returned; tick 08:10")
    assert house.said() == ["inferred_opening medium 08:06 between"]


def test_a_tamper_has_when_it_was_answered() -> None:
    house = House().play("tamper 10:00 yes; ack 10:01")
    assert house.home.rest.incidents[0].acknowledged_at == at("10:01")


def test_what_is_said_of_an_older_incident_is_said_of_it_alone() -> None:
    house = House()
    for hour in (10, 11, 12):
        house.play(f"open {hour}:00; close {hour}:01")
        number = house.home.incident.number
        house.give(Resolved(number, "P1", Outcome.MOVED), at(f"{hour}:02"))
    house.give(Resolved(1, "P2", Outcome.FALSE_ALARM), at("13:00"))
    found = [find(house.home, number) for number in (1, 2, 3)]
    assert [one and one.outcome for one in found] == [
        Outcome.FALSE_ALARM, Outcome.MOVED, Outcome.MOVED,
    ]  # fmt: skip
    assert [one and one.number for one in found] == [1, 2, 3]


# -- handing over ------------------------------------------------------------------------------


def handed(house: House, when: str, number: int = 1) -> list[Alerted]:
    before = len(house.told)
    house.give(HandedOver(number, "P1", "P2"), at(when))
    return house.told[before:]


@pytest.mark.parametrize("story", ["open 10:00; close 10:01", "tamper 10:00 yes"])
def test_who_is_asked_to_go_is_remembered_as_told(story: str) -> None:
    house = House().play(story)
    told = handed(house, "10:02")
    assert [(a.role, a.channel, a.person_ids) for t in told for a in t.alerts] == [
        ("leader", "sms", ("P2",))
    ]
    incident: Incident | None = find(house.home, 1)
    assert incident is not None
    assert ("P2", "sms", at("10:02")) in incident.alerted
    assert incident.acknowledged_by == ("P1",)
    assert handed(house, "10:03") == []  # the same way, a minute later


def test_nobody_is_asked_to_go_for_what_is_over_or_was_never() -> None:
    house = House().play("open 10:00; close 10:01; resolve 10:02 returned")
    assert handed(house, "10:03") == []
    assert handed(house, "10:03", number=7) == []


# -- what a grid hears of it -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("story", "opening"),
    [
        ("open 10:00", True),
        ("open 23:00", True),
        ("open 07:01; close 07:02; open 07:20", True),  # the window is used up
        ("open 10:00; close 10:01; open 10:20; close 10:21; open 10:40", True),  # repeated
        ("open 10:00; tick 10:04", False),  # it opened minutes ago
        ("open 07:05; tick 07:20", False),
        ("late 10:02 10:00", False),
        ("found 10:02 09:00", False),
        ("battery 10:00 5", None),
        ("help 10:00", None),
    ],
)
def test_only_an_opening_just_now_counts_towards_a_fire(story: str, opening: bool | None) -> None:
    *before, (verb, *words) = (line.split() for line in story.split("; "))
    house = House(MORNING)
    if before:
        house.play("; ".join(" ".join(line) for line in before))
    said = len(house.decisions)
    house.play(" ".join([verb, *words]))
    now = at(words[0])
    found = breaches_of(house.home, list(house.decisions[said:]), now)
    assert [one.opening for one in found] == ([] if opening is None else [opening])


def test_a_tamper_is_no_opening_and_a_line_is_no_breach() -> None:
    house = House().play("open 10:00; tamper 10:01 yes")
    _, out = step(house.home, HandedOver(1, "P1", "P2"), at("10:02"))
    assert any(isinstance(one, Noted) for one in out)
    assert breaches_of(house.home, out, at("10:02")) == []
    tamper = breaches_of(house.home, list(house.decisions[-1:]), at("10:01"))
    assert [(one.opening, one.tamper) for one in tamper] == [(False, True)]
