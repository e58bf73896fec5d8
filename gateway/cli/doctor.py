"""``doorwatch doctor``: is everything there that an alarm needs, and if not, what to type."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, Failed, JsonOption, WrongUse, app
from gateway.cli.incidents import BY

if TYPE_CHECKING:
    from gateway.config import Config
    from gateway.doctor.ways import Finding


@app.command()
def doctor(
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
    trust_clock: Annotated[
        bool,
        typer.Option("--trust-clock", help="Say that this machine's clock is right, as set now."),
    ] = False,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who says so of the clock.")] = BY,
    back: Annotated[
        bool, typer.Option("--back", help="The clock is right, though behind what is stored.")
    ] = False,
    bundle: Annotated[
        Path | None,
        typer.Option("--bundle", metavar="FILE", help="Write all that a helper needs, no names."),
    ] = None,
) -> None:
    """Say whether all is there that an alarm needs.

    Radio, broker, clock, disk, provider, permissions. Exit 1 if there is trouble.
    """
    from gateway.cli import data  # noqa: PLC0415

    loaded = data.configuration(config)
    if trust_clock:
        _print_trust(data.run(_trust(loaded, by, back=back)), json=json)
    else:
        _examine(loaded, config, bundle, json=json)


def _examine(config: "Config", path: ConfigOption, bundle: Path | None, *, json: bool) -> None:
    from gateway import doctor as looking  # noqa: PLC0415
    from gateway.cli import data  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415

    findings = data.run(looking.examine(config, path))
    if json:
        print_json([finding._asdict() for finding in findings])
    else:
        print_findings(findings)
    if bundle is not None:
        _bundle(config, bundle, findings)
        return  # it was asked for because there is trouble
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def print_findings(findings: "list[Finding]") -> None:
    """A line each, and what to type."""
    for finding in findings:
        standing = "ok     " if finding.ok else "trouble"
        typer.echo(f"{standing}  {finding.part}: {finding.said}")
        if finding.remedy:
            typer.echo(f"         -> {finding.remedy}")


def _bundle(config: "Config", path: Path, findings: "list[Finding]") -> None:
    from gateway.cli import data  # noqa: PLC0415
    from gateway.doctor import bundle  # noqa: PLC0415

    try:
        lacks = data.run(bundle.write(path, config, findings))
    except OSError as error:
        raise Failed(f"{path} cannot be written: {error.strerror}") from None
    typer.echo(f"{path}: for whoever helps; no names, phones, addresses or secrets", err=True)
    for said in lacks:
        typer.echo(f"  {said}", err=True)


async def _trust(config: "Config", by: str, *, back: bool) -> dict[str, Any]:
    """The word is stored first: it holds for a gateway that starts later in this boot, too."""
    from gateway.cli import asking, data  # noqa: PLC0415
    from gateway.doctor.clock import NotTrusted, vouch  # noqa: PLC0415
    from gateway.incident_json import rfc3339  # noqa: PLC0415
    from gateway.lock import Lock  # noqa: PLC0415

    async with data.store(config) as database:
        try:
            at, request = await vouch(database, config, by, back=back)
        except NotTrusted as refusal:
            raise WrongUse(str(refusal)) from None
        running = Lock(config.store.path).is_taken()
        if running:
            await asking.answered(database, request)
        return {"at": rfc3339(at, config.gateway.timezone), "by": by, "running": running}


def _print_trust(said: dict[str, Any], *, json: bool) -> None:
    from gateway.cli.output import print_json  # noqa: PLC0415

    if json:
        print_json(said)
        return
    typer.echo(f"{said['at']} is trusted, by {said['by']}, until the next boot")
    if not said["running"]:
        typer.echo("it takes effect when the gateway starts")
