"""An ESPHome node with binary sensors: states retained, its will on ``PREFIX/status``.

It announces its sensors to Home Assistant, as it does by default, and says every state again
after each connect.
"""

import asyncio
import json

from simulators.mqtt.sender import Broker, Sender, Will


class EspHome:
    def __init__(self, broker: Broker, prefix: str, *doors: str, announce: bool = True) -> None:
        self.prefix = prefix
        self._broker = broker
        self.sender = self._new_sender()
        self._announce = announce
        self._open = dict.fromkeys(doors, False)

    def _new_sender(self) -> Sender:
        will = Will(f"{self.prefix}/status", "offline")
        return Sender(self._broker, f"esphome-{self.prefix}", will=will)

    async def start(self) -> None:
        await self.sender.connect()
        self.sender.give(f"{self.prefix}/status", "online", retain=True)
        for door in self._open:
            if self._announce:
                self.announce(door)
            self._say(door)
        await self.sender.settled()

    async def stop(self) -> None:
        await self.sender.publish(f"{self.prefix}/status", "offline", retain=True)
        await self.sender.close()

    async def again(self) -> None:
        """After ``sender.vanish``: the power is back."""
        self.sender = self._new_sender()
        await self.start()

    def topic(self, door: str) -> str:
        return f"{self.prefix}/binary_sensor/{door}/state"

    def unique_id(self, door: str) -> str:
        return f"ESPbinary_sensor{door}"

    def move(self, door: str, *, is_open: bool) -> asyncio.Future[None]:
        self._open[door] = is_open
        return self._say(door)

    def announce(self, door: str) -> asyncio.Future[None]:
        said = {
            "dev_cla": "door",
            "name": door,
            "stat_t": self.topic(door),
            "avty_t": f"{self.prefix}/status",
            "uniq_id": self.unique_id(door),
            "dev": {"ids": self.prefix, "name": self.prefix, "sw": "esphome v2024.2.0"},
        }
        topic = f"homeassistant/binary_sensor/{self.prefix}/{door}/config"
        return self.sender.give(topic, json.dumps(said), retain=True)

    def _say(self, door: str) -> asyncio.Future[None]:
        state = "ON" if self._open[door] else "OFF"
        return self.sender.give(self.topic(door), state, retain=True)
