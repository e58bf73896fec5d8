"""A disk that forgets what was not flushed: a plugin of nbdkit's.

    nbdkit -f -U SOCKET python deploy/vm/forgetful.py file=IMAGE status=FILE [keep=0.5] [flush=lie]

What is written is held in memory, and goes into IMAGE at a flush. SIGKILL is the power cut: what is
held is gone. ``keep``: that part of the blocks goes into IMAGE at once, so that the disk lost some
of what was not flushed and kept the rest, in no order, as a real one may. ``flush=lie``: a flush
says yes and does nothing. STATUS outlives the kill: blocks held, writes, flushes.
"""

import mmap
import os
import random
import struct
from pathlib import Path

API_VERSION = 2
BLOCK = 4096  # bytes: ext4's; a block is kept or lost whole
STATUS = struct.Struct("<3Q")


class Disk:
    """One image. Offsets and lengths in bytes."""

    def __init__(self, file: str, status: str, keep: float, lies: bool) -> None:
        self.image = os.open(file, os.O_RDWR)
        self.size = os.fstat(self.image).st_size
        self._keep, self._lies = keep, lies
        self._held: dict[int, bytes] = {}
        self._writes = self._flushes = 0
        Path(status).write_bytes(bytes(STATUS.size))
        with Path(status).open("r+b") as opened:
            self._status = mmap.mmap(opened.fileno(), STATUS.size)

    def read(self, into: bytearray, offset: int) -> None:
        os.preadv(self.image, [into], offset)
        for number in self._held.keys() & set(_blocks(offset, len(into))):
            at = number * BLOCK - offset
            first, last = max(at, 0), min(at + BLOCK, len(into))
            into[first:last] = self._held[number][first - at : last - at]

    def write(self, data: bytes, offset: int) -> None:
        for number in _blocks(offset, len(data)):
            at = number * BLOCK - offset
            first, last = max(at, 0), min(at + BLOCK, len(data))
            block = bytearray(self._block(number))
            block[first - at : last - at] = data[first:last]
            if self._keep and random.random() < self._keep:  # noqa: S311 - no secret
                os.pwrite(self.image, block, number * BLOCK)
                self._held.pop(number, None)
            else:
                self._held[number] = bytes(block)
        self._writes += 1
        self._say()

    def flush(self) -> None:
        if not self._lies:
            for number, block in self._held.items():
                os.pwrite(self.image, block, number * BLOCK)
            self._held.clear()
        self._flushes += 1
        self._say()

    def _block(self, number: int) -> bytes:
        return self._held.get(number) or os.pread(self.image, BLOCK, number * BLOCK)

    def _say(self) -> None:
        STATUS.pack_into(self._status, 0, len(self._held), self._writes, self._flushes)


def _blocks(offset: int, length: int) -> range:
    return range(offset // BLOCK, -(-(offset + length) // BLOCK))


# -- what nbdkit calls ---------------------------------------------------------------------------

_given: dict[str, str] = {}
_disk: list[Disk] = []


def config(key: str, value: str) -> None:
    _given[key] = value


def get_ready() -> None:
    keep = float(_given.get("keep", "0"))
    _disk.append(Disk(_given["file"], _given["status"], keep, _given.get("flush") == "lie"))


def open(_readonly: bool) -> Disk:  # noqa: A001 - nbdkit's name for it
    return _disk[0]


def get_size(disk: Disk) -> int:
    return disk.size


def pread(disk: Disk, into: bytearray, offset: int, _flags: int) -> None:
    disk.read(into, offset)


def pwrite(disk: Disk, data: bytes, offset: int, _flags: int) -> None:
    disk.write(data, offset)


def flush(disk: Disk, _flags: int) -> None:
    disk.flush()
