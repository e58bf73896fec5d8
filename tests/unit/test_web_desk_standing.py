"""What colour a door has on the wall, and where it stands there."""

from datetime import date

import pytest

from gateway.coverage.gaps import State
from gateway.ledger.model import Household
from gateway.web.desk.floors import Room, plan
from gateway.web.desk.history import joined
from gateway.web.desk.standing import Standing, standing, why_unseen
from rules.home import Home, Incident, Opening, Phase, Rest
from rules.model import Kind, PassGranted, Reason, Severity
from rules.moment import HOUR, MINUTE, NEVER, SECOND
from rules.policy import Policy
from tests.support.house import ZONE

NOW = 100 * HOUR
QUIET, PERMITTED, ATTENTION = Standing.QUIET, Standing.PERMITTED, Standing.ATTENTION
UNSEEN, FREE = Standing.UNSEEN, Standing.FREE
UNSUPERVISED, SILENT = State.UNSUPERVISED, State.SENSOR


def an_incident(phase: Phase, kind: Kind = Kind.UNAUTHORISED_OPENING, by: str = "") -> Incident:
    return Incident(
        1, phase, kind, Severity.HIGH, Reason.UNCOVERED, NOW, NOW, resolved_by=by, resolved_at=NOW
    )


def a_home(
    opening: Opening | None = None,
    incident: Incident | None = None,
    other: Incident | None = None,
    *,
    passes: tuple[PassGranted, ...] = (),
    fitting: bool = False,
    isolates: bool = True,
) -> Home:
    policy = Policy("H1", ZONE, isolation_end=NEVER if isolates else NOW)
    tried = (("S1", NOW + MINUTE),) if fitting else ()
    rest = Rest(incidents=(other,) if other else ())
    return Home(policy, NEVER, (), opening, incident, (), passes, commissioning=tried, rest=rest)


STARTED = NOW - MINUTE
ALLOWED = Opening(STARTED, None, NOW + MINUTE, Kind.WINDOW_OVERRUN, ("W1",))
UNCOVERED = Opening(STARTED, None, NOW + MINUTE, None)
FOUND_OPEN = Opening(STARTED, None, NOW + MINUTE, Kind.HELD_OPEN)
OVERDUE = Opening(STARTED, None, NEVER, Kind.HELD_OPEN, ("W1",))
CLOSED = Opening(STARTED, NOW, NEVER, None)
OPEN_NOW, TAKEN = an_incident(Phase.UNANSWERED), an_incident(Phase.ON_MY_WAY)
SHARED, SETTLED = an_incident(Phase.SHARED), an_incident(Phase.SETTLED)
SAID = an_incident(Phase.OVER, by="member")
ENDED = an_incident(Phase.OVER)
TAMPER = an_incident(Phase.UNANSWERED, Kind.TAMPER)
LOW_BATTERY = an_incident(Phase.WAITING, Kind.BATTERY_LOW)
VALID = PassGranted("pass-1", NOW - MINUTE, NOW + MINUTE)
GONE = PassGranted("pass-1", NOW - HOUR, NOW)


@pytest.mark.parametrize(
    ("home", "unseen", "wanted"),
    [
        # quiet: closed, and we would know
        (a_home(), None, QUIET),
        (a_home(CLOSED), None, QUIET),
        (a_home(CLOSED, SETTLED), None, QUIET),
        (a_home(passes=(GONE,)), None, QUIET),
        (a_home(other=LOW_BATTERY), None, QUIET),
        # permitted now: open and allowed, or it may open once
        (a_home(ALLOWED), None, PERMITTED),
        (a_home(passes=(VALID,)), None, PERMITTED),
        (a_home(FOUND_OPEN, fitting=True), None, PERMITTED),
        (a_home(UNCOVERED, SAID), None, PERMITTED),
        (a_home(ALLOWED), UNSUPERVISED, PERMITTED),  # the opening was heard
        # to act on: whatever else is so
        (a_home(UNCOVERED, OPEN_NOW), None, ATTENTION),
        (a_home(CLOSED, OPEN_NOW), None, ATTENTION),
        (a_home(UNCOVERED, TAKEN), None, ATTENTION),
        (a_home(UNCOVERED, SHARED), None, ATTENTION),
        (a_home(other=TAMPER), None, ATTENTION),
        (a_home(CLOSED, OPEN_NOW), SILENT, ATTENTION),
        (a_home(CLOSED, OPEN_NOW, isolates=False), None, ATTENTION),
        (a_home(FOUND_OPEN), None, ATTENTION),  # nobody has said why it is open
        (a_home(OVERDUE), None, ATTENTION),
        (a_home(UNCOVERED, ENDED), None, ATTENTION),
        # not observed: not seen is not compliant
        (a_home(), SILENT, UNSEEN),
        (a_home(CLOSED), State.RADIO, UNSEEN),
        (a_home(), State.CLOCK, UNSEEN),
        (a_home(), UNSUPERVISED, UNSEEN),
        (a_home(ALLOWED), SILENT, UNSEEN),  # how the door stands by now, nobody knows
        (a_home(passes=(VALID,)), SILENT, UNSEEN),
        # not isolating
        (a_home(isolates=False), None, FREE),
        (a_home(UNCOVERED, isolates=False), SILENT, FREE),
    ],
)
def test_four_states(home: Home, unseen: State | None, wanted: Standing) -> None:
    assert standing(home, unseen, NOW) is wanted


@pytest.mark.parametrize(
    ("gaps", "wanted"),
    [
        ({}, None),
        ({(State.SENSOR, "H1"): 1}, State.SENSOR),
        ({(State.SENSOR, "H2"): 1}, None),
        ({(State.RADIO, None): 1}, None),  # this home is heard by the broker
        ({(State.BROKER, None): 1}, State.BROKER),
        ({(State.CLOCK, None): 1, (State.SENSOR, "H1"): 1}, State.CLOCK),
        ({(UNSUPERVISED, "H1"): 1}, UNSUPERVISED),
        ({(UNSUPERVISED, "H1"): 1, (State.SENSOR, "H1"): 1}, State.SENSOR),
    ],
)
def test_why_a_home_is_not_observed(
    gaps: dict[tuple[State, str | None], int], wanted: State | None
) -> None:
    assert why_unseen(gaps, "H1", {State.POWER, State.CLOCK, State.BROKER}) is wanted


def lives(key: str, building: str | None, unit: str | None, room: str | None) -> Household:
    return Household(key, "G1", key, date(2026, 3, 1), None, building, unit, room)


def test_floors_from_the_top_two_rooms_to_a_landing_and_faint_numbers_between() -> None:
    found = plan([lives("A", "3", "1", "301"), lives("B", "3", "1", "102")])
    (unit,) = found.buildings[0].units
    assert unit.width == 2
    assert unit.rooms == (
        Room("301", "A"), Room("302"),
        Room("201"), Room("202"),
        Room("101"), Room("102", "B"),
    )  # fmt: skip


def test_buildings_and_units_stand_in_the_order_of_their_numbers() -> None:
    homes = [lives(str(n), b, u, "101") for n, (b, u) in enumerate(
        [("10栋", "1"), ("2", "2单元"), ("2栋", "1"), ("B", "1")])]  # fmt: skip
    found = plan(homes).buildings
    assert [(one.name, [unit.name for unit in one.units]) for one in found] == [
        ("2", ["1", "2"]),
        ("10", ["1"]),
        ("B", ["1"]),
    ]


def test_two_households_behind_one_number_are_both_shown() -> None:
    (unit,) = plan([lives("A", "1", "1", "101"), lives("B", "1", "1", "101室")]).buildings[0].units
    assert {room.household_id for room in unit.rooms} == {"A", "B", None}


def test_homes_without_a_known_room_are_listed_apart() -> None:
    found = plan([lives("平房10", None, None, None), lives("平房2", "1", None, "阁楼")])
    assert found.buildings == ()
    assert [home.household_id for home in found.elsewhere] == ["平房2", "平房10"]


@pytest.mark.parametrize(
    ("moves", "wanted"),
    [
        ([("A", 0, True), ("A", 60, False)], [(0, 60)]),
        ([("A", 0, True)], [(0, None)]),
        ([("A", 0, True), ("B", 5, True), ("A", 9, False), ("B", 20, False)], [(0, 20)]),
        ([("A", 0, True), ("A", 6, False), ("A", 12, True), ("A", 30, False)], [(0, 30)]),
        ([("A", 0, True), ("A", 6, False), ("A", 60, True)], [(0, 6), (60, None)]),
        ([("A", 0, False)], []),
    ],
    ids=["one", "open", "two sensors", "bounce", "two", "closed only"],
)
def test_a_households_openings_are_joined_from_its_sensors(
    moves: list[tuple[str, int, bool]], wanted: list[tuple[int, int | None]]
) -> None:
    told = ((sensor, at * SECOND, is_open) for sensor, at, is_open in moves)
    found = joined(told, a_home())
    assert [(a // SECOND, b if b is None else b // SECOND) for a, b in found] == wanted
