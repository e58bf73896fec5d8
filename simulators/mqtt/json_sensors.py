"""Self-made sensors that speak plain JSON, behind one MQTT client."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

from simulators.mqtt.sender import Broker, Sender


class JsonSensors:
    """``sensor_id`` left out: the topic alone says which sensor it is."""

    def __init__(self, broker: Broker, *, client_id: str = "json-sensors") -> None:
        self.sender = Sender(broker, client_id)
        self._seq: dict[str, int] = {}
        self._last: dict[str, tuple[dict[str, Any], bool]] = {}

    async def start(self) -> None:
        await self.sender.connect()

    async def stop(self) -> None:
        await self.sender.close()

    def say(
        self,
        topic: str,
        *,
        is_open: bool,
        sensor_id: str = "",
        at: datetime | None = None,
        battery: int | None = None,
        retain: bool = False,
    ) -> asyncio.Future[None]:
        """Done when the broker has confirmed. ``at``: the sensor's own time; None: it has none."""
        self._seq[topic] = seq = self._seq.get(topic, 0) + 1
        said: dict[str, Any] = {"state": "open" if is_open else "closed", "seq": seq}
        if sensor_id:
            said["sensor_id"] = sensor_id
        if at is not None:
            said["at"] = at.astimezone(UTC).isoformat(timespec="milliseconds")
        if battery is not None:
            said["battery"] = battery
        self._last[topic] = said, retain
        return self._publish(topic)

    def repeat(self, topic: str) -> asyncio.Future[None]:
        """The very same message once more, sequence number included."""
        return self._publish(topic)

    def _publish(self, topic: str) -> asyncio.Future[None]:
        said, retain = self._last[topic]
        payload = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        return self.sender.give(topic, payload, retain=retain)
