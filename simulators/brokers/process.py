"""A broker's life as a child process: its folder, start, stop, and the unkind ways to end it.

Knows no broker's configuration: that is the subclass's.
"""

import asyncio
import contextlib
import shutil
import socket
import tempfile
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

_START = 10.0  # s until it must listen
_STOP = 10.0  # s until it must have stopped


@dataclass(frozen=True, slots=True)
class ServerTls:
    """Files in PEM. ``clients``: who does not show a certificate of ``ca_file`` is refused."""

    ca_file: Path
    cert_file: Path
    key_file: Path
    clients: bool = False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def binary(name: str, package: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        raise FileNotFoundError(f"{name} is not installed: sudo apt-get install {package}")
    return found


class BrokerProcess(ABC):
    """``async with Mosquitto() as broker: ...`` listens on 127.0.0.1, ``broker.port``."""

    def __init__(self, port: int | None, tls: ServerTls | None) -> None:
        self.host = "127.0.0.1"
        self.port = port or free_port()
        self._tls = tls
        self._folder: Path | None = None
        self._process: asyncio.subprocess.Process | None = None

    @abstractmethod
    async def prepare(self) -> list[str]:
        """Writes what it needs into ``folder``; its command line."""

    @property
    def url(self) -> str:
        return f"{'mqtts' if self._tls else 'mqtt'}://{self.host}:{self.port}"

    @property
    def folder(self) -> Path:
        """Its configuration, its database and its log."""
        if self._folder is None:
            raise RuntimeError("not started")
        return self._folder

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("not running")
        return self._process.pid

    async def start(self) -> None:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="doorwatch-broker-"))
        command = await self.prepare()
        with (self._folder / "log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            await self._listening()
        except BaseException:
            await self.kill()
            raise

    async def stop(self) -> None:
        """As a shutdown of the machine would: it may write what it has."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(_STOP):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    async def kill(self) -> None:
        """As a power cut would, but for what the kernel has."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            self._remove()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()
        self._remove()

    def _remove(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    async def _listening(self) -> None:
        process = self._process
        assert process is not None
        async with asyncio.timeout(_START):
            while True:
                if process.returncode is not None:
                    raise RuntimeError(f"the broker ended: {(self.folder / 'log').read_text()}")
                try:
                    _, writer = await asyncio.open_connection(self.host, self.port)
                except OSError:
                    await asyncio.sleep(0.02)
                    continue
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
                return
