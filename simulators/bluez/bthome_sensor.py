"""BTHome door sensors as senders: the bytes they put into the air. Knows nothing of decoders.

Written from the public format description, on purpose apart from ``drivers.ble``.
"""

from cryptography.hazmat.primitives.ciphers.aead import AESCCM

UUID = "0000fcd2-0000-1000-8000-00805f9b34fb"
PLAIN, ENCRYPTED = 0x44, 0x45  # version 2, sends when something happens


def seal(plain: bytes, counter: int, *, key: bytes, mac: str, info: int = ENCRYPTED) -> bytes:
    """Encrypt the objects as a sensor does: information byte, ciphertext, counter, tag."""
    head, count = bytes([info]), counter.to_bytes(4, "little")
    nonce = bytes.fromhex(mac.replace(":", "")) + b"\xd2\xfc" + head + count
    sealed = AESCCM(key, tag_length=4).encrypt(nonce, plain, None)
    return head + sealed[:-4] + count + sealed[-4:]


class BTHomeSensor:
    """One sensor on one door: its packet id and counter grow with everything it sends."""

    def __init__(
        self,
        mac: str,
        key: bytes | None = None,
        *,
        packet_id: int = 0,
        counter: int = 0,
        battery: int = 100,
    ) -> None:
        self.mac = mac
        self.key = key
        self.packet_id = packet_id
        self.counter = counter
        self.battery = battery

    def packet(self, *, is_open: bool) -> bytes:
        """The next packet's service data: packet id, battery, window (as Shelly's BLU sends)."""
        self.packet_id = (self.packet_id + 1) % 256
        objects = bytes([0x00, self.packet_id, 0x01, self.battery, 0x2D, int(is_open)])
        if self.key is None:
            return bytes([PLAIN]) + objects
        self.counter += 1
        return seal(objects, self.counter, key=self.key, mac=self.mac)
