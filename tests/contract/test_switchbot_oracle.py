"""Our SwitchBot contact decoder against PySwitchbot, the library that knows the format.

Where they differ it is on purpose, and named here:

- manufacturer data alone: the library can be told the model; we read nothing without the
  service data, which alone says that it is a contact sensor (and not a blind);
- a battery above 100 %: the library passes it on; we say nothing of the battery.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from hypothesis import given, settings
from hypothesis import strategies as st
from switchbot.adv_parser import parse_advertisement_data  # type: ignore[import-untyped]
from switchbot.const import SwitchbotModel  # type: ignore[import-untyped]

from drivers.ble import switchbot
from drivers.ble.advertisement import Advertisement, parse_uuid
from drivers.errors import Reason
from rules.model import Door
from simulators.bluez import door_packets

VECTORS = Path(__file__).parents[1] / "data" / "ble_door_vectors.json"
MAC = "CB:39:CD:C4:3D:46"


def theirs(advertisement: Advertisement, model: SwitchbotModel | None = None) -> tuple[Any, Any]:
    """Door and battery; both None for anything but a contact sensor."""
    parsed = parse_advertisement_data(
        BLEDevice(advertisement.mac, "door", None),
        AdvertisementData(
            local_name="door",
            manufacturer_data=dict(advertisement.manufacturer_data),
            service_data=dict(advertisement.service_data),
            service_uuids=[],
            tx_power=None,
            rssi=-60,
            platform_data=(),
        ),
        model,
    )
    if parsed is None or parsed.data.get("modelName") != SwitchbotModel.CONTACT_SENSOR:
        return None, None
    values = parsed.data["data"]
    return Door.OPEN if values["contact_open"] else Door.CLOSED, values["battery"]


def ours(advertisement: Advertisement) -> tuple[Any, Any]:
    decoded = switchbot.decode(advertisement, None, None)
    return decoded.door, decoded.battery


def heard(service: bytes, company: bytes | None = None, uuid: str = "fd3d") -> Advertisement:
    companies = {} if company is None else {switchbot.COMPANY: company}
    return Advertisement(MAC, {parse_uuid(uuid): service}, companies)


def vectors() -> list[dict[str, Any]]:
    found = json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]
    return [each for each in found if each["service_uuid"] in {"fd3d", "0d00"}]


@pytest.mark.parametrize("vector", vectors(), ids=lambda each: each["service_data"])
def test_real_packets(vector: dict[str, Any]) -> None:
    company = vector["manufacturer_data"]
    advertisement = heard(
        bytes.fromhex(vector["service_data"]),
        bytes.fromhex(company) if company else None,
        vector["service_uuid"],
    )
    expected = (vector["expected"]["state"], vector["expected"]["battery"])
    assert ours(advertisement) == theirs(advertisement) == expected


@settings(max_examples=100, deadline=None)
@given(
    state=st.integers(0, 3),
    battery=st.integers(0, 100),
    seconds=st.integers(0, 2**16),
    with_company=st.booleans(),
    uuid=st.sampled_from(["fd3d", "0d00"]),
)
def test_sound_packets(
    state: int, battery: int, seconds: int, with_company: bool, uuid: str
) -> None:
    service, company = door_packets.switchbot(
        state=state, mac=MAC, battery=battery, seconds=seconds
    )
    advertisement = heard(service, company if with_company else None, uuid)
    assert ours(advertisement) == theirs(advertisement)
    assert ours(advertisement) == (Door.OPEN if state else Door.CLOSED, battery)


@settings(max_examples=300, deadline=None)
@given(
    first=st.sampled_from([0x64, 0x44, 0xE4, 0xC4, 0x78, 0x73, 0x48, 0x54]),
    rest=st.binary(max_size=12),
    company=st.one_of(st.none(), st.binary(max_size=15)),
    uuid=st.sampled_from(["fd3d", "0d00"]),
)
def test_any_bytes(first: int, rest: bytes, company: bytes | None, uuid: str) -> None:
    advertisement = heard(bytes([first]) + rest, company, uuid)
    door, battery = theirs(advertisement)
    if door is None:
        assert ours(advertisement) == (None, None)
    else:
        assert ours(advertisement) == (door, battery if battery in range(101) else None)


def test_the_library_reads_manufacturer_data_alone_when_told_the_model() -> None:
    _, company = door_packets.switchbot(state=1, mac=MAC)
    alone = Advertisement(MAC, {}, {switchbot.COMPANY: company})
    assert theirs(alone, SwitchbotModel.CONTACT_SENSOR)[0] == Door.OPEN
    assert switchbot.decode(alone, None, None).reason == Reason.OTHER_DEVICE
