"""The score: a gateway that did well gets a clean one, and each fault is seen."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from simulators.neighbourhood import Score, Sent, Truth, build, score, tell, truth

DAY = date(2026, 3, 4)
Incidents = list[dict[str, Any]]


def well_done() -> tuple[Truth, Incidents]:
    """What a gateway without fault would show: one incident a home, the later ones joined."""
    town = build(4, day=DAY)
    judged = truth(town, tell(town, 4))
    incidents: dict[str, dict[str, Any]] = {}
    for number, breach in enumerate(judged.expected):
        at = breach.at.astimezone().isoformat()
        line = {"at": at, "what": "opening", "detail": ""}
        if breach.household_id in incidents:
            incidents[breach.household_id]["timeline"].append(line)
            continue
        grave = any(r.household_id == breach.household_id for r in judged.rises)
        incidents[breach.household_id] = {
            "id": number,
            "kind": breach.kind,
            "severity": "critical" if grave else breach.severity,
            "household_id": breach.household_id,
            "raised_at": at,
            "occurred_at": at,
            "acknowledged_at": None,
            "resolved_at": None,
            "timeline": [line],
            "alerts": [alert("P01", number, at)],
        }
    return judged, list(incidents.values())


def alert(person_id: str, number: int, at: str, **other: Any) -> dict[str, Any]:
    text = f"door {number}"
    common = {"person_id": person_id, "kind": "sms", "step": 0, "text": text, "created_at": at}
    return {**common, "status": "delivered", **other}


def later(at: str, **span: int) -> str:
    return (datetime.fromisoformat(at) + timedelta(**span)).isoformat()


def test_without_fault() -> None:
    judged, incidents = well_done()
    got = score(judged, incidents)
    assert got.clean
    assert got.breaches == got.alerted == len(judged.breaches) > len(incidents)
    assert got.texts == got.delivered == len(incidents)


def nobody(incidents: Incidents) -> None:
    incidents[0]["alerts"] = []


def failed(incidents: Incidents) -> None:
    incidents[0]["alerts"][0]["status"] = "failed"


def gone(incidents: Incidents) -> None:
    del incidents[0]


def too_late(incidents: Incidents) -> None:
    at = later(incidents[0]["raised_at"], minutes=2)
    incidents[0].update(raised_at=at, occurred_at=at)


def not_joined(incidents: Incidents) -> None:
    del next(i for i in incidents if len(i["timeline"]) > 1)["timeline"][1:]


def resolved_before(incidents: Incidents) -> None:
    found = next(i for i in incidents if len(i["timeline"]) > 1)
    found["resolved_at"] = later(found["raised_at"], seconds=61)


def milder(incidents: Incidents) -> None:
    incidents[0]["severity"] = "low"


def lesser_kind(incidents: Incidents) -> None:
    incidents[0]["kind"] = "inferred_opening"


def elsewhere(incidents: Incidents) -> None:
    incidents.append({**incidents[0], "id": 99, "household_id": "H036", "alerts": []})


def side_by_side(incidents: Incidents) -> None:
    incidents.append({**incidents[0], "id": 99, "alerts": []})


def twice(incidents: Incidents) -> None:
    incidents[0]["alerts"].append(alert("P01", 0, later(incidents[0]["raised_at"], seconds=90)))


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        (nobody, "missed"),
        (failed, "missed"),
        (gone, "missed"),
        (too_late, "missed"),
        (not_joined, "missed"),
        (resolved_before, "missed"),
        (milder, "understated"),
        (lesser_kind, "understated"),
        (elsewhere, "false_alerts"),
        (side_by_side, "duplicates"),
        (twice, "duplicates"),
    ],
)
def test_each_fault_is_seen(fault: Callable[[Incidents], None], field: str) -> None:
    judged, incidents = well_done()
    fault(incidents)
    got = score(judged, incidents)
    assert getattr(got, field)
    assert not got.clean


@pytest.mark.parametrize(
    "other", [{"step": 1}, {"kind": "voice"}, {"person_id": "P02"}, {"text": "again"}]
)
def test_what_is_no_duplicate(other: dict[str, Any]) -> None:
    judged, incidents = well_done()
    at = later(incidents[0]["raised_at"], seconds=30)
    incidents[0]["alerts"].append(alert("P01", 0, at) | other)
    assert score(judged, incidents).duplicates == 0


def test_a_repeat_after_an_hour_is_no_duplicate() -> None:
    judged, incidents = well_done()
    incidents[0]["alerts"].append(alert("P01", 0, later(incidents[0]["raised_at"], hours=1)))
    assert score(judged, incidents).duplicates == 0


def seen_by_the_provider(*extra: Sent) -> Score:
    judged, incidents = well_done()
    phone = judged.town.people[0].phone
    sent = [Sent(phone, a["kind"], a["text"]) for i in incidents for a in i["alerts"]]
    return score(judged, incidents, [*sent, *extra])


def test_the_provider_sees_what_was_sent_twice() -> None:
    phone = build(4, day=DAY).people[0].phone
    assert seen_by_the_provider().duplicates == 0
    assert seen_by_the_provider(Sent(phone, "sms", "taken by you")).duplicates == 0
    assert seen_by_the_provider(Sent(phone, "sms", "door 0")).duplicates == 1
    assert seen_by_the_provider(Sent(phone, "voice")).duplicates == 1
