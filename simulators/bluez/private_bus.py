"""A D-Bus of our own: one dbus-daemon as a child process, in a directory of its own.

Touches neither the system's nor the session's bus; stopped by its own handle.
"""

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

SYSTEM_BUS = "DBUS_SYSTEM_BUS_ADDRESS"  # read by every D-Bus library when it opens the system bus
_START_SECONDS = 10.0
_STOP_SECONDS = 5.0
_LONGEST = 70  # bytes of a folder for ours: a socket's path has at most 107 (unix(7))

_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    <allow user="*"/>
  </policy>
</busconfig>
"""


class BusMissing(Exception):
    """There is no dbus-daemon here, or it did not start. ``str`` says what to do."""


def available() -> bool:
    """Whether this machine has a dbus-daemon at all."""
    return shutil.which("dbus-daemon") is not None


class PrivateBus:
    """``async with PrivateBus() as bus: bus.address``."""

    def __init__(self) -> None:
        self.address = ""
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        if not available():
            raise BusMissing("dbus-daemon is missing: sudo apt-get install -y dbus-daemon")
        where = tempfile.gettempdir()
        if len(os.fsencode(where)) > _LONGEST:
            where = "/tmp"  # noqa: S108 - in it a directory that only we can open
        self._directory = tempfile.TemporaryDirectory(prefix="doorwatch-bus-", dir=where)
        try:
            await self._start(Path(self._directory.name))
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _start(self, directory: Path) -> None:
        config = directory / "bus.conf"
        config.write_text(_CONFIG.format(socket=directory / "socket"), encoding="utf-8")
        self._process = await asyncio.create_subprocess_exec(
            "dbus-daemon",
            f"--config-file={config}",
            "--nofork",
            "--nopidfile",
            "--print-address",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C in the terminal is for us, not for it
        )
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), _START_SECONDS)
        self.address = line.decode().strip()
        if not self.address:
            raise BusMissing("dbus-daemon did not start: run it by hand to see why")

    async def stop(self) -> None:
        """End the daemon and remove its directory. Harmless a second time."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()
        directory, self._directory = self._directory, None
        if directory is not None:
            directory.cleanup()

    @contextlib.contextmanager
    def as_system_bus(self) -> Iterator[None]:
        """While inside, whoever in this process opens the system bus opens this one."""
        before = os.environ.get(SYSTEM_BUS)
        os.environ[SYSTEM_BUS] = self.address
        try:
            yield
        finally:
            if before is None:
                del os.environ[SYSTEM_BUS]
            else:
                os.environ[SYSTEM_BUS] = before
