"""What D-Bus tells of one adapter while bleak keeps silent: bluetoothd, power, discovery.

Owns one connection to the system bus. Decides nothing: ``scanner`` does.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final, NamedTuple

from dbus_fast import BusType, DBusError, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from drivers.ble.errors import Trouble

_BLUEZ: Final = "org.bluez"
_ADAPTER: Final = "org.bluez.Adapter1"
_DBUS: Final = "org.freedesktop.DBus"
_OBJECTS: Final = "org.freedesktop.DBus.ObjectManager"
_PROPERTIES: Final = "org.freedesktop.DBus.Properties"
_CALL_SECONDS: Final = 10.0  # a local call takes milliseconds; later than this it is stuck


class RadioState(NamedTuple):
    """What is known of the adapter now."""

    owner: str = ""  # bluetoothd's unique name on the bus; another one: it was restarted
    present: bool = False
    powered: bool = False
    discovering: bool = False


class Watch:
    """``await open()``, then ``state`` is kept up to date and ``on_change()`` called."""

    def __init__(self, adapter: str, on_change: Callable[[], None]) -> None:
        self.state = RadioState()
        self.losses = 0  # how often bluetoothd, adapter or power went away, however shortly
        self.loss = Trouble.NO_BLUETOOTHD  # which of them it was last
        self._path = f"/org/bluez/{adapter}"
        self._on_change = on_change
        self._bus: MessageBus | None = None
        self._waiter: asyncio.Task[None] | None = None
        self._readers: set[asyncio.Task[None]] = set()

    @property
    def connected(self) -> bool:
        return self._bus is not None and self._bus.connected

    async def open(self) -> None:
        """Connect and read the present state. ``OSError`` or another error: no system bus."""
        await self.close()
        bus = MessageBus(bus_type=BusType.SYSTEM)
        self._bus = bus
        try:
            await bus.connect()
            bus.add_message_handler(self._on_message)
            for rule in (
                f"type='signal',sender='{_DBUS}',member='NameOwnerChanged',arg0='{_BLUEZ}'",
                f"type='signal',sender='{_BLUEZ}',interface='{_OBJECTS}'",
                f"type='signal',sender='{_BLUEZ}',member='PropertiesChanged',path='{self._path}'",
            ):
                await self._call(bus, _DBUS, "/org/freedesktop/DBus", _DBUS, "AddMatch", "s", rule)
            await self._read(bus)
        except BaseException:
            await self.close()
            raise
        self._waiter = asyncio.create_task(self._until_lost(bus), name="ble-watch")

    async def switch(self, *, on: bool) -> None:
        """Power the adapter on or off. ``OSError``, ``DBusError`` or ``TimeoutError``: it is not.

        bluetoothd answers when it is done (``org.bluez.Adapter1.Powered``, read and write).
        """
        if self._bus is None:
            raise ConnectionError("the system bus is not connected")
        powered = (_ADAPTER, "Powered", Variant("b", on))
        await self._call(self._bus, _BLUEZ, self._path, _PROPERTIES, "Set", "ssv", *powered)

    async def close(self) -> None:
        bus, self._bus = self._bus, None
        waiter, self._waiter = self._waiter, None
        for task in (waiter, *self._readers):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        if bus is not None:
            bus.disconnect()
        self.state = RadioState()

    async def _until_lost(self, bus: MessageBus) -> None:
        with contextlib.suppress(Exception):  # whatever ended it, it is lost
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        self._set(RadioState())

    async def _read(self, bus: MessageBus) -> None:
        """The state as it is: who is bluetoothd, and what does it say of our adapter."""
        try:
            owner = await self._call(
                bus, _DBUS, "/org/freedesktop/DBus", _DBUS, "GetNameOwner", "s", _BLUEZ
            )
            objects = await self._call(bus, _BLUEZ, "/", _OBJECTS, "GetManagedObjects")
        except (DBusError, TimeoutError, OSError, EOFError):
            return  # nobody has the name, or it is just starting: its signals will tell
        found: dict[str, Variant] | None = objects.body[0].get(self._path, {}).get(_ADAPTER)
        self._set(self._with_adapter(RadioState(owner=owner.body[0]), found))

    @staticmethod
    async def _call(
        bus: MessageBus,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        *body: str | Variant,
    ) -> Message:
        message = Message(
            destination=destination,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
        )
        reply = await asyncio.wait_for(bus.call(message), _CALL_SECONDS)
        if reply is None or reply.message_type is MessageType.ERROR:
            raise DBusError(
                reply.error_name if reply and reply.error_name else f"{_DBUS}.Error.NoReply",
                f"{member} failed",
            )
        return reply

    def _on_message(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        if message.member == "NameOwnerChanged" and message.body[0] == _BLUEZ:
            self._set(RadioState(owner=message.body[2]))
            if message.body[2] and self._bus is not None:  # it may know its adapters already
                task = asyncio.create_task(self._read(self._bus), name="ble-watch-read")
                self._readers.add(task)
                task.add_done_callback(self._readers.discard)
        elif message.member == "InterfacesAdded" and message.body[0] == self._path:
            self._set(self._with_adapter(self.state, message.body[1].get(_ADAPTER)))
        elif message.member == "InterfacesRemoved" and message.body[0] == self._path:
            if _ADAPTER in message.body[1]:
                self._set(RadioState(owner=self.state.owner))
        elif (
            message.member == "PropertiesChanged"
            and message.path == self._path
            and message.body[0] == _ADAPTER
            and self.state.present
        ):
            self._set(self._with_adapter(self.state, message.body[1]))

    @staticmethod
    def _with_adapter(state: RadioState, properties: dict[str, Variant] | None) -> RadioState:
        if properties is None:
            return state
        powered, discovering = properties.get("Powered"), properties.get("Discovering")
        return RadioState(
            state.owner,
            True,
            state.powered if powered is None else bool(powered.value),
            state.discovering if discovering is None else bool(discovering.value),
        )

    def _set(self, state: RadioState) -> None:
        before = self.state
        if state == before:
            return
        for trouble, lost in (
            (Trouble.NO_BLUETOOTHD, state.owner != before.owner),
            (Trouble.NO_ADAPTER, state.present < before.present),
            (Trouble.POWERED_OFF, state.powered < before.powered),
        ):
            if lost:
                self.losses += 1
                self.loss = trouble
                break
        self.state = state
        self._on_change()
