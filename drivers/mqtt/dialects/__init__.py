"""Which dialects there are. A table: a further one is one line here and one pure module."""

from functools import partial
from typing import Final

from drivers.mqtt.dialects import (
    chirpstack,
    esphome,
    plain_json,
    shelly,
    tasmota,
    theengs,
    zigbee2mqtt,
)
from drivers.mqtt.dialects.dialect import Dialect

__all__ = ["DIALECTS", "Dialect", "json_dialect", "zigbee2mqtt_dialect"]


def zigbee2mqtt_dialect(prefix: str = zigbee2mqtt.PREFIX) -> Dialect:
    """``prefix``: its ``base_topic``."""
    return Dialect(
        "zigbee2mqtt",
        (f"{prefix}/#",),
        partial(zigbee2mqtt.locate, prefix=prefix),
        partial(zigbee2mqtt.decode, prefix=prefix),
        partial(zigbee2mqtt.restarted, prefix=prefix),
    )


def json_dialect(prefix: str = plain_json.PREFIX) -> Dialect:
    return Dialect(
        "json",
        (f"{prefix}/#",),
        partial(plain_json.locate, prefix=prefix),
        plain_json.decode,
        names_itself=True,
    )


DIALECTS: Final[dict[str, Dialect]] = {
    each.protocol: each
    for each in (
        zigbee2mqtt_dialect(),
        json_dialect(),
        Dialect("tasmota", tasmota.FILTERS, tasmota.locate, tasmota.decode),
        Dialect("esphome", esphome.FILTERS, esphome.locate, esphome.decode),
        Dialect("shelly", shelly.FILTERS, shelly.locate, shelly.decode, names_itself=True),
        Dialect("theengs", theengs.FILTERS, theengs.locate, theengs.decode),
        Dialect("chirpstack", chirpstack.FILTERS, chirpstack.locate, chirpstack.decode),
    )
}
