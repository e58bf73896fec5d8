"""A ChirpStack v4 with Milesight door sensors (EM300-MCS, WS301) behind it.

A confirmed uplink may come again with the same ``fCnt`` and another ``deduplicationId``. What an
EM300-MCS could not send it keeps, and sends later as history.
"""

import asyncio
import base64
import json
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

from simulators.mqtt.sender import Broker, Sender

APPLICATION = "7"


class ChirpStack:
    def __init__(self, broker: Broker) -> None:
        self.sender = Sender(broker, "chirpstack")
        self._counters: dict[str, int] = {}
        self._last: dict[str, tuple[bytes, datetime]] = {}

    async def start(self) -> None:
        await self.sender.connect()

    async def stop(self) -> None:
        await self.sender.close()

    def em300(
        self,
        eui: str,
        *,
        is_open: bool | None,
        at: datetime,
        history: Iterable[tuple[datetime, bool]] = (),
        battery: int = 100,
    ) -> asyncio.Future[None]:
        """``is_open`` None: an uplink of history alone."""
        data = bytes([0x01, 0x75, battery])
        for when, was_open in history:
            seconds = int(when.timestamp()).to_bytes(4, "little")
            data += b"\x20\xce" + seconds + b"\xf6\x00\x71" + bytes([was_open])
        if is_open is not None:
            data += bytes([0x06, 0x00, is_open])
        return self._first(eui, data, at)

    def ws301(self, eui: str, *, is_open: bool, at: datetime) -> asyncio.Future[None]:
        return self._first(eui, bytes([0x03, 0x00, is_open, 0x04, 0x00, 0x00]), at)

    def again(self, eui: str) -> asyncio.Future[None]:
        """The last uplink, whose confirmation got lost."""
        return self._uplink(eui, *self._last[eui])

    def _first(self, eui: str, data: bytes, at: datetime) -> asyncio.Future[None]:
        self._counters[eui] = self._counters.get(eui, 0) + 1
        self._last[eui] = data, at
        return self._uplink(eui, data, at)

    def _uplink(self, eui: str, data: bytes, at: datetime) -> asyncio.Future[None]:
        said = {
            "deduplicationId": str(uuid.uuid4()),
            "time": at.astimezone(UTC).isoformat(),
            "deviceInfo": {"applicationId": APPLICATION, "devEui": eui},
            "fCnt": self._counters[eui],
            "fPort": 85,
            "confirmed": True,
            "data": base64.b64encode(data).decode(),
        }
        topic = f"application/{APPLICATION}/device/{eui}/event/up"
        return self.sender.give(topic, json.dumps(said))
