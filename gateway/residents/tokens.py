"""The key to a household's own page: one at a time, a random token of which only the hash is kept.

A link opens the page by itself. A code that hangs inside the home is seen by visitors too: it asks
for its PIN. Either is good until the order is over and what was recorded has been erased.
"""

import secrets
from hashlib import sha256
from typing import Final, NamedTuple

import aiosqlite

from gateway.accounts import passwords
from gateway.store import audit
from gateway.store.audit import Did
from gateway.store.database import Database
from rules.moment import DAY, NEVER, Moment

PATH: Final = "/r/"
PIN_DIGITS: Final = 6
LIVES_WITHOUT_END: Final = 90 * DAY  # where the order has no end yet
_TOKEN_BYTES = 16  # 22 characters: nobody guesses them, and a small code holds them


class Token(NamedTuple):
    """A row of ``resident_tokens``."""

    household_id: str
    token_hash: bytes
    pin: str | None  # argon2id
    issued_at: Moment
    until: Moment


class Issued(NamedTuple):
    """What the resident is given; kept nowhere."""

    path: str
    pin: str | None
    until: Moment


def lives_until(order_ends: Moment, purge_days: int, now: Moment) -> Moment:
    """When a token that is issued now ends."""
    return now + LIVES_WITHOUT_END if order_ends == NEVER else order_ends + purge_days * DAY


async def issue(
    database: Database, household_id: str, until: Moment, now: Moment, *, by: str, pin: bool
) -> Issued:
    """A new key; the one before opens nothing any more."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    digits = f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}}" if pin else None
    row = Token(
        household_id, _hash(token), passwords.hashed(digits) if digits else None, now, until
    )

    async def work(connection: aiosqlite.Connection) -> None:
        await connection.execute("INSERT OR REPLACE INTO resident_tokens VALUES (?,?,?,?,?)", row)
        await audit.note(connection, now, by, Did.TOKEN_ISSUED, household_id)

    await database.transaction(work)
    return Issued(PATH + token, digits, until)


async def revoke(database: Database, household_id: str, now: Moment, *, by: str) -> bool:
    """Whether there was one."""

    async def work(connection: aiosqlite.Connection) -> bool:
        cursor = await connection.execute(
            "DELETE FROM resident_tokens WHERE household_id = ?", (household_id,)
        )
        if cursor.rowcount:
            await audit.note(connection, now, by, Did.TOKEN_REVOKED, household_id)
        return bool(cursor.rowcount)

    return await database.transaction(work)


async def find(database: Database, token: str, now: Moment) -> Token | None:
    """Whose it is; None: nobody's, or no more."""
    rows = await database.rows(
        "SELECT * FROM resident_tokens WHERE token_hash = ? AND until > ?", (_hash(token), now)
    )
    return Token(*rows[0]) if rows else None


def _hash(token: str) -> bytes:
    return sha256(token.encode("utf-8", "replace")).digest()
