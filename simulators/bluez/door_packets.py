"""Xiaomi, SwitchBot and Qingping door sensors as senders: the bytes they put into the air.

Knows nothing of decoders; written from captures and descriptions apart from ``drivers.ble``.
BTHome has its own module beside this one.
"""

from cryptography.hazmat.primitives.ciphers.aead import AESCCM

XIAOMI_UUID = "0000fe95-0000-1000-8000-00805f9b34fb"
SWITCHBOT_UUID = "0000fd3d-0000-1000-8000-00805f9b34fb"
SWITCHBOT_COMPANY = 0x0969
QINGPING_UUID = "0000fdcd-0000-1000-8000-00805f9b34fb"

MCCGQ02HL = 0x098B
OPENING, LIGHT, BATTERY = 0x1019, 0x1018, 0x100A


def mibeacon_object(object_id: int, value: bytes) -> bytes:
    """One object: id, length, value."""
    return object_id.to_bytes(2, "little") + bytes([len(value)]) + value


def mibeacon(
    objects: bytes,
    counter: int,
    *,
    mac: str,
    key: bytes | None = None,
    product: int = MCCGQ02HL,
    version: int = 5,
    with_mac: bool = True,
    capability: bytes = b"",
) -> bytes:
    """A MiBeacon; with a key sealed as versions 4 and 5 do. No objects: a bare beacon."""
    address = bytes.fromhex(mac.replace(":", ""))[::-1]
    control = version << 12 | 0x0800
    control |= 0x10 if with_mac else 0
    control |= 0x20 if capability else 0
    control |= 0x40 if objects else 0
    control |= 0x08 if objects and key else 0
    head = product.to_bytes(2, "little") + bytes([counter & 0xFF])
    packet = control.to_bytes(2, "little") + head + (address if with_mac else b"") + capability
    if not objects or key is None:
        return packet + objects
    high = (counter >> 8).to_bytes(3, "little")
    sealed = AESCCM(key, tag_length=4).encrypt(address + head + high, objects, b"\x11")
    return packet + sealed[:-4] + high + sealed[-4:]


def switchbot(
    *, state: int, mac: str, battery: int = 100, seconds: int = 0, sequence: int = 0
) -> tuple[bytes, bytes]:
    """Service data and manufacturer data; state 0 closed, 1 open, 2 open for too long."""
    ago = seconds & 0xFFFF
    tail = bytes(2) + ago.to_bytes(2, "big") + b"\x44"
    service = bytes([0x64, 0x00, battery, state << 1]) + tail
    address = bytes.fromhex(mac.replace(":", ""))
    flags = bytes([sequence & 0xFF, state << 4])
    return service, address + flags + tail


def qingping_action(*, state: int, counter: int, mac: str) -> bytes:
    """Something happened: 0 opened, 1 closed, 2 open for a minute."""
    return b"\x48\x04" + _reversed(mac) + bytes([0x04, 1, state, 0x0F, 1, counter & 0xFF])


def qingping_status(*, state: int, counter: int, mac: str, battery: int = 96) -> bytes:
    """How it is, now and then."""
    objects = bytes([0x02, 1, battery, 0x0F, 1, counter & 0xFF, 0x0F, 1, state])
    return b"\x08\x04" + _reversed(mac) + objects


def _reversed(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))[::-1]
