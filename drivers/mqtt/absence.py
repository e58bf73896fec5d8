"""Of which sensors nothing is known any more: who relayed them is gone, or their time is up.

Owns through what each sensor was last heard and how long its maker lets it be silent. Told of
presences; tells of sensors of the ledger, never of a door's state.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping

from drivers.mqtt.presence import Presence, covers

OnUnknown = Callable[[str, str], None]
"""Protocol and address, as in the ledger."""
Aliases = Callable[[str], Collection[str]]
Key = tuple[str, str]


class Absence:
    """``on_unknown`` is called on the loop, for each sensor when it becomes lost."""

    def __init__(self, on_unknown: OnUnknown) -> None:
        self._on_unknown = on_unknown
        self._sensors: Mapping[str, Collection[str]] = {}
        self._via: dict[Key, str] = {}
        self._expiring: dict[Key, asyncio.TimerHandle] = {}
        self.lost: set[Key] = set()

    def use(self, sensors: Mapping[str, Collection[str]]) -> None:
        """The ledger's addresses by protocol."""
        self._sensors = sensors
        for key in [each for each in self._via if not self._known(each)]:
            del self._via[key]
        for key in [each for each in self._expiring if not self._known(each)]:
            self._expiring.pop(key).cancel()
        self.lost = {each for each in self.lost if self._known(each)}

    def heard_via(self, protocol: str, address: str, via: str) -> None:
        self._via[protocol, address] = via

    def expires(self, protocol: str, address: str, seconds: float) -> None:
        """Unless it speaks again within that time."""
        key = protocol, address
        if key in self._expiring:
            self._expiring[key].cancel()
        loop = asyncio.get_running_loop()
        self._expiring[key] = loop.call_later(seconds, self._expired, key)

    def told(self, protocol: str, presence: Presence, aliases: Aliases) -> None:
        """Whoever came or went. ``aliases``: other names that the ledger may have."""
        keys = [(protocol, address) for address in self._meant(protocol, presence, aliases)]
        if presence.there:
            self.lost.difference_update(keys)
            return
        for key in keys:
            self._lose(key)

    def lose_again(self, protocol: str, address: str) -> None:
        """What a broker remembers of a lost sensor does not bring it back."""
        self._on_unknown(protocol, address)

    def stop(self) -> None:
        for handle in self._expiring.values():
            handle.cancel()
        self._expiring.clear()

    def _meant(self, protocol: str, presence: Presence, aliases: Aliases) -> set[str]:
        own = self._sensors.get(protocol, ())
        found = set()
        for pattern in presence.addresses:
            if pattern.endswith("#"):
                found |= {address for address in own if covers(pattern, address)}
            else:
                found |= {each for each in (pattern, *aliases(pattern)) if each in own}
        if via := presence.via:
            # Of relays that have no addresses of their own: who was not heard since our start
            # may have come through any of them.
            unheard = "" if presence.addresses else via
            found |= {each for each in own if self._via.get((protocol, each), unheard) == via}
        return found

    def _known(self, key: Key) -> bool:
        return key[1] in self._sensors.get(key[0], ())

    def _lose(self, key: Key) -> None:
        if key not in self.lost:
            self.lost.add(key)
            self._on_unknown(*key)

    def _expired(self, key: Key) -> None:
        del self._expiring[key]
        self._lose(key)
