"""``doorwatch check``: every mistake in what a site has written, at once, and every doubt."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gateway.cli.app import DEFAULT_CONFIG, ConfigOption, JsonOption, app

if TYPE_CHECKING:
    from gateway.check import Report
    from gateway.ledger.model import Ledger
    from gateway.lint.found import Warned


@app.command()
def check(config: ConfigOption = DEFAULT_CONFIG, json: JsonOption = False) -> None:
    """Say every mistake in config.toml and rules.toml, and what is doubtful in the ledger.

    Mistakes exit with 2. Warnings do not: hours with nobody on duty, people who cannot be told,
    windows that never open.
    """
    from gateway.check import check as look  # noqa: PLC0415
    from gateway.check import language_of  # noqa: PLC0415
    from gateway.cli import spoken  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415
    from gateway.clock import SystemClock  # noqa: PLC0415

    spoken.use(language_of(config))
    ledger, of_store = _ledger(config)
    report = look(config, ledger, SystemClock().now())
    if json:
        print_json(_as_json(report))
    else:
        for mistake in report.mistakes:
            typer.echo(spoken.mistake(mistake))
        _print_warnings(report.warnings, ledger)
        typer.echo(spoken.joined(_counted(report, config), *_summary(report, ledger), of_store))
    if report.mistakes:
        raise typer.Exit(2)


def _as_json(report: "Report") -> list[dict[str, object]]:
    mistakes = [{"level": "error", **m._asdict(), "grid_ids": []} for m in report.mistakes]
    return mistakes + [{"level": "warning", **w._asdict()} for w in report.warnings]


def _print_warnings(warnings: "list[Warned]", ledger: "Ledger | None") -> None:
    """The gateway's own first, then what many grids share, then grid by grid."""
    from gateway.cli import spoken  # noqa: PLC0415

    by_grids: dict[tuple[str, ...], list[Warned]] = {}
    for warned in warnings:
        by_grids.setdefault(warned.grid_ids, []).append(warned)
    for grid_ids in sorted(by_grids, key=lambda ids: (bool(ids), -len(ids), ids)):
        typer.echo(spoken.say(_heading(grid_ids, ledger)))
        for warned in by_grids[grid_ids]:
            typer.echo(f"  {spoken.mistake(warned)}")
        typer.echo()


def _heading(grid_ids: tuple[str, ...], ledger: "Ledger | None") -> str:
    if not grid_ids:
        return "Gateway"
    if ledger is not None and len(grid_ids) == len(ledger.grids) > 1:
        return f"All {len(grid_ids)} grids"
    named = ", ".join(grid_ids[:8])
    more = f" and {len(grid_ids) - 8} more" if len(grid_ids) > 8 else ""
    return f"{'Grid' if len(grid_ids) == 1 else 'Grids'} {named}{more}"


def _counted(report: "Report", config: Path) -> str:
    from gateway.cli import spoken  # noqa: PLC0415

    mistakes, warnings = len(report.mistakes), len(report.warnings)
    said = f"{mistakes} mistake{'s' if mistakes > 1 else ''}" if mistakes else ""
    counted = f"{warnings} warning{'s' if warnings > 1 else ''}" if warnings else ""
    return spoken.joined(said or f"{config}: no mistakes", counted, by=", ")


def _summary(report: "Report", ledger: "Ledger | None") -> tuple[str, str]:
    waits = ""
    if ledger is not None and not report.looked:
        they_are = "they are" if len(report.mistakes) > 1 else "it is"
        waits = f"the ledger is looked at once {they_are} mended"
    return waits, report.rules


def _ledger(config: Path) -> "tuple[Ledger | None, str]":
    """The newest ledger and which that is; None while the configuration does not lead to one."""
    from gateway.cli import data  # noqa: PLC0415
    from gateway.errors import Mistakes  # noqa: PLC0415
    from gateway.store import ledgers  # noqa: PLC0415

    try:
        loaded = data.configuration(config)
    except Mistakes:
        return None, ""
    path = loaded.store.path
    if not path.exists():
        return None, f"no ledger yet: there is no {path}"

    async def latest() -> "tuple[int, Ledger]":
        async with data.store(loaded) as database:
            return await ledgers.latest(database)

    version, ledger = data.run(latest())
    return ledger, f"ledger version {version} of {path}" if version else f"no ledger yet in {path}"
