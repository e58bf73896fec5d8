"""An honest stand-in of bluetoothd: ``org.bluez`` on a private bus, for unmodified clients.

Owns what a client sees and the faults that can be made. What an adapter and a device are is
in ``adapter``; which bytes a sensor sends is in ``bthome_sensor``.
"""

import contextlib
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Final, Self

from dbus_fast import DBusError, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from simulators.bluez.adapter import ADAPTER, DEVICE, Adapter, Device, Properties
from simulators.bluez.private_bus import PrivateBus
from simulators.bluez.signals import OBJECTS, PROPERTIES, Signals

_NAME: Final = "org.bluez"
_MONITORS: Final = "org.bluez.AdvertisementMonitorManager1"
_ERROR: Final = "org.bluez.Error."


class BluezStandIn:
    """``async with BluezStandIn() as bluez: await bluez.advertise(mac, service_data={...})``."""

    def __init__(
        self,
        adapters: tuple[str, ...] = ("hci0",),
        *,
        stop_fails: bool = False,
        start_fails: bool = False,
        passive: bool = True,
    ) -> None:
        self.adapters: dict[str, Adapter] = {name: Adapter(name) for name in adapters}
        self.stop_fails = stop_fails  # every StopDiscovery is answered with an error
        self.start_fails = start_fails  # the same for StartDiscovery
        self.power_fails = False  # and for switching on
        self.passive = passive  # bluetoothd runs with --experimental
        self.starts = 0  # how often a discovery was started, by anybody
        self._private = PrivateBus()
        self._tell = Signals()

    @property
    def address(self) -> str:
        """The private bus's address: for ``DBUS_SYSTEM_BUS_ADDRESS``."""
        return self._private.address

    def as_system_bus(self) -> contextlib.AbstractContextManager[None]:
        return self._private.as_system_bus()

    async def __aenter__(self) -> Self:
        await self._private.__aenter__()
        try:
            await self.start_bluetoothd()
        except BaseException:
            await self._private.stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop_bluetoothd()
        await self._private.stop()

    # -- the air ---------------------------------------------------------------------------

    async def advertise(
        self,
        mac: str,
        *,
        service_data: Mapping[str, bytes] | None = None,
        manufacturer_data: Mapping[int, bytes] | None = None,
        rssi: int = -60,
        name: str | None = None,
        adapter: str | None = None,
    ) -> bool:
        """One advertisement in the air. Whether any client was listening.

        ``adapter``: only this one is near enough; otherwise all hear it.
        """
        heard = False
        for each in list(self.adapters.values()):
            if adapter in (None, each.name) and each.listening:
                heard = True
                device = each.devices.get(mac)
                is_new = device is None
                if device is None:
                    device = each.devices[mac] = Device(mac, each.path, name)
                changed = device.hear(
                    service_data or {},
                    manufacturer_data or {},
                    rssi,
                    every_change=any(each.sessions.values()),
                )
                if is_new:
                    self._tell.added(device.path, DEVICE, device.properties())
                elif changed:
                    self._tell.changed(device.path, DEVICE, changed)
        return heard and self._tell.bus is not None

    async def rssi_only(self, mac: str, rssi: int) -> None:
        """The device is heard again, and only its signal is told: its data comes from memory."""
        for each in self.adapters.values():
            device = each.devices.get(mac)
            if device is not None and each.listening:
                device.rssi = rssi
                self._tell.changed(device.path, DEVICE, {"RSSI": Variant("n", rssi)})

    async def forget(self, mac: str) -> None:
        """BlueZ drops a device that it has not heard for a while."""
        for each in self.adapters.values():
            device = each.devices.pop(mac, None)
            if device is not None:
                self._tell.removed(device.path, DEVICE)

    # -- faults ----------------------------------------------------------------------------

    async def power_off(self, adapter: str = "hci0") -> None:
        """As by rfkill or ``bluetoothctl power off``: every discovery on it is forgotten."""
        self._power(self.adapters[adapter], on=False)

    async def power_on(self, adapter: str = "hci0") -> None:
        self._power(self.adapters[adapter], on=True)

    async def remove_adapter(self, adapter: str = "hci0") -> None:
        """The USB stick is pulled out."""
        found = self.adapters.pop(adapter)
        for device in found.devices.values():
            self._tell.removed(device.path, DEVICE)
        self._tell.removed(found.path, ADAPTER)

    async def add_adapter(self, adapter: str = "hci0", *, powered: bool = True) -> None:
        found = self.adapters[adapter] = Adapter(adapter, powered=powered)
        self._tell.added(found.path, ADAPTER, found.properties())

    async def stop_discovery_behind_our_back(self, adapter: str = "hci0") -> None:
        """The discovery ends and no client asked for it."""
        self._end_discovery(self.adapters[adapter])

    async def hang(self, adapter: str = "hci0") -> None:
        """The radio's firmware hangs until it is switched off and on; D-Bus shows nothing of it."""
        self.adapters[adapter].hangs = True

    async def go_deaf(self, adapter: str = "hci0") -> None:
        """The scan dies in the kernel: everything looks well, nothing is heard until the next."""
        self.adapters[adapter].sessions.clear()
        self.adapters[adapter].monitors.clear()

    async def stop_bluetoothd(self) -> None:
        """bluetoothd dies without a word, as by SIGKILL; the bus tells that its name is free."""
        bus, self._tell.bus = self._tell.bus, None
        if bus is not None and bus.connected:
            bus.disconnect()
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        for adapter in self.adapters.values():
            adapter.discovering = False
            adapter.sessions.clear()
            adapter.monitors.clear()
            adapter.filters.clear()
            adapter.devices.clear()

    async def start_bluetoothd(self) -> None:
        bus = await MessageBus(bus_address=self._private.address).connect()
        bus.add_message_handler(self._on_message)
        await bus.call(
            Message(
                destination="org.freedesktop.DBus",
                path="/org/freedesktop/DBus",
                interface="org.freedesktop.DBus",
                member="AddMatch",
                signature="s",
                body=["type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged'"],
            )
        )
        self._tell.bus = bus
        await bus.request_name(_NAME)
        for adapter in self.adapters.values():
            self._tell.added(adapter.path, ADAPTER, adapter.properties())

    async def restart(self) -> None:
        """A new bluetoothd: it owns the name, and knows of no discovery."""
        await self.stop_bluetoothd()
        await self.start_bluetoothd()

    def _power(self, adapter: Adapter, *, on: bool) -> None:
        adapter.powered = on
        if not on:
            adapter.hangs = False
            self._end_discovery(adapter)
        self._tell.changed(adapter.path, ADAPTER, {"Powered": Variant("b", on)})

    def _end_discovery(self, adapter: Adapter) -> None:
        adapter.sessions.clear()
        if not adapter.discovering:
            return
        adapter.discovering = False
        for device in adapter.devices.values():
            if device.rssi is not None:
                device.rssi = None
                self._tell.changed(device.path, DEVICE, {}, invalidated=["RSSI"])
        self._tell.changed(adapter.path, ADAPTER, {"Discovering": Variant("b", False)})

    # -- what clients ask ------------------------------------------------------------------

    def _on_message(self, message: Message) -> Message | bool | None:
        if message.message_type is MessageType.SIGNAL:
            if message.member == "NameOwnerChanged" and not message.body[2]:
                self._client_gone(message.body[0])
            return None
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        if message.interface == OBJECTS and message.member == "GetManagedObjects":
            reply = dict(self._objects())
            return Message.new_method_return(message, "a{oa{sa{sv}}}", [reply])
        if message.interface == PROPERTIES:
            return self._on_properties(message)
        if message.interface in (ADAPTER, _MONITORS):
            self._on_adapter(message, message.sender or "")
            return Message.new_method_return(message)
        return None

    def _objects(self) -> Iterator[tuple[str, dict[str, Properties]]]:
        for adapter in self.adapters.values():
            yield adapter.path, {ADAPTER: adapter.properties()}
            for device in adapter.devices.values():
                yield device.path, {DEVICE: device.properties()}

    def _on_properties(self, message: Message) -> Message:
        interface = message.body[0]
        properties = dict(self._objects()).get(message.path or "", {}).get(interface)
        if properties is None:
            raise DBusError("org.freedesktop.DBus.Error.UnknownObject", "no such object")
        if message.member == "GetAll":
            return Message.new_method_return(message, "a{sv}", [properties])
        if message.member == "Set" and message.body[1] == "Powered":
            if self.power_fails and message.body[2].value:
                raise DBusError(f"{_ERROR}Failed", "Failed")
            self._power(self._adapter(message), on=message.body[2].value)
            return Message.new_method_return(message)
        if message.member == "Get" and message.body[1] in properties:
            return Message.new_method_return(message, "v", [properties[message.body[1]]])
        raise DBusError("org.freedesktop.DBus.Error.InvalidArgs", "no such property")

    def _adapter(self, message: Message) -> Adapter:
        for adapter in self.adapters.values():
            if adapter.path == message.path:
                return adapter
        raise DBusError("org.freedesktop.DBus.Error.UnknownObject", "no such adapter")

    def _on_adapter(self, message: Message, client: str) -> None:
        adapter = self._adapter(message)
        if message.member == "RegisterMonitor" and self.passive:  # its patterns are not applied
            adapter.monitors.add(client)
            return
        if message.member == "UnregisterMonitor" and self.passive:
            adapter.monitors.discard(client)
            return
        if not adapter.powered:
            raise DBusError(f"{_ERROR}NotReady", "Resource Not Ready")
        match message.member:
            case "SetDiscoveryFilter":
                wanted = message.body[0].get("DuplicateData")
                adapter.filters[client] = bool(wanted.value) if wanted else True
            case "StartDiscovery":
                self._start_discovery(adapter, client)
            case "StopDiscovery":
                self._stop_discovery(adapter, client)
            case _:
                raise DBusError("org.freedesktop.DBus.Error.UnknownMethod", "no such method")

    def _start_discovery(self, adapter: Adapter, client: str) -> None:
        if self.start_fails:
            raise DBusError(f"{_ERROR}Failed", "Input/output error")
        if client in adapter.sessions:
            raise DBusError(f"{_ERROR}InProgress", "Operation already in progress")
        adapter.sessions[client] = adapter.filters.get(client, True)
        self.starts += 1
        if not adapter.discovering:
            adapter.discovering = True
            self._tell.changed(adapter.path, ADAPTER, {"Discovering": Variant("b", True)})

    def _stop_discovery(self, adapter: Adapter, client: str) -> None:
        if self.stop_fails or client not in adapter.sessions:
            adapter.sessions.pop(client, None)
            raise DBusError(f"{_ERROR}Failed", "No discovery started")
        del adapter.sessions[client]
        if not adapter.sessions:
            self._end_discovery(adapter)

    def _client_gone(self, client: str) -> None:
        for adapter in self.adapters.values():
            adapter.filters.pop(client, None)
            adapter.monitors.discard(client)
            if adapter.sessions.pop(client, None) is not None and not adapter.sessions:
                self._end_discovery(adapter)
