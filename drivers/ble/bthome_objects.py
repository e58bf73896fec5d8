"""BTHome v2: how long each object is, and which ones speak of a door. Data only.

Source: the object tables of the public format description at bthome.io (format v2). The
lengths of ALL objects are needed: one that is not read must still be stepped over rightly.
"""

from typing import Final

# Objects whose length is in the packet itself. Longer than any advertisement, so that these
# two numbers can stand in the table of lengths without being mistaken for one.
PREFIXED: Final = 255  # text, raw: one byte of length, then as many bytes
COMMAND: Final = 254  # command: low five bits of the first byte count arguments, opcode between
UNKNOWN: Final = 0  # not in the table: nothing after it can be read

PACKET_ID: Final = 0x00
BATTERY: Final = 0x01  # per cent
BATTERY_LOW: Final = 0x15
TAMPER: Final = 0x2B
DOORS: Final = frozenset({0x11, 0x1A, 0x1B, 0x2D})  # opening, door, garage door, window

# generic, power, opening; then battery low .. window: one byte, 00 or 01 and nothing else
BINARY: Final = frozenset({0x0F, 0x10, 0x11, *range(0x15, 0x2E)})

_BY_LENGTH: Final[dict[int, tuple[int, ...]]] = {
    1: (
        *(0x00, 0x01, 0x09),  # packet id, battery, count u8
        *sorted(BINARY),
        *(0x2E, 0x2F),  # humidity u8, moisture u8
        *(0x3A, 0x46),  # button, UV index
        *(0x57, 0x58, 0x59),  # temperature s8 and s8 x0.35, count s8
        *(0x60, 0x64, 0x65),  # channel, light level, settings revision
    ),
    2: (
        *(0x02, 0x03, 0x06, 0x07, 0x08),  # temperature, humidity, mass kg and lb, dew point
        *(0x0C, 0x0D, 0x0E),  # voltage, PM2.5, PM10
        *(0x12, 0x13, 0x14),  # CO2, TVOC, moisture
        *(0x3C, 0x3D, 0x3F),  # dimmer, count u16, rotation
        *(0x40, 0x41, 0x43, 0x44, 0x45),  # distance mm and m, current, speed, temperature x0.1
        *(0x47, 0x48, 0x49, 0x4A),  # volume l and ml, flow rate, voltage x0.1
        *(0x51, 0x52, 0x56),  # acceleration, gyroscope, conductivity
        *(0x5A, 0x5D, 0x5E, 0x5F, 0x61),  # count s16, current s16, direction, rain, turns
        0xF0,  # device type id
    ),
    3: (
        *(0x04, 0x05, 0x0A, 0x0B),  # pressure, lux, energy, power
        *(0x42, 0x4B),  # duration, gas
        0xF2,  # firmware version, three parts
    ),
    4: (
        *(0x3E, 0x4C, 0x4D, 0x4E, 0x4F, 0x50),  # count u32, gas, energy, volume, water, time
        *(0x55, 0x5B, 0x5C, 0x62, 0x63),  # storage, count s32, power s32, speed, acceleration
        0xF1,  # firmware version, four parts
    ),
    PREFIXED: (0x53, 0x54),
    COMMAND: (0x3B,),
}


def _table() -> bytes:
    lengths = bytearray(256)
    for length, objects in _BY_LENGTH.items():
        for object_id in objects:
            lengths[object_id] = length
    return bytes(lengths)


LENGTHS: Final = _table()  # index: object id; UNKNOWN where the format has none
