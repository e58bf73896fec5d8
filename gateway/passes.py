"""Passes as people see them: who granted which, to whom, for what, and what became of it.

Owns their ids and what the store keeps of them. Whether a pass covers an opening is the rules'
to say; this listens.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from gateway.households import Said
from gateway.incident_json import rfc3339
from gateway.store.database import Database
from rules.home import Home
from rules.model import PassGranted, PassRevoked, Reason
from rules.moment import DAY, HOUR, MINUTE, Moment
from rules.said import Decision

SHORTEST, LONGEST = 5, 240  # minutes: less is over before anybody is at the door; more is a window
USUAL = 30  # minutes, when nobody says how long
KEPT = 7 * DAY  # in memory: as long as the code of the incident that one was granted from
PREFIX = "pass-"

UPSERT = (
    "INSERT INTO passes (id, household_id, granted_at, ends_at, body) VALUES (?,?,?,?,?)"
    " ON CONFLICT (id) DO UPDATE SET body=excluded.body"
)


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass. Moments are ms."""

    number: int
    household_id: str
    granted_by: str
    granted_at: Moment
    starts_at: Moment
    ends_at: Moment
    max_open_minutes: int
    kind: str = "other"
    incident_id: int | None = None
    own: bool = False
    used_at: Moment | None = None
    overrun_at: Moment | None = None  # the door stood open for longer than it allowed
    revoked_by: str | None = None
    revoked_at: Moment | None = None

    @property
    def pass_id(self) -> str:
        return f"{PREFIX}{self.number}"

    def state(self, now: Moment) -> str:
        """``valid``, ``used``, ``overrun``, ``expired`` or ``revoked``."""
        if self.revoked_at is not None:
            return "revoked"
        if self.overrun_at is not None:
            return "overrun"
        if self.used_at is not None:
            return "used"
        return "valid" if now < self.ends_at else "expired"

    def row(self) -> tuple[Any, ...]:
        values = {name: getattr(self, name) for name in self.__slots__}
        body = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
        return self.number, self.household_id, self.granted_at, self.ends_at, body

    def as_json(self, zone: ZoneInfo, now: Moment) -> dict[str, Any]:
        """As commands and the API print it."""
        values = {name: getattr(self, name) for name in self.__slots__ if name != "number"}
        moments = {name: rfc3339(at, zone) for name, at in values.items() if name.endswith("_at")}
        return {"id": self.pass_id, "state": self.state(now)} | values | moments


class Passes:
    """Those of the last days in memory; rows that changed are taken with ``changed``."""

    def __init__(self) -> None:
        self._by_id: dict[str, Pass] = {}
        self._next = 1
        self._forgot_at: Moment = 0
        self._dirty: dict[str, Pass] = {}

    def load(self, rows: Iterable[Any], newest: int) -> None:
        """From the store: those that were granted within ``KEPT``."""
        self._next = newest + 1
        for row in rows:
            one = _read(row)
            self._by_id[one.pass_id] = one

    def new_id(self) -> str:
        """For the next pass; never given twice."""
        number, self._next = self._next, self._next + 1
        return f"{PREFIX}{number}"

    def get(self, pass_id: str) -> Pass | None:
        return self._by_id.get(pass_id)

    def of(self, household_id: str) -> list[Pass]:
        """Those of a household."""
        return [one for one in self._by_id.values() if one.household_id == household_id]

    def of_incident(self, incident_id: int) -> list[Pass]:
        """Those that were granted from it, the oldest first."""
        return [one for one in self._by_id.values() if one.incident_id == incident_id]

    def given(
        self, given: PassGranted | PassRevoked, home: Home, incident_id: int | None, now: Moment
    ) -> None:
        """The rules were told; ``home`` as it stands after that."""
        if isinstance(given, PassRevoked):
            if (one := self._by_id.get(given.pass_id)) is not None:
                self._change(replace(one, revoked_by=given.by, revoked_at=now))
            return
        covers = home.opening is not None and given.pass_id in home.opening.windows
        if not covers and given not in home.passes:
            return  # the resident had none left
        self._forget(now)
        one = Pass(
            number=int(given.pass_id.removeprefix(PREFIX)),
            household_id=home.policy.household_id,
            granted_by=given.by,
            granted_at=now,
            starts_at=given.start,
            ends_at=given.end,
            max_open_minutes=given.max_open // MINUTE,
            kind=given.kind,
            incident_id=incident_id,
            own=given.own,
            used_at=now if covers else None,
        )
        self._change(one)

    def hear(self, said: Said) -> None:
        """What a step decided: an opening used a pass, or stayed open for longer."""
        state, out = said
        if not isinstance(state, Home):
            return
        for one in out:
            if not isinstance(one, Decision):
                continue
            if one.reason is Reason.PASS and (used := self._by_id.get(one.detail)):
                self._change(replace(used, used_at=one.at))
            elif one.reason in (Reason.TOO_LONG, Reason.PAST_END) and state.opening:
                last = state.opening.windows[-1:]
                if last and (over := self._by_id.get(last[0])):
                    self._change(replace(over, overrun_at=one.at))

    def changed(self) -> list[Pass]:
        """Those to be written, and forgets that they were."""
        dirty = list(self._dirty.values())
        self._dirty.clear()
        return dirty

    def forget(self, gone: Collection[str]) -> None:
        """These households are erased."""
        for known in (self._by_id, self._dirty):
            for key in [key for key, one in known.items() if one.household_id in gone]:
                del known[key]

    def _change(self, one: Pass) -> None:
        self._by_id[one.pass_id] = self._dirty[one.pass_id] = one

    def _forget(self, now: Moment) -> None:
        if now - self._forgot_at >= HOUR:
            self._forgot_at = now
            old = [key for key, one in self._by_id.items() if one.granted_at < now - KEPT]
            for key in old:
                del self._by_id[key]


async def load(database: Database, now: Moment) -> Passes:
    """What a start has to know of passes."""
    passes = Passes()
    rows = await database.rows(
        "SELECT body FROM passes WHERE granted_at >= ? ORDER BY id", (now - KEPT,)
    )
    newest = await database.rows(
        "SELECT COALESCE(MAX(id), 0) FROM (SELECT id FROM passes"
        " UNION ALL SELECT json_extract(body, '$.newest_pass') FROM purges)"
    )
    passes.load(rows, int(newest[0][0]))
    return passes


async def stored(
    database: Database, *, household_id: str | None = None, number: int | None = None
) -> list[Pass]:
    """Every pass, or those of a household, or the one; the oldest first."""
    where, values = "", ()  # type: str, tuple[object, ...]
    if number is not None:
        where, values = "WHERE id = ?", (number,)
    elif household_id is not None:
        where, values = "WHERE household_id = ?", (household_id,)
    query = f"SELECT body FROM passes {where} ORDER BY id"  # noqa: S608  our own text
    return [_read(row) for row in await database.rows(query, values)]


def _read(row: Any) -> Pass:
    """A row's pass; a field of a later release is ignored."""
    values = json.loads(row["body"])
    return Pass(**{name: values[name] for name in Pass.__slots__ if name in values})
