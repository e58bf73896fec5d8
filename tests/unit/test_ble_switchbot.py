"""SwitchBot contact: what an advertisement says of the door, and when it says nothing."""

import pytest

from drivers.ble import switchbot
from drivers.ble.advertisement import Advertisement, long_uuid
from drivers.errors import Reason
from drivers.reading import Decoded
from rules.model import Door
from simulators.bluez import door_packets

MAC = "CB:39:CD:C4:3D:46"
OPEN_COMPANY = bytes.fromhex("cb39cdc43d46849c0017005144")  # captured
OPEN_SERVICE = bytes.fromhex("6440da020017005144")
CLOSED_SERVICE = bytes.fromhex("6440da00002b001984")


def read(service: bytes | str | None, company: bytes | None = None) -> Decoded:
    data = bytes.fromhex(service) if isinstance(service, str) else service
    services = {} if data is None else {long_uuid(0xFD3D): data}
    companies = {} if company is None else {switchbot.COMPANY: company}
    return switchbot.decode(Advertisement(MAC, services, companies), None, None)


@pytest.mark.parametrize("with_company", [True, False])
@pytest.mark.parametrize(
    ("state", "door"), [(0, Door.CLOSED), (1, Door.OPEN), (2, Door.OPEN), (3, Door.OPEN)]
)
def test_door(state: int, door: Door, with_company: bool) -> None:
    service, company = door_packets.switchbot(state=state, mac=MAC, battery=87)
    assert read(service, company if with_company else None) == Decoded(door=door, battery=87)


def test_the_advertisement_is_fresher_than_the_scan_response() -> None:
    assert read(CLOSED_SERVICE, OPEN_COMPANY).door == Door.OPEN
    assert read(CLOSED_SERVICE, OPEN_COMPANY[:12]).door == Door.CLOSED  # not whole: not read


@pytest.mark.parametrize(
    ("service", "company", "reason"),
    [
        (None, OPEN_COMPANY, Reason.OTHER_DEVICE),  # which of its devices? nobody says
        ("", OPEN_COMPANY, Reason.TRUNCATED),
        ("7840da020017005144", OPEN_COMPANY, Reason.UNSUPPORTED),  # a blind
        ("7340da0200", None, Reason.UNSUPPORTED),  # a motion sensor
        ("64", None, Reason.TRUNCATED),
        ("6440da0200170051", None, Reason.TRUNCATED),
        ("6440da0200170051", OPEN_COMPANY[:12], Reason.TRUNCATED),
        (None, None, Reason.OTHER_DEVICE),
    ],
)
def test_no_state_and_why(service: str | None, company: bytes | None, reason: Reason) -> None:
    assert read(service, company) == Decoded(reason=reason)


@pytest.mark.parametrize(
    ("service", "battery"),
    [
        ("6440e4020017005144", 100),
        ("644064020017005144", 100),
        ("644000020017005144", 0),
        ("644065020017005144", None),  # 101 per cent is none
        ("64", None),
    ],
)
def test_battery(service: str, battery: int | None) -> None:
    assert read(service, OPEN_COMPANY) == Decoded(door=Door.OPEN, battery=battery)


@pytest.mark.parametrize("first", ["64", "e4", "44", "c4"])
def test_with_a_password_or_while_pairing_it_is_still_a_contact(first: str) -> None:
    assert read(first + OPEN_SERVICE.hex()[2:]).door == Door.OPEN


def test_older_firmware_and_a_key_that_the_format_does_not_have() -> None:
    old = Advertisement(MAC, {long_uuid(0x0D00): bytes.fromhex("64c05c010000000000")})
    assert switchbot.decode(old, bytes(16), 7) == Decoded(door=Door.CLOSED, battery=92)
