"""Rows without the rows that they need; equal ones are counted, not listed."""

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from gateway.ledger.model import Grid, Household, Ledger, Protocol, Sensor
from gateway.lint.found import SHOWN, grouped
from gateway.lint.homes import lint
from gateway.rulesfile import RulesFile
from rules.local import instant

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 3, 10)
SWITCHBOT = Protocol.SWITCHBOT  # repeats itself all the time


def home(number: int, grid_id: str = "G1", last: date | None = None) -> Household:
    return Household(f"H{number}", grid_id, "", date(2026, 3, 1), last)


def sensor(number: int, protocol: Protocol = SWITCHBOT) -> Sensor:
    return Sensor(f"S{number}", f"H{number}", protocol, f"{number}")


def said(
    homes: list[Household], sensors: list[Sensor], rules: str = "", minute: int = 12 * 60
) -> list[tuple[tuple[str, ...], str]]:
    ledger = Ledger(
        grids={grid_id: Grid(grid_id) for grid_id in ("G1", "G2")},
        households={row.household_id: row for row in homes},
        sensors={row.sensor_id: row for row in sensors},
    )
    found = lint(ledger, RulesFile.parse(rules), ZONE, instant(TODAY, minute, ZONE))
    return [(w.grid_ids, f"{w.place}: {w.what}") for w in grouped(found)]


BOTH = [home(1), home(2, "G2")]
FITTED = [sensor(1), sensor(2)]


def test_a_whole_ledger_is_no_matter() -> None:
    assert said(BOTH, FITTED) == []


def test_nothing_at_all() -> None:
    assert said([], []) == [
        ((), "ledger: no household is watched"),
        (("G1", "G2"), "grid: has no household"),
    ]


def test_a_grid_without_homes_and_a_home_without_sensor() -> None:
    assert said([home(1)], []) == [
        (("G2",), "grid: has no household"),
        (("G1",), "household H1: has no sensor: nothing is seen of it"),
    ]


def test_equal_homes_are_counted_by_grid() -> None:
    ids = ", ".join(f"H{n}" for n in range(10, 10 + SHOWN))
    assert said([*BOTH, *(home(n) for n in range(10, 47))], FITTED) == [
        (("G1",), f"37 households {ids}, ...: has no sensor: nothing is seen of it")
    ]


def test_an_order_is_over_with_its_last_moment_and_then_nothing_else_is_said_of_it() -> None:
    last_minute = [home(1, last=date(2026, 3, 10)), home(2, "G2")]
    over = "household H1: isolation is over: its doors are only logged"
    assert said(last_minute, FITTED, minute=24 * 60 - 1) == []
    assert said(last_minute, FITTED, minute=24 * 60) == [(("G1",), over)]
    assert said(last_minute, FITTED[1:], minute=24 * 60) == [(("G1",), over)]


def test_a_kind_that_is_silent_between_openings_unless_somebody_gives_minutes() -> None:
    silent = [sensor(1, Protocol.XIAOMI), sensor(2)]
    line = (
        ("G1",),
        "sensor S1: xiaomi says nothing between openings: its loss is not noticed",
    )
    assert said(BOTH, silent) == [line]
    assert said(BOTH, silent, "[supervision]\nxiaomi = 60") == []
    assert said(BOTH, [replace(silent[0], supervision_minutes=60), silent[1]]) == []
