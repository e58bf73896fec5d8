"""Windows against the isolation of the homes that they are for, and against the clocks."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from gateway.ledger.clocks import parse_moment, parse_time, parse_weekdays
from gateway.ledger.model import Grid, Household, Ledger, Window, WindowKind
from gateway.lint.found import grouped
from gateway.lint.windows import lint
from rules.local import instant

CHINA, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NOW = date(2026, 3, 10)  # a Tuesday


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def window(
    hours: str, days: str = "mon-sun", first: str = "", last: str = "", applies_to: str = "all"
) -> Window:
    start, end = hours.split("-")
    return Window(
        "W1", applies_to, WindowKind.OTHER, parse_weekdays(days), parse_time(start),
        parse_time(end, end=True), day(first), day(last),
    )  # fmt: skip


def said(
    row: Window, *homes: Household, zone: ZoneInfo = CHINA, minute: int = 12 * 60
) -> list[str]:
    isolating = homes or (Household("H1", "G1", "", date(2026, 3, 1), date(2026, 3, 20)),)
    ledger = Ledger(
        grids={"G1": Grid("G1"), "G2": Grid("G2")},
        households={home.household_id: home for home in isolating},
        windows={"W1": row},
    )
    return [str(warned) for warned in grouped(lint(ledger, zone, instant(NOW, minute, zone)))]


NOBODY = "never opens: no home that it is for isolates then; correct its days or applies_to"


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (
            window("07:00-08:00", first="2026-03-12", last="2026-03-11"),
            "never opens: last_day is before first_day; exchange the two",
        ),
        (
            window("07:00-08:00", "sat,sun", "2026-03-09", "2026-03-13"),
            "never opens: no sat,sun from 2026-03-09 to 2026-03-13;"
            " correct weekdays, first_day or last_day",
        ),
        (
            window("07:00-08:00", last="2026-03-09"),
            "never opens again: its last_day was 2026-03-09; give a later one, if it goes on",
        ),
        (window("07:00-08:00", first="2026-03-21"), NOBODY),
        (window("07:00-08:00", applies_to="grid:G2"), NOBODY),
    ],
)
def test_a_window_that_never_opens(row: Window, what: str) -> None:
    assert said(row) == [f"window W1: {what}"]


@pytest.mark.parametrize(
    "row",
    [
        window("07:00-08:00"),
        window("07:00-08:00", "sat", "2026-03-14", "2026-03-14"),
        window("22:00-12:01", last="2026-03-09"),  # from the day before into this noon
        window("23:00-24:00", first="2026-03-20"),  # the order's last hour
        window("07:00-08:00", applies_to="household:H1"),
        window("07:00-08:00", "mon", "2020-01-01", "2026-03-20"),
    ],
)
def test_a_window_that_opens_once_is_no_matter(row: Window) -> None:
    assert said(row) == []


@pytest.mark.parametrize(
    ("begins", "ends", "opens"),
    [
        ("2026-03-14 07:59", "2026-03-14 20:00", True),
        ("2026-03-14 08:00", "2026-03-14 20:00", False),
        ("2026-03-14 00:00", "2026-03-14 06:59", False),
        ("2026-03-14 00:00", "2026-03-14 07:00", True),
        ("2026-03-15", "", False),  # a Sunday and on: next Saturday is after last_day
    ],
)
def test_an_order_of_hours_is_met_to_the_minute(begins: str, ends: str, opens: bool) -> None:
    row = window("07:00-08:00", "sat", last="2026-03-20")
    assert said(
        row, Household("H1", "G1", "", parse_moment(begins), parse_moment(ends) if ends else None)
    ) == ([] if opens else [f"window W1: {NOBODY}"])


SPRING, AUTUMN = "2026-03-29", "2026-10-25"  # 02:00 -> 03:00, 03:00 -> 02:00


@pytest.mark.parametrize(
    ("hours", "what"),
    [
        ("02:15-02:45", f"{SPRING}: it opens 03:15-03:45, 30 min instead of 30"),
        ("02:30-03:30", f"{SPRING}: it opens 03:00-03:30, 30 min instead of 60"),
        ("01:00-02:30", f"{SPRING}: it opens 01:00-03:30, 90 min instead of 90"),
        ("02:00-04:00", f"{SPRING}: it opens 03:00-04:00, 60 min instead of 120"),
        ("23:00-02:30", "2026-03-28: it opens 23:00-03:30, 210 min instead of 210"),
    ],
)
def test_a_window_in_the_skipped_hour(hours: str, what: str) -> None:
    home = Household("H1", "G1", "", date(2026, 3, 1), date(2026, 4, 10))
    noon, night = (said(window(hours), home, zone=BERLIN, minute=m) for m in (12 * 60, 30))
    assert noon == night  # whenever somebody asks
    assert noon[0] == (
        f"window W1: {hours} meets the change of the clocks on {what};"
        " give it other hours on that day, or tell the homes"
    )


@pytest.mark.parametrize(
    ("hours", "what"),
    [
        ("02:15-02:45", f"{AUTUMN}: it opens 02:15-02:45, 90 min instead of 30"),
        ("01:00-02:30", f"{AUTUMN}: it opens 01:00-02:30, 150 min instead of 90"),
        ("23:30-02:30", "2026-10-24: it opens 23:30-02:30, 240 min instead of 180"),
    ],
)
def test_a_window_in_the_repeated_hour(hours: str, what: str) -> None:
    home = Household("H1", "G1", "", date(2026, 9, 1))
    lines = said(window(hours), home, zone=BERLIN)
    assert any(f" on {what};" in line for line in lines)


@pytest.mark.parametrize(
    ("hours", "zone", "last"),
    [
        ("01:00-02:00", BERLIN, 40),  # ends as the hour is skipped
        ("03:00-04:00", BERLIN, 40),
        ("22:00-06:00", BERLIN, 40),  # as its clocks say from beginning to end
        ("02:15-02:45", CHINA, 40),
        ("02:15-02:45", BERLIN, 18),  # the order ends the day before
    ],
)
def test_what_the_clocks_do_not_touch(hours: str, zone: ZoneInfo, last: int) -> None:
    ends = date.fromordinal(NOW.toordinal() + last)
    assert said(window(hours), Household("H1", "G1", "", NOW, ends), zone=zone) == []
