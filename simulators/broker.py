"""A real mosquitto as a child process: for tests, the demo and benchmarks.

Owns its folder, its configuration and its life. ``kill`` and ``restart`` are there to be unkind.
"""

import asyncio
import contextlib
import os
import shutil
import socket
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

_START = 10.0  # s until it must listen
_STOP = 10.0  # s until it must have stopped
_QUEUE_BYTES = 64_000_000  # it may keep for us while we are away


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


def _binary(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        raise FileNotFoundError(f"{name} is not installed: sudo apt-get install mosquitto")
    return found


class Mosquitto:
    """``async with Mosquitto() as broker: ...`` listens on 127.0.0.1, ``broker.port``.

    ``inflight``: its ``max_inflight_messages`` (None: its default of 20). ``users``: name to
    password; nobody else may enter then. ``more``: further lines of its configuration.
    """

    def __init__(
        self,
        *,
        inflight: int | None = None,
        users: Mapping[str, str] | None = None,
        tls: ServerTls | None = None,
        persistence: bool = True,
        port: int | None = None,
        more: str = "",
    ) -> None:
        self.host = "127.0.0.1"
        self.port = port or free_port()
        self._inflight = inflight
        self._users = dict(users or {})
        self._tls = tls
        self._persistence = persistence
        self._more = more
        self._folder: Path | None = None
        self._process: asyncio.subprocess.Process | None = None

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
            await self._write_users()
            (self._folder / "mosquitto.conf").write_text("\n".join(self._lines()) + "\n")
        log = (self._folder / "log").open("ab")
        with log:
            self._process = await asyncio.create_subprocess_exec(
                _binary("mosquitto"),
                "-c",
                str(self._folder / "mosquitto.conf"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
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

    def _lines(self) -> list[str]:
        lines = [
            f"listener {self.port} {self.host}",
            f"allow_anonymous {'false' if self._users else 'true'}",
            "max_queued_messages 0",  # its default of 1000 drops messages that it acknowledged
            f"max_queued_bytes {_QUEUE_BYTES}",
            "set_tcp_nodelay true",
            "log_type error",
            "log_type warning",
            "log_type notice",
        ]
        if os.geteuid() == 0:
            lines.append("user root")  # else it may not write into the folder
        if self._persistence:
            lines += [
                "persistence true",
                f"persistence_location {self.folder}/",
                "autosave_interval 1",  # changes, not seconds:
                "autosave_on_changes true",
            ]
        if self._inflight is not None:
            lines.append(f"max_inflight_messages {self._inflight}")
        if self._users:
            lines.append(f"password_file {self.folder}/users")
        if self._tls:
            lines += [
                f"cafile {self._tls.ca_file}",
                f"certfile {self._tls.cert_file}",
                f"keyfile {self._tls.key_file}",
                f"require_certificate {'true' if self._tls.clients else 'false'}",
            ]
        return [*lines, *filter(None, self._more.splitlines())]

    async def _write_users(self) -> None:
        if not self._users:
            return
        file = self.folder / "users"
        file.write_text("".join(f"{name}:{word}\n" for name, word in self._users.items()))
        process = await asyncio.create_subprocess_exec(_binary("mosquitto_passwd"), "-U", str(file))
        if await process.wait():
            raise RuntimeError("mosquitto_passwd could not hash the passwords")

    async def _listening(self) -> None:
        process = self._process
        assert process is not None
        async with asyncio.timeout(_START):
            while True:
                if process.returncode is not None:
                    raise RuntimeError(f"mosquitto ended: {(self.folder / 'log').read_text()}")
                try:
                    _, writer = await asyncio.open_connection(self.host, self.port)
                except OSError:
                    await asyncio.sleep(0.02)
                    continue
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
                return
