"""A start: from the store to a memory that stands where the last commit left it."""

from typing import NamedTuple

from gateway import passes
from gateway.config import Config
from gateway.incidents import CODE_RESTS, Cards
from gateway.intake import Intake
from gateway.intake.redelivered import REDELIVERABLE
from gateway.ledger.model import Language
from gateway.memory import Memory
from gateway.memory_document import recall
from gateway.rulesfile import RulesFile
from gateway.store import journal, ledgers, snapshot
from gateway.store.database import Database
from gateway.store.journal import Entry, Row
from rules.moment import DAY, Moment


async def newest_moment(database: Database) -> Moment:
    """The newest moment that the store knows: time is never before it. 0: it is empty."""
    rows = await database.rows(
        "SELECT MAX(received_at) FROM (SELECT received_at FROM journal ORDER BY id DESC LIMIT 1)"
    )
    return int(rows[0][0] or 0)


async def load(database: Database, config: Config) -> Memory:
    """The memory as of the last commit: snapshot, then every journal row after it."""
    zone = config.gateway.timezone
    memory = Memory(
        zone,
        Language(config.gateway.language),
        Intake(keep=config.privacy.purge_days * DAY),
        Cards(zone),
    )
    memory.name = config.gateway.id
    after = 0
    if found := await snapshot.load(database):
        after, document = found
        recall(memory, document, await ledgers.version(database, document["ledger"]))
    async for row in journal.rows_after(database, after):
        if row.kind == Entry.LEDGER:
            version, rules = journal.ledger_of(row)
            ledger = await ledgers.version(database, version)
            memory.use(ledger, version, RulesFile.parse(rules), row.received_at)
        else:
            memory.replay(row)
    if not after:  # replayed from the beginning, of which a part may be purged
        for owner, number in await database.rows(
            "SELECT household_id, MAX(number) FROM incidents GROUP BY household_id"
        ):
            memory.count_on(owner, number)
    at = await newest_moment(database)
    await _cards(database, memory.cards, at)
    memory.passes = await passes.load(database, at)
    newest = await database.rows(
        "SELECT * FROM journal WHERE kind = ? ORDER BY id DESC LIMIT ?",
        (Entry.READING, REDELIVERABLE),
    )
    memory.intake.expect_again(Row(*row) for row in reversed(newest))
    return memory


class Before(NamedTuple):
    """What an earlier run knew of the broker."""

    last_contact: Moment | None
    """When it last heard it: as it said at its end, or its newest message. None: it never did,
    or so long ago that it does not matter."""
    descriptions: dict[str, str]
    """What sensors said of themselves, by topic."""


async def before(database: Database) -> Before:
    """What the store knows of an earlier run and its broker."""
    found = await snapshot.load(database)
    document = found[1] if found else {}
    told = document.get("last_contact")
    rows = await database.rows(
        "SELECT received_at FROM (SELECT * FROM journal ORDER BY id DESC LIMIT 1000)"
        " WHERE message_id IS NOT NULL ORDER BY id DESC LIMIT 1"
    )
    heard = (moment for moment in (told, *(row[0] for row in rows)) if moment)
    return Before(max(heard, default=None), document.get("descriptions", {}))


async def _cards(database: Database, cards: Cards, now: Moment) -> None:
    rows = await database.rows(
        "SELECT * FROM incidents WHERE state <> 'resolved' OR updated_at > ? ORDER BY id",
        (now - CODE_RESTS,),
    )
    newest = await database.rows(
        "SELECT COALESCE(MAX(id), 0) FROM (SELECT id FROM incidents"
        " UNION ALL SELECT json_extract(body, '$.newest_incident') FROM purges)"
    )
    readings = await database.rows(
        "SELECT incident_id, MIN(reading_at) FROM alerts WHERE reading_at IS NOT NULL AND"
        " incident_id IN (SELECT id FROM incidents WHERE state <> 'resolved') GROUP BY incident_id"
    )
    cards.load(rows, int(newest[0][0]), {row[0]: row[1] for row in readings})
