"""What each kind of door sensor heard through a broker can be relied on for. Data only.

Minutes of silence after which a sensor is gone: three missed reports of its maker's default
interval, or what its maker itself allows. None: it speaks only when its door moves, or nobody
knows; its loss shows in its relay's will alone (``dialects``: presence), or not at all. A site
that has set an interval says so per sensor (``supervision_minutes``).

No counter here moves by door events alone: LoRaWAN counts every uplink, BLE packet ids move with
beacons and batteries, and what a self-made ``seq`` counts is its maker's choice. A site that knows
says so (rules.toml: ``[counters]``).
"""

from typing import Final

from drivers.kinds import BYTE, Kind

KINDS: Final[tuple[Kind, ...]] = (
    Kind(
        "zigbee2mqtt",
        1_500,
        False,
        "zigbee2mqtt.io/guide/configuration/device-availability: battery devices check in every "
        "25 hours and cannot be pinged. Many report hourly: set supervision_minutes per sensor. "
        "It sends no counter",
    ),
    Kind(
        "tasmota",
        15,
        False,
        "Tasmota docs, Commands: TelePeriod is 300 s by default and sends every switch's state; "
        "three of them. It sends no counter",
    ),
    Kind(
        "esphome",
        None,
        False,
        "esphome.io/components/binary_sensor: a state is sent when it changes. Its will "
        "(PREFIX/status) tells of a lost node within 1.5 keep-alives, 15 s each by default",
    ),
    Kind("shelly", None, False, "the least of the models below"),
    Kind(
        "shelly",
        864,
        False,
        "home-assistant/core#116948: it wakes every 12 h at least and is called lost after 14.4 h",
        "Shelly Door/Window 2",
    ),
    Kind(
        "shelly",
        None,
        False,
        "shelly-api-docs docs-ble/Devices/dw: sends at an opening or closing, periodically only in "
        "beacon mode. The relay's will (PREFIX/online) tells that nobody listens any more",
        "Shelly BLU Door/Window through a relay",
    ),
    Kind(
        "theengs",
        None,
        False,
        "the least of the Bluetooth sensors that it relays, see drivers.ble.kinds; what it has not "
        "heard it does not say. Its will (home/NAME/LWT) tells that nobody listens any more",
        counter_below=BYTE,
    ),
    Kind(
        "homeassistant",
        None,
        False,
        "home-assistant.io/integrations/binary_sensor.mqtt: a sender that promises an interval "
        "says so in expire_after, which is kept; who says nothing promises nothing",
    ),
    Kind("chirpstack", None, False, "the least of the models below"),
    Kind(
        "chirpstack",
        30,
        False,
        "Milesight EM300 user guide 5.2: reports every 10 min by default, with the magnet's state; "
        "three of them. fCnt counts every uplink (LoRaWAN 1.0.4, 4.3.1.5)",
        "Milesight EM300-MCS",
    ),
    Kind(
        "chirpstack",
        None,
        False,
        "its interval is a setting, and no default was found that holds for all its versions. "
        "fCnt counts every uplink (LoRaWAN 1.0.4, 4.3.1.5)",
        "Milesight WS301",
    ),
    Kind(
        "json",
        None,
        False,
        "self-made: interval and seq are the sender's own; set supervision_minutes per sensor, and "
        "[counters] json in rules.toml if seq moves by the door alone",
    ),
)

BY_PROTOCOL: Final[dict[str, Kind]] = {each.protocol: each for each in KINDS if not each.model}
"""What holds for any sensor of a protocol, whichever model it is."""
