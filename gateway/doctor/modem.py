"""The local modem, as ``doctor`` finds it: there, unlocked, registered, how strong its signal is.

Looks only; a gateway that runs is not disturbed, and nothing is switched on or sent.
"""

from gateway.alerts.errors import ProviderError
from gateway.alerts.modem_words import Modem, State
from gateway.config import Config
from gateway.doctor.ways import Finding
from gateway.documents import document

PART = "modem"
WEAK = 20  # percent: below, texts are lost on a bad day
_INSTALL = "sudo apt-get install -y modemmanager && sudo systemctl enable --now ModemManager"
_WAYS = document("docs/ways.md")
_REMEDIES = {
    "no_system_bus": "sudo systemctl start dbus",
    "ServiceUnknown": _INSTALL,
    "NameHasNoOwner": _INSTALL,
    "AccessDenied": f"let doorwatch use ModemManager: {_WAYS} has the polkit rule",
    "sim_pin": "take the PIN off for good: sudo mmcli -i 0 --pin=PIN, then with --disable-pin",
    "sim_puk": "sudo mmcli -i 0 --puk=PUK --pin=NEW_PIN; the PUK is on the SIM's card",
    "modem_locked": "it is locked to a network or a maker: ask who sold it",
    "sim_missing": "put a SIM in, contacts down, and plug the modem in again",
    "sim_error": "another SIM: this one does not work",
    "no_messaging": "it cannot text: take another modem",
    "not_registered": "no network: move the antenna; is the SIM paid for? mmcli -m any shows more",
    "registration_denied": "the network refuses the SIM: is it active, and paid for?",
}


async def modem(config: Config) -> list[Finding]:
    """Nothing where no modem is set up."""
    if not config.modem.enabled:
        return []
    from gateway.alerts.modem import ModemProvider  # noqa: PLC0415 - D-Bus, for few sites

    provider = ModemProvider(config.modem.device)
    try:
        return [_found(await provider.look(), config.modem.device)]
    except ProviderError as error:
        said = {"ServiceUnknown": "ModemManager does not run"}.get(error.code, str(error))
        return [Finding(PART, False, said, _REMEDIES.get(error.code, "try: mmcli -L"))]
    finally:
        await provider.close()


def _found(modem: Modem | None, device: str) -> Finding:
    if modem is None:
        meant = f"no modem is called {device}" if device else "there is no modem"
        return Finding(PART, False, meant, "plug it in; mmcli -L lists those that are known")
    if modem.state == State.DISABLED:
        return Finding(PART, True, "switched off; the gateway switches it on")
    hindrance = modem.hinders()
    shown = f"signal {modem.signal} %"
    if hindrance is not None:
        said = f"{hindrance.code.replace('_', ' ')}, {shown}"
        return Finding(PART, False, said, _REMEDIES.get(hindrance.code, "plug it in again"))
    said = f"registered with {modem.operator or 'a network'}, {shown}"
    if modem.signal < WEAK:
        return Finding(PART, False, said, "move the antenna, or take a better one")
    return Finding(PART, True, said)
