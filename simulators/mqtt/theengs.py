"""A Theengs Gateway or OpenMQTTGateway: says every advertisement that it hears, at QoS 0.

Also those of sensors that say nothing new. Its will is on ``home/NAME/LWT``.
"""

import asyncio
import json

from simulators.mqtt.sender import Broker, Sender, Will


class TheengsGateway:
    def __init__(self, broker: Broker, name: str = "TheengsGateway") -> None:
        self.name = name
        self.sender = Sender(broker, f"theengs-{name}", will=Will(f"home/{name}/LWT", "offline"))
        self._packets: dict[str, int] = {}

    async def start(self) -> None:
        await self.sender.connect()
        await self.sender.publish(f"home/{self.name}/LWT", "online", retain=True)

    async def stop(self) -> None:
        await self.sender.close()

    def shelly(self, mac: str, *, is_open: bool, again: bool = False) -> asyncio.Future[None]:
        """A Shelly BLU Door/Window; ``again``: the same packet once more."""
        number = self._packets.get(mac, 0) + (not again)
        self._packets[mac] = number
        said = {"model_id": "SBDW-002C", "packet": number % 256, "batt": 100, "open": is_open}
        return self._say(mac, said)

    def switchbot(self, mac: str, contact: str) -> asyncio.Future[None]:
        """``open``, ``closed`` or ``timeout not closed``; said again and again."""
        return self._say(mac, {"model_id": "W120150X", "contact": contact, "batt": 80})

    def thermometer(self, mac: str) -> asyncio.Future[None]:
        return self._say(mac, {"model_id": "LYWSD03MMC", "tempc": 21.5, "hum": 40})

    def _say(self, mac: str, said: dict[str, object]) -> asyncio.Future[None]:
        topic = f"home/{self.name}/BTtoMQTT/{mac.replace(':', '')}"
        said = {"id": mac, "rssi": -60, **said}
        return self.sender.give(topic, json.dumps(said), qos=0)
