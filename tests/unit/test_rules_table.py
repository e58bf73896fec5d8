"""Every cell of the transition tables, with a story that comes to it and where it then leads."""

from pathlib import Path

import pytest

from rules import tables
from rules.home import Home, Incident, Phase
from rules.incidents.event import Details, Event
from rules.moment import MINUTE
from rules.policy import EVERY_DAY, Shift, Window
from rules.said import Out
from tests.support.house import House, at

P, E = Phase, Event
DOOR = "open 10:00; close 10:01"
MINE = f"{DOOR}; ack 10:02"
LATER = f"{MINE}; tick 10:13"  # settled: nobody opened since
BACK = "open 10:00; ack 10:02; close 10:11; tick 10:13"  # answered
TAKEN = f"{DOOR}; taken 10:02"
DONE = f"{DOOR}; resolve 10:02 returned"

DOORS: list[tuple[Phase, Event, str, Phase]] = [
    (P.NONE, E.BREACH, "open 10:00", P.UNANSWERED),
    (P.NONE, E.TIME, "", P.NONE),
    (P.NONE, E.ACKNOWLEDGED, "", P.NONE),
    (P.NONE, E.OUTCOME, "", P.NONE),
    (P.NONE, E.TAKEN_OVER, "", P.NONE),
    *((phase, E.NOT_REACHED, "", phase) for phase in P if phase not in (P.UNANSWERED, P.WAITING)),
    *((phase, E.WORSE, "", phase) for phase in P if phase is not P.WAITING),
    *((phase, E.CLEARED, "", phase) for phase in P if phase is not P.WAITING),
    (P.UNANSWERED, E.NOT_REACHED, f"{DOOR}; failed 10:02 P1 sms", P.UNANSWERED),
    (P.UNANSWERED, E.BREACH, f"{DOOR}; open 10:05", P.UNANSWERED),
    (P.UNANSWERED, E.TIME, f"{DOOR}; tick 10:06", P.UNANSWERED),
    (P.UNANSWERED, E.ACKNOWLEDGED, MINE, P.ON_MY_WAY),
    (P.UNANSWERED, E.ACKNOWLEDGED, "open 10:00; ack 10:02; tick 10:13; ack 10:14", P.UNANSWERED),
    (
        P.UNANSWERED,
        E.ACKNOWLEDGED,
        "open 10:00; ack 10:02; tick 10:13; close 10:14; ack 10:15",
        P.ANSWERED,
    ),
    (P.UNANSWERED, E.OUTCOME, DONE, P.OVER),
    (P.UNANSWERED, E.OUTCOME, f"{DOOR}; tick 20:01", P.OVER),
    (P.UNANSWERED, E.TAKEN_OVER, TAKEN, P.SHARED),
    (P.SHARED, E.BREACH, f"{TAKEN}; open 10:05", P.SHARED),
    (P.SHARED, E.BREACH, f"{TAKEN}; open 11:05", P.UNANSWERED),
    (P.SHARED, E.TIME, "", P.SHARED),
    (P.SHARED, E.ACKNOWLEDGED, f"{TAKEN}; ack 10:05", P.ON_MY_WAY),
    (P.SHARED, E.OUTCOME, f"{TAKEN}; resolve 10:05 at_home", P.OVER),
    (P.SHARED, E.OUTCOME, f"{TAKEN}; tick 20:01", P.OVER),
    (P.SHARED, E.TAKEN_OVER, f"{TAKEN}; taken 10:03", P.SHARED),
    (P.ON_MY_WAY, E.BREACH, f"{MINE}; open 10:05", P.ON_MY_WAY),
    (P.ON_MY_WAY, E.TIME, "open 10:00; ack 10:02; tick 10:13", P.UNANSWERED),
    (P.ON_MY_WAY, E.TIME, BACK, P.ANSWERED),
    (P.ON_MY_WAY, E.TIME, LATER, P.SETTLED),
    (P.ON_MY_WAY, E.ACKNOWLEDGED, f"{MINE}; ack 10:05 P2", P.ON_MY_WAY),
    (P.ON_MY_WAY, E.OUTCOME, f"{MINE}; resolve 10:05 at_home", P.OVER),
    (P.ON_MY_WAY, E.OUTCOME, "open 19:55; ack 19:56; tick 20:01", P.OVER),
    (P.ON_MY_WAY, E.TAKEN_OVER, f"{MINE}; taken 10:03", P.ON_MY_WAY),
    (P.ANSWERED, E.BREACH, f"{BACK}; open 10:15", P.UNANSWERED),
    (P.ANSWERED, E.TIME, f"{BACK}; tick 10:22", P.SETTLED),
    (P.ANSWERED, E.ACKNOWLEDGED, f"{BACK}; ack 10:15 P2", P.ON_MY_WAY),
    (P.ANSWERED, E.OUTCOME, f"{BACK}; resolve 10:15 at_home", P.OVER),
    (
        P.ANSWERED,
        E.OUTCOME,
        "open 19:40; ack 19:42; close 19:51; tick 19:53; tick 20:01",
        P.OVER,
    ),
    (P.ANSWERED, E.TAKEN_OVER, f"{BACK}; taken 10:14", P.ANSWERED),
    (P.SETTLED, E.BREACH, f"{LATER}; open 10:15", P.UNANSWERED),
    (P.SETTLED, E.TIME, f"{LATER}; tick 10:24", P.OVER),
    (P.SETTLED, E.ACKNOWLEDGED, f"{LATER}; ack 10:15", P.SETTLED),
    (P.SETTLED, E.OUTCOME, f"{LATER}; resolve 10:15 at_home", P.OVER),
    (P.SETTLED, E.TAKEN_OVER, f"{LATER}; taken 10:14", P.SETTLED),
    (P.OVER, E.BREACH, f"{DONE}; open 10:30", P.UNANSWERED),
    (P.OVER, E.TIME, "", P.OVER),
    (P.OVER, E.ACKNOWLEDGED, f"{DONE}; ack 10:05", P.OVER),
    (P.OVER, E.OUTCOME, f"{DONE}; resolve 10:05 false_alarm", P.OVER),
    (P.OVER, E.TAKEN_OVER, f"{DONE}; taken 10:05", P.OVER),
]
"""No story: nothing comes to that cell, which says that nothing would follow."""


@pytest.fixture
def cells(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Phase, Event]]:
    """Those that were come to, in order."""
    come_to: list[tuple[Phase, Event]] = []
    follow = tables.follow

    def spy(table: tables.Table, before: Incident, home: Home, e: Details, out: Out) -> Incident:
        come_to.append((before.phase, e.event))
        return follow(table, before, home, e, out)

    monkeypatch.setattr(tables, "follow", spy)
    return come_to


@pytest.mark.parametrize(("phase", "event", "story", "after"), DOORS)
def test_a_cell_of_the_door_incident(
    cells: list[tuple[Phase, Event]], phase: Phase, event: Event, story: str, after: Phase
) -> None:
    if not story:
        assert event not in tables.DOOR[phase]
        return
    house = House(isolation_end=at("20:00")).play(story)
    assert cells[-1] == (phase, event)
    assert house.home.incident is not None
    assert house.home.incident.phase is after


def test_every_cell_of_the_door_incident_has_its_story() -> None:
    phases = set(Phase) - {Phase.WAITING}
    assert set(tables.DOOR) == phases
    assert {row[:2] for row in DOORS} == {(phase, event) for phase in phases for event in Event}


def test_every_way_that_the_table_of_the_door_incident_names_is_gone() -> None:
    """And no other is."""
    gone = {(phase, event, after) for phase, event, _, after in DOORS if phase is not after}
    assert gone == {
        (phase, event, after)
        for phase, row in tables.DOOR.items()
        for event, (_, *leads_to) in row.items()
        for after in leads_to
    }


OF_DOORS = (E.BREACH, E.TAKEN_OVER)
OF_OTHERS = (P.WAITING, P.UNANSWERED, P.ANSWERED, P.OVER)
TAMPER, LOW = "tamper 10:00 yes", "battery 10:00 9"
FLAPS = "; ".join(f"open 10:00:{n}0; close 10:00:{n}5" for n in range(6))
OTHERS: list[tuple[Phase, Event, str, Phase]] = [
    *((phase, E.NOT_REACHED, "", phase) for phase in (P.WAITING, P.ANSWERED, P.OVER)),
    *((phase, event, "", phase) for phase in OF_OTHERS for event in OF_DOORS),
    (P.UNANSWERED, E.NOT_REACHED, f"{TAMPER}; failed 10:01 P1 sms", P.UNANSWERED),
    (P.WAITING, E.TIME, "", P.WAITING),
    (P.WAITING, E.ACKNOWLEDGED, f"{LOW}; ack 10:01", P.ANSWERED),
    (P.WAITING, E.OUTCOME, f"{LOW}; resolve 10:01 sensor_fault", P.OVER),
    (P.WAITING, E.CLEARED, f"{LOW}; battery 10:01 99", P.OVER),
    (P.UNANSWERED, E.TIME, f"{TAMPER}; tick 10:06", P.UNANSWERED),
    (P.UNANSWERED, E.ACKNOWLEDGED, f"{TAMPER}; ack 10:01", P.ANSWERED),
    (P.UNANSWERED, E.OUTCOME, f"{TAMPER}; resolve 10:01 false_alarm", P.OVER),
    (P.UNANSWERED, E.CLEARED, f"{TAMPER}; tamper 10:01 no", P.UNANSWERED),
    (P.UNANSWERED, E.CLEARED, f"{FLAPS}; commission 10:01 10:02", P.OVER),
    (P.ANSWERED, E.TIME, "", P.ANSWERED),
    (P.ANSWERED, E.ACKNOWLEDGED, f"{TAMPER}; ack 10:01; ack 10:02 P2", P.ANSWERED),
    (P.ANSWERED, E.OUTCOME, f"{TAMPER}; ack 10:01; resolve 10:02 moved", P.OVER),
    (P.ANSWERED, E.CLEARED, f"{LOW}; ack 10:01; battery 10:02 99", P.OVER),
    (P.OVER, E.TIME, "", P.OVER),
    (P.OVER, E.WORSE, "", P.OVER),
    (P.OVER, E.ACKNOWLEDGED, f"{LOW}; battery 10:01 99; ack 10:02", P.OVER),
    (P.OVER, E.OUTCOME, f"{LOW}; battery 10:01 99; resolve 10:02 sensor_fault", P.OVER),
    (P.OVER, E.CLEARED, "", P.OVER),
]
WORSE: list[tuple[Phase, str]] = [  # of a silence: told of in test_rules_grid
    (P.WAITING, "test_at_night_a_medium_silence_waits_for_the_digest_and_a_high_one_does_not"),
    (P.UNANSWERED, "test_medium_becomes_high_two_hours_later"),
    (P.ANSWERED, "test_an_answered_silence_alerts_nobody_else"),
]


@pytest.mark.parametrize(("phase", "event", "story", "after"), OTHERS)
def test_a_cell_of_another_incident(
    cells: list[tuple[Phase, Event]], phase: Phase, event: Event, story: str, after: Phase
) -> None:
    if not story:
        assert event not in tables.OTHER[phase]
        return
    house = House().play(story)
    assert cells[-1] == (phase, event)
    assert house.home.rest.incidents[0].phase is after


def test_every_cell_of_another_incident_has_its_story() -> None:
    grid_tests = (Path(__file__).parent / "test_rules_grid.py").read_text()
    assert all(f"def {name}(" in grid_tests for _, name in WORSE)
    told = {row[:2] for row in OTHERS} | {(phase, E.WORSE) for phase, _ in WORSE}
    assert set(tables.OTHER) == set(OF_OTHERS)
    assert told == {(phase, event) for phase in OF_OTHERS for event in Event}


def test_every_way_that_the_table_of_the_other_incidents_names_is_gone() -> None:
    """And no other is; of a silence that grows worse the tests of the grid tell."""
    gone = {(phase, event, after) for phase, event, _, after in OTHERS if phase is not after}
    assert gone | {(P.WAITING, E.WORSE, P.UNANSWERED)} == {
        (phase, event, after)
        for phase, row in tables.OTHER.items()
        for event, (_, *leads_to) in row.items()
        for after in leads_to
        if after is not phase
    }


def test_windows_of_a_story_do_not_matter_here() -> None:
    """The stories above have no window: with one, an opening in it changes no phase."""
    window = Window("W", Shift(EVERY_DAY, 10 * 60, 11 * 60), max_open=30 * MINUTE)
    assert House(window).play("open 10:00; close 10:01").home.incident is None
