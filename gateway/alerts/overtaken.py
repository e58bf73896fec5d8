"""Whether nobody needs an alert any more, judged by the others of its incident. Reads, in the
transaction of whoever asks."""

import aiosqlite

from gateway.maintenance import WORD
from gateway.store import alerts as table
from gateway.store.alerts import RECOVERY, AlertRow
from rules.moment import MINUTE, Duration

# So young an alert is the newest of its kind: the rules tell nobody of the same incident the same
# way again within two minutes.
SURELY_NEWEST: Duration = MINUTE
_TOLD = """
    SELECT 1 FROM alerts one LEFT JOIN alerts whole ON whole.id = one.merged_into
    WHERE one.incident_id = ? AND one.person_id = ? AND one.id < ? AND one.step <> ?
    AND coalesce(whole.status, one.status) NOT IN
        ('pending', 'held', 'merged', 'failed', 'stale', 'cancelled') LIMIT 1
"""


async def is_overtaken(connection: aiosqlite.Connection, row: AlertRow, *, old: bool) -> bool:
    """A newer alert says it (looked for if this one is ``old``, or waited for maintenance), or it
    is the recovery of what its person was never told, itself or in the words of another alert."""
    if row.step == RECOVERY:
        values = (row.incident_id, row.person_id, row.id, RECOVERY)
        if not await connection.execute_fetchall(_TOLD, values):
            return True
    return (old or row.error == WORD) and await table.overtaken(connection, row)
