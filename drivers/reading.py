"""The one type that every driver delivers, and how it is handed on."""

from collections.abc import Callable
from typing import NamedTuple

from drivers.errors import Reason
from rules.model import Door


class Decoded(NamedTuple):
    """What a decoder makes of one advertisement or message.

    Without a door state ``reason`` says why there is none; a state never has a reason.
    """

    door: Door | None = None
    battery: int | None = None  # per cent
    battery_low: bool | None = None  # the sensor's own flag
    tamper: bool | None = None  # True: removed or opened
    counter: int | None = None  # packet id, frame counter or sequence number, as sent
    replay_counter: int | None = None  # authenticated counter of an encrypted packet
    at: int | None = None  # the sensor's own time, ms since the epoch (UTC)
    reason: Reason | None = None
    rssi: int | None = None  # dBm, at whoever relays it; a radio of ours measures its own


class Reading(NamedTuple):
    """What one sensor said, with where and when we heard it."""

    source: str  # "ble" | "mqtt": the metric label
    protocol: str  # as in the ledger: bthome, zigbee2mqtt, json ...
    address: str  # BLE: MAC, upper case with colons; MQTT: device name, topic or sensor id
    decoded: Decoded
    received_at: int  # ms since the epoch (UTC)
    live: bool = True  # False: retained, cached or first after a (re)connect: a state, no event
    queued_since: int | None = None  # a broker kept it while we were away since this moment
    rssi: int | None = None  # dBm
    message_id: int = 0  # MQTT packet identifier, 0: none; recognises a redelivery
    redelivered: bool = False  # the broker's DUP flag: a hint, proves nothing


class Delivery(NamedTuple):
    """A reading on its way in. ``done`` is called once it is durable (or known to be a repeat)."""

    reading: Reading
    done: Callable[[], None]


def nothing() -> None:
    """The ``done`` of a reading that nobody waits for (radio)."""


Sink = Callable[[Delivery], None]  # called on the event loop; must not block
