"""Which incident somebody means: its id, or the code of its texts. Never a guess."""

import time

from gateway.cli.app import Failed, WrongUse
from gateway.incident_json import ids_of_code
from gateway.store.database import Database
from rules.moment import DAY

CODE_RESTS = 7 * DAY  # a code means its incident so long after that has changed last


async def incident_id(database: Database, said: str) -> int:
    """The id of the incident. ``id:3`` and ``code:4213`` say which of the two is meant."""
    kind, colon, digits = said.rpartition(":")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19) or (
        colon and kind not in ("id", "code")
    ):
        raise WrongUse(f"{said!r} is neither an incident's id nor a code; both are digits")
    found: list[int] = []
    if kind != "id":
        since = time.time_ns() // 1_000_000 - CODE_RESTS
        found += (await ids_of_code(database, digits, since))[:1]
    if kind != "code":
        rows = await database.rows("SELECT id FROM incidents WHERE id = ?", (int(digits),))
        found += [row["id"] for row in rows if row["id"] not in found]
    if not found:
        raise Failed(f"there is no incident {said}")
    if len(found) > 1:
        raise WrongUse(
            f"{digits} is the code of incident {found[0]}, and the id of another;"
            f" write code:{digits} or id:{digits}"
        )
    return found[0]
