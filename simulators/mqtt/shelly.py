"""Shelly: a gen 2 relay that hears BLU door sensors, and the gen 1 Door/Window 2.

The relay says each change twice, as a status and as a notification, and everything that it
remembers after a connect, with the time at which it heard it. Its will is on ``PREFIX/online``.
"""

import asyncio
import json
from datetime import datetime
from typing import Any

from simulators.mqtt.sender import Broker, Sender, Will


class ShellyRelay:
    def __init__(self, broker: Broker, prefix: str = "shellyplus1-a0b1") -> None:
        self.prefix = prefix
        will = Will(f"{prefix}/online", "false")
        self.sender = Sender(broker, prefix, will=will)
        self._known: dict[str, dict[str, Any]] = {}

    async def start(self) -> None:
        await self.sender.connect()
        self.sender.give(f"{self.prefix}/online", "true", retain=True)
        self._notify("NotifyFullStatus", self._known)
        await self.sender.settled()

    async def stop(self) -> None:
        await self.sender.close()

    def heard(
        self,
        *sensors: int,
        is_open: bool,
        at: datetime,
        battery: int | None = None,
        rssi: int = -60,
    ) -> asyncio.Future[None]:
        """Door sensors of these numbers said so; in one notification. With ``battery`` beside
        the housing that they are in."""
        news: dict[str, dict[str, Any]] = {
            f"bthomesensor:{number}": {
                "id": number,
                "value": is_open,
                "last_updated_ts": at.timestamp(),
            }
            for number in sensors
        }
        if battery is not None:
            housing = {"id": 200, "rssi": rssi, "battery": battery, "packet_id": 1}
            news["bthomedevice:200"] = {**housing, "last_updated_ts": at.timestamp()}
        self._known |= news
        for component, status in news.items():
            self.sender.give(f"{self.prefix}/status/{component}", json.dumps(status))
        return self._notify("NotifyStatus", news)

    def _notify(self, method: str, components: dict[str, Any]) -> asyncio.Future[None]:
        params = {"ts": 1.0, **components}
        said = {"src": self.prefix, "dst": f"{self.prefix}/events", "method": method}
        return self.sender.give(f"{self.prefix}/events/rpc", json.dumps({**said, "params": params}))


class ShellyDoorWindow2:
    """Wakes, says everything retained, and sleeps again: its ``online`` goes to false each time."""

    def __init__(self, broker: Broker, name: str = "shellydw2-7A0001") -> None:
        self.name = name
        self.sender = Sender(broker, name)

    async def start(self) -> None:
        await self.sender.connect()

    async def stop(self) -> None:
        await self.sender.close()

    async def move(self, *, is_open: bool, battery: int = 100) -> None:
        base = f"shellies/{self.name}"
        self.sender.give(f"{base}/online", "true", retain=True)
        self.sender.give(f"{base}/sensor/state", "open" if is_open else "close", retain=True)
        self.sender.give(f"{base}/sensor/lux", "31", retain=True)
        self.sender.give(f"{base}/sensor/battery", str(battery), retain=True)
        self.sender.give(f"{base}/online", "false", retain=True)
        await self.sender.settled()
