"""Home Assistant discovery: sensors that describe themselves, whoever made them.

Owns what was described so far; a receiver has one of its own. ``homeassistant/binary_sensor/...``
tells of a door where its states come and how they read (``ha_entity``). The address is its
``unique_id``; the ledger may have its object id, the last level before ``/config``, instead.
"""

import re
from collections.abc import Collection
from typing import Final

from drivers.errors import Reason
from drivers.mqtt.dialects.dialect import Described, Said
from drivers.mqtt.dialects.ha_entity import Availability, Entity, entities_of, picked
from drivers.mqtt.dialects.values import MALFORMED, NO_STATE
from drivers.mqtt.presence import Presence
from drivers.reading import Decoded
from rules.model import Door

PREFIX: Final = "homeassistant"
WANTED: Final = "what its description says for on (open) and off (closed)"
ENTITIES: Final = 20_000
"""Doors and descriptions remembered: ten times a town's; the retained topics of a broker that
anybody may write to shall not fill the memory."""


class HomeAssistant:
    """The functions of its ``Dialect``; ``describe`` learns, the others only read."""

    def __init__(self, prefix: str = PREFIX) -> None:
        self.filters = (f"{prefix}/binary_sensor/#", f"{prefix}/device/#")
        self._config = re.compile(
            rf"{re.escape(prefix)}/(binary_sensor|device)/(?:[^/]+/)?([^/]+)/config"
        )
        self._described: dict[str, tuple[Entity, ...]] = {}  # by config topic
        self._by_topic: dict[str, list[Entity]] = {}
        self._wild: list[tuple[re.Pattern[str], Entity]] = []
        self._by_address: dict[str, Entity] = {}
        self._watched: dict[str, list[tuple[Availability, str]]] = {}

    def locate(self, topic: str) -> str | None:
        found = self._speaking(topic)
        return found[0].address if found else None

    def decode(self, topic: str, payload: bytes) -> Said:
        if not payload:
            return ()
        return tuple((each.address, _decoded(each, payload)) for each in self._speaking(topic))

    def presence(self, topic: str, payload: bytes) -> Presence | None:
        here, gone = [], []
        for watched, address in self._watched.get(topic, ()):
            value = picked(watched.path, payload)
            if value == watched.gone:
                gone.append(address)
            elif value == watched.here:
                here.append(address)
        if gone:
            return Presence(False, tuple(gone))
        return Presence(True, tuple(here)) if here else None

    def aliases(self, address: str) -> tuple[str, ...]:
        entity = self._by_address.get(address)
        return (entity.object_id,) if entity and entity.object_id != address else ()

    def expires(self, address: str) -> float:
        entity = self._by_address.get(address)
        return entity.expire_after if entity else 0.0

    def more_filters(self, addresses: Collection[str]) -> Collection[str]:
        """All that begins as a described topic does: brokers limit subscriptions, not topics."""
        topics = {*self._by_topic, *self._watched, *(each.state_topic for _, each in self._wild)}
        found = set()
        for topic in topics:
            first, _, rest = topic.partition("/")
            if first != "+":
                found.add(f"{first}/#" if rest else first)
            else:
                found.add(topic.rpartition("/")[0] + "/+")  # one for all that differ at the end
        return found

    def describe(self, topic: str, payload: bytes) -> tuple[Described, ...] | None:
        """An empty payload takes a description back."""
        shape = self._config.fullmatch(topic)
        if shape is None:
            return None
        if topic not in self._described and len(self._described) >= ENTITIES:
            return ()
        found = entities_of(payload, shape[2], device=shape[1] == "device") if payload else ()
        if found != self._described.get(topic, ()):
            self._forget(topic)
            if found:
                self._described[topic] = found
                self._index(found)
        return tuple(Described(each.address, each.name, each.state_topic) for each in found)

    def _speaking(self, topic: str) -> list[Entity]:
        found = self._by_topic.get(topic)
        if found is not None:
            return found
        return [each for pattern, each in self._wild if pattern.fullmatch(topic)]

    def _forget(self, topic: str) -> None:
        if self._described.pop(topic, None) is None:
            return
        self._by_topic, self._wild, self._by_address, self._watched = {}, [], {}, {}
        for entities in self._described.values():
            self._index(entities)

    def _index(self, entities: tuple[Entity, ...]) -> None:
        for entity in entities:
            self._by_address[entity.address] = entity
            if "+" in entity.state_topic:
                levels = re.escape(entity.state_topic).replace(r"\+", "[^/]+")
                self._wild.append((re.compile(levels), entity))
            else:
                self._by_topic.setdefault(entity.state_topic, []).append(entity)
            for watched in entity.availability:
                self._watched.setdefault(watched.topic, []).append((watched, entity.address))


def _decoded(entity: Entity, payload: bytes) -> Decoded:
    value = picked(entity.path, payload)
    if value == entity.on:
        return Decoded(Door.OPEN)
    if value == entity.off:
        return Decoded(Door.CLOSED)
    if value is None:
        return MALFORMED if entity.path is None else NO_STATE
    return NO_STATE if value in {"", "None"} else Decoded(reason=Reason.MALFORMED)
