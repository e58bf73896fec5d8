"""``doorwatch replay``: what these rules would have decided. Nothing is sent, nothing written."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, JsonOption, WrongUse, app

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from gateway.config import Config
    from gateway.ledger.model import Ledger
    from gateway.rehearsal import Rehearsal


@app.command()
def replay(
    readings: Annotated[
        Path,
        typer.Option(
            metavar="FILE.csv", help="Columns at, sensor_id, state; counter, battery, received_at."
        ),
    ],
    until: Annotated[
        str | None, typer.Option(metavar="T", help="Let time pass up to here; else the last row.")
    ] = None,
    rules: Annotated[Path | None, typer.Option(help="Other rules than the site's.")] = None,
    ledger: Annotated[
        list[Path] | None, typer.Option(help="Ledger files instead of the store's.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Judge a log of readings by the ledger and the rules."""
    from gateway.cli import data, replay_show  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415
    from gateway.config import load  # noqa: PLC0415
    from gateway.rehearsal import Rehearsal  # noqa: PLC0415
    from gateway.rulesfile import RulesFile  # noqa: PLC0415
    from rules.moment import DAY  # noqa: PLC0415

    # The site's data is not touched when the ledger comes from files.
    loaded = load(config) if ledger else data.configuration(config)
    zone = loaded.gateway.timezone
    households = _ledger(loaded, ledger)
    in_force = RulesFile.load(rules or loaded.rules.path)
    keep = loaded.privacy.purge_days * DAY
    rehearsal = Rehearsal(households, in_force, zone, keep)
    _play(rehearsal, readings, households, _moment(until, zone), zone)
    if json:
        print_json([verdict.as_json(zone) for verdict in rehearsal.verdicts])
    else:
        replay_show.show(rehearsal.verdicts, zone)
        if rehearsal.dropped:
            typer.echo(f"{rehearsal.dropped} readings came too late to count")


def _play(
    rehearsal: "Rehearsal", path: Path, ledger: "Ledger", until: int | None, zone: "ZoneInfo"
) -> None:
    from gateway.readings_file import read_readings  # noqa: PLC0415

    sightings = read_readings(path, ledger.sensors, zone)
    if until is not None:
        sightings = [sighting for sighting in sightings if sighting.received_at <= until]
    for sighting in sightings:
        rehearsal.see(sighting)
    if until is None and sightings:
        until = sightings[-1].received_at
    if until is not None:
        rehearsal.pass_time(until)


def _moment(text: str | None, zone: "ZoneInfo") -> int | None:
    from gateway.ledger.clocks import Unreadable  # noqa: PLC0415
    from gateway.readings_file import parse_when  # noqa: PLC0415

    if text is None:
        return None
    try:
        return parse_when(text, zone)
    except Unreadable as wrong:
        raise WrongUse(f"--until: {wrong.what}; {wrong.remedy}") from None


def _ledger(config: "Config", files: list[Path] | None) -> "Ledger":
    from gateway.cli import data  # noqa: PLC0415
    from gateway.ledger.importing import read_tables  # noqa: PLC0415
    from gateway.ledger.model import Ledger  # noqa: PLC0415
    from gateway.store import ledgers  # noqa: PLC0415

    if files:
        paths = [path for given in files for path in _inside(given)]
        return read_tables(paths, Ledger.empty(), config.gateway.country)

    async def latest() -> "Ledger":
        async with data.store(config) as database:
            return (await ledgers.latest(database))[1]

    return data.run(latest())


def _inside(path: Path) -> list[Path]:
    """A folder stands for the tables in it."""
    if not path.is_dir():
        return [path]
    return sorted(found for found in path.iterdir() if found.suffix.lower() in (".csv", ".xlsx"))
