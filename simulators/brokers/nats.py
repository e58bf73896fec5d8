"""A real nats-server with JetStream, which speaks MQTT 3.1.1: the durable alternative.

Its limits (2.9): no client id with a dot, no topic with a space or a dot, and the sum of a
session's ``max_ack_pending`` over its subscriptions (a ``#`` counts twice) within 65,535. What is
not acknowledged comes again after ``ack_wait``, also after a reconnect: not at once.
"""

import json
from collections.abc import Mapping

from simulators.brokers.process import BrokerProcess, ServerTls, binary, free_port

_IN_FLIGHT = 1_024  # of a subscription; with 16 subscriptions half of what a session may have
_ACK_WAIT = "1s"  # its default of 30 s is how late an opening may come after our restart


class Nats(BrokerProcess):
    """``inflight``: its ``max_ack_pending`` of each subscription. ``users``: name to password."""

    def __init__(
        self,
        *,
        inflight: int | None = None,
        users: Mapping[str, str] | None = None,
        tls: ServerTls | None = None,
        port: int | None = None,
    ) -> None:
        super().__init__(port, tls)
        self._own_port = free_port()  # its own protocol's, which nobody uses here
        self._inflight = inflight
        self._users = dict(users or {})

    async def prepare(self) -> list[str]:
        file = self.folder / "nats.json"  # its format takes JSON
        if not file.exists():
            file.write_text(json.dumps(self._config(), indent=1))
        return [binary("nats-server", "nats-server"), "-c", str(file)]

    def _config(self) -> dict[str, object]:
        mqtt: dict[str, object] = {
            "host": self.host,
            "port": self.port,
            "max_ack_pending": self._inflight or _IN_FLIGHT,
            "ack_wait": _ACK_WAIT,
        }
        if self._tls:
            mqtt["tls"] = {
                "ca_file": str(self._tls.ca_file),
                "cert_file": str(self._tls.cert_file),
                "key_file": str(self._tls.key_file),
                "verify": self._tls.clients,
            }
        config: dict[str, object] = {
            "host": self.host,
            "port": self._own_port,
            "server_name": "doorwatch-test",
            "jetstream": {"store_dir": str(self.folder)},
            "mqtt": mqtt,
        }
        if self._users:
            users = [{"user": name, "password": word} for name, word in self._users.items()]
            config["authorization"] = {"users": users}
        return config
