"""Who did what, where the journal of the rules does not say it. Rows are only ever added."""

from enum import StrEnum
from typing import Any

import aiosqlite

from rules.moment import Moment


class Did(StrEnum):
    """What was done."""

    LOGGED_IN = "logged_in"
    LOGGED_OUT = "logged_out"
    LOCKED_OUT = "locked_out"  # too many wrong passwords
    USER_ADDED = "user_added"
    USER_CHANGED = "user_changed"
    USER_REMOVED = "user_removed"
    LEDGER = "ledger"  # a new version: imported, or a sensor bound, moved or retired
    RULES = "rules"  # rules.toml saved
    TOKEN_ISSUED = "token_issued"  # noqa: S105  a resident's page
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    TEXT_TESTED = "text_tested"  # somebody had a test text sent
    SHOWED = "showed"  # a resident's record was looked at or handed out


async def note(
    connection: aiosqlite.Connection,
    at: Moment,
    who: str,
    did: Did,
    subject: str | None = None,
    detail: str = "",
) -> None:
    """Within the transaction of what was done."""
    values: tuple[Any, ...] = (at, who, did.value, subject, detail)
    await connection.execute(
        "INSERT INTO audit (at, who, what, subject, detail) VALUES (?,?,?,?,?)", values
    )
