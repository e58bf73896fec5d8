"""A Tasmota device with reed contacts at its switch inputs (SetOption114 1).

It says what moved on ``stat``, everything every TelePeriod on ``tele``, with its local time
without an offset; its will is on ``tele/T/LWT``.
"""

import asyncio
import json

from simulators.mqtt.sender import Broker, Sender, Will


class Tasmota:
    """``move(2, on=True)``: switch 2. Whether ON is open is the wiring's matter."""

    def __init__(self, broker: Broker, topic: str, *, switches: int = 1) -> None:
        self.topic = topic
        self.sender = Sender(broker, f"tasmota-{topic}", will=Will(f"tele/{topic}/LWT", "Offline"))
        self._on = dict.fromkeys(range(1, switches + 1), False)

    async def start(self) -> None:
        await self.sender.connect()
        self.sender.give(f"tele/{self.topic}/LWT", "Online", retain=True)
        await self.telemetry()

    async def stop(self) -> None:
        await self.sender.close()

    def move(self, switch: int = 1, *, on: bool) -> asyncio.Future[None]:
        self._on[switch] = on
        said = {f"Switch{switch}": {"Action": _word(on)}}
        return self.sender.give(f"stat/{self.topic}/RESULT", json.dumps(said))

    def telemetry(self) -> asyncio.Future[None]:
        said = {"Time": "2026-03-04T13:00:00"}
        said |= {f"Switch{number}": _word(on) for number, on in self._on.items()}
        return self.sender.give(f"tele/{self.topic}/SENSOR", json.dumps(said))


def _word(on: bool) -> str:
    return "ON" if on else "OFF"
