"""The tally of weeks: what is said of a gateway that does well, and each fault is seen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from rules.model import Kind, Reason, Severity
from rules.said import Decision
from simulators.neighbourhood import Life, Played, Tally, Why, live, play, settle, tally
from simulators.neighbourhood.gateway import Said, Text
from simulators.neighbourhood.player import Heard, ms

SEED, LOSS = 2, 0.0


@pytest.fixture
def played() -> Played:
    """A quiet town in which nothing is lost and nothing fails."""
    town = settle(SEED, 60, 3, day=date(2026, 3, 2))
    life = live(town, SEED)
    events = [event for event in life.events if event.why is not Why.FLAPPING]
    return play(Life(life.town, events, ()), SEED, loss=LOSS)


def test_where_nothing_is_lost_nothing_is_missed(played: Played) -> None:
    got = tally(played)
    assert got.heard == got.breaches > 5
    assert (got.missed, got.unfound, got.accused, got.false_texts) == ([], [], [], [])
    assert (got.proved, got.traceless, got.hidden) == (0, 0, 0)
    assert got.texts > 0 < got.naive
    assert max(got.seconds) < 1


def a_breach(played: Played) -> tuple[str, int]:
    first = next(s for s in played.gateway.said if s.decision.reason is Reason.UNCOVERED)
    assert first.decision.incident is not None
    return first.subject, first.decision.incident


def nobody_is_told(played: Played) -> None:
    who = a_breach(played)
    played.texts[:] = [t for t in played.texts if (t.subject, t.incident) != who]


def nothing_is_decided(played: Played) -> None:
    who = a_breach(played)
    played.gateway.said[:] = [
        s for s in played.gateway.said if (s.subject, s.decision.incident) != who
    ]


def decided_too_late(played: Played) -> None:
    who, hour = a_breach(played), 3_600_000
    played.gateway.said[:] = [
        s._replace(decision=s.decision._replace(at=s.decision.at + hour))
        if (s.subject, s.decision.incident) == who
        else s
        for s in played.gateway.said
    ]


@pytest.mark.parametrize("fault", [nobody_is_told, nothing_is_decided, decided_too_late])
def test_a_breach_that_nobody_is_told_of_is_missed(
    played: Played, fault: Callable[[Played], None]
) -> None:
    fault(played)
    got = tally(played)
    assert got.missed
    assert got.recall < 1


def test_who_did_nothing_and_is_called_unauthorised(played: Played) -> None:
    home = next(h for h in played.life.town.households if not quiet(played, h.household_id))
    at = ms(played.life.town.at(played.life.events[0].at.time())) + 40_000
    uncovered = Decision(at, Kind.UNAUTHORISED_OPENING, Reason.UNCOVERED, 99, Severity.HIGH)
    played.gateway.said.append(Said(home.household_id, uncovered))
    played.texts.append(Text(at, home.household_id, 99, "P01", "member", "sms", 0))
    got = tally(played)
    assert len(got.accused) == len(got.false_texts) == 1
    assert got.false_per_household_week == 1 / got.household_weeks


def quiet(played: Played, household_id: str) -> bool:
    return any(
        said.subject == household_id and said.decision.incident for said in played.gateway.said
    )


def test_an_opening_that_only_a_counter_shows(played: Played) -> None:
    sensor, opening = counted_opening(played)
    played.heard[sensor] = [h for h in played.heard[sensor] if not within(h, opening)]
    got = tally(played)
    assert got.proved == 1
    assert len(got.unfound) == 1
    start, end = opening
    found = Decision(end, Kind.INFERRED_OPENING, Reason.BETWEEN, 98, Severity.MEDIUM, start - 9_000)
    home = next(s.household_id for s in played.life.town.sensors if s.sensor_id == sensor)
    played.gateway.said.append(Said(home, found))
    assert tally(played).unfound == []


def test_an_opening_that_left_no_trace(played: Played) -> None:
    sensor, opening = counted_opening(played)
    played.heard[sensor] = [h for h in played.heard[sensor] if not within(h, opening)]
    town = played.life.town
    sensors = tuple(replace(s, counts_doors=False) for s in town.sensors)
    played.life = replace(played.life, town=replace(town, sensors=sensors))
    assert tally(played).traceless == 1


def counted_opening(played: Played) -> tuple[str, tuple[int, int]]:
    """An opening of a home with one sensor, which counts doors."""
    town = played.life.town
    counting = [s for s in town.sensors if s.counts_doors]
    alone = {s.sensor_id for s in counting if len(town.sensors_of(s.household_id)) == 1}
    moves = [e for e in played.life.events if e.moves and e.sensor_id in alone]
    opens = next(e for e in moves if e.open and e.at > moves[0].at + timedelta(hours=9))
    closes = next(e for e in moves if e.sensor_id == opens.sensor_id and e.at > opens.at)
    return opens.sensor_id, (ms(opens.at), ms(closes.at))


def within(heard: Heard, opening: tuple[int, int]) -> bool:
    return opening[0] <= heard.at <= opening[1]


def test_the_figures_of_a_tally() -> None:
    got = Tally(household_weeks=10, openings=100, breaches=12, heard=10)
    got.texts, got.naive = 30, 900
    got.first_steps["member"], got.owed["member"] = 11, 10
    assert (got.texts_per_breach, got.fewer_than_naive, got.first_steps_each) == (3, 30, 1.1)
    assert (got.recall, got.inferred) == (1, 1)
