"""BTHome v2 service data (UUID 0xFCD2) as a door's state: a pure function of its bytes.

Owns the format alone. Must not know radios, ledgers or what was said before.

Source: the public format description at bthome.io (format v2 and its encryption).

What a packet with something wrong in it is worth:

- An object we do not know ends what can be read. What stood before it counts: new objects
  get higher numbers and stand behind the known ones, so that old receivers keep working.
- A packet that breaks the format (binary value other than 00 and 01, cut off inside an
  object) is not believed in any part: it gives no state.
- Objects out of ascending order are read all the same. Home-made senders do that, the
  bytes are unambiguous, and a door that is not read is worse than a rule that is not kept.
- With a key known, a packet that is not encrypted was not sent by the sensor: refused.
"""

from typing import Final

from drivers.ble import bthome_objects as objects
from drivers.ble.ccm import KEY_BYTES, TAG_BYTES, opened
from drivers.errors import Reason
from drivers.reading import Decoded
from rules.model import Door

_ENCRYPTED: Final = 0x01
_MAC_INCLUDED: Final = 0x02  # the address, last byte first, follows the information byte
_VERSION_2: Final = 2
_TRAILER_BYTES: Final = 4 + TAG_BYTES  # counter, then tag
_NONCE_UUID: Final = b"\xd2\xfc"

_LENGTHS: Final = objects.LENGTHS
_BINARY: Final = objects.BINARY
_DOORS: Final = objects.DOORS

_TRUNCATED: Final = Decoded(reason=Reason.TRUNCATED)
_UNSUPPORTED: Final = Decoded(reason=Reason.UNSUPPORTED)
_NO_KEY: Final = Decoded(reason=Reason.NO_KEY)
_WRONG_KEY: Final = Decoded(reason=Reason.WRONG_KEY)
_UNENCRYPTED: Final = Decoded(reason=Reason.UNENCRYPTED)


def decode(
    service_data: bytes,
    mac: str,
    key: bytes | None = None,
    last_replay_counter: int | None = None,
) -> Decoded:
    """What one packet says. Never raises for any bytes; ``mac`` is upper case with colons.

    ``last_replay_counter`` is that of the last packet accepted from this sensor; a packet
    whose authenticated counter is not greater is ``REPLAY`` (with its counter, so that a
    battery change can be recognised by whoever is asked).
    """
    if not service_data:
        return _TRUNCATED
    info = service_data[0]
    if info >> 5 != _VERSION_2:
        return _UNSUPPORTED
    start = 7 if info & _MAC_INCLUDED else 1
    if len(service_data) < start:
        return _TRUNCATED
    if info & _ENCRYPTED:
        return _decode_encrypted(service_data, start, mac, key, last_replay_counter)
    if key is not None:
        return _UNENCRYPTED
    return _read(service_data, start, None)


def _decode_encrypted(
    data: bytes, start: int, mac: str, key: bytes | None, last: int | None
) -> Decoded:
    if len(data) < start + _TRAILER_BYTES:
        return _TRUNCATED
    if key is None:
        return _NO_KEY
    if len(key) != KEY_BYTES:
        return _WRONG_KEY
    address = data[6:0:-1] if start == 7 else bytes.fromhex(mac.replace(":", ""))
    counter_bytes = data[-_TRAILER_BYTES:-TAG_BYTES]
    nonce = address + _NONCE_UUID + data[:1] + counter_bytes
    plain = opened(key, nonce, data[start:-_TRAILER_BYTES] + data[-TAG_BYTES:], None)
    if plain is None:
        return _WRONG_KEY
    counter = int.from_bytes(counter_bytes, "little")
    if last is not None and counter <= last:
        return Decoded(replay_counter=counter, reason=Reason.REPLAY)
    return _read(plain, 0, counter)


def _read(data: bytes, start: int, replay_counter: int | None) -> Decoded:
    """Walk the objects from ``start`` to the end."""
    values: dict[int, int] = {}  # first byte of each object; the flags of equal ones joined
    reason = Reason.NO_STATE
    end = len(data)
    while start < end:
        object_id = data[start]
        length = _LENGTHS[object_id]
        start += 1
        if length == objects.UNKNOWN:
            reason = Reason.UNSUPPORTED
            break
        if length >= objects.COMMAND:
            if start == end:
                return Decoded(replay_counter=replay_counter, reason=Reason.TRUNCATED)
            prefix = data[start]
            start += 1
            length = prefix if length == objects.PREFIXED else 1 + (prefix & 0x1F)
        if start + length > end:
            return Decoded(replay_counter=replay_counter, reason=Reason.TRUNCATED)
        if object_id in _BINARY:
            if data[start] > 1:
                return Decoded(replay_counter=replay_counter, reason=Reason.MALFORMED)
            values[object_id] = values.get(object_id, 0) | data[start]
        elif object_id not in values and length:
            values[object_id] = data[start]
        start += length
    return _meaning(values, replay_counter, reason)


def _meaning(values: dict[int, int], replay_counter: int | None, reason: Reason) -> Decoded:
    said = _DOORS & values.keys()
    door = None
    if said:  # any part of it open: the home is open
        door = Door.OPEN if any(values[each] for each in said) else Door.CLOSED
    battery = values.get(objects.BATTERY)
    return Decoded(
        door=door,
        battery=battery if battery is not None and battery <= 100 else None,
        battery_low=_flag(values.get(objects.BATTERY_LOW)),
        tamper=_flag(values.get(objects.TAMPER)),
        counter=values.get(objects.PACKET_ID),
        replay_counter=replay_counter,
        reason=None if said else reason,
    )


def _flag(value: int | None) -> bool | None:
    return None if value is None else bool(value)
