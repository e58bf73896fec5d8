"""A listener with one known sensor, and a record of everything it says."""

from drivers.ble.decoders import BTHOME_UUID
from drivers.ble.known import KnownSensor
from drivers.ble.listener import Listener
from drivers.errors import Reason
from drivers.reading import Reading
from rules.model import Door

MAC = "3C:2E:F5:AA:BB:CC"
KEY = bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932")


class Stairwell:
    """Hears BTHome packets, a second apart."""

    def __init__(self, sensor: KnownSensor | None = None) -> None:
        self.sensor = sensor or KnownSensor(MAC, "bthome")
        self.readings: list[Reading] = []
        self.heard: list[tuple[str, int]] = []
        self.rejected: list[Reason] = []
        self.seconds = 1000.0
        self.listener = Listener(
            {MAC: self.sensor},
            lambda delivery: self.readings.append(delivery.reading),
            lambda: int(self.seconds * 1000),
            on_heard=lambda mac, now: self.heard.append((mac, now)),
            on_rejected=self.rejected.append,
            monotonic=lambda: self.seconds,
        )

    def hear(
        self, data: bytes | str, *, mac: str = MAC, rssi: int = -60, adapter: str = "hci0"
    ) -> bool:
        self.seconds += 1
        packet = bytes.fromhex(data) if isinstance(data, str) else data
        return self.listener.heard(adapter, mac, {BTHOME_UUID: packet}, {}, rssi)

    @property
    def doors(self) -> list[tuple[Door | None, bool]]:
        return [(each.decoded.door, each.live) for each in self.readings]
