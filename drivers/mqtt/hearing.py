"""What to listen to, and which dialect a topic belongs to.

Owns the dialects, the ledger's addresses and the filters that follow from both. Knows no link.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from drivers.mqtt.dialects import Dialect
from drivers.mqtt.dialects.dialect import Described

JSON: Final = "json"
ROUTES: Final = 50_000
"""Topics whose dialect is remembered: a town's; whoever invents more makes them be found anew."""

Known = Callable[[str, str], bool]
"""Protocol, address: is it in the ledger?"""
Route = tuple[Dialect, str]


class Hearing:
    """``active``: the dialects that are listened to."""

    def __init__(self, dialects: Mapping[str, Dialect], known: Known | None) -> None:
        self._dialects = dialects
        self._known = known
        self._protocols: frozenset[str] = frozenset()
        self._topics: frozenset[str] = frozenset()
        self._descriptions: dict[str, tuple[Dialect, bytes, tuple[Described, ...]]] = {}
        self._routes: dict[str, tuple[Route, ...]] = {}
        self.sensors: dict[str, set[str]] = {}
        self._discovering = False
        self.active: tuple[Dialect, ...] = ()

    def use(self, sensors: Iterable[tuple[str, str]]) -> None:
        """The ledger's, by protocol and address. Any that come another way are ignored."""
        found: dict[str, set[str]] = {}
        for protocol, address in sensors:
            if protocol in self._dialects:
                found.setdefault(protocol, set()).add(address)
        self.sensors = found
        own = self._dialects[JSON].locate if JSON in found else lambda topic: topic
        topics = {address for address in found.get(JSON, ()) if own(address) is None}
        self.set_protocols(found.keys(), topics)

    def set_protocols(self, protocols: Collection[str], topics: Collection[str]) -> None:
        self._protocols, self._topics = frozenset(protocols), frozenset(topics)
        self._listen()

    def discover(self, on: bool) -> None:
        """Every dialect, whether or not the ledger has sensors of it."""
        self._discovering = on
        self._listen()

    def _listen(self) -> None:
        self._routes.clear()
        self.active = tuple(
            dialect
            for name, dialect in self._dialects.items()
            if self._discovering or name in self._protocols
        )

    def filters(self) -> tuple[set[str], set[str]]:
        """What to be subscribed to; and what not, should an earlier run have been."""
        wanted = self._filters_of(self.active)
        every = {each for dialect in self._dialects.values() for each in dialect.filters}
        return wanted, every - wanted

    def needed(self) -> set[str]:
        """Without which the ledger's sensors are not heard."""
        return self._filters_of(each for each in self.active if each.protocol in self._protocols)

    def _filters_of(self, dialects: Iterable[Dialect]) -> set[str]:
        found: set[str] = set()
        for dialect in dialects:
            found.update(dialect.filters)
            found.update(dialect.more_filters(self.sensors.get(dialect.protocol, ())))
        # One wildcard for all topics that begin alike: brokers limit subscriptions, not topics.
        return found | {f"{topic.partition('/')[0]}/#" for topic in self._topics}

    def routes(self, topic: str) -> tuple[Route, ...]:
        """The dialects that may have something to say of this topic."""
        found = self._routes.get(topic)
        return self._find(topic) if found is None else found

    def _find(self, topic: str) -> tuple[Route, ...]:
        if topic in self._topics:
            found: tuple[Route, ...] = ((self._dialects[JSON], topic),)
        else:
            located = ((dialect, dialect.locate(topic)) for dialect in self.active)
            found = tuple((dialect, address) for dialect, address in located if address is not None)
        if len(self._routes) >= ROUTES:
            self._routes.clear()
        self._routes[topic] = found
        return found

    @property
    def filters_addresses(self) -> bool:
        return self._known is not None

    def named(self, dialect: Dialect, address: str) -> str | None:
        """The ledger's name of an address; None: the ledger does not have it."""
        known, protocol = self._known, dialect.protocol
        if known is None or known(protocol, address):
            return address
        for alias in dialect.aliases(address):
            if known(protocol, alias):
                return alias
        return None

    def has(self, protocol: str, address: str, topic: str) -> bool:
        """Whether the ledger has it: under any of its names, or as another dialect reads what is
        said on ``topic``."""
        dialect = self._dialects.get(protocol)
        if dialect is not None and self.named(dialect, address) is not None:
            return True
        return any(
            each.protocol != protocol and self.named(each, located) is not None
            for each, located in self.routes(topic)
        )

    # -- sensors that describe themselves ------------------------------------------------------

    def learned(
        self, dialect: Dialect, topic: str, payload: bytes, described: tuple[Described, ...]
    ) -> list[str]:
        """The ledger's sensors among ``described``, if that is news."""
        before = self._descriptions.pop(topic, None)
        if described:
            self._descriptions[topic] = dialect, payload, described
        if before == self._descriptions.get(topic):
            return []
        self._routes.clear()  # a topic may belong to another dialect now
        return self._own(dialect, described)

    @property
    def descriptions(self) -> dict[str, str]:
        """Of the ledger's sensors, by topic."""
        return {
            topic: payload.decode("utf-8", "replace")
            for topic, (dialect, payload, described) in self._descriptions.items()
            if self._own(dialect, described)
        }

    def recall(self, descriptions: Mapping[str, str]) -> None:
        """How sensors described themselves to an earlier run."""
        for topic, text in descriptions.items():
            for dialect in self._dialects.values():
                described = dialect.describe(topic, text.encode())
                if described is not None:
                    self.learned(dialect, topic, text.encode(), described)

    def _own(self, dialect: Dialect, described: tuple[Described, ...]) -> list[str]:
        names = (self.named(dialect, each.address) for each in described)
        return [name for name in names if name is not None]
