"""What a dialect is: how one sort of sender uses topics and payloads."""

from collections.abc import Callable, Collection
from typing import NamedTuple

from drivers.mqtt.presence import Presence
from drivers.reading import Decoded

Said = tuple[tuple[str, Decoded], ...]
"""Address and what it said. Of several from one address the last is now, those before are its
past, oldest first, each with its own time. Empty: no door's state."""


class Described(NamedTuple):
    """A sensor that a message describes, without saying how its door stands."""

    address: str
    name: str
    topic: str = ""  # where it says how its door stands


def _no_presence(topic: str, payload: bytes) -> Presence | None:
    return None


def _no_description(topic: str, payload: bytes) -> tuple[Described, ...] | None:
    return None


def _no_filters(addresses: Collection[str]) -> Collection[str]:
    return ()


def _no_aliases(address: str) -> tuple[str, ...]:
    return ()


class Dialect(NamedTuple):
    """Functions of topic and payload; none raises for any of them."""

    protocol: str  # as in the ledger
    filters: tuple[str, ...]  # what to subscribe to, for all its devices at once
    locate: Callable[[str], str | None]
    """The address that the topic alone tells, before anything costly; None: no door's state
    (another sender's, or an availability)."""
    decode: Callable[[str, bytes], Said]
    """Malformed: a ``Decoded`` with reason."""
    presence: Callable[[str, bytes], Presence | None] = _no_presence
    describe: Callable[[str, bytes], tuple[Described, ...] | None] = _no_description
    """Learns from a message which sensors there are and where they speak; None: not such one."""
    more_filters: Callable[[Collection[str]], Collection[str]] = _no_filters
    """What else to subscribe to for these addresses of the ledger."""
    aliases: Callable[[str], tuple[str, ...]] = _no_aliases
    """Other names by which the ledger may have an address."""
    expires: Callable[[str], float] | None = None
    """s of silence after which the sender's maker takes the address for gone; 0: never."""
    via: Callable[[str], str] | None = None  # what a topic's message came through, see Presence
    names_itself: bool = False  # the payload may tell other addresses than the topic
    topic_vouches: bool = False  # but not once the ledger has the topic itself
    restates: bool = False  # an unchanged state comes again with the time at which it was heard
    wanted: str = "what its makers describe"  # of a payload, for whoever sent another
    sure: bool = True  # False: what has a state may be no door, but a lamp's switch
