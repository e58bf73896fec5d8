"""Who works on a store: one gateway, or one command in its place. A lock on a file beside it.

flock(2): the kernel lets go of it when the process ends, however it ends, so it is never stale.
"""

import contextlib
import fcntl
import os
import time
from pathlib import Path

LOOK_S = 0.05  # between two tries of somebody who waits


class Lock:
    """The right to decide and write for the store at ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path.with_name(f"{path.name}.lock")
        self._descriptor: int | None = None

    def acquire(self, *, seconds: float = 0.0) -> bool:
        """Whether it is ours now. A command holds it for a moment only: a gateway that starts
        waits up to ``seconds`` for it. Raises ``OSError`` when the file cannot be made."""
        deadline = time.monotonic() + seconds
        while not self._try():
            if time.monotonic() >= deadline:
                return False
            time.sleep(LOOK_S)
        return True

    def release(self) -> None:
        """Harmless a second time. The file stays: taking it away would make two locks of one."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def is_taken(self) -> bool:
        """Whether somebody else holds it."""
        if not self.acquire():
            return True
        self.release()
        return False

    def _try(self) -> bool:
        if self._descriptor is not None:
            raise RuntimeError("the lock is ours already")
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except OSError:
            os.close(descriptor)
            raise
        with contextlib.suppress(OSError):  # for people who look; nothing reads it
            os.truncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor
        return True
