"""What was raised while nobody knew the time stands where it belongs once it is known."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from rules.moment import HOUR, MINUTE
from tests.support.cli import Run, Site, runner
from tests.support.replayed import lived

# From 05:00 on 2 March; by the wrong clock S1 opens at 06:10, in truth at 02:10 of the 3rd.
BOOTED = (HOUR, "doubt")
STORY = [BOOTED, (10 * MINUTE, "open S1"), (MINUTE, "close S1"), (9 * MINUTE, "sync 1200")]
ANSWERED = [*STORY, (MINUTE, "ack H1 P1"), (30 * MINUTE, "look")]
GONE = [*STORY[:-1], (MINUTE, "tamper S2"), (MINUTE, "resolve H2 false_alarm"), STORY[-1]]
WRONG, RIGHT = "2026-03-02", "2026-03-03"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.store.parent.mkdir()
    return site


@pytest.fixture
def run(site: Site, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys, site)


def live(site: Site, story: list[tuple[int, str]]) -> None:
    async def work() -> None:
        _, database = await lived(site, story, site.store)
        await database.close()

    asyncio.run(work())


def of_day(run: Run, day: str) -> list[dict[str, Any]]:
    return list(run("report", "daily", "--day", day, "--json").json()["incidents"])


@pytest.mark.parametrize("story", [STORY, ANSWERED, [*STORY, (0, "restart"), (MINUTE, "look")]])
def test_the_report_of_the_right_day_has_it(
    run: Run, site: Site, story: list[tuple[int, str]]
) -> None:
    live(site, story)
    assert of_day(run, WRONG) == []
    [found] = of_day(run, RIGHT)
    assert found["raised_at"] == "2026-03-03T02:10:00.000+08:00"
    shown = run("incidents", "show", "1", "--json").json()
    assert shown["occurred_at"] == found["raised_at"]
    thought, *_, known = (
        line for line in shown["timeline"] if line["detail"].startswith("unauthorised_opening")
    )
    assert (thought["at"][:16], known["at"][:16]) == ("2026-03-02T06:10", "2026-03-03T02:10")


def test_what_was_over_by_then_moves_too(run: Run, site: Site) -> None:
    live(site, GONE)
    assert of_day(run, WRONG) == []
    assert [one["raised_at"][:16] for one in of_day(run, RIGHT)] == [
        "2026-03-03T02:10", "2026-03-03T02:12",
    ]  # fmt: skip
    moments = [one["resolved_at"] for one in run("incidents", "list", "--json").json()]
    assert "2026-03-03T02:13:00.000+08:00" in moments


def test_a_rehearsal_puts_it_on_the_same_day(run: Run, site: Site) -> None:
    live(site, ANSWERED)
    for since, until, count in ((WRONG, WRONG, 0), (RIGHT, RIGHT, 1)):
        found = run("replay", "--since", since, "--until", until, "--json").json()
        assert found["was"]["incidents"] == found["would_be"]["incidents"] == count


def test_a_rehearsal_lets_no_time_pass_that_never_was(run: Run, site: Site) -> None:
    """The clock leapt from 06:20 to 02:20 of the next day: steps of 06:40 were never taken then."""
    live(site, STORY)
    found = run("replay", "--since", WRONG, "--until", f"{WRONG} 07:00", "--json").json()
    assert found["was"] == found["would_be"]
    assert found["was"]["texts"] == 1
