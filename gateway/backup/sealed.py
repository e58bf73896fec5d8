"""A sealed file: AES-256-GCM in frames, so that any length is written and read in little memory.

Layout: the header (``MAGIC``, the key's id, a salt), then frames of ``FRAME`` bytes, each with its
tag. Every file has a key of its own (HKDF-SHA256 of the key, the salt and the header); a frame's
nonce is its number and whether it is the last, so that none can be changed, moved or left out, and
the file cannot be cut (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizar, 2015).
"""

import io
import os
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.backup.errors import BackupError, Reason
from gateway.backup.key import key_id

MAGIC = b"doorwatch backup 1\n"
FRAME = 64 * 1024  # bytes of content
_SALT, _TAG, _NUMBER = 16, 16, 11  # bytes
_ID = len(key_id(b""))


def _cipher(key: bytes, header: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=header[-_SALT:], info=header).derive(key))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_NUMBER, "big") + bytes([last])


class Sealing(io.RawIOBase):
    """Writes what it is given, sealed, to ``file``. ``close`` ends it; unclosed it is damaged."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        self._file, self._frame, self._number = file, bytearray(), 0
        header = MAGIC + key_id(key).encode() + os.urandom(_SALT)
        self._cipher = _cipher(key, header)
        file.write(header)

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # tarfile gives bytes
        self._frame += data
        while len(self._frame) > FRAME:  # the last one, even a full one, waits for ``close``
            self._seal(bytes(self._frame[:FRAME]), last=False)
            del self._frame[:FRAME]
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._seal(bytes(self._frame), last=True)
        super().close()

    def _seal(self, content: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last=last), content, None))
        self._number += 1


class Opened(io.RawIOBase):
    """Reads a sealed ``file``. Raises ``BackupError``: another key, or damaged.

    What was read is only sure to be whole once the end was reached: ``read`` gave nothing.
    """

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        self._file, self._number, self._over = file, 0, False
        header = file.read(len(MAGIC) + _ID + _SALT)
        if len(header) != len(MAGIC) + _ID + _SALT or not header.startswith(MAGIC):
            raise BackupError(Reason.DAMAGED, "it is no backup of doorwatch")
        its = header[len(MAGIC) :][:_ID].decode(errors="replace")
        if its != key_id(key):
            raise BackupError(
                Reason.KEY, f"it was sealed with another key: its id is {its}, yours {key_id(key)}"
            )
        self._cipher = _cipher(key, header)
        self._next = file.read(FRAME + _TAG)
        self._content = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._over and (size < 0 or len(self._content) < size):
            self._content += self._open_next()
        end = len(self._content) if size < 0 else size
        found, self._content = self._content[:end], self._content[end:]
        return found

    def _open_next(self) -> bytes:
        frame, self._next = self._next, self._file.read(FRAME + _TAG)
        self._over = not self._next
        try:
            content = self._cipher.decrypt(_nonce(self._number, last=self._over), frame, None)
        except (InvalidTag, ValueError):
            where = f"in its part {self._number + 1}" + (", the last" if self._over else "")
            raise BackupError(
                Reason.DAMAGED, f"it is damaged or cut off, {where}; take another"
            ) from None
        self._number += 1
        return content
