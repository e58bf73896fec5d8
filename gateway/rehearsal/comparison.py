"""What was alerted and what would have been, side by side: by kind, and by household.

Owns the counting. An incident counts when it was raised in the time looked at; a text or call when
it was decided in it, whatever came of it on its way (one that was overtaken counts too).
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

import aiosqlite

from gateway.incident_json import rfc3339
from gateway.rehearsal.answers import AllRaised, all_raised
from gateway.rehearsal.verdicts import Incident, Verdict
from gateway.store.database import Database
from rules.local import moment
from rules.model import Channel, Kind, Reason
from rules.moment import NEVER, Moment


class Sums(NamedTuple):
    """How much there was."""

    incidents: int = 0
    texts: int = 0
    calls: int = 0
    chats: int = 0

    def plus(self, other: "Sums") -> "Sums":
        return Sums(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


Key: TypeAlias = tuple[str, str]  # household, or the key of a grid; kind
Side: TypeAlias = dict[Key, Sums]
Severities: TypeAlias = dict[str, Counter[str]]
"""By household, or the key of a grid: how grave the incidents were that were raised in the time."""

_FIELD = {Channel.SMS: "texts", Channel.VOICE: "calls", Channel.CHAT: "chats"}
_REASONS, _KINDS = frozenset(Reason), frozenset(Kind)


@dataclass(frozen=True, slots=True)
class Stored:
    """The store at one moment."""

    last_id: int  # the journal's newest row of the time looked at; 0: there is none
    newest: Moment  # when that came
    side: Side
    severities: Severities
    raised: AllRaised


async def stored(database: Database, since: Moment, until: Moment = NEVER) -> Stored:
    """What was, from ``since`` up to ``until`` and with it."""

    async def work(connection: aiosqlite.Connection) -> Stored:
        await connection.execute("BEGIN")  # a running gateway goes on; we see one moment
        newest = await connection.execute_fetchall(
            "SELECT id, received_at FROM journal WHERE received_at <= ? ORDER BY id DESC LIMIT 1",
            (until,),
        )
        incidents = await connection.execute_fetchall(
            "SELECT id, household_id, number, raised_at, updated_at,"
            " json_extract(body, '$.kind') AS kind,"
            # Told before it was raised: the clock was put right meanwhile.
            " CASE WHEN updated_at >= ? AND (raised_at <= ? OR id IN"
            " (SELECT incident_id FROM alerts WHERE created_at BETWEEN ? AND ?))"
            " THEN body END AS body FROM incidents ORDER BY household_id, number",
            (since, until, since, until),
        )
        alerts = await connection.execute_fetchall(
            "SELECT incident_id, kind, COUNT(*) AS count FROM alerts"
            " WHERE incident_id IS NOT NULL AND created_at BETWEEN ? AND ? GROUP BY 1, 2",
            (since, until),
        )
        last_id, at = next(iter(newest), (0, 0))
        raised = all_raised(
            (row["household_id"], row["number"], row["raised_at"], row["kind"]) for row in incidents
        )
        side, severities = _was(incidents, alerts, since, until)
        return Stored(last_id, at, side, severities, raised)

    return await database.transaction(work)


def _was(
    incidents: Iterable[Any], alerts: Iterable[Any], since: Moment, until: Moment
) -> tuple[Side, Severities]:
    side: Side = {}
    severities: Severities = {}
    key_of: dict[int, Key] = {}
    for row in incidents:
        body = json.loads(row["body"]) if row["body"] else None
        if body is None or body["drill"]:  # a drill is no decision of the rules
            continue
        kind, severity = _said_at(body, until)
        key_of[row["id"]] = key = (row["household_id"], kind)
        raised = since <= row["raised_at"] <= until
        _add(side, key, Sums(incidents=int(raised)))
        if raised:
            severities.setdefault(key[0], Counter())[severity] += 1
    for row in alerts:
        if row["incident_id"] in key_of:
            sums = Sums(**{_FIELD[Channel(row["kind"])]: row["count"]})
            _add(side, key_of[row["incident_id"]], sums)
    return side, severities


def _said_at(body: dict[str, Any], until: Moment) -> tuple[str, str]:
    """Kind and severity. It may have become graver since: what the last decision until then said.

    Of a timeline that says of no decision, as the incident is.
    """
    kind, severity = str(body["kind"]), str(body["severity"])
    for line in reversed(body["timeline"]):
        said, *grave = line["detail"].split() or ("",)
        if line["what"] in _REASONS and said in _KINDS:
            kind, severity = said, grave[0] if grave else severity
            if moment(datetime.fromisoformat(line["at"])) <= until:
                break
    return kind, severity


def would_be(incidents: Iterable[Incident], since: Moment, until: Moment = NEVER) -> Side:
    """The same of a rehearsal's incidents."""
    side: Side = {}
    for incident in incidents:
        key = (incident.owner, incident.kind.value)
        _add(side, key, Sums(incidents=int(since <= incident.raised_at <= until)))
        for notice in incident.notices:
            if since <= notice.at <= until:
                _add(side, key, Sums(**{_FIELD[notice.channel]: notice.people}))
    return side


def severities(incidents: Iterable[Incident], since: Moment, until: Moment = NEVER) -> Severities:
    """How grave a rehearsal's incidents were that were raised in the time."""
    found: Severities = {}
    for incident in incidents:
        if since <= incident.raised_at <= until and incident.severity is not None:
            found.setdefault(incident.owner, Counter())[incident.severity.word] += 1
    return found


def _add(side: Side, key: Key, sums: Sums) -> None:
    if any(sums):
        side[key] = side.get(key, Sums()).plus(sums)


def _summed(side: Side, by: Callable[[Key], str]) -> dict[str, Sums]:
    """Its sums by a part of the key."""
    found: dict[str, Sums] = {}
    for key, sums in side.items():
        found[by(key)] = found.get(by(key), Sums()).plus(sums)
    return found


def by_kind(side: Side) -> dict[str, Sums]:
    return _summed(side, lambda key: key[1])


def by_household(side: Side) -> dict[str, Sums]:
    return _summed(side, lambda key: key[0])


def total(side: Side) -> Sums:
    return _summed(side, lambda key: "").get("", Sums())


def as_json(side: Side) -> dict[str, Any]:
    """One side as the outside sees it; kinds and households by name."""
    return {
        **total(side)._asdict(),
        "by_kind": _named(by_kind(side)),
        "by_household": _named(by_household(side)),
    }


def _named(sums: Mapping[str, Sums]) -> dict[str, dict[str, int]]:
    return {name: sums[name]._asdict() for name in sorted(sums)}


@dataclass(frozen=True, slots=True, repr=False)
class Compared:
    """Both sides, and the decisions behind the second.

    No repr: asyncio makes one of what a coroutine returns, and of a year that took half a minute.
    """

    since: Moment
    until: Moment
    was: Side
    would_be: Side
    severity_was: Severities
    severity_would_be: Severities
    newest: Moment  # the journal's newest row of the time up to ``until``; 0: there is none
    dropped: int  # answers that found no incident
    decided: list[Verdict]

    def as_json(self, zone: ZoneInfo) -> dict[str, Any]:
        return {
            "since": rfc3339(self.since, zone),
            "until": rfc3339(self.until, zone),
            "was": as_json(self.was),
            "would_be": as_json(self.would_be),
            "answers_dropped": self.dropped,
            "decisions": [verdict.as_json(zone) for verdict in self.decided],
        }
