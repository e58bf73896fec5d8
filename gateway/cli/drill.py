"""``doorwatch drill``: a door that opens on purpose, by the way of every real one; and the list of
those that were."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, Failed, JsonOption, WrongUse, app
from gateway.cli.report import report

if TYPE_CHECKING:
    from gateway.config import Config
    from gateway.store.database import Database

LOOK_S = 0.2
SLACK_S = (
    60.0  # beyond the time in which somebody has to answer: the gateway ends it a little later
)

GridOption = Annotated[str, typer.Option(metavar="GRID_ID", help="The grid whose people are told.")]
WaitOption = Annotated[
    bool, typer.Option("--wait", help="Watch it to its end; exit 1 if it fails.")
]


@app.command()
def drill(
    grid: GridOption,
    wait: WaitOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Try the alarm: whoever is on duty gets one text, marked as a drill, and answers it."""
    from gateway.cli import data  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415

    found = data.run(_drill(data.configuration(config), grid, wait=wait, quiet=json))
    if json:
        print_json(found)
    elif wait:
        _show_end(found)
    else:
        typer.echo(f"the drill of grid {grid} begins; what came of it: doorwatch report drills")
    if wait and not found["passed"]:
        raise Failed("the drill failed: " + why_failed(found))


@report.command()
def drills(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """The drills so far: who answered, after how long, and which of them failed."""
    from gateway.cli import data  # noqa: PLC0415
    from gateway.cli.output import print_json, print_table, short  # noqa: PLC0415
    from gateway.drill import report as drill_report  # noqa: PLC0415

    loaded = data.configuration(config)

    async def found() -> list[dict[str, Any]]:
        async with data.store(loaded) as database:
            return await drill_report.drills(database, loaded.gateway.timezone)

    rows = data.run(found())
    if json:
        print_json(rows)
    elif not rows:
        typer.echo("no drills yet: doorwatch drill --grid GRID_ID")
    else:
        headings = ("incident", "grid", "at", "accepted", "delivered", "answered", "by", "result")
        print_table(headings, [_row(row, short(row["at"])) for row in rows])


def why_failed(found: dict[str, Any]) -> str:
    """In which stage it ended."""
    if not found["alerts"]:
        return "nobody of the grid is on duty who could be told"
    if all(alert["latency"]["accepted"] is None for alert in found["alerts"]):
        return "no provider took the text"
    return "nobody answered in time"


def _row(row: dict[str, Any], at: str | None) -> tuple[Any, ...]:
    result = {None: "runs", True: "passed", False: "failed"}[row["passed"]]
    first = [_first(row, stage) for stage in ("accepted", "delivered")]
    answered = _seconds(row["answered_after"])
    return (row["incident"], row["grid_id"], at, *first, answered, row["answered_by"], result)


def _first(row: dict[str, Any], stage: str) -> str | None:
    """Of the alerts that the reading itself caused, the one that came so far first."""
    reached = [alert["latency"][stage] for alert in row["alerts"] if alert["step"] == 0]
    return _seconds(min((one for one in reached if one is not None), default=None))


def _seconds(value: float | None) -> str | None:
    return None if value is None else f"{value:.3f} s"


async def _drill(config: "Config", grid: str, *, wait: bool, quiet: bool) -> dict[str, Any]:
    import time  # noqa: PLC0415

    from gateway import requests  # noqa: PLC0415
    from gateway.cli import asking, data  # noqa: PLC0415
    from gateway.cli.incidents import BY  # noqa: PLC0415
    from gateway.lock import Lock  # noqa: PLC0415
    from gateway.store import ledgers  # noqa: PLC0415

    async with data.store(config) as database:
        if grid not in (await ledgers.latest(database))[1].grids:
            raise WrongUse(f"--grid: there is no grid {grid!r} in the ledger")
        if not Lock(config.store.path).is_taken():
            raise Failed(
                "the gateway does not run, and it is what alerts: start it (doorwatch run)"
            )
        body = {"do": "drill", "grid": grid, "by": BY}
        request = await requests.add(database, body, time.time_ns() // 1_000_000)
        answer = await asking.answered(database, request)
        if not wait:
            return {"grid_id": grid, "begun": True}
        return await _watched(database, config, grid, answer["at"], quiet=quiet)


async def _watched(
    database: "Database", config: "Config", grid: str, since: int, *, quiet: bool
) -> dict[str, Any]:
    """The drill once it is over; tells of each stage as it is reached."""
    import asyncio  # noqa: PLC0415
    import time  # noqa: PLC0415

    from gateway.drill import LIMIT  # noqa: PLC0415
    from gateway.drill import report as drill_report  # noqa: PLC0415
    from rules.moment import SECOND  # noqa: PLC0415

    told: set[str] = set()
    deadline = time.monotonic() + LIMIT / SECOND + SLACK_S
    while time.monotonic() < deadline:
        found = await drill_report.drills(database, config.gateway.timezone, since, grid)
        for line in [] if quiet else _stages(found):
            if line not in told:
                told.add(line)
                typer.echo(line)
        if found and found[-1]["passed"] is not None:
            return found[-1]
        await asyncio.sleep(LOOK_S)
    raise Failed("the drill has not come to its end: see doorwatch incidents list and doctor")


def _stages(found: list[dict[str, Any]]) -> list[str]:
    return [
        f"{alert['person_id']} {alert['kind']}, step {alert['step']}: {stage} {_seconds(seconds)}"
        for row in found[-1:]
        for alert in row["alerts"]
        for stage, seconds in alert["latency"].items()
        if seconds is not None
    ]


def _show_end(found: dict[str, Any]) -> None:
    after, by = _seconds(found["answered_after"]), found["answered_by"]
    end = f"answered by {by} {after} after the door opened" if by else "nobody answered"
    typer.echo(f"incident {found['incident']}, grid {found['grid_id']}: {end}")
