"""One bleak scan: started, heard, stopped. The one file that knows bleak.

What it hears goes to the ``listener``. When it has to be started again ``scanner`` decides.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Literal

from bleak import BleakScanner
from bleak.args.bluez import BlueZScannerArgs, OrPattern, OrPatternLike
from bleak.assigned_numbers import AdvertisementDataType
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from drivers.ble.decoders import FORMATS
from drivers.ble.listener import NO_RSSI, Listener

log = logging.getLogger(__name__)

Mode = Literal["active", "passive"]


class Scan:
    """``await start()``, then ``on_heard(decodable)`` for each packet until ``await stop()``."""

    def __init__(
        self,
        adapter: str,
        mode: Mode,
        listener: Listener,
        on_heard: Callable[[bool], None],
        *,
        patience: float,
    ) -> None:
        """``patience``: seconds; a start or stop that takes longer hangs."""
        self._adapter = adapter
        self._mode = mode
        self._listener = listener
        self._on_heard = on_heard
        self._patience = patience
        self._bleak: BleakScanner | None = None
        self._told: dict[str, tuple[object, object]] = {}  # by MAC: see _is_news

    async def start(self) -> None:
        """Raises bleak's errors, D-Bus', the socket's, or ``TimeoutError``: all mean refused."""
        bluez: BlueZScannerArgs = {"adapter": self._adapter}
        if self._mode == "passive":
            bluez["or_patterns"] = patterns()
        self._bleak = BleakScanner(self._heard, scanning_mode=self._mode, bluez=bluez)
        await asyncio.wait_for(self._bleak.start(), self._patience)

    async def stop(self) -> None:
        """Let go of the radio. It may be gone, and then stopping raises: that is no news."""
        bleak, self._bleak = self._bleak, None
        if bleak is None:
            return
        try:
            await asyncio.wait_for(bleak.stop(), self._patience)
        except Exception as error:
            log.debug("%s: stopping the scan: %s", self._adapter, error)

    def _heard(self, device: BLEDevice, data: AdvertisementData) -> None:
        if data.rssi == NO_RSSI:  # the end of a discovery, told once for every device, from memory
            return
        mac = device.address
        decodable = self._listener.heard(
            self._adapter,
            mac,
            data.service_data,
            data.manufacturer_data,
            data.rssi,
            news=not self._listener.knows(mac) or self._is_news(mac, data),
        )
        self._on_heard(decodable)

    def _is_news(self, mac: str, data: AdvertisementData) -> bool:
        """Whether BlueZ told the data just now, and not only how strong the signal is.

        In the latter case bleak hands over what it remembers of the device, the very same
        objects. Should it copy them one day, all is news: as if this were not here.
        """
        properties = data.platform_data[1]
        told = properties.get("ServiceData"), properties.get("ManufacturerData")
        before = self._told.get(mac)
        self._told[mac] = told
        return before is None or told[0] is not before[0] or told[1] is not before[1]


def patterns() -> list[OrPatternLike]:
    """For passive scans: what BlueZ must let through, one pattern a service UUID."""
    return [
        OrPattern(
            0,
            AdvertisementDataType.SERVICE_DATA_UUID16,
            int(uuid[4:8], 16).to_bytes(2, "little"),
        )
        for each in FORMATS
        for uuid in each.uuids
    ]
