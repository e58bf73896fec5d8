"""Reports on the screen, in the gateway's language. The public JSON in, lines out."""

from collections.abc import Sequence
from typing import Any

import typer

from gateway.cli.output import print_table, short
from gateway.coverage.gaps import CAUSES
from gateway.report.words import word

_SEEN = ("observed", "unsupervised")
_ALERTS = ("created", "delivered", "sent", "failed", "waiting", "dropped")


def coverage(found: dict[str, Any], by: str, language: str) -> None:
    """One line a household, grid or day."""
    _between(found, "coverage", language)
    if not found["households"]:
        typer.echo(word("nobody", language))
        return
    if by == "household":
        _households(found["households"], language)
    else:
        key, rows = {"grid": ("grid_id", found["grids"]), "day": ("day", found["days"])}[by]
        table = [[row[key], row["minutes"], *_shares(row)] for row in rows]
        total = found["all"]
        table.append([word("all", language), total["minutes"], *_shares(total)])
        _table([by, "minutes", *_columns()], table, language)
    if found["all"]["by_state"]["unsupervised"]:
        typer.echo(word("unsupervised_note", language))


def report(found: dict[str, Any], name: str, language: str) -> None:
    """A night or a day."""
    _between(found, name, language)
    for part, title in (
        ("incidents", "happened"), ("unresolved", "unresolved"), ("unverified", "unverified")
    ):  # fmt: skip
        _title(title, language, len(found[part]))
        _incidents(found[part], language)
    _title("alerts", language)
    counts = (f"{word(key, language)} {found['alerts'][key]}" for key in _ALERTS)
    typer.echo("  " + ", ".join(counts))
    if found["latency"]["alerts"]:
        _title("latency", language)
        _latency(found["latency"]["stages"], language)
    covered = found["coverage"]
    _title("was_not_observed", language)
    with_gaps, homes = covered["households_with_gaps"], covered["households"]
    typer.echo(f"  {word('homes_with_gaps', language)}: {with_gaps} / {homes}")
    if covered["grids"]:
        table = [[row["grid_id"], row["minutes"], *_shares(row)] for row in covered["grids"]]
        _table(["grid", "minutes", *_columns()], table, language)
    if covered["not_observed"]:
        typer.echo("")
        _households(covered["not_observed"], language)
    if covered["all"]["by_state"]["unsupervised"]:
        typer.echo(word("unsupervised_note", language))


def _latency(stages: dict[str, dict[str, Any]], language: str) -> None:
    """How long alerts took; a dash where none has come so far."""
    names = ("p50", "p99", "max")
    table = [
        [word(stage, language), one["count"], *(_seconds(one[name]) for name in names)]
        for stage, one in stages.items()
    ]
    _table(["stage", "count", *names], table, language)


def _seconds(value: float | None) -> str | None:
    return None if value is None else f"{value:.3f}"


def audit(acts: Sequence[dict[str, Any]], language: str) -> None:
    """One line an act."""
    if not acts:
        typer.echo(word("none", language))
        return
    table = [
        [
            short(act["at"]),
            act["who"],
            word(act["what"], language),
            act["about"],
            act["incident"],
            word(act["detail"], language) or None,
        ]
        for act in acts
    ]
    _table(["at", "who", "what", "about", "id", "detail"], table, language)


def _between(found: dict[str, Any], name: str, language: str) -> None:
    typer.echo(f"{word(name, language)}  {short(found['since'])} - {short(found['until'])}")


def _title(name: str, language: str, count: int | None = None) -> None:
    typer.echo(f"\n{word(name, language)}" + ("" if count is None else f": {count}"))


def _households(rows: Sequence[dict[str, Any]], language: str) -> None:
    table = [
        [row["household_id"], row["grid_id"], row["minutes"], *_shares(row), _gap(row, language)]
        for row in rows
    ]
    _table(["household", "grid", "minutes", *_columns(), "longest_gap"], table, language)


def _incidents(rows: Sequence[dict[str, Any]], language: str) -> None:
    names = ("severity", "state")
    table = [
        [
            row["id"],
            row["code"],
            short(row["raised_at"]),
            row["household_id"] or f"{row['grid_id'] or ''} ({len(row['household_ids'] or ())})",
            _kind(row, language),
            *(word(row[name], language) for name in names),
            row["resolved_by"] or row["acknowledged_by"],
            word(row["outcome"], language),
        ]
        for row in rows
    ]
    if table:
        _table(
            ["id", "code", "raised", "household", "kind", *names, "by", "outcome"], table, language
        )


def _kind(row: dict[str, Any], language: str) -> str:
    kind = word(row["kind"], language) or ""
    return f"{word('drill', language)}: {kind}" if row["drill"] else kind


def _columns() -> list[str]:
    return [*_SEEN, "not_observed", *(cause.value for cause in CAUSES)]


def _shares(row: dict[str, Any]) -> list[str | None]:
    """Per cent; a dash where there is not one minute."""
    minutes, percent = row["by_state"], row["percent"]
    unseen = f"{row['not_observed_percent']:.1f} %" if row["not_observed_minutes"] else None
    shares = {name: f"{percent[name]:.1f} %" if minutes[name] else None for name in minutes}
    causes = (shares[cause.value] for cause in CAUSES)
    return [*(shares[name] for name in _SEEN), unseen, *causes]


def _gap(row: dict[str, Any], language: str) -> str | None:
    gap = row["longest_gap"]
    if gap is None:
        return None
    hours, minutes = divmod(gap["minutes"], 60)
    return f"{hours}:{minutes:02} {word(gap['cause'], language)} {(short(gap['since']) or '')[:16]}"


def _table(headings: Sequence[str], rows: Sequence[Sequence[Any]], language: str) -> None:
    print_table([word(name, language) or "" for name in headings], rows)
