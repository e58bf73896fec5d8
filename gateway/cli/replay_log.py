"""``doorwatch replay --readings``: a log of readings by the ledger and the rules."""

from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from gateway.cli import data, replay_show, spoken
from gateway.cli.output import print_json
from gateway.cli.replay_when import moment_of
from gateway.config import Config, load
from gateway.ledger.importing import read_tables
from gateway.ledger.model import Ledger
from gateway.rehearsal import Rehearsal
from gateway.rehearsal.readings_file import read_readings
from gateway.rulesfile import RulesFile
from gateway.store import ledgers
from rules.moment import DAY


def replay(
    config: Path,
    readings: Path,
    until: str | None,
    rules: Path | None,
    ledger: list[Path] | None,
    *,
    json: bool,
) -> None:
    """Prints what would have been decided."""
    # The site's data is not touched when the ledger comes from files.
    loaded = load(config) if ledger else data.configuration(config)
    spoken.use(loaded.gateway.language)
    zone = loaded.gateway.timezone
    households = _ledger(loaded, ledger)
    in_force = RulesFile.load(rules or loaded.rules.path)
    keep = loaded.privacy.purge_days * DAY
    rehearsal = Rehearsal(households, in_force, zone, keep)
    end = None if until is None else moment_of("--until", until, zone)
    _play(rehearsal, readings, households, end, zone)
    if json:
        print_json([verdict.as_json(zone) for verdict in rehearsal.verdicts])
    else:
        replay_show.show(rehearsal.verdicts, zone)
        if rehearsal.dropped:
            typer.echo(spoken.say(f"{rehearsal.dropped} readings came too late to count"))


def _play(
    rehearsal: Rehearsal, path: Path, ledger: Ledger, until: int | None, zone: ZoneInfo
) -> None:
    sightings = read_readings(path, ledger.sensors, zone)
    if until is not None:
        sightings = [sighting for sighting in sightings if sighting.received_at <= until]
    for sighting in sightings:
        rehearsal.see(sighting)
    if until is None and sightings:
        until = sightings[-1].received_at
    if until is not None:
        rehearsal.pass_time(until)


def _ledger(config: Config, files: list[Path] | None) -> Ledger:
    if files:
        paths = [path for given in files for path in _inside(given)]
        return read_tables(paths, Ledger.empty(), config.gateway.country)

    async def latest() -> Ledger:
        async with data.store(config) as database:
            return (await ledgers.latest(database))[1]

    return data.run(latest())


def _inside(path: Path) -> list[Path]:
    """A folder stands for the tables in it."""
    if not path.is_dir():
        return [path]
    return sorted(found for found in path.iterdir() if found.suffix.lower() in (".csv", ".xlsx"))
