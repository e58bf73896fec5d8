"""The table of users: who may log in, and as whom. One row a user; the ledger says the rest."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import aiosqlite

from gateway.accounts.rights import Who
from gateway.ledger.rows import Language, Person
from gateway.store.database import Database
from rules.model import Role
from rules.moment import Moment


def mistake(name: str) -> str | None:
    """Why it cannot be somebody's name; None: it can."""
    if not name.strip() or name != name.strip() or len(name) > 64 or not name.isprintable():
        return "a name has 1 to 64 printable characters, without a blank at its ends"
    return None


class User(NamedTuple):
    """A row. Either ``person_id``, or ``role`` and ``grid_id`` (None: all)."""

    name: str
    password: str  # argon2id
    person_id: str | None
    role: str | None
    grid_id: str | None
    language: str | None
    added_at: Moment

    def who(self, people: Mapping[str, Person]) -> Who | None:
        """As whom the user acts; None: the person is not on the roster any more."""
        language = Language(self.language) if self.language else None
        if self.person_id is None:
            return Who(self.name, Role(self.role or ""), self.grid_id, language=language)
        person = people.get(self.person_id)
        if person is None:
            return None
        return Who(
            self.name, person.role, person.grid_id, person.person_id, language or person.language
        )

    def as_json(self, people: Mapping[str, Person]) -> dict[str, Any]:
        who = self.who(people)
        return {
            "name": self.name,
            "person_id": self.person_id,
            "role": who.role.value if who else None,
            "grid_id": who.grid_id if who else None,
        }


async def every(database: Database) -> list[User]:
    return [User(*row) for row in await database.rows("SELECT * FROM users ORDER BY name")]


async def named(database: Database, name: str) -> User | None:
    rows = await database.rows("SELECT * FROM users WHERE name = ?", (name,))
    return User(*rows[0]) if rows else None


async def put(connection: aiosqlite.Connection, user: User) -> None:
    """Adds or changes a user; whoever is logged in under that name no longer is."""
    await connection.execute("INSERT OR REPLACE INTO users VALUES (?,?,?,?,?,?,?)", user)
    await connection.execute("DELETE FROM sessions WHERE user = ?", (user.name,))


async def remove(connection: aiosqlite.Connection, name: str) -> None:
    await connection.execute("DELETE FROM users WHERE name = ?", (name,))
    await connection.execute("DELETE FROM sessions WHERE user = ?", (name,))
