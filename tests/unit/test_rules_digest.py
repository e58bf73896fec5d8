"""The digest of a grid: once a day at its minute, under any schedule of ticks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.grid import Grid
from rules.grid.digest import is_late_for
from rules.grid.step import step
from rules.model import Resumed, Tick
from rules.moment import DAY, HOUR, MINUTE
from rules.policy import GridPolicy, GridPolicyChanged, Rules
from rules.said import DigestDue
from tests.support.house import ZONE, at

G1 = GridPolicy("G1", ZONE)
NINE = G1._replace(rules=Rules(digest=9 * 60))


def grid(policy: GridPolicy = G1, since: str = "00:00") -> Grid:
    return step(Grid(policy), GridPolicyChanged(policy), at(since))[0]


def due(grid: Grid, *given: tuple[object, int]) -> list[DigestDue]:
    found = []
    for one, now in given:
        grid, out = step(grid, one, now)  # type: ignore[arg-type]
        found += [said for said in out if isinstance(said, DigestDue)]
    return found


def test_it_is_due_at_its_minute_every_day_and_says_since_when() -> None:
    days = [(Tick(), at("08:31") + n * DAY) for n in range(3)]
    first = at("08:30")
    assert due(grid(), *days) == [
        DigestDue(first),
        DigestDue(first + DAY, first),
        DigestDue(first + 2 * DAY, first + DAY),
    ]


@given(st.lists(st.integers(0, 5 * DAY), max_size=30))
def test_any_schedule_of_ticks_gives_the_same(moments: list[int]) -> None:
    ticks = [(Tick(), at("00:00") + moment) for moment in sorted({*moments, 5 * DAY})]
    assert [one.at for one in due(grid(), *ticks)] == [at("08:30") + n * DAY for n in range(5)]


def test_the_gateway_itself_has_none() -> None:
    assert due(grid(GridPolicy("", ZONE)), (Tick(), at("+12:00"))) == []


@pytest.mark.parametrize(
    ("changed", "policy", "moments"),
    [
        ("08:00", NINE, ["09:00"]),  # a later minute, in time
        ("08:30", G1, ["08:30"]),  # at the very moment
        ("08:45", NINE, ["08:30"]),  # told already: not twice on one day
        ("09:30", NINE, ["08:30"]),
    ],
)
def test_a_policy_that_changes_neither_loses_nor_doubles_it(
    changed: str, policy: GridPolicy, moments: list[str]
) -> None:
    given = [(Tick(), at(changed)), (GridPolicyChanged(policy), at(changed))]
    found = due(grid(), *given, (Tick(), at("23:59")))
    assert [one.at for one in found] == [at(when) for when in moments]


def test_a_minute_that_is_past_for_today_holds_from_tomorrow_on() -> None:
    found = due(grid(NINE), (GridPolicyChanged(G1), at("08:45")), (Tick(), at("+09:30")))
    assert [one.at for one in found] == [at("+08:30")]


def test_a_grid_that_begins_after_the_minute_begins_with_tomorrow() -> None:
    assert [one.at for one in due(grid(since="10:00"), (Tick(), at("+10:00")))] == [at("+08:30")]


@pytest.mark.parametrize(
    ("back", "said"),
    [("08:31", True), ("21:59", True), ("22:00", False), ("+06:59", False), ("+10:00", False)],
)
def test_after_a_downtime_it_is_said_late_on_the_same_day_and_not_in_the_quiet_hours(
    back: str, said: bool
) -> None:
    found = due(grid(), (Resumed(), at(back)))
    assert found[0].at == at("08:30")
    assert is_late_for(found[0], G1, at(back)) is not said


def test_of_a_week_away_only_the_last_one_is_said() -> None:
    back = at("08:30") + 6 * DAY + 2 * HOUR
    found = due(grid(), (Resumed(), back))
    assert len(found) == 7
    assert [one for one in found if not is_late_for(one, G1, back)] == found[-1:]
    assert due(grid(since="08:29"), (Tick(), at("08:30") + 3 * MINUTE)) == [DigestDue(at("08:30"))]
