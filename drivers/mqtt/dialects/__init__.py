"""Which dialects there are. A table: a further one is one line here and one pure module."""

from functools import partial
from typing import Final

from drivers.mqtt.dialects import plain_json, zigbee2mqtt
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
        partial(plain_json.decode, prefix=prefix),
        names_itself=True,
    )


DIALECTS: Final[dict[str, Dialect]] = {
    each.protocol: each for each in (zigbee2mqtt_dialect(), json_dialect())
}
