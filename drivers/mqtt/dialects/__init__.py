"""Which dialects there are. A table: a further one is one entry here and one module."""

from collections.abc import Collection, Mapping
from functools import partial
from typing import Final, NamedTuple

from drivers.mqtt.dialects import (
    chirpstack,
    esphome,
    homeassistant,
    plain_json,
    shelly,
    tasmota,
    theengs,
    zigbee2mqtt,
)
from drivers.mqtt.dialects.dialect import Dialect

__all__ = ["DIALECTS", "PREFIXES", "Dialect", "Ways", "dialects_of"]

PREFIXES: Final[Mapping[str, str]] = {
    "zigbee2mqtt": zigbee2mqtt.PREFIX,
    "json": plain_json.PREFIX,
    "theengs": theengs.PREFIX,
    "homeassistant": homeassistant.PREFIX,
}
"""Where a dialect's topics begin, unless a site has it otherwise."""


class Ways(NamedTuple):
    """What sites have differently."""

    prefixes: Mapping[str, str] = PREFIXES  # those left out are as in PREFIXES
    tasmota_prefixes: tasmota.Prefixes = tasmota.USUAL
    tasmota_off_is_open: Collection[str] = ()  # addresses wired the other way round; "#": all
    esphome_above: str = ""  # levels before the nodes' own names
    json_shape: plain_json.Shape = plain_json.USUAL


AS_USUAL: Final = Ways()


def dialects_of(ways: Ways = AS_USUAL) -> dict[str, Dialect]:
    """For one receiver: what Home Assistant's discovery has told belongs to it alone.

    ``ValueError``: a prefix of no dialect, or that no topic can have.
    """
    prefixes = {**PREFIXES, **ways.prefixes}
    for protocol, prefix in prefixes.items():
        if protocol not in PREFIXES or not prefix.strip("/") or set(prefix) & set("+#\0"):
            raise ValueError(f"{prefix!r} is no prefix of topics of {protocol}")
    own = ways.tasmota_prefixes
    return {
        each.protocol: each
        for each in (
            _zigbee2mqtt(prefixes["zigbee2mqtt"]),
            _json(prefixes["json"], ways.json_shape),
            Dialect(
                "tasmota",
                own.filters,
                partial(tasmota.locate, prefixes=own),
                partial(
                    tasmota.decode,
                    prefixes=own,
                    off_is_open=frozenset(ways.tasmota_off_is_open),
                ),
                partial(tasmota.presence, prefixes=own),
                names_itself=True,
                wanted=tasmota.WANTED,
                sure=False,
            ),
            Dialect(
                "esphome",
                esphome.filters(ways.esphome_above),
                esphome.locate,
                esphome.decode,
                esphome.presence,
                more_filters=esphome.more_filters,
                wanted=esphome.WANTED,
                sure=False,
            ),
            Dialect(
                "shelly",
                shelly.FILTERS,
                shelly.locate,
                shelly.decode,
                shelly.presence,
                more_filters=shelly.more_filters,
                names_itself=True,
                restates=True,
                wanted=shelly.WANTED,
                sure=False,
            ),
            _theengs(prefixes["theengs"]),
            _homeassistant(prefixes["homeassistant"]),
            Dialect(
                "chirpstack",
                chirpstack.FILTERS,
                chirpstack.locate,
                chirpstack.decode,
                wanted=chirpstack.WANTED,
            ),
        )
    }


def _zigbee2mqtt(prefix: str) -> Dialect:
    return Dialect(
        "zigbee2mqtt",
        (f"{prefix}/#",),
        partial(zigbee2mqtt.locate, prefix=prefix),
        partial(zigbee2mqtt.decode, prefix=prefix),
        partial(zigbee2mqtt.presence, prefix=prefix),
        wanted=zigbee2mqtt.WANTED,
    )


def _json(prefix: str, shape: plain_json.Shape) -> Dialect:
    return Dialect(
        "json",
        (f"{prefix}/#",),
        partial(plain_json.locate, prefix=prefix),
        partial(plain_json.decode, shape=shape),
        plain_json.presence,
        aliases=plain_json.aliases,
        via=plain_json.via,
        names_itself=True,
        topic_vouches=True,
        wanted=plain_json.wanted(shape),
    )


def _theengs(prefix: str) -> Dialect:
    return Dialect(
        "theengs",
        theengs.filters(prefix),
        partial(theengs.locate, prefix=prefix),
        partial(theengs.decode, prefix=prefix),
        partial(theengs.presence, prefix=prefix),
        via=theengs.via,
        wanted=theengs.WANTED,
    )


def _homeassistant(prefix: str) -> Dialect:
    own = homeassistant.HomeAssistant(prefix)
    return Dialect(
        "homeassistant",
        own.filters,
        own.locate,
        own.decode,
        own.presence,
        own.describe,
        own.more_filters,
        own.aliases,
        own.expires,
        names_itself=True,
        wanted=homeassistant.WANTED,
    )


DIALECTS: Final = dialects_of()
"""As they come; only for what needs no memory."""
