"""Households with their sensors, by the API. No phone numbers: nobody needs them from here."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter
from fastapi import Path as InPath

from gateway.ledger.model import Household as Row
from gateway.sensor_json import sensor_json
from gateway.web.api.asking import NONE
from gateway.web.api.models import Household, Sensor
from gateway.web.guard import Looking, not_found

if TYPE_CHECKING:
    from gateway.web.site import Site

HouseholdId = Annotated[str, InPath(min_length=1, max_length=64)]


def router(site: "Site") -> APIRouter:
    api = APIRouter()

    @api.get("/households")
    async def households(who: Looking) -> list[Household]:
        """Every household of their grid."""
        rows = site.memory.ledger.households.values()
        sensors, incidents = _sensors(site), _incidents(site)
        return [_shown(site, row, sensors, incidents) for row in rows if who.sees(row.grid_id)]

    @api.get("/households/{household_id}", responses=NONE)
    async def household(who: Looking, household_id: HouseholdId) -> Household:
        """One household."""
        row = site.memory.ledger.households.get(household_id)
        if row is None or not who.sees(row.grid_id):
            raise not_found()
        return _shown(site, row, _sensors(site), _incidents(site))

    return api


def _sensors(site: "Site") -> dict[str, list[Sensor]]:
    """By household."""
    found: dict[str, list[Sensor]] = {}
    for sensor_id, row in sorted(site.memory.ledger.sensors.items()):
        heard = site.memory.intake.sensors[sensor_id]
        shown = Sensor(**sensor_json(row, heard, site.zone))
        found.setdefault(row.household_id, []).append(shown)
    return found


def _incidents(site: "Site") -> dict[str, int]:
    """The newest that is not resolved, by household."""
    cards = reversed(site.memory.cards.unresolved())
    return {card.household_id: card.id for card in cards if card.household_id is not None}


def _shown(
    site: "Site", row: Row, sensors: dict[str, list[Sensor]], incidents: dict[str, int]
) -> Household:
    home = site.memory.homes.get(row.household_id)
    own = sensors.get(row.household_id, [])
    is_open = None
    if home is not None and any(sensor.state is not None for sensor in own):
        is_open = home.opening is not None and home.opening.closed_at is None
    return Household(
        household_id=row.household_id,
        grid_id=row.grid_id,
        address=row.address,
        building=row.building,
        unit=row.unit,
        room=row.room,
        isolation_start=row.isolation_start.isoformat(),
        isolation_end=row.isolation_end.isoformat() if row.isolation_end else None,
        door_open=is_open,
        incident_id=incidents.get(row.household_id),
        sensors=own,
    )
