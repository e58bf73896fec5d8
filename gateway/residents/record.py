"""What a household's door said, for the resident: from the export of everything, the doors only."""

import asyncio
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.privacy.export import export
from gateway.store.database import Database
from rules.moment import Moment

MOST = 200  # lines: a fortnight of a lively home
_ONE = asyncio.Lock()


class Line(NamedTuple):
    """The door opened or closed, in local time."""

    day: str
    clock: str
    door: str


class Record(NamedTuple):
    lines: list[Line]  # newest first
    erased_at: str | None  # RFC 3339; None: the order has no end yet


async def record(
    database: Database, household_id: str, zone: ZoneInfo, purge_days: int, now: Moment
) -> Record:
    """The newest ``MOST`` changes of the door, and when all of it is erased by itself.

    The journal has no index by household, so it is read through, for one resident at a time.
    """
    async with _ONE:
        document = await export(database, household_id, zone, purge_days, now)
    if document is None:
        return Record([], None)
    lines: list[Line] = []
    for row in document["journal"]:
        if "door" not in row:
            continue
        at = str(row.get("happened_at") or row["received_at"])
        line = Line(at[:10], at[11:16], row["door"])
        if not lines or lines[-1].door != line.door:
            lines.append(line)
    return Record(lines[: -MOST - 1 : -1], document["erased_by_itself_at"])
