"""``doorwatch replay --since``: the stored journal by its rules or others, beside what was.

Reads the store and writes nothing, whether a gateway runs or not.
"""

import contextlib
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import aiosqlite
from rich.console import Console
from rich.progress import Progress

from gateway.cli import data, replay_compare, spoken
from gateway.cli.app import Failed, WrongUse
from gateway.cli.output import print_json, short
from gateway.cli.replay_when import moment_of
from gateway.errors import Mistakes
from gateway.incident_json import rfc3339
from gateway.ledger.model import Ledger
from gateway.privacy.past import purged_until
from gateway.rehearsal.comparison import Compared, severities, stored, would_be
from gateway.rehearsal.journal import JournalReplay, run
from gateway.rulesfile import RulesFile
from gateway.store import ledgers
from gateway.store.database import Database
from gateway.store.schema import MIGRATIONS
from rules.moment import NEVER, Moment


def replay(
    config: Path,
    since: str,
    until: str | None,
    rules: Path | None,
    *,
    json: bool,
    brief: bool = False,
) -> None:
    """Prints both sides. ``brief``: sums only, and on stderr how far it is, for a program."""
    loaded = data.configuration(config)
    zone = loaded.gateway.timezone
    if not loaded.store.path.exists():
        missing = f"there is no data at {loaded.store.path} yet: nothing was journaled"
        raise Failed(spoken.say(missing))
    begin = moment_of("--since", since, zone)
    end = NEVER if until is None else moment_of("--until", until, zone, last=True)
    if end < begin:
        raise WrongUse(spoken.say("--until is before --since; exchange them"))
    others = RulesFile.load(rules) if rules else None

    async def compared() -> tuple[Compared, Ledger, Moment]:
        async with read_only(loaded.store.path) as database:
            _, ledger = await ledgers.latest(database)
            if rules and others and (wrong := others.strangers(ledger, rules.name)):
                raise Mistakes(wrong)
            return await _compared(database), ledger, await purged_until(database)

    async def _compared(database: Database) -> Compared:
        was = await stored(database, begin, end)
        replaying = JournalReplay(zone, begin, others, was.raised, keep=json and not brief)
        with _told(was.last_id) if brief else _progress(was.last_id) as look:
            await run(replaying, database, was.last_id, end, look)
        incidents = replaying.verdicts.incidents.values()
        return Compared(
            since=begin,
            until=end if end < NEVER else max(begin, was.newest),
            was=was.side,
            would_be=would_be(incidents, begin, end),
            severity_was=was.severities,
            severity_would_be=severities(incidents, begin, end),
            newest=was.newest,
            dropped=replaying.dropped,
            decided=replaying.verdicts.decided,
        )

    try:
        found, ledger, purged = data.run(compared())
    except LookupError as lacks:  # nothing that we wrote lacks one: a store put together by hand
        raise Failed(f"{loaded.store.path}: {lacks}; restore it from a backup") from None
    if json:
        print_json(found.as_json(zone) | {"purged_until": rfc3339(purged, zone)})
    else:
        replay_compare.show(found, ledger, zone)
        if begin <= purged:
            until = short(rfc3339(purged, zone))
            said = f"Households released up to {until} were purged: neither side has them."
            print(spoken.say(said))


@contextlib.asynccontextmanager
async def read_only(path: Path) -> AsyncIterator[Database]:
    """The store, opened so that nothing can be written to it."""
    # Not mode=ro: the last such connection leaves the files of the write-ahead log behind.
    connection = await aiosqlite.connect(f"file:{quote(str(path))}?mode=rw", uri=True)
    try:
        connection.row_factory = sqlite3.Row
        await connection.execute("PRAGMA query_only=ON")
        database = Database(connection)
        shape = (await database.rows("PRAGMA user_version"))[0][0]
        if shape < len(MIGRATIONS):
            raise Failed(f"{path} is of an older release: start the gateway once, it brings it up")
        yield database
    finally:
        await connection.close()


@contextlib.contextmanager
def _progress(last_id: int) -> Iterator[Callable[[int], None]]:
    """A bar, for people: they may have asked for a year."""
    if not sys.stderr.isatty():
        yield lambda row_id: None
        return
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(spoken.say("replaying"), total=last_id)
        yield lambda row_id: progress.update(task, completed=row_id)


@contextlib.contextmanager
def _told(last_id: int) -> Iterator[Callable[[int], None]]:
    """A line for each further per cent."""
    said = 0

    def look(row_id: int) -> None:
        nonlocal said
        if (share := 100 * row_id // max(last_id, 1)) > said:
            said = share
            print(f"{share} %", file=sys.stderr, flush=True)

    yield look
