"""Sensors as the outside sees them, for the command and the HTTP API. A key never leaves us."""

from typing import Any
from zoneinfo import ZoneInfo

from gateway.incident_json import rfc3339
from gateway.intake.heard import Heard
from gateway.ledger.model import Sensor


def sensor_json(row: Sensor, heard: Heard, zone: ZoneInfo) -> dict[str, Any]:
    """A row of the ledger with what was heard of it."""
    return {
        "sensor_id": row.sensor_id,
        "household_id": row.household_id,
        "protocol": row.protocol.value,
        "address": row.address,
        "place": row.place,
        "state": heard.door.value if heard.door else None,
        "state_since": rfc3339(heard.door_at, zone),
        "last_heard_at": rfc3339(heard.heard_at, zone),
        "battery": heard.battery,
        "battery_changed": heard.counts_anew is not None,  # it seems: ``sensors battery``
        "has_key": row.key is not None,
    }
