"""What a broker's will or an availability tells. It is never a state of a door."""

from typing import NamedTuple


class Presence(NamedTuple):
    """Who came or went."""

    there: bool
    addresses: tuple[str, ...] = ()
    """Sensors of the dialect; as in an MQTT filter ``name/#`` is all from there on, ``#`` all."""
    via: str = ""  # besides, all that were last heard through this
    repeats: bool = False  # it has just started: what follows first is what it remembers


def covers(pattern: str, address: str) -> bool:
    if not pattern.endswith("#"):
        return address == pattern
    return pattern == "#" or address == pattern[:-2] or address.startswith(pattern[:-1])
