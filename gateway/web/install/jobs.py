"""Installations: one sensor bound and tried, from the first screen to the certificate.

Owns the table ``installations``. Moments are ms since 1970 UTC. Knows no page and no sensor's data.
"""

import asyncio
import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

import aiosqlite

from gateway.store.database import Database
from rules.moment import HOUR, Moment

GOES_ON: Final = 12 * HOUR  # a shift; what was left lying longer is begun anew
KNOWN_MOST: Final = 200  # more than installers that work at once
STEPS_KEPT: Final = 40  # of one installation: a queue on a phone is shorter


class State(StrEnum):
    """Which question is on the screen."""

    LISTEN = "listen"  # which of those that are heard is it
    KEY = "key"  # what is its key
    TRIAL = "trial"  # does it tell of every opening
    DONE = "done"  # tried; the certificate
    LEFT = "left"  # given up


class Kind(StrEnum):
    """What it is about."""

    NEW = "new"
    REPLACE = "replace"  # another device under the same id: its history is kept
    TRY = "try"  # the sensor that hangs there
    MOVE = "move"  # a sensor of another home


@dataclass(slots=True)
class Job:
    """One installation as it stands."""

    id: int
    household_id: str
    sensor_id: str
    by: str
    started_at: Moment
    ended_at: Moment | None = None
    kind: Kind = Kind.NEW
    state: State = State.LISTEN
    since: Moment = 0  # what moved before was somebody else
    rev: int = 0  # grows with every step
    steps: list[str] = field(default_factory=list)  # ids of those taken: none is taken twice
    protocol: str = ""
    address: str = ""
    sealed: bool = False  # it needs a key
    problem: str = ""  # what the last step ran into: a word of ``install.problem``
    from_row: int = 0  # of the journal: what came before is not part of the trial
    until: Moment = 0  # so long its openings disturb nobody
    tapped_at: Moment | None = None  # the door was opened just then
    heard_ms: int | None = None  # so long after it was heard
    unheard: int = 0  # openings that a person says were not counted
    figures: dict[str, Any] | None = None  # ``trial.Figures`` at the end
    passed: bool = False
    battery: int | None = None  # per cent, at the end
    text_id: int | None = None  # the test text, in ``alerts``

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    def step_id(self, act: str) -> str:
        """Of the form that asks for the next step."""
        return f"{self.rev}.{act}"

    def took(self, step: str) -> None:
        self.steps = [*self.steps, step][-STEPS_KEPT:]
        self.rev += 1


_COLUMNS: Final = ("id", "household_id", "sensor_id", "by", "started_at", "ended_at")


class Jobs:
    """The table, and who is changing which row: one step at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.turn = asyncio.Lock()
        self.known: dict[int, Job] = {}  # as last read or written: for live pages
        self.waiting: set[int] = set()  # for their test text to arrive

    async def find(self, job_id: int) -> Job | None:
        found = await self._jobs("WHERE id = ?", (job_id,))
        if not found:
            return None
        self._remember(found[0])
        return found[0]

    async def under_way(self, by: str, now: Moment) -> list[Job]:
        """What somebody has begun and not ended, the newest first."""
        where = "WHERE by = ? AND ended_at IS NULL AND started_at > ? ORDER BY id DESC"
        return await self._jobs(where, (by, now - GOES_ON))

    async def of_household(self, household_id: str) -> list[Job]:
        """All of them, the newest first."""
        return await self._jobs("WHERE household_id = ? ORDER BY id DESC", (household_id,))

    async def add(self, job: Job) -> Job:
        """With its number."""
        job.id = await self._database.transaction(lambda c: self._write(c, job, None))
        return job

    async def save(self, job: Job) -> None:
        await self._database.transaction(lambda c: self._write(c, job, job.id))
        self._remember(job)

    def _remember(self, job: Job) -> None:
        if len(self.known) >= KNOWN_MOST:
            self.known.clear()
            self.waiting.clear()
        self.known[job.id] = job

    async def _write(self, connection: aiosqlite.Connection, job: Job, number: int | None) -> int:
        body = asdict(job)
        columns = [body.pop(name) for name in _COLUMNS]
        cursor = await connection.execute(
            "INSERT OR REPLACE INTO installations VALUES (?,?,?,?,?,?,?)",
            (number, *columns[1:], json.dumps(body, ensure_ascii=False)),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    async def _jobs(self, where: str, values: tuple[Any, ...]) -> list[Job]:
        rows = await self._database.rows(f"SELECT * FROM installations {where}", values)  # noqa: S608
        return [_job(dict(row)) for row in rows]


def _job(row: dict[str, Any]) -> Job:
    body = json.loads(row.pop("body"))
    known = {name: body[name] for name in Job.__slots__ if name in body}
    known |= {"kind": Kind(body["kind"]), "state": State(body["state"])}
    return Job(**row, **known)
