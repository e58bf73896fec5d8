"""A rehearsal on the screen: a line a decision, who would have been told, and the sums."""

from collections import Counter
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import typer

from gateway.cli.output import print_table, short
from gateway.incident_json import rfc3339

if TYPE_CHECKING:
    from gateway.rehearsal.verdicts import Verdict


def show(verdicts: "list[Verdict]", zone: ZoneInfo) -> None:
    """All of it."""
    rows = []
    for verdict in verdicts:
        said = verdict.decision
        rows.append(
            (
                short(rfc3339(said.at, zone)),
                verdict.household_id,
                said.verdict.value,
                said.severity.word if said.severity else None,
                said.reason.value,
                verdict.incident,
                _told(verdict, zone),
            )
        )
    if rows:
        print_table(("at", "household", "verdict", "severity", "reason", "incident", "told"), rows)
        typer.echo()
    kinds = Counter(verdict.decision.verdict.value for verdict in verdicts)
    channels = Counter(n.channel.value for verdict in verdicts for n in verdict.notices)
    incidents = {verdict.incident for verdict in verdicts} - {None}
    typer.echo(
        f"{len(verdicts)} decisions ({_sums(kinds, 'none')}), {len(incidents)} incidents,"
        f" would have told: {_sums(channels, 'nobody')}"
    )


def _told(verdict: "Verdict", zone: ZoneInfo) -> str | None:
    times: dict[str, list[str]] = {}
    for notice in verdict.notices:
        clock = (rfc3339(notice.at, zone) or "")[11:16]
        times.setdefault(clock, []).append(f"{notice.role} {notice.channel}")
    return "; ".join(f"{clock} {', '.join(who)}" for clock, who in times.items()) or None


def _sums(counted: "Counter[str]", nothing: str) -> str:
    return ", ".join(f"{count} {name}" for name, count in counted.most_common()) or nothing
