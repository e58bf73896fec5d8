"""A real mosquitto, configured as we ship it."""

import asyncio
import os
from collections.abc import Mapping

from simulators.brokers.process import BrokerProcess, ServerTls, binary

_QUEUE_BYTES = 64_000_000  # it may keep for us while we are away


class Mosquitto(BrokerProcess):
    """``inflight``: its ``max_inflight_messages`` (None: its default of 20). ``users``: name to
    password; nobody else may enter then. ``more``: further lines of its configuration."""

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
        super().__init__(port, tls)
        self._inflight = inflight
        self._users = dict(users or {})
        self._persistence = persistence
        self._more = more

    async def prepare(self) -> list[str]:
        file = self.folder / "mosquitto.conf"
        if not file.exists():
            await self._write_users()
            file.write_text("\n".join(self._lines()) + "\n")
        return [binary("mosquitto", "mosquitto"), "-c", str(file)]

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
        passwd = binary("mosquitto_passwd", "mosquitto")
        process = await asyncio.create_subprocess_exec(passwd, "-U", str(file))
        if await process.wait():
            raise RuntimeError("mosquitto_passwd could not hash the passwords")
