"""What the dialects share: JSON objects and plain values out of bytes that anybody may have sent.

Pure. Nothing here raises: what cannot be read is None.
"""

import json
from datetime import datetime
from typing import Any, Final

from drivers.errors import Reason
from drivers.reading import Decoded

MALFORMED: Final = Decoded(reason=Reason.MALFORMED)
NO_STATE: Final = Decoded(reason=Reason.NO_STATE)

_MILLISECONDS: Final = 100_000_000_000  # a number from here on counts ms: 1973, or the year 5138
_EARLIEST: Final = 1_577_836_800_000  # ms; 2020: what says less has no clock, or lost its time
_LATEST: Final = 253_402_300_800_000  # ms; 9999-12-31


def json_object(payload: bytes) -> dict[str, Any] | None:
    """The JSON object in ``payload``, else None."""
    try:
        found = json.loads(payload.decode())
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def presence_of(payload: bytes) -> bool | None:
    """``online``, ``offline``, in any case, alone or as ``{"state": ...}``; or ``true``, ``false``.

    None: neither.
    """
    text = payload[:200].decode("utf-8", "replace").strip().lower()
    if text.startswith("{"):
        state = (json_object(payload) or {}).get("state")
        text = state.lower() if isinstance(state, str) else ""
    return {"online": True, "true": True, "offline": False, "false": False}.get(text)


def percent(value: object) -> int | None:
    """A battery's charge, 0 to 100."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return round(value) if 0 <= value <= 100 else None


def dbm(value: object) -> int | None:
    """The strength of a signal; no radio hears below -150, and 0 is what says nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return round(value) if -150 <= value < 0 else None


def flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def count(value: object) -> int | None:
    """A sequence number: a whole number from 0 that SQLite can keep."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < 2**63 else None


def moment(value: object) -> int | None:
    """RFC 3339 with an offset, or seconds or milliseconds since 1970 → ms since 1970 UTC.

    A time without an offset is nobody's, one before 2020 is a clock's that was never set: None.
    """
    if isinstance(value, str):
        try:
            at = datetime.fromisoformat(value)
            if at.tzinfo is None:
                return None
            found = round(at.timestamp() * 1000)
        except (ValueError, OverflowError):
            return None
    elif isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LATEST:
        return None
    else:
        found = round(value if abs(value) >= _MILLISECONDS else value * 1000)
    return found if _EARLIEST <= found < _LATEST else None
