"""What was and what would have been, on the screen."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import typer

from gateway.cli.output import print_table, short
from gateway.cli.spoken import cell, column, in_chinese, joined, say
from gateway.incident_json import rfc3339
from gateway.rehearsal.comparison import Compared, Sums, by_household, by_kind, total
from rules.model import Severity

if TYPE_CHECKING:
    from gateway.ledger.model import Ledger


def show(found: Compared, ledger: "Ledger", zone: ZoneInfo) -> None:
    """All of it."""
    if found.newest < found.since and not found.was and not found.would_be:
        typer.echo(say(_nothing(found, zone)))
        return
    begin, end = short(rfc3339(found.since, zone)), short(rfc3339(found.until, zone))
    typer.echo(say(f"from {begin} to {end}"))
    _kinds(found)
    _households(found, ledger)
    if found.dropped:
        answers = _count(found.dropped, "answer")
        typer.echo(say(f"{answers} found no incident: these rules had none at that door then."))
    typer.echo(say(_sentence(total(found.was), total(found.would_be))))


def _kinds(found: Compared) -> None:
    was, would = by_kind(found.was), by_kind(found.would_be)
    columns = _columns(found)
    rows = [
        _cells(kind, was.get(kind, Sums()), would.get(kind, Sums()), columns)
        for kind in sorted(was.keys() | would.keys())
    ]
    if rows:
        rows.append(_cells("all", total(found.was), total(found.would_be), columns))
        headings = [heading for name in columns for heading in (f"{name} was", "would be")]
        print_table([column(heading) for heading in ("kind", *headings)], rows)


def _columns(found: Compared) -> list[str]:
    """Chat groups only where there are any."""
    used = total(found.was).chats or total(found.would_be).chats
    return [name for name in Sums._fields if name != "chats" or used]


def _cells(kind: str, was: Sums, would: Sums, columns: list[str]) -> list[object]:
    return [cell(kind), *(getattr(sums, name) for name in columns for sums in (was, would))]


def _households(found: Compared, ledger: "Ledger") -> None:
    """Those for which it differs, by id; one that left the ledger has no other name."""
    was, would = by_household(found.was), by_household(found.would_be)
    for household_id in sorted(was.keys() | would.keys()):
        before, after = was.get(household_id, Sums()), would.get(household_id, Sums())
        graver = _severities(found, household_id)
        if differences := joined(*_differences(before, after), *graver, by=", "):
            row = ledger.households.get(household_id)
            mark = "：" if in_chinese() else ": "
            typer.echo(f"{row.address if row else household_id}{mark}{differences}")


def _differences(was: Sums, would: Sums) -> Iterator[str]:
    for name, before, after in zip(Sums._fields, was, would, strict=True):
        if before != after:
            yield f"{_count(before, name[:-1])} -> {after}"


def _severities(found: Compared, household_id: str) -> Iterator[str]:
    """``critical -> high``; where there are more or fewer incidents, only if their kinds differ."""
    was = found.severity_was.get(household_id, Counter())
    would = found.severity_would_be.get(household_id, Counter())
    if was and would and (was != would if was.total() == would.total() else set(was) != set(would)):
        yield f"{_graded(was)} -> {_graded(would)}"


def _graded(severities: Counter[str]) -> str:
    """The gravest first."""
    found = (each.word for each in sorted(Severity, reverse=True) if severities[each.word])
    counts = ((severities[word], cell(word)) for word in found)
    return joined(*(f"{n} {word}" if n > 1 else f"{word}" for n, word in counts), by=" and ")


def _nothing(found: Compared, zone: ZoneInfo) -> str:
    if not found.newest:
        return f"nothing is stored up to {short(rfc3339(found.until, zone))}"
    newest = short(rfc3339(found.newest, zone))
    until = f" until {short(rfc3339(found.until, zone))}" if found.until > found.since else ""
    return f"nothing is stored after {newest}{until}: choose an earlier --since"


def _sentence(was: Sums, would: Sums) -> str:
    changes = []
    for name, before, after in zip(Sums._fields[1:], was[1:], would[1:], strict=True):
        if before != after:
            how = "less" if after < before else "more"
            changes.append(f"{_count(abs(after - before), name[:-1])} {how}")
    if not changes:
        much = f"{_count(was.texts, 'text')} and {_count(was.calls, 'call')}"
        return f"These rules would have sent as much: {much}."
    return f"These rules would have sent {' and '.join(changes)}."


def _count(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"
