"""Which device hangs on which door: a sensor bound, moved or taken out, as the next ledger.

The one way, for the page and for the command. Pure: the next ledger is judged as an import is, and
whoever asks stores it.
"""

from dataclasses import replace
from typing import NamedTuple

from gateway.ledger.importing import read_row
from gateway.ledger.model import Ledger


class Device(NamedTuple):
    """What is bound. ``protocol``, ``household_id``: None keeps the sensor's own."""

    address: str
    protocol: str | None = None
    key: str | None = None  # hex
    household_id: str | None = None


def can_pair(ledger: Ledger, sensor_id: str, device: Device) -> bool:
    """Whether enough is said: a sensor that is new needs a protocol and a household."""
    new = sensor_id not in ledger.sensors
    return not new or (device.protocol is not None and device.household_id is not None)


def paired(ledger: Ledger, country: str, sensor_id: str, device: Device, place: str) -> Ledger:
    """The sensor with this device. Another address or protocol is another device: unless a key is
    given, it has none. ``place`` says in messages who asks. Raises ``Mistakes``."""
    row = ledger.sensors.get(sensor_id)
    cells = {"sensor_id": sensor_id}
    if row is not None:
        cells |= {"household_id": row.household_id, "protocol": row.protocol.value}
    cells |= {name: said for name, said in device._asdict().items() if said is not None}
    after = read_row("sensors", cells, ledger, country, place)
    bound = after.sensors[sensor_id]
    if row is not None and (bound.protocol, bound.address) != (row.protocol, row.address):
        bound = replace(bound, key=bound.key if device.key else None)
    return replace(after, sensors={**after.sensors, sensor_id: bound})


def moved(ledger: Ledger, sensor_id: str, household_id: str) -> Ledger:
    """The same device on another home's door, under its own id. Raises ``KeyError``."""
    row = replace(ledger.sensors[sensor_id], household_id=household_id)
    return replace(ledger, sensors={**ledger.sensors, sensor_id: row})


def retired(ledger: Ledger, sensor_id: str) -> Ledger:
    """Without this sensor; what it said, and what came of that, stays. Raises ``KeyError``."""
    kept = dict(ledger.sensors)
    del kept[sensor_id]
    return replace(ledger, sensors=kept)


def free_id(ledger: Ledger, household_id: str, used: frozenset[str] = frozenset()) -> str:
    """An id for a new sensor of this household; ``used``: ids that once meant another."""
    taken = ledger.sensors.keys() | used
    numbers = range(1, len(taken) + 2)
    return next(name for n in numbers if (name := f"{household_id}-{n}") not in taken)
