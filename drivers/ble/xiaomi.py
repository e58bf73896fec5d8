"""Xiaomi MiBeacon service data (UUID 0xFE95) as a door's state: a pure function of its bytes.

Owns the format alone. Must not know radios, ledgers or what was said before.

Layout: frame control (2), product (2), frame counter (1), then as the frame control says the
address (6, last byte first), capability (1, and 1 more), objects: id (2), length (1), value.
Versions 4 and 5 encrypt with AES-CCM and a 16-byte key; behind the ciphertext stand three
more bytes of counter and the tag. With the frame counter below them these make one number of
32 bits that the tag protects and that only grows: 0x26 and 0x75 are 0x2675.

What is not believed:

- Encrypted packets of versions 2 and 3. Their cipher is used without a tag, so nobody can tell
  a packet that was changed from one that was not: one flipped bit opens or closes the door. No
  door sensor is known that sends them (dimmers and remote controls do).
- A plain packet with objects from a sensor that has a key: ``UNENCRYPTED``.
- A packet without objects says nothing of the door, whoever sends it: a bare sign of life.
- Anything that is cut off, or whose value is none of the format's: not in any part.
"""

from typing import Final

from drivers.ble import xiaomi_objects as objects
from drivers.ble.advertisement import Advertisement, long_uuid
from drivers.ble.ccm import KEY_BYTES, TAG_BYTES, opened
from drivers.errors import Reason
from drivers.reading import Decoded
from rules.model import Door

UUID: Final = long_uuid(0xFE95)

_ENCRYPTED: Final = 1 << 3
_HAS_ADDRESS: Final = 1 << 4
_HAS_CAPABILITY: Final = 1 << 5
_HAS_OBJECTS: Final = 1 << 6
_MESH: Final = 1 << 7
_CAPABILITY_IO: Final = 0x20  # another byte follows

_VERSIONS: Final = range(2, 6)
_FIRST_WITH_TAG: Final = 4
_HEAD_BYTES: Final = 5
_OBJECT_HEAD_BYTES: Final = 3
_TRAILER_BYTES: Final = 3 + TAG_BYTES  # the counter's high bytes, then the tag
_ASSOCIATED: Final = b"\x11"


def decode(advertisement: Advertisement, key: bytes | None, last: int | None) -> Decoded:
    """What one packet says. Never raises for any bytes.

    ``last`` is the replay counter of the last packet accepted from this sensor; a packet whose
    authenticated counter is not greater is ``REPLAY`` (with its counter).
    """
    data = advertisement.service_data.get(UUID)
    if data is None:
        return Decoded(reason=Reason.OTHER_DEVICE)
    if len(data) < _HEAD_BYTES:
        return Decoded(reason=Reason.TRUNCATED)
    control = int.from_bytes(data[:2], "little")
    version = control >> 12
    if version not in _VERSIONS or control & _MESH:
        return Decoded(reason=Reason.UNSUPPORTED)
    mac = bytes.fromhex(advertisement.mac.replace(":", ""))[::-1]
    start = _HEAD_BYTES
    if control & _HAS_ADDRESS:
        start += 6
        if data[_HEAD_BYTES:start] != mac:  # cut off, or not about this sensor
            short = len(data) < start
            return Decoded(reason=Reason.TRUNCATED if short else Reason.MALFORMED)
    if control & _HAS_CAPABILITY:
        start += 1
        if len(data) >= start and data[start - 1] & _CAPABILITY_IO:
            start += 1
    if len(data) < start:
        return Decoded(reason=Reason.TRUNCATED)
    if not control & _HAS_OBJECTS:
        return Decoded(reason=Reason.NO_STATE)  # its counter is the last event's, no new one
    if not control & _ENCRYPTED:
        if key is not None:
            return Decoded(reason=Reason.UNENCRYPTED)
        return _read(data[start:], data, None)
    if version < _FIRST_WITH_TAG:
        return Decoded(reason=Reason.UNSUPPORTED)
    return _decode_encrypted(data, start, mac, key, last)


def _decode_encrypted(
    data: bytes, start: int, mac: bytes, key: bytes | None, last: int | None
) -> Decoded:
    if len(data) < start + _OBJECT_HEAD_BYTES + _TRAILER_BYTES:
        return Decoded(reason=Reason.TRUNCATED)
    if key is None:
        return Decoded(reason=Reason.NO_KEY)
    if len(key) != KEY_BYTES:
        return Decoded(reason=Reason.WRONG_KEY)
    high = data[-_TRAILER_BYTES:-TAG_BYTES]
    sealed = data[start:-_TRAILER_BYTES] + data[-TAG_BYTES:]
    plain = opened(key, mac + data[2:5] + high, sealed, _ASSOCIATED)
    if plain is None:
        return Decoded(reason=Reason.WRONG_KEY)
    counter = int.from_bytes(data[4:5] + high, "little")
    if last is not None and counter <= last:
        return Decoded(replay_counter=counter, reason=Reason.REPLAY)
    return _read(plain, data, counter)


def _read(plain: bytes, data: bytes, replay_counter: int | None) -> Decoded:
    """Walk the objects; ``data`` is the whole packet, for its product and frame counter."""
    own = objects.OF_PRODUCT.get(int.from_bytes(data[2:4], "little"), {})
    doors: set[Door] = set()
    tamper: bool | None = None
    battery: int | None = None
    reason = Reason.NO_STATE
    start, end = 0, len(plain)
    if not plain:
        return Decoded(replay_counter=replay_counter, reason=Reason.TRUNCATED)
    while start < end:
        if start + _OBJECT_HEAD_BYTES > end:
            return Decoded(replay_counter=replay_counter, reason=Reason.TRUNCATED)
        object_id = int.from_bytes(plain[start : start + 2], "little")
        value = plain[start + _OBJECT_HEAD_BYTES :][: plain[start + 2]]
        if len(value) < plain[start + 2]:
            return Decoded(replay_counter=replay_counter, reason=Reason.TRUNCATED)
        start += _OBJECT_HEAD_BYTES + len(value)
        meanings = objects.COMMON.get(object_id) or own.get(object_id)
        if meanings is not None:
            says = meanings.get(value[0]) if value else None
            if says is None:
                return Decoded(replay_counter=replay_counter, reason=Reason.MALFORMED)
            if says.door is not None:
                doors.add(says.door)
            if says.tamper is not None:
                tamper = says.tamper or bool(tamper)
        elif object_id in objects.BATTERIES:
            if len(value) == 1 and value[0] <= 100:
                battery = value[0]
        elif object_id >= objects.DEVICE_SPECIFIC and object_id not in objects.SILENT:
            reason = Reason.UNSUPPORTED
    door = Door.OPEN if Door.OPEN in doors else Door.CLOSED if doors else None
    return Decoded(
        door=door,
        battery=battery,
        tamper=tamper,
        counter=data[4],
        replay_counter=replay_counter,
        reason=reason if door is None else None,
    )
