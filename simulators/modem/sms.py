"""One text as ModemManager shows it, and how many parts the network sees of it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from dbus_fast import Variant

SMS = "org.freedesktop.ModemManager1.Sms"
# MMSmsState
UNKNOWN, STORED, RECEIVING, RECEIVED, SENDING, SENT = range(6)
# MMSmsPduType
DELIVER, SUBMIT, STATUS_REPORT = 1, 2, 3
NO_DELIVERY = 0x100  # MMSmsDeliveryState: none is known
_STORAGE_SM = 1  # MMSmsStorage: on the SIM
# 3GPP TS 23.038: a text of these characters alone goes as 7 bits, any other as 16.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_MOST_PARTS = 255


def parts_of(text: str) -> int:
    """How many messages it takes; 0: more than can be."""
    whole, part = (160, 153) if set(text) <= _GSM else (70, 67)
    count = 1 if len(text) <= whole else -(-len(text) // part)
    return count if count <= _MOST_PARTS else 0


@dataclass
class Sms:
    """What the D-Bus object has. ``stored``: on the SIM, so it outlives ModemManager."""

    path: str
    number: str
    text: str = ""
    pdu: int = SUBMIT
    state: int = UNKNOWN
    reference: int = 0
    timestamp: str = ""
    discharged: str = ""
    delivery: int = NO_DELIVERY
    report_wanted: bool = False
    validity: tuple[int, Variant] = field(default_factory=lambda: (0, Variant("b", False)))
    stored: bool = False

    def properties(self) -> dict[str, Variant]:
        return {
            "State": Variant("u", self.state),
            "PduType": Variant("u", self.pdu),
            "Number": Variant("s", self.number),
            "Text": Variant("s", self.text),
            "Data": Variant("ay", b""),
            "SMSC": Variant("s", ""),
            "Validity": Variant("(uv)", self.validity),
            "Class": Variant("i", -1),
            "TeleserviceId": Variant("u", 0),
            "ServiceCategory": Variant("u", 0),
            "DeliveryReportRequest": Variant("b", self.report_wanted),
            "MessageReference": Variant("u", self.reference),
            "Timestamp": Variant("s", self.timestamp),
            "DischargeTimestamp": Variant("s", self.discharged),
            "DeliveryState": Variant("u", self.delivery),
            "Storage": Variant("u", _STORAGE_SM if self.stored else 0),
        }


def received(path: str, number: str, text: str, at: datetime | None) -> Sms:
    """One that came in, and lies on the SIM."""
    when = iso(at)
    return Sms(path, number, text, DELIVER, RECEIVED, timestamp=when, stored=True)


def report(path: str, sent: Sms, delivery: int, number: str | None) -> Sms:
    """What the network's centre says of one that was sent."""
    return Sms(
        path,
        number or sent.number,
        pdu=STATUS_REPORT,
        state=RECEIVED,
        reference=sent.reference,
        timestamp=iso(),
        discharged=iso(),
        delivery=delivery,
    )


def iso(at: datetime | None = None) -> str:
    """As ModemManager writes a time, to the second; None: now."""
    return (at or datetime.now(UTC)).isoformat(timespec="seconds")
