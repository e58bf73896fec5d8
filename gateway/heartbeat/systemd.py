"""What systemd is told: sd_notify(3), a datagram to the socket that ``$NOTIFY_SOCKET`` names.

Started by hand there is none, and nothing is said. Never raises: a gateway without a listener is
a gateway all the same.
"""

import os
import socket
import time
from typing import Self

EXTENSION_US = 60_000_000
"""By so much each heartbeat puts off the end of a start that waits for its broker or radio."""


class Notify:
    """The words of one service."""

    def __init__(self, address: str = "") -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._ready = False

    @classmethod
    def of_environment(cls) -> Self:
        return cls(os.environ.get("NOTIFY_SOCKET", ""))

    def ready(self, status: str) -> None:
        """It is up."""
        self._ready = True
        self._say("READY=1", f"STATUS={status}")

    def alive(self, status: str) -> None:
        """Feeds the watchdog; while it starts, asks for more time to."""
        extension = () if self._ready else (f"EXTEND_TIMEOUT_USEC={EXTENSION_US}",)
        self._say("WATCHDOG=1", f"STATUS={status}", *extension)

    def reloading(self) -> None:
        """SIGHUP was heard; ``reloaded`` must follow."""
        self._say("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def reloaded(self) -> None:
        """Whatever became of it, the gateway runs on. One that was not ready yet is not now."""
        if self._ready:
            self._say("READY=1")

    def stopping(self) -> None:
        self._say("STOPPING=1")

    def _say(self, *lines: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.setblocking(False)
                out.sendto("\n".join(lines).encode(), self._address)
        except OSError:
            pass
