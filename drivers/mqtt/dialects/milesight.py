"""Milesight's LoRaWAN payloads: channel, type, value, one after the other (EM300-MCS, WS301).

Source: Milesight's user guides and published decoders of both. A channel that is not known here
ends what can be read, for its length is not known either.
"""

from typing import Final

from drivers.errors import Reason
from drivers.mqtt.dialects.values import MALFORMED, moment
from drivers.reading import Decoded
from rules.model import Door

TRUNCATED: Final = Decoded(reason=Reason.TRUNCATED)
_BATTERY: Final = (0x01, 0x75)
_MAGNETS: Final = {(0x06, 0x00), (0x03, 0x00)}  # EM300-MCS, WS301; 1: open
_TAMPER: Final = (0x04, 0x00)  # WS301; 1: taken off
_HISTORY: Final = (0x20, 0xCE)  # time u32, temperature i16, humidity u8, magnet u8
_FLAGS: Final = {*_MAGNETS, _TAMPER, _HISTORY}  # their last byte is 0 or 1
_LENGTHS: Final = {
    _BATTERY: 1,
    **dict.fromkeys(_MAGNETS, 1),
    _TAMPER: 1,
    _HISTORY: 8,
    (0x03, 0x67): 2,  # temperature
    (0x04, 0x68): 1,  # humidity
    (0xFF, 0x01): 1,  # protocol version
    (0xFF, 0x09): 2,  # hardware version
    (0xFF, 0x0A): 2,  # software version
    (0xFF, 0x0B): 1,  # switched on
    (0xFF, 0x0F): 1,  # device class
    (0xFF, 0x16): 8,  # serial number
}


def decode(data: bytes) -> tuple[Decoded, ...]:
    """What was recorded while the network was away, oldest first, each with its own time; and
    last what it says of now, which may be nothing. All of it, or none: one ``reason``."""
    at, now = 0, Decoded()
    past: set[tuple[int, bool]] = set()
    while at + 2 <= len(data):
        channel = (data[at], data[at + 1])
        length = _LENGTHS.get(channel)
        if length is None:
            break
        value = data[at + 2 : at + 2 + length]
        if len(value) < length:
            return (TRUNCATED,)
        at += 2 + length
        if channel in _FLAGS and value[-1] > 1:
            return (MALFORMED,)
        if channel == _BATTERY and value[0] <= 100:
            now = now._replace(battery=value[0])
        elif channel in _MAGNETS:
            now = now._replace(door=_door(value[0] == 1))
        elif channel == _TAMPER:
            now = now._replace(tamper=value[0] == 1)
        elif channel == _HISTORY:
            when = moment(int.from_bytes(value[:4], "little"))
            if when is not None:  # of no time: nothing can be said of it
                past.add((when, value[-1] == 1))
    if now.door is None:
        now = now._replace(reason=Reason.NO_STATE)
    return (*(Decoded(_door(is_open), at=when) for when, is_open in sorted(past)), now)


def _door(is_open: bool) -> Door:
    return Door.OPEN if is_open else Door.CLOSED
