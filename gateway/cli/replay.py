"""``doorwatch replay``: what these rules would have decided. Nothing is sent, nothing written."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, JsonOption, WrongUse, app

BOTH = "say --since T (the stored journal) or --readings FILE.csv (a log of your own), one of them"


@app.command()
def replay(
    since: Annotated[
        str | None,
        typer.Option(
            metavar="T", help="The stored journal from here on, beside what was alerted then."
        ),
    ] = None,
    readings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv", help="Columns at, sensor_id, state; counter, battery, received_at."
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="T", help="Let time pass up to here; else the last row.")
    ] = None,
    rules: Annotated[Path | None, typer.Option(help="Other rules than the site's.")] = None,
    ledger: Annotated[
        list[Path] | None, typer.Option(help="Ledger files instead of the store's (--readings).")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    brief: Annotated[
        bool, typer.Option("--brief", hidden=True, help="The pages': sums only, with progress.")
    ] = False,
) -> None:
    """Rehearse: judge the stored journal, or a log of readings, by the ledger and the rules."""
    from gateway.cli import replay_journal, replay_log  # noqa: PLC0415

    if since is not None and readings is None:
        if ledger:
            raise WrongUse("--ledger: the journal brings its own ledgers; leave it out")
        replay_journal.replay(config, since, until, rules, json=json, brief=brief)
    elif readings is not None and since is None:
        replay_log.replay(config, readings, until, rules, ledger, json=json)
    else:
        raise WrongUse(BOTH)
