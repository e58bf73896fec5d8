"""The stand-in shows what ModemManager publishes, by name and D-Bus type, and refuses as it does.

The types are those of the introspection files of ModemManager 1.20.
"""

import pytest
from dbus_fast import BusType, Message, Variant
from dbus_fast.aio import MessageBus

from simulators.modem import Device, ModemStandIn
from simulators.modem.sms import Sms, parts_of

SMS = {
    "State": "u", "PduType": "u", "Number": "s", "Text": "s", "Data": "ay", "SMSC": "s",
    "Validity": "(uv)", "Class": "i", "TeleserviceId": "u", "ServiceCategory": "u",
    "DeliveryReportRequest": "b", "MessageReference": "u", "Timestamp": "s",
    "DischargeTimestamp": "s", "DeliveryState": "u", "Storage": "u",
}  # fmt: skip
MODEM = {
    "Manufacturer": "s", "Model": "s", "Device": "s", "PrimaryPort": "s",
    "EquipmentIdentifier": "s", "UnlockRequired": "u", "State": "i", "StateFailedReason": "u",
    "SignalQuality": "(ub)",
}  # fmt: skip
GSM = {"Imei": "s", "RegistrationState": "u", "OperatorName": "s"}
NAME = "org.freedesktop.ModemManager1"
NUMBER, TEXT = {"number": Variant("s", "+8613800138000")}, {"text": Variant("s", "1")}


def types(shown: dict[str, Variant]) -> dict[str, str]:
    return {name: value.signature for name, value in shown.items()}


def test_what_is_shown_has_the_published_types() -> None:
    assert types(Sms("/x", "+8613800138000").properties()) == SMS
    shown = Device("/x").interfaces()
    assert types(shown[f"{NAME}.Modem"]) == MODEM
    assert types(shown[f"{NAME}.Modem.Modem3gpp"]) == GSM
    assert types(shown[f"{NAME}.Modem.Messaging"]) == {"Messages": "ao"}
    locked = Device("/x", state=2).interfaces()  # there is more once the SIM is unlocked
    assert list(locked) == [f"{NAME}.Modem"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a" * 160, 1), ("a" * 161, 2), ("门" * 70, 1), ("门" * 71, 2), ("门" * 67 * 256, 0)],
)
def test_a_text_has_as_many_parts_as_the_network_needs(text: str, parts: int) -> None:
    assert parts_of(text) == parts


@pytest.mark.parametrize(
    ("given", "state", "error"),
    [
        ({**NUMBER, **TEXT}, 8, None),
        (NUMBER, 8, "Core.InvalidArgs"),
        (TEXT, 8, "Core.InvalidArgs"),
        ({**NUMBER, **TEXT, "Number": Variant("s", "")}, 8, "Core.InvalidArgs"),
        ({**NUMBER, **TEXT}, 3, "Core.WrongState"),
    ],
)
async def test_what_create_takes(given: dict[str, Variant], state: int, error: str | None) -> None:
    async with ModemStandIn() as mm:
        assert mm.modem is not None
        mm.modem.state = state
        with mm.as_system_bus():
            bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
        reply = await bus.call(
            Message(
                destination=NAME,
                path=mm.modem.path,
                interface=f"{NAME}.Modem.Messaging",
                member="Create",
                signature="a{sv}",
                body=[given],
            )
        )
        assert reply is not None
        assert reply.error_name == (f"{NAME}.Error.{error}" if error else None)
        if not error:
            assert reply.body == [f"/{NAME.replace('.', '/')}/SMS/0"]
        bus.disconnect()
