"""Browsers that somebody has logged in from: a stranger's guesses do not lock them out.

A sealed cookie of its own, which opens nothing (OWASP, "Slow Down Online Guessing Attacks with
Device Cookies"). Whoever brings one has failures of its own; a name and an address are locked for
those who do not.
"""

import hmac
import secrets
from typing import Final

COOKIE: Final = "doorwatch_device"
LIVES_S: Final = 365 * 24 * 3600
_NONCE_BYTES: Final = 12


def sealed(session_key: bytes, name: str) -> str:
    """A cookie's value for a browser from which ``name`` has just logged in."""
    nonce = secrets.token_urlsafe(_NONCE_BYTES)
    return f"{nonce}.{_seal(session_key, nonce, name)}"


def known(session_key: bytes, name: str, cookie: str) -> str | None:
    """The key under which its failures count; None: ``name`` never logged in from there."""
    nonce, _, seal = cookie.partition(".")
    if not hmac.compare_digest(seal.encode(), _seal(session_key, nonce, name).encode()):
        return None
    return f"device {nonce}"


def _seal(session_key: bytes, nonce: str, name: str) -> str:
    key = hmac.digest(session_key, b"known device", "sha256")  # a key of its own
    text = f"{nonce} {name}".encode("utf-8", "replace")
    return hmac.new(key, text, "sha256").hexdigest()
