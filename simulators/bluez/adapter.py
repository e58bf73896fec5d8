"""What bluetoothd knows of one adapter and the devices it hears: state and its D-Bus shape.

Owns no bus. Behaviour after BlueZ 5.66 (Debian bookworm), as a client sees it: a device's
unchanged data is not told again, an RSSI change is told from 8 dB on, and when a discovery
ends every device loses its RSSI, which reaches clients as one more change of the device.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dbus_fast import Variant

ADAPTER = "org.bluez.Adapter1"
DEVICE = "org.bluez.Device1"
RSSI_STEP = 8  # dB: smaller changes are not told unless a client asks for duplicates

Properties = dict[str, Variant]


@dataclass
class Device:
    """One device in BlueZ's memory."""

    mac: str
    adapter_path: str
    name: str | None = None
    service_data: dict[str, bytes] = field(default_factory=dict)
    manufacturer_data: dict[int, bytes] = field(default_factory=dict)
    rssi: int | None = None

    @property
    def path(self) -> str:
        return f"{self.adapter_path}/dev_{self.mac.replace(':', '_')}"

    def properties(self) -> Properties:
        found: Properties = {
            "Address": Variant("s", self.mac),
            "AddressType": Variant("s", "public"),
            "Alias": Variant("s", self.name or self.mac.replace(":", "-")),
            "Paired": Variant("b", False),
            "Bonded": Variant("b", False),
            "Trusted": Variant("b", False),
            "Blocked": Variant("b", False),
            "LegacyPairing": Variant("b", False),
            "Connected": Variant("b", False),
            "ServicesResolved": Variant("b", False),
            "UUIDs": Variant("as", []),
            "Adapter": Variant("o", self.adapter_path),
        }
        if self.name is not None:
            found["Name"] = Variant("s", self.name)
        if self.service_data:
            found["ServiceData"] = self._service_data()
        if self.manufacturer_data:
            found["ManufacturerData"] = self._manufacturer_data()
        if self.rssi is not None:
            found["RSSI"] = Variant("n", self.rssi)
        return found

    def hear(
        self,
        service_data: Mapping[str, bytes],
        manufacturer_data: Mapping[int, bytes],
        rssi: int,
        *,
        every_change: bool,
    ) -> Properties:
        """Take in one advertisement; what of it BlueZ tells its clients."""
        changed: Properties = {}
        if self.rssi is None or every_change or abs(rssi - self.rssi) >= RSSI_STEP:
            self.rssi = rssi
            changed["RSSI"] = Variant("n", rssi)
        if service_data and (every_change or not service_data.items() <= self.service_data.items()):
            self.service_data.update(service_data)
            changed["ServiceData"] = self._service_data()
        if manufacturer_data and (
            every_change or not manufacturer_data.items() <= self.manufacturer_data.items()
        ):
            self.manufacturer_data.update(manufacturer_data)
            changed["ManufacturerData"] = self._manufacturer_data()
        return changed

    def _service_data(self) -> Variant:
        return Variant("a{sv}", {k: Variant("ay", v) for k, v in self.service_data.items()})

    def _manufacturer_data(self) -> Variant:
        return Variant("a{qv}", {k: Variant("ay", v) for k, v in self.manufacturer_data.items()})


@dataclass
class Adapter:
    """One adapter: powered, and heard by whichever clients have started a discovery."""

    name: str  # hci0
    address: str = "00:1A:7D:DA:71:13"
    powered: bool = True
    discovering: bool = False
    hangs: bool = False  # until it is switched off and on again
    sessions: dict[str, bool] = field(default_factory=dict)  # client: wants duplicates
    monitors: set[str] = field(default_factory=set)  # clients that scan passively
    filters: dict[str, bool] = field(default_factory=dict)  # the same, before it starts
    devices: dict[str, Device] = field(default_factory=dict)  # by MAC

    @property
    def path(self) -> str:
        return f"/org/bluez/{self.name}"

    @property
    def listening(self) -> bool:
        return self.powered and not self.hangs and bool(self.sessions or self.monitors)

    def properties(self) -> Properties:
        return {
            "Address": Variant("s", self.address),
            "AddressType": Variant("s", "public"),
            "Name": Variant("s", "doorwatch"),
            "Alias": Variant("s", "doorwatch"),
            "Class": Variant("u", 0),
            "Powered": Variant("b", self.powered),
            "Discoverable": Variant("b", False),
            "Pairable": Variant("b", False),
            "Discovering": Variant("b", self.discovering),
            "UUIDs": Variant("as", []),
            "Roles": Variant("as", ["central", "peripheral"]),
        }
