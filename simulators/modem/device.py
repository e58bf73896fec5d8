"""One modem as ModemManager shows it: its state, its SIM's lock, its network."""

from dataclasses import dataclass, field

from dbus_fast import Variant

from simulators.modem.sms import Sms

MODEM = "org.freedesktop.ModemManager1.Modem"
GSM = f"{MODEM}.Modem3gpp"
MESSAGING = f"{MODEM}.Messaging"
# MMModemState
FAILED, LOCKED, DISABLED, ENABLED, SEARCHING, REGISTERED = -1, 2, 3, 6, 7, 8
# MMModemLock, MMModemStateFailedReason
UNLOCKED, SIM_PIN = 1, 2
SIM_MISSING = 2
# MMModem3gppRegistrationState
IDLE, HOME, LOOKING, DENIED = 0, 1, 2, 3


@dataclass
class Device:
    """A modem with its SIM. Change a field, then let the stand-in's ``tell`` say so."""

    path: str
    imei: str = "860000000000001"
    state: int = REGISTERED
    lock: int = UNLOCKED
    failed: int = 0
    registration: int = HOME
    signal: int = 72  # percent
    operator: str = "CHN-CT"
    may_enable: bool = True
    texts: dict[str, Sms] = field(default_factory=dict)

    def interfaces(self) -> dict[str, dict[str, Variant]]:
        found = {
            MODEM: {
                "Manufacturer": Variant("s", "Quectel"),
                "Model": Variant("s", "EC200A"),
                "Device": Variant("s", "/sys/devices/usb1/1-1"),
                "PrimaryPort": Variant("s", "ttyUSB2"),
                "EquipmentIdentifier": Variant("s", self.imei),
                "UnlockRequired": Variant("u", self.lock),
                "State": Variant("i", self.state),
                "StateFailedReason": Variant("u", self.failed),
                "SignalQuality": Variant("(ub)", (self.signal, True)),
            }
        }
        if self.state >= DISABLED:  # 3GPP and Messaging are there once the SIM is unlocked
            found[GSM] = {
                "Imei": Variant("s", self.imei),
                "RegistrationState": Variant("u", self.registration),
                "OperatorName": Variant("s", self.operator),
            }
            found[MESSAGING] = {"Messages": Variant("ao", list(self.texts))}
        return found
