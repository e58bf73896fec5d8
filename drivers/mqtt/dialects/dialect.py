"""What a dialect is: how one sort of sender uses topics and payloads."""

from collections.abc import Callable
from typing import NamedTuple

from drivers.reading import Decoded


def _never(topic: str, payload: bytes) -> bool:
    return False


class Dialect(NamedTuple):
    """Pure functions; none raises for any topic or payload."""

    protocol: str  # as in the ledger
    filters: tuple[str, ...]  # what to subscribe to, for all its devices at once
    locate: Callable[[str], str | None]
    """The address that the topic alone tells, before anything costly; None: no door's state
    (another sender's, or an availability)."""
    decode: Callable[[str, bytes], tuple[str, Decoded] | None]
    """Address and what it said; None: no door's state. Malformed: a ``Decoded`` with reason."""
    restarted: Callable[[str, bytes], bool] = _never
    """The sender has just started and now repeats what it remembers."""
    names_itself: bool = False  # the payload may tell another address than the topic
