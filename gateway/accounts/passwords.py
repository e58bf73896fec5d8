"""Passwords: argon2id by argon2-cffi, one at a time, never on the loop.

Memory 19 MiB, 2 passes, 1 lane: OWASP's smallest recommendation for argon2id (Password Storage
Cheat Sheet). More would not fit beside the gateway on a Pi.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST: Final = 10  # characters; NIST SP 800-63B asks for 8
LONGEST: Final = 256
_ONE = ThreadPoolExecutor(1, "passwords")
"""19 MiB once, whoever knocks; and not the loop's own threads: names of providers are looked up in
them."""


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher  # noqa: PLC0415 - only where somebody logs in

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def mistake(password: str) -> str | None:
    """Why it cannot be somebody's password; None: it can."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"a password has {SHORTEST} to {LONGEST} characters"
    return None


def hashed(password: str) -> str:
    """As it is stored; takes some tens of milliseconds."""
    return _hasher().hash(password)


async def fits(stored: str | None, password: str) -> bool:
    """Whether it is the stored one. Without one it takes as long, and is not."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_ONE, _fits, stored, password[: LONGEST + 1])


@cache
def _nobodys() -> str:
    return hashed("nobody has this password")


def _fits(stored: str | None, password: str) -> bool:
    from argon2.exceptions import Argon2Error, InvalidHashError  # noqa: PLC0415

    try:
        _hasher().verify(stored or _nobodys(), password)
    except (Argon2Error, InvalidHashError, UnicodeEncodeError):
        return False
    return stored is not None
