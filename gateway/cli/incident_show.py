"""Incidents on the screen. The public JSON in, lines out."""

from typing import Any

import typer

from gateway.cli.output import print_table, short
from gateway.outcomes import listed

_FIRST = ("id", "code", "timeline", "alerts")
_DOOR = {True: "open", False: "closed", None: None}


def show_all(rows: list[dict[str, Any]]) -> None:
    """One line an incident."""
    if not rows:
        typer.echo("no incidents")
        return
    print_table(
        ("id", "code", "raised", "about", "kind", "severity", "state", "door", "by", "outcome"),
        [
            (
                row["id"],
                row["code"],
                short(row["raised_at"]),
                _about(row),
                row["kind"],
                row["severity"],
                row["state"],
                _DOOR[row["door_open"]],
                row["acknowledged_by"],
                row["outcome"],
            )
            for row in rows
        ],
    )


def _about(row: dict[str, Any]) -> str:
    """The home, or the first of several, else the grid; and what of it, if it is not the door."""
    homes = row.get("household_ids") or [row["household_id"] or row["grid_id"] or ""]
    more = f" +{len(homes) - 1}" if len(homes) > 1 else ""
    return f"{homes[0]}{more} {row.get('about') or ''}".strip()


def show_one(incident: dict[str, Any]) -> None:
    """Everything of one."""
    typer.echo(f"incident {incident['id']}, code {incident['code']}")
    for name, value in incident.items():
        if name not in _FIRST and value not in (None, [], ""):
            said = " ".join(value) if isinstance(value, list) else value
            typer.echo(f"  {name}: {str(said).lower() if isinstance(said, bool) else said}")
    typer.echo(f"  may be resolved as: {listed(incident['kind'])}")
    typer.echo("timeline")
    for line in incident["timeline"]:
        typer.echo(f"  {short(line['at'])}  {line['what']}  {line['detail']}".rstrip())
    typer.echo("alerts")
    for alert in incident["alerts"]:
        error = f"  ({alert['error']})" if alert["error"] else ""
        typer.echo(
            f"  {short(alert['created_at'])}  {alert['person_id']}  {alert['kind']}"
            f"  {alert['status']}{error}  {alert['text']}"
        )
        if reached := latency_line(alert):
            typer.echo(f"    {reached}")


def latency_line(alert: dict[str, Any]) -> str:
    """How long an alert took to each stage that it has reached; "" before the first."""
    since = "reading" if alert["reading_at"] else "decision"
    reached = [
        f"{stage} {seconds:.3f} s"
        for stage, seconds in alert["latency"].items()
        if seconds is not None and (alert["reading_at"] or stage != "decided")
    ]
    return f"from the {since}: {', '.join(reached)}" if reached else ""
