"""How long each alert took, stage by stage, from the reading's arrival to somebody's answer.

Owns the stages and their arithmetic, for one alert and for many. What a stage's moment is, the
outbox and the core write down; nothing here decides anything.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from math import ceil
from typing import Any

from gateway.store.alerts import AlertRow, NewRow, cause_of
from gateway.store.database import Database
from rules.local import moment
from rules.moment import SECOND, Moment
from rules.said import Note

STAGES: Mapping[str, str] = {
    "decided": "created_at",
    "committed": "committed_at",  # durable: before that nobody is told
    "handed": "first_handed_at",  # to a provider, for the first time
    "accepted": "accepted_at",
    "delivered": "delivered_at",
    "acknowledged": "acknowledged_at",  # the incident, by whomever
}
"""Each stage and the moment at which it is reached, in order."""
WORST = 5
KEPT = 1_024
"""Commits remembered until their alerts leave: more than wait at a time on any day but the worst,
and then the queue is the latency."""


class Commits:
    """When alerts became durable. It is known only afterwards, so it is written with the next
    step of each, and is lost if the gateway dies in between."""

    def __init__(self) -> None:
        self._at: dict[tuple[int | None, Moment], Moment] = {}

    def note(self, rows: Iterable[NewRow], at: Moment) -> None:
        """These are durable now."""
        for row in rows:
            self._at[cause_of(row)] = at
        while len(self._at) > KEPT:
            del self._at[next(iter(self._at))]

    def of(self, row: AlertRow) -> Moment | None:
        """When this one was; None: it is not known any more."""
        return self._at.get((row.incident_id, row.created_at))


def of_alert(alert: Mapping[str, Any], answers: Iterable[Moment] = ()) -> dict[str, float | None]:
    """Seconds to each stage, from the reading's arrival, or from the decision where time alone
    caused the alert. ``alert``: a row of ``alerts``. ``answers``: of its incident; the first that
    came after the alert was decided is one to it. None: not reached, or not known."""
    since, decided = alert["reading_at"] or alert["created_at"], alert["created_at"]
    answer = min((at for at in answers if at >= decided), default=None)
    moments = {**alert, "acknowledged_at": answer}
    found: dict[str, float | None] = {}
    for stage, name in STAGES.items():
        at = moments[name]
        found[stage] = None if at is None or at < decided else (at - since) / SECOND
    return found


def answers(incident: Mapping[str, Any]) -> list[Moment]:
    """When somebody took it, by its stored body: it may have been opened again, and several may."""
    lines = (line for line in incident["timeline"] if line["what"] == Note.ACKNOWLEDGED)
    return [moment(datetime.fromisoformat(line["at"])) for line in lines]


def moment_of(said: str | None) -> Moment | None:
    """What the public JSON says of a moment, to the ms."""
    return None if said is None else moment(datetime.fromisoformat(said))


async def summary(database: Database, since: Moment, until: Moment) -> dict[str, Any]:
    """Alerts that readings caused in ``[since, until)``, drills apart: ``alerts`` (how many),
    ``stages`` (each with ``count``, ``p50``, ``p99``, ``max``; seconds, null: nobody came so far)
    and the ``worst`` by the way to the provider."""
    rows = await database.rows(
        "SELECT a.*, i.body, i.code FROM alerts a JOIN incidents i ON i.id = a.incident_id"
        " WHERE a.reading_at >= ? AND a.reading_at < ? AND NOT json_extract(i.body, '$.drill')"
        " ORDER BY a.id",
        (since, until),
    )
    found = []
    for row in rows:
        alert = dict(row)
        seconds = of_alert(alert, answers(json.loads(alert["body"])))
        found.append((alert, seconds))
    worst = sorted(found, key=lambda one: -_to_provider(one[1]))[:WORST]
    return {
        "alerts": len(found),
        "stages": {stage: spread([one[stage] for _, one in found]) for stage in STAGES},
        "worst": [_named(alert) | seconds for alert, seconds in worst],
    }


def spread(values: Iterable[float | None]) -> dict[str, float | int | None]:
    """Of those that are known; percentiles by nearest rank."""
    known = sorted(value for value in values if value is not None)

    def rank(per_cent: int) -> float | None:
        return known[ceil(len(known) * per_cent / 100) - 1] if known else None

    return {"count": len(known), "p50": rank(50), "p99": rank(99), "max": rank(100)}


def _to_provider(seconds: Mapping[str, float | None]) -> float:
    accepted = seconds["accepted"]
    return float("inf") if accepted is None else accepted


def _named(alert: Mapping[str, Any]) -> dict[str, Any]:
    names = ("incident_id", "code", "person_id", "kind", "provider", "status")
    return {name: alert[name] for name in names}
