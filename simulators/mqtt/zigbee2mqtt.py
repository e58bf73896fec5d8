"""A zigbee2mqtt bridge with its contact sensors, as its documentation and its users describe it.

It remembers each device's last state and publishes all of it with every report, without the
retain flag: with a battery report, and again for every device when the bridge starts.
"""

import asyncio
import json
from typing import Any

from simulators.mqtt.sender import Broker, Sender, Will


class Zigbee2Mqtt:
    """``await start()``, then ``contact`` and ``report`` by the device's friendly name."""

    def __init__(
        self,
        broker: Broker,
        *,
        prefix: str = "zigbee2mqtt",
        client_id: str = "zigbee2mqtt",
        retain: bool = False,
    ) -> None:
        self.prefix = prefix
        self._broker = broker
        self._client_id = client_id
        self._retain = retain  # set per device in the real one
        self._states: dict[str, dict[str, Any]] = {}
        self.sender = self._new_sender()

    def _new_sender(self) -> Sender:
        will = Will(f"{self.prefix}/bridge/state", '{"state":"offline"}')
        return Sender(self._broker, self._client_id, will=will)

    async def start(self) -> None:
        """Connects, says that it is online, and publishes what it remembers."""
        await self.sender.connect()
        self.sender.give(f"{self.prefix}/bridge/state", '{"state":"online"}', retain=True)
        for name in self._states:
            self.sender.give(
                f"{self.prefix}/{name}/availability", '{"state":"online"}', retain=True
            )
            self._publish(name)
        await self.sender.settled()

    async def stop(self) -> None:
        await self.sender.publish(f"{self.prefix}/bridge/state", '{"state":"offline"}', retain=True)
        await self.sender.close()

    async def restart(self) -> None:
        """Its record of acknowledged messages goes on."""
        record = self.sender.acknowledged
        await self.stop()
        self.sender = self._new_sender()
        self.sender.acknowledged = record
        await self.start()

    def contact(
        self, name: str, *, is_open: bool, battery: int | None = None
    ) -> asyncio.Future[None]:
        """The door moved. Done when the broker has confirmed."""
        state = self._states.setdefault(
            name, {"battery_low": False, "tamper": False, "voltage": 2900, "linkquality": 23}
        )
        state["contact"] = not is_open
        if battery is not None:
            state["battery"] = battery
        return self._publish(name)

    def report(self, name: str, *, battery: int) -> asyncio.Future[None]:
        """A battery report: carries the contact that the bridge remembers."""
        self._states.setdefault(name, {})["battery"] = battery
        return self._publish(name)

    def tamper(self, name: str, *, tampered: bool) -> asyncio.Future[None]:
        self._states.setdefault(name, {})["tamper"] = tampered
        return self._publish(name)

    def repeat(self, name: str) -> asyncio.Future[None]:
        """The same state once more."""
        return self._publish(name)

    def availability(self, name: str, *, online: bool) -> asyncio.Future[None]:
        state = json.dumps({"state": "online" if online else "offline"})
        return self.sender.give(f"{self.prefix}/{name}/availability", state, retain=True)

    def _publish(self, name: str) -> asyncio.Future[None]:
        payload = json.dumps(self._states[name], ensure_ascii=False, separators=(",", ":"))
        return self.sender.give(f"{self.prefix}/{name}", payload, retain=self._retain)
