"""How ``doorwatch setup`` ends: what was written, what ``doctor`` finds, what comes next."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gateway.cli.app import DEFAULT_CONFIG
from gateway.documents import document
from gateway.setup.words import say

if TYPE_CHECKING:
    from gateway.doctor.ways import Finding
    from gateway.setup.known import Known
    from gateway.setup.plan import Plan


def end(done: list[Path], known: "Known", planned: "Plan", config: Path, *, json: bool) -> None:
    """What was done, what ``doctor`` finds, what comes next. Exit 1 if there is trouble."""
    from gateway import doctor as looking  # noqa: PLC0415
    from gateway.cli import data  # noqa: PLC0415
    from gateway.cli.output import print_json  # noqa: PLC0415
    from gateway.config import load  # noqa: PLC0415
    from gateway.setup.certificate import fingerprint  # noqa: PLC0415
    from gateway.setup.plan import CERTIFICATE  # noqa: PLC0415

    made = planned.files.get(CERTIFICATE)
    print_ = fingerprint(made.encode()) if made else None
    if not json:
        _print_done(done, known, planned, print_)
    loaded = load(config)
    findings = data.run(looking.examine(loaded, config))
    troubles = sum(not finding.ok for finding in findings)
    if json:
        print_json(
            {
                "config": str(config),
                "files": [str(path) for path in done],
                "fingerprint": print_,
                "admin": planned.admin or None,
                "ok": not troubles,
                "doctor": [finding._asdict() for finding in findings],
            }
        )
    else:
        _print_doctor(findings, troubles, known["language"], config)
    if troubles:
        raise typer.Exit(1)


def _print_done(done: list[Path], known: "Known", planned: "Plan", print_: str | None) -> None:
    language = known["language"]
    for path in done:
        typer.echo(say(language, "written", path=path))
    if planned.admin:
        typer.echo(say(language, "admin_done", name=planned.admin))
    if print_:
        typer.echo(say(language, "fingerprint", print=print_))
    if known["backup_key"] in planned.files:
        typer.echo(say(language, "key", path=known.folder / known["backup_key"]))


def _print_doctor(findings: "list[Finding]", troubles: int, language: str, config: Path) -> None:
    from gateway.cli.doctor import print_findings  # noqa: PLC0415

    packaged = config == DEFAULT_CONFIG
    typer.echo()
    print_findings(findings)
    typer.echo(say(language, "trouble", n=troubles) if troubles else say(language, "green"))
    with_it = [] if packaged else ["--config", str(config)]
    start = "sudo systemctl restart doorwatch" if packaged else _line("run", *with_it)
    ledger = _line("ledger", "import", *with_it) + " *.csv"
    example, page = document("docs/example"), document("docs/ledger.md")
    typer.echo(say(language, "next", start=start, ledger=ledger, example=example, page=page))


def _line(*words: str) -> str:
    who = ["sudo", "-u", "doorwatch"] if "--config" not in words else []
    return shlex.join([*who, "doorwatch", *words])
