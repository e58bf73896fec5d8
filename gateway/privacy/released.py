"""Whose order is over, and since when. Pure: no store, no clock."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from gateway.ledger.document import from_json
from gateway.ledger.model import Household, Ledger
from gateway.policies import isolation
from gateway.privacy.past import Document, Known
from rules.moment import DAY, NEVER, Moment


def released_at(known: Known, zone: ZoneInfo) -> Moment:
    """When the order ended, or the household left the ledger, whichever came first; NEVER: it
    goes on, or nobody knows its end."""
    _, ends = isolation(from_json(Household, known.newest), zone)
    return min(ends, known.left_at)


def over(
    known: Mapping[str, Known], zone: ZoneInfo, purge_days: int, now: Moment
) -> dict[str, Known]:
    """Those who were released so many days ago that nothing of them is to be kept."""
    found = {}
    for household_id, one in known.items():
        at = released_at(one, zone)
        if at < NEVER and at + purge_days * DAY <= now:
            found[household_id] = one
    return found


def isolates(known: Known, zone: ZoneInfo, now: Moment) -> bool:
    """Whether its order holds now."""
    begins, ends = isolation(from_json(Household, known.newest), zone)
    return known.left_at == NEVER and begins <= now < ends


def ledger_without(ledger: Ledger, gone: Mapping[str, Any]) -> Ledger:
    """The ledger without these households, their sensors and their own windows."""
    return replace(
        ledger,
        households={k: row for k, row in ledger.households.items() if k not in gone},
        sensors={k: row for k, row in ledger.sensors.items() if row.household_id not in gone},
        windows={
            k: row
            for k, row in ledger.windows.items()
            if row.scope != "household" or row.subject not in gone
        },
    )


def document_without(document: Document, gone: Mapping[str, Any], staff: set[str]) -> Document:
    """The same for a stored version; whoever is not in ``staff`` any more loses name and phone."""
    prefixed = {f"household:{key}" for key in gone}
    people = [
        row if row["person_id"] in staff else {**row, "name": "-", "phone": "-"}
        for row in document.get("people", ())
    ]
    return {
        **document,
        "people": people,
        "households": [r for r in document.get("households", ()) if r["household_id"] not in gone],
        "sensors": [r for r in document.get("sensors", ()) if r["household_id"] not in gone],
        "windows": [r for r in document.get("windows", ()) if r["applies_to"] not in prefixed],
    }
