"""AES-CCM as the encrypted door formats use it: a tag of four bytes, the key a sensor's own.

The library is loaded with the first sealed packet: it is 7 MB of memory, and a house without
encrypted radio sensors never needs it.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESCCM

KEY_BYTES: Final = 16
TAG_BYTES: Final = 4


def opened(key: bytes, nonce: bytes, sealed: bytes, associated: bytes | None) -> bytes | None:
    """What was sealed (its tag at the end); None: not with this key."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415

    try:
        return _cipher(key).decrypt(nonce, sealed, associated)
    except InvalidTag:
        return None


@lru_cache(maxsize=1024)  # some hundred sensors a gateway; making one costs as much as using it
def _cipher(key: bytes) -> "AESCCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESCCM  # noqa: PLC0415

    return AESCCM(key, tag_length=TAG_BYTES)
