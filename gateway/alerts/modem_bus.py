"""ModemManager on the system bus: its modems and texts as it shows them, and what it can be asked.

Alone in knowing D-Bus (dbus-fast, as bleak uses it). Every failure is a ``ProviderError``; decides
nothing. Interfaces: org.freedesktop.ModemManager1 1.0 and later, whose ``Added`` and property
signals only wake who listens: what is true is always read.
"""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from gateway.alerts.errors import ProviderError, Reason
from gateway.alerts.modem_words import Modem, error_of

SERVICE = "org.freedesktop.ModemManager1"
ROOT = "/org/freedesktop/ModemManager1"
MODEM = f"{SERVICE}.Modem"
GSM = f"{MODEM}.Modem3gpp"
MESSAGING = f"{MODEM}.Messaging"
SMS = f"{SERVICE}.Sms"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_BUS = "org.freedesktop.DBus"
ASK_S = 5.0  # what needs no radio is answered at once; a busy modem may take a while
ENABLE_S = 40.0  # the radio starts


class Sms(NamedTuple):
    """One text in ModemManager's list."""

    path: str
    state: int
    pdu: int
    number: str
    text: str
    reference: int
    timestamp: str  # ISO 8601, by the network; of what came in
    discharged: str  # the same; of a report: when the text left the centre
    delivery: int


class ModemBus:
    """One connection, made when first needed and again when it is lost. One event loop."""

    def __init__(self, woken: Callable[[], None]) -> None:
        """``woken``: a text came or changed, a modem came or went."""
        self._woken = woken
        self._bus: MessageBus | None = None
        self._connecting = asyncio.Lock()

    async def instance(self) -> str:
        """Which run of ModemManager this is. Its paths begin anew with each."""
        bus_id = await self._ask(_BUS, "/org/freedesktop/DBus", _BUS, "GetId")
        owner = await self._ask(_BUS, "/org/freedesktop/DBus", _BUS, "GetNameOwner", "s", [SERVICE])
        return f"{bus_id[:8]}{owner}"

    async def modems(self) -> list[Modem]:
        found = await self._call(ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
        return [_modem(path, shown) for path, shown in found.items() if MODEM in shown]

    async def enable(self, modem: str) -> None:
        await self._call(modem, MODEM, "Enable", "b", [True], seconds=ENABLE_S)

    async def texts(self, modem: str) -> list[str]:
        """The paths of all texts: ours, others', reports."""
        paths: list[str] = await self._call(modem, MESSAGING, "List")
        return paths

    async def read(self, path: str) -> Sms | None:
        """None: it is no longer there."""
        try:
            shown = await self._call(path, _PROPERTIES, "GetAll", "s", [SMS])
        except ProviderError as error:
            if error.code in ("UnknownObject", "UnknownMethod", "UnknownInterface", "InvalidArgs"):
                return None
            raise
        return _sms(path, shown)

    async def create(self, modem: str, properties: dict[str, Variant]) -> str:
        path: str = await self._call(modem, MESSAGING, "Create", "a{sv}", [properties])
        return path

    async def send(self, path: str, seconds: float) -> None:
        await self._call(path, SMS, "Send", seconds=seconds)

    async def delete(self, modem: str, path: str) -> None:
        await self._call(modem, MESSAGING, "Delete", "o", [path])

    def close(self) -> None:
        bus, self._bus = self._bus, None
        if bus is not None and bus.connected:
            bus.disconnect()

    async def _call(
        self,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        body: list[Any] | None = None,
        seconds: float = ASK_S,
    ) -> Any:
        return await self._ask(SERVICE, path, interface, member, signature, body, seconds)

    async def _ask(
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        body: list[Any] | None = None,
        seconds: float = ASK_S,
    ) -> Any:
        message = Message(
            destination=destination,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=body or [],
        )
        try:
            async with asyncio.timeout(seconds):
                reply = await (await self._connected()).call(message)
        except TimeoutError:
            raise error_of("Timeout") from None
        except (OSError, EOFError):
            self.close()
            raise error_of("Disconnected") from None
        if reply is None:
            raise error_of("Disconnected")
        if reply.message_type is MessageType.ERROR:
            raise error_of(reply.error_name or "")
        return reply.body[0] if reply.body else None

    async def _connected(self) -> MessageBus:
        async with self._connecting:
            if self._bus is None or not self._bus.connected:
                self._bus = await self._connect()
            return self._bus

    async def _connect(self) -> MessageBus:
        try:
            bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
        except Exception:  # no socket, no daemon, no address: dbus-fast has a type for each
            raise ProviderError(
                Reason.NO_CONNECTION, retryable=True, code="no_system_bus"
            ) from None
        bus.add_message_handler(self._heard)
        for sender in (SERVICE, _BUS):
            rule = f"type='signal',sender='{sender}'"
            if sender == _BUS:
                rule += f",member='NameOwnerChanged',arg0='{SERVICE}'"
            await bus.call(
                Message(
                    destination=_BUS,
                    path="/org/freedesktop/DBus",
                    interface=_BUS,
                    member="AddMatch",
                    signature="s",
                    body=[rule],
                )
            )
        self._woken()  # what came while nobody listened
        return bus

    def _heard(self, message: Message) -> None:
        if message.message_type is MessageType.SIGNAL:
            self._woken()


def _plain(shown: dict[str, Variant], name: str, default: Any) -> Any:
    return shown[name].value if name in shown else default


def _modem(path: str, shown: dict[str, dict[str, Variant]]) -> Modem:
    modem, gsm = shown[MODEM], shown.get(GSM, {})
    names = (
        _plain(modem, "EquipmentIdentifier", ""),
        _plain(modem, "Device", ""),
        _plain(modem, "PrimaryPort", ""),
    )
    return Modem(
        path=path,
        names=tuple(name for name in names if name),
        state=_plain(modem, "State", 0),
        lock=_plain(modem, "UnlockRequired", 0),
        failed=_plain(modem, "StateFailedReason", 0),
        registration=_plain(gsm, "RegistrationState", 0),
        signal=_plain(modem, "SignalQuality", (0, False))[0],
        operator=_plain(gsm, "OperatorName", ""),
        messaging=MESSAGING in shown,
    )


def _sms(path: str, shown: dict[str, Variant]) -> Sms:
    return Sms(
        path=path,
        state=_plain(shown, "State", 0),
        pdu=_plain(shown, "PduType", 0),
        number=_plain(shown, "Number", ""),
        text=_plain(shown, "Text", ""),
        reference=_plain(shown, "MessageReference", 0),
        timestamp=_plain(shown, "Timestamp", ""),
        discharged=_plain(shown, "DischargeTimestamp", ""),
        delivery=_plain(shown, "DeliveryState", 0x100),
    )
