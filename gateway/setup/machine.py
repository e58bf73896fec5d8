"""What the machine itself proposes: language, country, zone, radios, names. Changes nothing."""

import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

NOBODYS_NAMES = ("localhost", "raspberrypi", "debian")  # as images come: every gateway's, so none's
_UNSET = ("", "UTC", "Etc/UTC", "GMT", "Universal", "Zulu")  # what a machine has that nobody asked
_LOOKED_UP = ("192.0.2.1", 9)  # kept free for documentation (RFC 5737); nothing is sent there


class Machine(NamedTuple):
    """What it proposes; blank where it does not know."""

    language: str
    country: str
    zone: str
    name: str
    addresses: tuple[str, ...]
    adapters: tuple[str, ...]
    zones: Mapping[str, str]  # the first of each country

    def zone_of(self, country: str) -> str:
        """As the machine is set; where nobody set it, the first of the country."""
        return self.zones.get(country, self.zone) if self.zone in _UNSET else self.zone


def look(environment: Mapping[str, str], root: Path = Path("/")) -> Machine:
    """This machine. ``root``: where its files are."""
    locale = next(
        (environment[key] for key in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(key)), ""
    )
    spoken, _, territory = locale.partition(".")[0].partition("_")
    country = territory[:2] if re.match("[A-Z]{2}", territory) else ""
    name = socket.gethostname().partition(".")[0]
    return Machine(
        language="zh" if spoken == "zh" else "en",
        country=country,
        zone=_zone(root),
        name="" if name in NOBODYS_NAMES else name,
        addresses=_addresses(),
        adapters=_adapters(root),
        zones=_zones(root),
    )


def _zone(root: Path) -> str:
    link = root / "etc/localtime"
    if not link.is_symlink():
        return "UTC"
    return str(link.readlink()).partition("zoneinfo/")[2]


def _zones(root: Path) -> dict[str, str]:
    try:
        text = (root / "usr/share/zoneinfo/zone.tab").read_text(encoding="utf-8")
    except OSError:
        return {}
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return {country: zone for country, _, zone, *_ in reversed(rows)}


def _adapters(root: Path) -> tuple[str, ...]:
    """The kernel's list: it is there without bluetoothd, too."""
    found = (path.name for path in (root / "sys/class/bluetooth").glob("hci*"))
    return tuple(sorted(name for name in found if re.fullmatch(r"hci\d+", name)))


def _addresses() -> tuple[str, ...]:
    """Ours on the network, if there is one: whence a packet to far away would leave."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_LOOKED_UP)
        except OSError:
            return ()
        return (probe.getsockname()[0],)
