"""ModemManager on a private bus, for unmodified clients.

Owns what a client sees and the faults that can be made. Behaviour after ModemManager 1.20's
source: a created text is UNKNOWN until ``Send`` has ended, a delivery report is a text of its own
with the reference of the last part, and paths begin at 0 with each start.
"""

import contextlib
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self

from dbus_fast import DBusError, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from simulators.bluez.private_bus import PrivateBus
from simulators.modem import device as mm
from simulators.modem import sms as texts
from simulators.modem.device import GSM, MESSAGING, MODEM, Device
from simulators.modem.faults import Fault
from simulators.modem.sms import SMS, Sms

_NAME: Final = "org.freedesktop.ModemManager1"
_ROOT: Final = "/org/freedesktop/ModemManager1"
_ERROR: Final = f"{_NAME}.Error."
_OBJECTS: Final = "org.freedesktop.DBus.ObjectManager"
_PROPERTIES: Final = "org.freedesktop.DBus.Properties"
_GONE: Final = "org.freedesktop.DBus.Error.UnknownMethod"  # GLib's word for a path that is no more


class ModemStandIn:
    """``async with ModemStandIn() as mm: mm.network`` holds what the network has taken."""

    def __init__(self, *, modem: bool = True) -> None:
        self.modem: Device | None = Device(f"{_ROOT}/Modem/0") if modem else None
        self.network: list[Sms] = []  # taken, in order
        self.report: int | None = 0x00  # the state reported at once; None: no report
        self._faults: list[Fault] = []
        self._held: list[tuple[Message, Sms, Fault]] = []
        self._counts = {"SMS": 0, "Modem": 1}
        self._reference = 0
        self._private = PrivateBus()
        self._bus: MessageBus | None = None

    def as_system_bus(self) -> contextlib.AbstractContextManager[None]:
        return self._private.as_system_bus()

    async def __aenter__(self) -> Self:
        await self._private.__aenter__()
        try:
            await self.start()
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
        await self.stop()
        await self._private.stop()

    async def start(self) -> None:
        bus = await MessageBus(bus_address=self._private.address).connect()
        bus.add_message_handler(self._on_message)
        self._bus = bus
        await bus.request_name(_NAME)

    async def stop(self) -> None:
        """ModemManager ends; what is not on the SIM is forgotten."""
        bus, self._bus = self._bus, None
        if bus is not None and bus.connected:
            bus.disconnect()
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        self._held.clear()
        self._counts["SMS"] = 0
        if self.modem is not None:
            kept = [sms for sms in self.modem.texts.values() if sms.stored]
            self.modem.texts.clear()
            for sms in kept:
                sms.path = self._path("SMS")
                self.modem.texts[sms.path] = sms

    # -- what happens ----------------------------------------------------------------------

    def next(self, *faults: Fault) -> None:
        """What the next sends meet, one each; then all is well again."""
        self._faults += faults

    @property
    def hanging(self) -> int:
        """How many sends hang."""
        return len(self._held)

    def go_on(self) -> None:
        """The sends that hang end well."""
        held, self._held = self._held, []
        for message, sms, fault in held:
            self._end_send(message, sms, taken_before=fault.taken)

    def unplug(self) -> None:
        """The modem is pulled out."""
        gone, self.modem = self.modem, None
        if gone is not None:
            body = [gone.path, list(gone.interfaces())]
            self._signal(_ROOT, _OBJECTS, "InterfacesRemoved", "oas", body)

    def plug(self, **fields: Any) -> Device:
        """A modem is put in; it has another path than the one before."""
        self.modem = Device(self._path("Modem"), **fields)
        body = [self.modem.path, self.modem.interfaces()]
        self._signal(_ROOT, _OBJECTS, "InterfacesAdded", "oa{sa{sv}}", body)
        return self.modem

    def tell(self) -> None:
        """The modem's properties were changed."""
        if self.modem is not None:
            for interface in (MODEM, GSM):
                shown = self.modem.interfaces().get(interface)
                if shown:
                    self._signal(
                        self.modem.path,
                        _PROPERTIES,
                        "PropertiesChanged",
                        "sa{sv}as",
                        [interface, shown, []],
                    )

    def receive(self, number: str, text: str, *, at: datetime | None = None) -> Sms:
        """A text comes in, and lies on the SIM."""
        return self._take(texts.received(self._path("SMS"), number, text, at))

    def receive_part(self, number: str, text: str) -> Sms:
        """The first part of a long text comes in; ``complete`` brings the rest."""
        path = self._path("SMS")
        return self._take(Sms(path, number, text, pdu=texts.DELIVER, state=texts.RECEIVING))

    def complete(self, sms: Sms, text: str) -> None:
        sms.text, sms.state, sms.timestamp = text, texts.RECEIVED, texts.iso()
        self._changed(sms)

    def deliver(self, sent: Sms, state: int = 0x00, *, number: str | None = None) -> None:
        """The network's centre reports what became of a text."""
        self._take(texts.report(self._path("SMS"), sent, state, number))

    # -- what clients ask ------------------------------------------------------------------

    def _on_message(self, message: Message) -> Message | bool | None:
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        match message.interface, message.member:
            case (interface, "GetManagedObjects") if interface == _OBJECTS:
                shown = {self.modem.path: self.modem.interfaces()} if self.modem else {}
                return Message.new_method_return(message, "a{oa{sa{sv}}}", [shown])
            case (interface, "GetAll") if interface == _PROPERTIES:
                return Message.new_method_return(message, "a{sv}", [self._properties(message)])
            case (interface, "Enable") if interface == MODEM:
                self._enable(self._meant(message, mm.DISABLED))
                return Message.new_method_return(message)
            case (interface, "List") if interface == MESSAGING:
                found = list(self._meant(message, mm.ENABLED).texts)
                return Message.new_method_return(message, "ao", [found])
            case (interface, "Create") if interface == MESSAGING:
                path = self._create(self._meant(message, mm.ENABLED), message.body[0])
                return Message.new_method_return(message, "o", [path])
            case (interface, "Delete") if interface == MESSAGING:
                self._delete(self._meant(message, mm.DISABLED), message.body[0])
                return Message.new_method_return(message)
            case (interface, "Send") if interface == SMS:
                return self._send(message)
        return None

    def _meant(self, message: Message, least: int) -> Device:
        if self.modem is None or message.path != self.modem.path:
            raise DBusError(_GONE, "no such object")
        if message.interface not in self.modem.interfaces():
            raise DBusError(_GONE, "no such interface")
        if self.modem.state < least:
            raise DBusError(f"{_ERROR}Core.WrongState", "modem in another state")
        return self.modem

    def _properties(self, message: Message) -> dict[str, Variant]:
        path, interface = message.path or "", message.body[0]
        if self.modem is not None and path == self.modem.path:
            found = self.modem.interfaces().get(interface)
        else:
            sms = self._text(path)
            found = sms.properties() if sms and interface == SMS else None
        if found is None:
            raise DBusError(_GONE, "no such object")
        return found

    def _text(self, path: str) -> Sms | None:
        return self.modem.texts.get(path) if self.modem else None

    def _enable(self, modem: Device) -> None:
        if not modem.may_enable:
            raise DBusError(f"{_ERROR}Core.Unauthorized", "PolicyKit authorization failed")
        modem.state = max(modem.state, mm.REGISTERED)
        self.tell()

    def _create(self, modem: Device, given: dict[str, Variant]) -> str:
        known = {"text", "data", "number", "smsc", "validity", "class", "delivery-report-request"}
        if not {"number", "text"} <= set(given) or not set(given) <= known:
            raise DBusError(f"{_ERROR}Core.InvalidArgs", "Cannot create SMS")
        sms = Sms(self._path("SMS"), given["number"].value, given["text"].value)
        if "delivery-report-request" in given:
            sms.report_wanted = given["delivery-report-request"].value
        if "validity" in given:
            sms.validity = tuple(given["validity"].value)
        modem.texts[sms.path] = sms
        self._signal(modem.path, MESSAGING, "Added", "ob", [sms.path, False])
        return sms.path

    def _delete(self, modem: Device, path: str) -> None:
        if modem.texts.pop(path, None) is None:
            raise DBusError(f"{_ERROR}Core.NotFound", "No SMS found")
        self._signal(modem.path, MESSAGING, "Deleted", "o", [path])

    # -- sending ---------------------------------------------------------------------------

    def _send(self, message: Message) -> Message | bool:
        sms = self._text(message.path or "")
        if sms is None:
            raise DBusError(_GONE, "no such object")
        if sms.state not in (texts.UNKNOWN, texts.STORED):
            raise DBusError(f"{_ERROR}Core.Failed", "This SMS was already sent")
        if not texts.parts_of(sms.text):
            raise DBusError(f"{_ERROR}Core.TooMany", "Cannot generate PDUs: too long")
        fault = self._faults.pop(0) if self._faults else Fault()
        if not fault.error and self.modem and self.modem.state < mm.REGISTERED:
            fault = Fault(error="Message.NoNetwork")
        if fault.taken:
            self.network.append(sms)
        if fault.unplugged:
            self.unplug()
        if fault.dies and self._bus is not None:
            self._bus.disconnect()
            return True
        if fault.silent:
            self._held.append((message, sms, fault))
            return True
        if fault.error:
            raise DBusError(f"{_ERROR}{fault.error}", "it did not go")
        self._end_send(message, sms, taken_before=False)
        return True

    def _end_send(self, message: Message, sms: Sms, *, taken_before: bool) -> None:
        if not taken_before:
            self.network.append(sms)
        # Each part has its reference, and the object shows the last one's.
        self._reference = (self._reference + texts.parts_of(sms.text)) % 256
        sms.state, sms.reference = texts.SENT, self._reference
        self._changed(sms)
        if self._bus is not None:
            self._bus.send(Message.new_method_return(message))
        if self.report is not None and sms.report_wanted:
            self.deliver(sms, self.report)

    # -- its own words ---------------------------------------------------------------------

    def _take(self, sms: Sms) -> Sms:
        assert self.modem is not None, "there is no modem"
        self.modem.texts[sms.path] = sms
        self._signal(self.modem.path, MESSAGING, "Added", "ob", [sms.path, True])
        return sms

    def _changed(self, sms: Sms) -> None:
        body = [SMS, {"State": Variant("u", sms.state)}, []]
        self._signal(sms.path, _PROPERTIES, "PropertiesChanged", "sa{sv}as", body)

    def _path(self, kind: str) -> str:
        number = self._counts[kind]
        self._counts[kind] = number + 1
        return f"{_ROOT}/{kind}/{number}"

    def _signal(
        self, path: str, interface: str, member: str, signature: str, body: list[Any]
    ) -> None:
        if self._bus is not None and self._bus.connected:
            self._bus.send(Message.new_signal(path, interface, member, signature, body))
