"""What a household's doors did, from the journal, with what was decided of it.

The journal holds what was heard. A breach has its incident's line; what has none was permitted, if
a window or pass covers it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gateway.incidents import Card
from gateway.passes import Pass
from rules.home import Home
from rules.local import local, moment
from rules.model import Kind, Verdict
from rules.moment import Moment
from rules.windows.calendar import NO_PLAN, Plan, plan
from rules.windows.cover import cover

if TYPE_CHECKING:
    from gateway.store.database import Database

DAYS = 7  # are shown unless more are asked for
MOST_DAYS = 60
_ROWS = (
    "SELECT subject, COALESCE(at, received_at) AS at, door FROM journal WHERE id >= ?"
    " AND kind = 1 AND door IS NOT NULL AND subject IN ({}) ORDER BY 2, id"
)


@dataclass(frozen=True, slots=True)
class Opened:
    """One opening. ``verdict``: of ``Verdict``, a ``Kind``, or blank: not judged by itself."""

    at: Moment
    until: Moment | None  # None: it stands open
    verdict: str
    by: str = ""  # what permitted it: ``window`` or ``pass``
    detail: str = ""  # a window's id, a pass's kind
    incident_id: int | None = None


async def openings(
    database: "Database",
    home: Home,
    sensor_ids: Sequence[str],
    cards: Iterable[Card],
    passes: Iterable[Pass],
    since: Moment,
) -> list[Opened]:
    """Since then, the newest first. ``cards``, ``passes``: the household's own."""
    if not sensor_ids:
        return []
    first = await _first_id(database, since)
    query = _ROWS.format(",".join("?" * len(sensor_ids)))
    rows = await database.rows(query, (first, *sensor_ids))
    found = joined(((row["subject"], row["at"], bool(row["door"])) for row in rows), home)
    told = _told(cards)
    used = {one.used_at: one for one in passes if one.used_at}
    return [_judged(home, at, until, told, used) for at, until in reversed(found) if at >= since]


def joined(
    moves: Iterable[tuple[str, Moment, bool]], home: Home
) -> list[tuple[Moment, Moment | None]]:
    """A household's openings from its sensors' moves: from the first that opens until all are
    closed; one that follows at once is the same."""
    open_now: set[str] = set()
    found: list[tuple[Moment, Moment | None]] = []
    for sensor_id, at, is_open in moves:
        was_open = bool(open_now)
        (open_now.add if is_open else open_now.discard)(sensor_id)
        if open_now and not was_open:
            last = found[-1] if found else None
            if last and last[1] is not None and at - last[1] <= home.policy.rules.rejoin:
                found[-1] = (last[0], None)
            else:
                found.append((at, None))
        elif was_open and not open_now:
            found[-1] = (found[-1][0], at)
    return found


def _judged(
    home: Home,
    at: Moment,
    until: Moment | None,
    told: Mapping[Moment, tuple[str, int]],
    used: Mapping[Moment, Pass],
) -> Opened:
    if at in told:
        verdict, incident_id = told[at]
        return Opened(at, until, verdict, incident_id=incident_id)
    if not home.policy.isolation_start <= at < home.policy.isolation_end:
        return Opened(at, until, Verdict.NOT_ISOLATING.value)
    if at in used:
        return Opened(at, until, Verdict.PERMITTED.value, "pass", used[at].kind)
    today: Plan = plan(home.policy, at) if home.policy.windows else NO_PLAN
    found, _ = cover(today, (), at)
    if found is not None:
        return Opened(at, until, Verdict.PERMITTED.value, "window", found.name)
    return Opened(at, until, "")


def _told(cards: Iterable[Card]) -> dict[Moment, tuple[str, int]]:
    """The breaches of incidents, by the moment that was judged."""
    kinds = {kind.value for kind in Kind}
    found: dict[Moment, tuple[str, int]] = {}
    for card in cards:
        for line in card.body["timeline"]:
            verdict = str(line["detail"]).partition(" ")[0]
            if verdict in kinds and line["at"]:
                at = moment(datetime.fromisoformat(line["at"]))
                found.setdefault(at, (verdict, card.id))
    return found


async def _first_id(database: "Database", since: Moment) -> int:
    """The first row of the journal from then on; ids grow with time, and time has no index."""
    rows = await database.rows("SELECT COALESCE(MIN(id), 0), COALESCE(MAX(id), 0) FROM journal")
    low, high = int(rows[0][0]), int(rows[0][1])
    while low < high:
        middle = (low + high) // 2
        found = await database.rows(
            "SELECT received_at FROM journal WHERE id >= ? ORDER BY id LIMIT 1", (middle,)
        )
        if found and found[0][0] < since:
            low = middle + 1
        else:
            high = middle
    return low


def by_day(found: Iterable[Opened], home: Home) -> dict[str, list[Opened]]:
    """By local day, as the list has them."""
    days: dict[str, list[Any]] = {}
    for one in found:
        days.setdefault(f"{local(one.at, home.policy.zone):%Y-%m-%d}", []).append(one)
    return days
