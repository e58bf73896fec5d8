"""``doorwatch doctor``: is everything there that an alarm needs, and if not, what to type."""

import typer

from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, JsonOption, app


@app.command()
def doctor(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """Say whether all is there that an alarm needs.

    Radio, broker, clock, disk, provider, permissions. Exit 1 if there is trouble.
    """
    from gateway import doctor as looking  # noqa: PLC0415
    from gateway.cli import data  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415

    loaded = data.configuration(config)
    findings = data.run(looking.examine(loaded, config))
    if json:
        print_json([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            standing = "ok     " if finding.ok else "trouble"
            typer.echo(f"{standing}  {finding.part}: {finding.said}")
            if finding.remedy:
                typer.echo(f"         -> {finding.remedy}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)
