"""Milesight's LoRaWAN payloads: channel, type, value, one after the other (EM300-MCS, WS301).

Source: Milesight's user guides of both. A channel that is not known here ends what can be read,
for its length is not known either.
"""

from typing import Final

from drivers.errors import Reason
from drivers.mqtt.dialects.values import MALFORMED, moment
from drivers.reading import Decoded
from rules.model import Door

_TRUNCATED: Final = Decoded(reason=Reason.TRUNCATED)
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


def decode(data: bytes) -> Decoded:
    """The state now; or, when there is only history, its newest record with its own time."""
    at, now = 0, Decoded()
    past: tuple[int, Door] | None = None
    while at + 2 <= len(data):
        channel = (data[at], data[at + 1])
        length = _LENGTHS.get(channel)
        if length is None:
            break
        value = data[at + 2 : at + 2 + length]
        if len(value) < length:
            return _TRUNCATED
        at += 2 + length
        if channel in _FLAGS and value[-1] > 1:
            return MALFORMED
        if channel == _BATTERY and value[0] <= 100:
            now = now._replace(battery=value[0])
        elif channel in _MAGNETS:
            now = now._replace(door=_door(value[0]))
        elif channel == _TAMPER:
            now = now._replace(tamper=value[0] == 1)
        elif channel == _HISTORY:
            when = moment(int.from_bytes(value[:4], "little"))
            if when is not None and (past is None or when >= past[0]):
                past = when, _door(value[-1])
    if now.door is not None:
        return now
    if past is not None:
        return now._replace(at=past[0], door=past[1])
    return now._replace(reason=Reason.NO_STATE)


def _door(value: int) -> Door:
    return Door.OPEN if value else Door.CLOSED
