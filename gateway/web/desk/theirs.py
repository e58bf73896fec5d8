"""What is whose to see: grids, homes and incidents of somebody who is logged in.

What belongs to another grid is answered as if it did not exist.
"""

import json
from typing import TYPE_CHECKING, Any

from gateway.accounts.rights import Who
from gateway.households import GATEWAY
from gateway.incidents import Card
from gateway.ledger.model import Household
from gateway.web.guard import not_found

if TYPE_CHECKING:
    from gateway.web.site import Site


def grids(site: "Site", who: Who) -> list[str]:
    """Their grids, by id."""
    return [grid_id for grid_id in sorted(site.memory.ledger.grids) if who.sees(grid_id)]


def grid(site: "Site", who: Who, asked: str | None) -> str | None:
    """The grid to be shown: the one that was asked for, else where most is to be done.

    None: they have none. Raises 404.
    """
    known = grids(site, who)
    if asked:
        if asked not in known:
            raise not_found()
        return asked
    unresolved = [card.body["grid_id"] for card in site.memory.cards.unresolved()]
    households = [home.grid_id for home in site.memory.ledger.households.values()]
    return max(
        known,
        key=lambda grid_id: (unresolved.count(grid_id), households.count(grid_id)),
        default=None,
    )


def home(site: "Site", who: Who, household_id: str) -> Household:
    """Raises 404."""
    found = site.memory.ledger.households.get(household_id)
    if found is None or not who.sees(found.grid_id):
        raise not_found()
    return found


async def card(site: "Site", who: Who, incident_id: int) -> Card:
    """An incident, however old. Raises 404."""
    found = site.memory.cards.get(incident_id)
    if found is None:
        rows = await site.database.rows("SELECT * FROM incidents WHERE id = ?", (incident_id,))
        found = stored_card(rows[0]) if rows else None
    if found is None or not sees(who, found):
        raise not_found()
    return found


def stored_card(row: Any) -> Card:
    """An incident from its row in the store."""
    found = Card(row["number"], row["household_id"], json.loads(row["body"]), row["raised_at"])
    found.updated_at = row["updated_at"]
    return found


def sees(who: Who, found: Card) -> bool:
    """The gateway's own faults are for those who see all grids."""
    grid_id = found.body["grid_id"]
    return who.sees(None if grid_id in (None, GATEWAY) else str(grid_id))
