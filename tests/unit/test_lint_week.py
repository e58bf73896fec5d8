"""The week as ranges: exactly the hours of ``rules.local.on_shift``, and how they read."""

from zoneinfo import ZoneInfo

import pytest

from gateway.ledger.clocks import parse_duty
from gateway.lint.week import WEEK, covered, joined, show
from rules.local import on_shift
from rules.moment import MINUTE

UTC = ZoneInfo("UTC")
MONDAY = 1_704_067_200_000  # 2024-01-01, a Monday


@pytest.mark.parametrize(
    "duty",
    [
        "",
        "mon-fri 08:00-20:00",
        "mon-fri 08:00-20:00; sat,sun 20:00-08:00",
        "sun 23:30-23:29",
        "daily 08:00-20:00; daily 20:00-08:00",
        "sat 00:00-24:00",
        "mon 06:10-06:11; mon 06:11-06:12; tue 05:00-07:00; tue 06:00-06:30",
    ],
)
def test_the_week_is_covered_exactly_where_somebody_is_on_shift(duty: str) -> None:
    shifts = parse_duty(duty)
    ranges = covered(shifts)
    assert ranges == joined(ranges)
    for edge in {0, WEEK - 1, *(minute for each in ranges for minute in each)}:
        for minute in (edge - 1, edge, edge + 1):
            if 0 <= minute < WEEK:
                within = any(begins <= minute < ends for begins, ends in ranges)
                moment = MONDAY + minute * MINUTE
                assert within is on_shift(shifts, moment, UTC)
                assert within is on_shift(shifts, moment + MINUTE - 1, UTC)


def test_every_minute_of_a_tangled_duty() -> None:
    shifts = parse_duty("mon,wed 22:00-03:15; wed-thu 01:00-22:00; sun 12:00-11:00")
    ranges = covered(shifts)
    there = {m for m in range(WEEK) if on_shift(shifts, MONDAY + m * MINUTE, UTC)}
    assert {m for begins, ends in ranges for m in range(begins, ends)} == there


DAY = 24 * 60


@pytest.mark.parametrize(
    ("ranges", "said"),
    [
        ([(0, WEEK)], "all week"),
        ([(5 * DAY + 1200, 6 * DAY + 480)], "Sat 20:00 - Sun 08:00"),
        ([(5 * DAY, WEEK)], "Sat 00:00 - Sun 24:00"),
        ([(60, 90)], "Mon 01:00 - 01:30"),
        ([(0, 480), (6 * DAY + 1200, WEEK)], "Sun 20:00 - Mon 08:00"),
        ([(60, 90), (DAY + 60, DAY + 90)], "Mon 01:00 - 01:30, Tue 01:00 - 01:30"),
        ([(n * DAY + 1200, n * DAY + 1920) for n in range(4)], "Mon-Thu 20:00 - 08:00"),
        ([(n * DAY + 60, n * DAY + 90) for n in (0, 1, 2, 6)], "Mon-Wed,Sun 01:00 - 01:30"),
        (
            [
                (0, 480),
                *((n * DAY + 1200, n * DAY + 1920) for n in range(6)),
                (6 * DAY + 1200, WEEK),
            ],
            "Mon-Sun 20:00 - 08:00",
        ),
        ([(0, 60), (3 * DAY, 5 * DAY)], "Mon 00:00 - 01:00, Thu 00:00 - Fri 24:00"),
    ],
)
def test_how_hours_read(ranges: list[tuple[int, int]], said: str) -> None:
    assert show(ranges) == said
