"""``doorwatch report``: what was observed and what was not, what happened, who did what."""

import time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, JsonOption, WrongUse, app

if TYPE_CHECKING:
    from gateway.config import Config
    from rules.moment import Moment

report = typer.Typer(no_args_is_help=True, help="Reports: coverage, nightly, daily, audit.")
app.add_typer(report, name="report")


class By(StrEnum):
    """What a line of the table is."""

    HOUSEHOLD = "household"
    GRID = "grid"
    DAY = "day"


SinceOption = Annotated[
    str | None, typer.Option(metavar="T", help="From here on; a date is its first moment.")
]
UntilOption = Annotated[
    str | None, typer.Option(metavar="T", help="Up to here; a date is its last moment. Else now.")
]


@report.command()
def coverage(
    grid: Annotated[str | None, typer.Option(metavar="G", help="Only this grid.")] = None,
    household: Annotated[str | None, typer.Option(metavar="H", help="Only this one.")] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    by: Annotated[By, typer.Option(help="What a line is.")] = By.HOUSEHOLD,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """How much of each isolation was observed, and why not the rest.

    Without --since: those who isolate now, all of it so far.
    """
    from gateway.cli import data, report_show  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415

    loaded = data.configuration(config)
    found = data.run(_coverage(loaded, grid, household, _span(loaded, since, until)))
    if json:
        print_json(found)
    else:
        report_show.coverage(found, by.value, loaded.gateway.language)


@report.command()
def nightly(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """Last night, 22:00-06:00: what happened, what is open, what was not observed."""
    from gateway import report as reports  # noqa: PLC0415
    from gateway.cli import data  # noqa: PLC0415

    loaded = data.configuration(config)
    span = reports.last_night(_now(), loaded.gateway.timezone)
    _report(loaded, "nightly", span, json=json)


@report.command()
def daily(
    day: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="Which day; else yesterday.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """A day's incidents with their outcome, who waits for a person's word, alerts, coverage."""
    from datetime import date, timedelta  # noqa: PLC0415

    from gateway import report as reports  # noqa: PLC0415
    from gateway.cli import data  # noqa: PLC0415
    from rules.local import local  # noqa: PLC0415

    loaded = data.configuration(config)
    zone = loaded.gateway.timezone
    try:
        which = date.fromisoformat(day) if day else local(_now(), zone).date() - timedelta(days=1)
    except ValueError:
        raise WrongUse(f"--day: {day!r} is no date; write it as 2026-03-29") from None
    _report(loaded, "daily", reports.of_day(which, _now(), zone), json=json)


@report.command()
def audit(
    since: SinceOption = None,
    until: UntilOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Who acknowledged, resolved, granted or changed what, and when."""
    from gateway.cli import data, report_show  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415
    from gateway.report import audit as report_audit  # noqa: PLC0415

    loaded = data.configuration(config)
    begin, end = _span(loaded, since, until)

    async def found() -> list[dict[str, Any]]:
        async with data.store(loaded) as database:
            return await report_audit.audit(database, loaded.gateway.timezone, begin or 0, end)

    acts = data.run(found())
    if json:
        print_json(acts)
    else:
        report_show.audit(acts, loaded.gateway.language)


def _report(config: "Config", name: str, span: "tuple[Moment, Moment]", *, json: bool) -> None:
    from gateway import report as reports  # noqa: PLC0415
    from gateway.cli import data, report_show  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415

    async def found() -> dict[str, Any]:
        async with data.store(config) as database:
            zone = config.gateway.timezone
            return await reports.report(database, zone, span, runs=_runs(config))

    document = data.run(found())
    if json:
        print_json(document)
    else:
        report_show.report(document, name, config.gateway.language)


async def _coverage(
    config: "Config",
    grid: str | None,
    household: str | None,
    span: "tuple[Moment | None, Moment]",
) -> dict[str, Any]:
    from gateway.cli import data  # noqa: PLC0415
    from gateway.coverage import report as coverage_report  # noqa: PLC0415
    from gateway.coverage.json import coverage_json  # noqa: PLC0415

    zone = config.gateway.timezone
    since, until = span
    async with data.store(config) as database:
        known = await coverage_report.homes(database, zone, since or 0)
        if household is not None and household not in known:
            raise WrongUse(f"--household: there is no household {household!r} in the ledger")
        if grid is not None and all(home.grid_id != grid for home in known.values()):
            raise WrongUse(f"--grid: no household is in a grid {grid!r}")
        wanted = [
            home
            for home in known.values()
            if household in (None, home.household_id)
            and grid in (None, home.grid_id)
            and home.isolates(until - 1 if since is None and not household else since or 0, until)
        ]
        if since is None:
            since = min((home.isolation[0] for home in wanted), default=until)
        gaps = await coverage_report.gaps(database, since, until, runs=_runs(config))
    covered = coverage_report.cover(wanted, gaps, since, until)
    return coverage_json(covered, zone, since, until)


def _span(config: "Config", since: str | None, until: str | None) -> "tuple[Moment | None, Moment]":
    """What was asked for, not beyond now."""
    from gateway.cli.replay_when import moment_of  # noqa: PLC0415

    zone, now = config.gateway.timezone, _now()
    begin = None if since is None else moment_of("--since", since, zone)
    end = now if until is None else moment_of("--until", until, zone, last=True) + 1
    if begin is not None and begin > now:
        raise WrongUse("--since is in the future: nothing is known of it yet")
    if begin is not None and end <= begin:
        raise WrongUse("--until is before --since; exchange them")
    return begin, min(end, now)


def _runs(config: "Config") -> bool:
    """Whether a gateway watches at this moment."""
    from gateway.lock import Lock  # noqa: PLC0415

    return Lock(config.store.path).is_taken()


def _now() -> "Moment":
    return time.time_ns() // 1_000_000
