"""A rehearsal on the screen: a line a decision, who would have been told, and the sums."""

from collections import Counter
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import typer

from gateway.cli.output import print_table, short
from gateway.cli.spoken import cell, column, in_chinese, say
from gateway.incident_json import rfc3339
from rules.model import Channel

if TYPE_CHECKING:
    from gateway.rehearsal.verdicts import Verdict

_CHANNELS = frozenset(Channel)


def show(verdicts: "list[Verdict]", zone: ZoneInfo) -> None:
    """All of it."""
    rows = []
    for verdict in verdicts:
        said = verdict.decision
        rows.append(
            (
                short(rfc3339(said.at, zone)),
                verdict.household_id,
                cell(said.verdict.value),
                cell(said.severity.word if said.severity else None),
                cell(said.reason.value),
                verdict.incident,
                _told(verdict, zone),
            )
        )
    if rows:
        headings = ("at", "household", "verdict", "severity", "reason", "incident", "told")
        print_table([column(heading) for heading in headings], rows)
        typer.echo()
    kinds = Counter(verdict.decision.verdict.value for verdict in verdicts)
    channels = Counter(n.channel.value for verdict in verdicts for n in verdict.notices)
    incidents = {verdict.incident for verdict in verdicts} - {None}
    typer.echo(
        say(
            f"{len(verdicts)} decisions ({_sums(kinds, 'none')}), {len(incidents)} incidents,"
            f" would have told: {_sums(channels, 'nobody')}"
        )
    )


def _told(verdict: "Verdict", zone: ZoneInfo) -> str | None:
    times: dict[str, list[str]] = {}
    for notice in verdict.notices:
        clock = (rfc3339(notice.at, zone) or "")[11:16]
        times.setdefault(clock, []).append(_whom(notice.role, notice.channel))
    comma, mark = ("、", "；") if in_chinese() else (", ", "; ")
    return mark.join(f"{clock} {comma.join(who)}" for clock, who in times.items()) or None


def _whom(role: str, channel: str) -> str:
    return f"{say(role)}{say(channel)}" if in_chinese() else f"{role} {channel}"


def _sums(counted: "Counter[str]", nothing: str) -> str:
    """What the whole sentence is told apart by stays: its parts are put into words here."""
    if in_chinese():
        return "、".join(f"{_word(name)} {n}" for name, n in counted.most_common()) or _word(
            nothing
        )
    return ", ".join(f"{count} {name}" for name, count in counted.most_common()) or nothing


def _word(name: str) -> str:
    return say(name) if name in _CHANNELS else cell(name) or name
