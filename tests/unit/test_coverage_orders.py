"""A household that isolates a second time: the first order still was, unless it was corrected."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.support.cli import Site, runner

TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
YESTERDAY = TODAY - timedelta(days=1)
Days = tuple[int, int | None]  # the first and the last of an order, from today; None: no end


def households(days: Days) -> str:
    begins, ends = (None if day is None else TODAY + timedelta(days=day) for day in days)
    head = "household_id,grid_id,address,isolation_start,isolation_end"
    return f"{head}\nH1,G1,3-2-501,{begins},{ends or ''}\nH2,G1,3-2-502,2026-03-01,\n"


@pytest.mark.parametrize(
    ("before", "after", "counted"),
    [
        ((-9, -1), (0, None), 1440),
        ((-9, 5), (8, None), 1440),  # broken off today
        ((-9, -1), (-9, -2), 0),  # corrected
        ((-9, 5), (0, None), 0),
        ((2, 5), (8, None), 0),  # it never began
    ],
)
def test_another_order_hides_no_earlier_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], before: Days, after: Days, counted: int
) -> None:
    site = Site(tmp_path)
    run = runner(capsys, site)
    for days in (before, after):
        (site.ledger / "households.csv").write_text(households(days), encoding="utf-8")
        (site.ledger / "sensors.csv").unlink(missing_ok=True)
        files = sorted(site.ledger.glob("*.csv"))
        assert run("ledger", "import", *files).status == 0
    span = ("--since", YESTERDAY, "--until", YESTERDAY)
    found = run("report", "coverage", *span, "--json").json()
    assert {one["household_id"]: one["minutes"] for one in found["households"]} == {
        key: minutes for key, minutes in (("H1", counted), ("H2", 1440)) if minutes
    }
    assert found["all"]["minutes"] == sum(found["all"]["by_state"].values()) == 1440 + counted
    of_day = run("report", "daily", "--day", YESTERDAY, "--json").json()["coverage"]
    assert of_day["all"] == found["all"]


def test_the_longest_gap_ends_with_its_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No gateway ever ran: two days of the first order and two of the second are no gap of four."""
    site = Site(tmp_path)
    run = runner(capsys, site)
    (site.ledger / "sensors.csv").unlink()
    for days in ((-9, -8), (-5, -4)):
        (site.ledger / "households.csv").write_text(households(days), encoding="utf-8")
        assert run("ledger", "import", *sorted(site.ledger.glob("*.csv"))).status == 0
    since = TODAY - timedelta(days=9)
    found = run("report", "coverage", "--since", since, "--household", "H1", "--json").json()
    [line] = found["households"]
    assert (line["minutes"], line["longest_gap"]["minutes"]) == (4 * 1440, 2 * 1440)
