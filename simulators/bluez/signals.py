"""What bluetoothd says without being asked: its three D-Bus signals. Knows no adapter."""

from typing import Any, Final

from dbus_fast import Message
from dbus_fast.aio import MessageBus

from simulators.bluez.adapter import Properties

OBJECTS: Final = "org.freedesktop.DBus.ObjectManager"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"


class Signals:
    """Nobody hears them while ``bus`` is None."""

    def __init__(self) -> None:
        self.bus: MessageBus | None = None

    def added(self, path: str, interface: str, properties: Properties) -> None:
        body = [path, {interface: properties}]
        self._send("/", OBJECTS, "InterfacesAdded", "oa{sa{sv}}", body)

    def removed(self, path: str, interface: str) -> None:
        self._send("/", OBJECTS, "InterfacesRemoved", "oas", [path, [interface]])

    def changed(
        self, path: str, interface: str, changed: Properties, invalidated: list[str] | None = None
    ) -> None:
        body = [interface, changed, invalidated or []]
        self._send(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", body)

    def _send(
        self, path: str, interface: str, member: str, signature: str, body: list[Any]
    ) -> None:
        if self.bus is not None and self.bus.connected:
            self.bus.send(Message.new_signal(path, interface, member, signature, body))
