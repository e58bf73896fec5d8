"""Logins that go on: a random token in a cookie, its hash in the store, an end in sight.

By the machine's clock, whatever time the rules go by. They outlive a restart of the gateway, and
end by logging out, a new password, being removed, after ``LIVES`` in any case, and after ``IDLE``
without a request.
"""

import hmac
import secrets
import time
from hashlib import sha256
from typing import Final, NamedTuple

import aiosqlite

from gateway.accounts import users
from gateway.accounts.rights import Who
from gateway.accounts.users import User
from gateway.ledger.model import Ledger
from gateway.store.database import Database
from rules.moment import HOUR, Moment

LIVES: Final = 12 * HOUR  # a shift
IDLE: Final = 2 * HOUR
_TOKEN_BYTES = 32


class Login(NamedTuple):
    """A session as a request has it."""

    who: Who
    csrf: str


class Sessions:
    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = hmac.digest(key, b"csrf", "sha256")  # a key of its own
        self._seen: dict[bytes, Moment] = {}

    async def begin(self, user: User) -> str:
        """The token of a new session."""
        now = _now()
        token = secrets.token_urlsafe(_TOKEN_BYTES)

        async def work(connection: aiosqlite.Connection) -> None:
            await connection.execute("DELETE FROM sessions WHERE until <= ?", (now,))
            await connection.execute(
                "INSERT INTO sessions VALUES (?,?,?,?)", (_hash(token), user.name, now, now + LIVES)
            )

        await self._database.transaction(work)
        self._seen[_hash(token)] = now
        return token

    async def find(self, token: str, ledger: Ledger) -> Login | None:
        """Whose it is; None: it is over, or never was. Who is found is not idle."""
        found = await self.look(token, ledger)
        if found is not None:
            self._seen[_hash(token)] = _now()
        return found

    async def look(self, token: str, ledger: Ledger) -> Login | None:
        """The same for something that asks by itself."""
        key, now = _hash(token), _now()
        rows = await self._database.rows(
            "SELECT user, since, until FROM sessions WHERE token_hash = ?", (key,)
        )
        if not rows:
            self._seen.pop(key, None)
            return None
        seen = self._seen.get(key, now)  # after a restart it counts anew
        if not rows[0]["since"] <= now < rows[0]["until"] or now - seen > IDLE:
            await self.end(token)
            return None
        user = await users.named(self._database, rows[0]["user"])
        who = user.who(ledger.people) if user is not None else None
        if who is None:
            return None
        self._seen.setdefault(key, now)
        return Login(who, hmac.new(self._key, token.encode(), "sha256").hexdigest())

    async def end(self, token: str) -> None:
        """Logging out; harmless a second time."""
        key = _hash(token)
        self._seen.pop(key, None)
        await self._database.transaction(
            lambda c: c.execute("DELETE FROM sessions WHERE token_hash = ?", (key,))
        )


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _now() -> Moment:
    return time.time_ns() // 1_000_000
