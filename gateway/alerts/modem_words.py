"""ModemManager's words in ours: states of a modem, errors of a send, reports of a delivery.

Pure. Source: ModemManager 1.20's ModemManager-enums.h and ModemManager-errors.h; the delivery
states are TP-Status of 3GPP TS 23.040 9.2.3.15, and from 0x200 on 3GPP2 N.S0005-O.
"""

from enum import IntEnum
from typing import NamedTuple

from gateway.alerts.errors import ProviderError, Reason
from gateway.alerts.provider import Progress, Status


class State(IntEnum):
    """MMModemState."""

    FAILED = -1
    UNKNOWN = 0
    LOCKED = 2
    DISABLED = 3
    ENABLED = 6  # from here on it texts, if it is registered
    SEARCHING = 7
    REGISTERED = 8


class SmsState(IntEnum):
    """MMSmsState. What we create is UNKNOWN until it is SENT, while it is being sent too."""

    UNKNOWN = 0
    RECEIVED = 3  # whole; RECEIVING until its last part is there
    SENT = 5


class Pdu(IntEnum):
    """MMSmsPduType, of GSM and of CDMA."""

    DELIVER = 1  # came in
    SUBMIT = 2  # ours
    STATUS_REPORT = 3
    CDMA_DELIVER = 32


RECEIVED = (Pdu.DELIVER, Pdu.CDMA_DELIVER)
DENIED = 3  # MMModem3gppRegistrationState
_LOCKS = {2: "sim_pin", 4: "sim_puk"}  # MMModemLock; others are the network's or the maker's
_FAILED = {2: "sim_missing", 3: "sim_error", 5: "esim_empty"}  # MMModemStateFailedReason


class Modem(NamedTuple):
    """One modem as its properties show it."""

    path: str
    names: tuple[str, ...]  # by which a configuration may mean it: IMEI, device, port
    state: int
    lock: int = 0
    failed: int = 0
    registration: int = 0
    signal: int = 0  # percent
    operator: str = ""
    messaging: bool = False  # it has the interface for texts

    def hinders(self) -> ProviderError | None:
        """Why it cannot text now; None: it can."""
        if self.state == State.FAILED:
            return _no(Reason.BAD_SENDER, _FAILED.get(self.failed, "modem_failed"))
        if self.state == State.LOCKED:
            return _no(Reason.AUTH, _LOCKS.get(self.lock, "modem_locked"))
        if self.state < State.ENABLED:
            return _no(Reason.NO_CONNECTION, "modem_disabled")
        if not self.messaging:
            return _no(Reason.NOT_SERVED, "no_messaging")
        if self.state < State.REGISTERED:
            denied = self.registration == DENIED
            return _no(Reason.NO_CONNECTION, "registration_denied" if denied else "not_registered")
        return None


def _no(reason: Reason, code: str) -> ProviderError:
    return ProviderError(reason, retryable=True, code=code)


# The last word of a D-Bus error's name. What is not here is the network's own no.
_ERRORS: dict[str, tuple[Reason, bool]] = {  # and whether it may have gone all the same
    "Unauthorized": (Reason.AUTH, False),
    "AccessDenied": (Reason.AUTH, False),
    "SimNotInserted": (Reason.BAD_SENDER, False),
    "SimPin": (Reason.AUTH, False),
    "SimPuk": (Reason.AUTH, False),
    "SimFailure": (Reason.BAD_SENDER, False),
    "SimWrong": (Reason.BAD_SENDER, False),
    "SmscAddressUnknown": (Reason.BAD_SENDER, False),
    "NotAllowed": (Reason.CARRIER, False),
    "NoNetwork": (Reason.NO_CONNECTION, False),
    "WrongState": (Reason.NO_CONNECTION, False),
    "ServiceUnknown": (Reason.NO_CONNECTION, False),  # ModemManager does not run
    "NameHasNoOwner": (Reason.NO_CONNECTION, False),
    "UnknownObject": (Reason.NO_CONNECTION, False),  # it was pulled out
    "UnknownMethod": (Reason.NO_CONNECTION, False),  # the same, as GLib says it
    "UnknownInterface": (Reason.NO_CONNECTION, False),
    "MemoryFull": (Reason.QUEUE_FULL, False),
    "SimBusy": (Reason.QUEUE_FULL, False),
    "Throttled": (Reason.RATE_LIMITED, False),
    "NetworkTimeout": (Reason.TIMEOUT, True),
    "Timeout": (Reason.TIMEOUT, True),
    "TimedOut": (Reason.TIMEOUT, True),
    "NoReply": (Reason.CONNECTION_LOST, True),  # ModemManager died meanwhile
    "Disconnected": (Reason.CONNECTION_LOST, True),
    "Aborted": (Reason.CONNECTION_LOST, True),  # the modem went meanwhile
    "Cancelled": (Reason.CONNECTION_LOST, True),
}
_SERIAL = "org.freedesktop.ModemManager1.Error.Serial."  # the line to the modem broke
_OF_TEXT = frozenset({"InvalidArgs", "TooMany", "InvalidPduParameter", "InvalidTextParameter"})


def error_of(name: str) -> ProviderError:
    """The error that a D-Bus call ended with, by its name."""
    word = name.rpartition(".")[2]
    if word in _OF_TEXT:
        return ProviderError(Reason.BAD_TEXT, retryable=False, code=word)
    if name.startswith(_SERIAL):
        return ProviderError(Reason.CONNECTION_LOST, retryable=True, uncertain=True, code=word)
    reason, uncertain = _ERRORS.get(word, (Reason.CARRIER, False))
    return ProviderError(reason, retryable=True, uncertain=uncertain, code=word)


def delivery(provider_id: str, state: int) -> Progress:
    """What a delivery report says. The centre's "forwarded, unconfirmed" is no delivery."""
    if state == 0x00:
        return Progress(provider_id, Status.DELIVERED, None, None)
    reason = _LOST.get(state)
    # 0x20-0x3F and 0x300-0x3FF: not yet, and the centre goes on trying.
    final = 0x40 <= state < 0x80 or 0x200 <= state < 0x300
    if reason is None and not final:
        return Progress(provider_id, Status.SENT, None, None)
    why = f"{(reason or Reason.CARRIER).value} {state:#04x}"
    return Progress(provider_id, Status.FAILED, why, None)


_LOST = {
    0x41: Reason.NOT_MOBILE,
    0x43: Reason.UNKNOWN_NUMBER,
    0x46: Reason.EXPIRED,
    0x61: Reason.UNREACHABLE,
    0x62: Reason.UNREACHABLE,
    0x200: Reason.UNKNOWN_NUMBER,
    0x220: Reason.UNREACHABLE,
    0x225: Reason.UNREACHABLE,
}
