"""What came of the day: the gateway's incidents and the provider's list against the truth.

Reads the gateway's store as anybody may; judges with the neighbourhood's own score.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.store.database import Database
from simulators.neighbourhood import Sent, Truth, score
from simulators.provider import ProviderStandIn


@dataclass(frozen=True, slots=True)
class Summary:
    """The object that ``--json`` prints. ``permitted``, ``openings``: the simulator's truth."""

    seed: int
    seconds: float
    radio: bool
    readings: int
    openings: int
    permitted: int
    breaches: int
    alerted: int
    missed: int
    understated: int
    false_alerts: int
    texts: int
    calls: int
    delivered: int
    acknowledged: int
    lost: int
    duplicates: int

    @property
    def clean(self) -> bool:
        return not (
            self.missed or self.lost or self.duplicates or self.false_alerts or self.understated
        )

    def to_json(self) -> str:
        return json.dumps(asdict(self))


async def incidents_of(database: Database, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Every incident with its alerts, as the public JSON has them."""

    def iso(at: int | None) -> str | None:
        return None if at is None else datetime.fromtimestamp(at / 1000, zone).isoformat()

    alerts: dict[int, list[dict[str, Any]]] = {}
    for row in await database.rows("SELECT * FROM alerts WHERE incident_id IS NOT NULL"):
        told = {key: row[key] for key in ("person_id", "kind", "step", "text", "status")}
        told["created_at"] = iso(row["created_at"])
        alerts.setdefault(row["incident_id"], []).append(told)
    return [
        json.loads(row["body"]) | {"alerts": alerts.get(row["id"], [])}
        for row in await database.rows("SELECT id, body FROM incidents ORDER BY id")
    ]


def summed_up(
    judged: Truth,
    incidents: list[dict[str, Any]],
    provider: ProviderStandIn,
    *,
    seed: int,
    seconds: float,
    radio: bool,
    readings: int,
    lost: int,
) -> Summary:
    sent = [Sent(m.to, "sms", m.body) for m in provider.messages]
    sent += [Sent(call.to, "voice") for call in provider.calls]
    got = score(judged, incidents, sent)
    return Summary(
        seed=seed,
        seconds=seconds,
        radio=radio,
        readings=readings,
        openings=len(judged.openings),
        permitted=len(judged.permitted),
        breaches=got.breaches,
        alerted=got.alerted,
        missed=len(got.missed),
        understated=len(got.understated),
        false_alerts=len(got.false_alerts),
        texts=got.texts,
        calls=got.calls,
        delivered=got.delivered,
        acknowledged=got.acknowledged,
        lost=lost,
        duplicates=got.duplicates,
    )
