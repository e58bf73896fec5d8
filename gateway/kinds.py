"""What a sensor of the ledger can be relied on for: the site's word over the table of its kind."""

from collections.abc import Mapping
from typing import Final

from drivers.ble.kinds import BY_PROTOCOL as RADIO
from drivers.kinds import Kind
from drivers.mqtt.kinds import BY_PROTOCOL as BROKER
from gateway.ledger.rows import Sensor
from gateway.rulesfile import RulesFile
from rules.moment import MINUTE, Duration

BY_PROTOCOL: Final[Mapping[str, Kind]] = {**RADIO, **BROKER}


def supervised_every(sensor: Sensor, rules: RulesFile) -> Duration | None:
    """After how long without a word a sensor is silent: by the ledger, else by rules.toml for its
    protocol, else by the table. None: unsupervised, its silence proves nothing."""
    if sensor.supervision_minutes is not None:
        return sensor.supervision_minutes * MINUTE
    if sensor.protocol in rules.supervision:
        return rules.supervision[sensor.protocol]
    minutes = BY_PROTOCOL[sensor.protocol].supervised_every_minutes
    return None if minutes is None else minutes * MINUTE


def counter_by_door_only(protocol: str, rules: RulesFile) -> bool:
    """Whether only its door moves a sensor's counter: then a jump is an opening nobody heard."""
    return rules.counters.get(protocol, BY_PROTOCOL[protocol].counter_by_door_only)


def counter_below(protocol: str) -> int | None:
    """The number at which its counter begins at 0 again; None: it only grows."""
    return BY_PROTOCOL[protocol].counter_below
