"""Packets of every format with bytes changed, cut, doubled, added or made up.

``try_many`` raises as soon as a decoder does something that it must never do. The test runs
some of it; ``python -m tests.support.broken_packets 1000000`` runs as many as asked.
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

from drivers.ble.advertisement import Advertisement
from drivers.ble.decoders import BTHOME_UUID, BY_PROTOCOL
from drivers.reading import Decoded
from rules.model import Door
from simulators.bluez import bthome_sensor, door_packets
from simulators.bluez.door_packets import BATTERY, LIGHT, OPENING, mibeacon, mibeacon_object

MAC: Final = "3C:2E:F5:AA:BB:CC"
KEY: Final = bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932")
ENCRYPTING: Final = frozenset({"bthome", "xiaomi"})


class Original(NamedTuple):
    """One sound advertisement; ``counter`` when it is sealed with ``KEY``."""

    protocol: str
    uuid: str
    service: bytes
    company: Mapping[int, bytes] = {}
    counter: int | None = None


def _originals() -> list[Original]:
    found = [
        Original("bthome", BTHOME_UUID, bytes.fromhex(packet))
        for packet in ("44005d016405fc21002d013f9601", "4001641101", "40530211001101")
    ]
    for counter, plain in ((5998, "008601642d00"), (5999, "008701642d01"), (6000, "00882b01")):
        sealed = bthome_sensor.seal(bytes.fromhex(plain), counter, key=KEY, mac=MAC)
        found.append(Original("bthome", BTHOME_UUID, sealed, counter=counter))
    objects = [mibeacon_object(OPENING, bytes([value])) for value in range(3)]
    objects += [mibeacon_object(LIGHT, b"\x01"), mibeacon_object(BATTERY, b"\x64"), b""]
    for place, each in enumerate(objects):
        for key, version in ((None, 2), (None, 5), (KEY, 4), (KEY, 5)):
            counter = 0x4A0 + 8 * version + place
            packet = mibeacon(each, counter, mac=MAC, key=key, version=version)
            sealed_counter = counter if key and each else None
            found.append(
                Original("xiaomi", door_packets.XIAOMI_UUID, packet, counter=sealed_counter)
            )
    for state in range(3):
        service, company = door_packets.switchbot(state=state, mac=MAC)
        both = {door_packets.SWITCHBOT_COMPANY: company}
        found.append(Original("switchbot", door_packets.SWITCHBOT_UUID, service, both))
        found.append(Original("switchbot", door_packets.SWITCHBOT_UUID, service))
        for make in (door_packets.qingping_action, door_packets.qingping_status):
            packet = make(state=state, counter=state, mac=MAC)
            found.append(Original("qingping", door_packets.QINGPING_UUID, packet))
    return found


def mutate(packet: bytes, dice: random.Random) -> bytes:
    """One to three accidents; now and then something made up, or as a control nothing at all."""
    kind = dice.random()
    if kind < 0.05:
        return dice.randbytes(dice.randrange(32))
    if kind < 0.08:
        return packet
    changed = bytearray(packet)
    for _ in range(dice.randint(1, 3)):
        place = dice.randrange(len(changed) + 1)
        match dice.randrange(4):
            case 0 if place < len(changed):
                changed[place] ^= 1 << dice.randrange(8)
            case 1:
                changed.insert(place, dice.randrange(256))
            case 2:
                del changed[place:]
            case _:
                changed[place:place] = changed[place : place + dice.randint(1, 8)]
    return bytes(changed)


def try_many(count: int, seed: int) -> Counter[str]:
    """What became of them: a reason, "state" (nothing to authenticate) or "sealed state"."""
    dice = random.Random(seed)
    originals = _originals()
    sealed: dict[tuple[str, int | None], Door | None] = {}
    for each in originals:
        if each.counter is not None:
            sealed[each.protocol, each.counter] = _decode(each, each.service, KEY).door
    tally: Counter[str] = Counter()
    for turn in range(count):
        original = originals[turn % len(originals)]
        packet = mutate(original.service, dice)
        key = KEY if original.counter is not None or dice.random() < 0.5 else None
        last = dice.choice((None, None, 0x4C0, 5998))
        decoded = _decode(original, packet, key, last, dice)
        tally[_judge(original.protocol, decoded, key, last, sealed)] += 1
    return tally


def _decode(
    original: Original,
    packet: bytes,
    key: bytes | None,
    last: int | None = None,
    dice: random.Random | None = None,
) -> Decoded:
    company = dict(original.company)
    if dice is not None and company:
        company = {name: mutate(data, dice) for name, data in company.items()}
    advertisement = Advertisement(MAC, {original.uuid: packet}, company)
    return BY_PROTOCOL[original.protocol].decode(advertisement, key, last)


def _judge(
    protocol: str,
    decoded: Decoded,
    key: bytes | None,
    last: int | None,
    sealed: Mapping[tuple[str, int | None], Door | None],
) -> str:
    """A state from a sensor with a key is one that somebody sealed, and newer than the last."""
    assert (decoded.door is None) == (decoded.reason is not None)
    if decoded.reason is not None:
        return decoded.reason
    assert decoded.battery is None or 0 <= decoded.battery <= 100
    if key is None or protocol not in ENCRYPTING:
        return "state"
    assert sealed[protocol, decoded.replay_counter] is decoded.door
    assert last is None or (decoded.replay_counter or 0) > last
    return "sealed state"


if __name__ == "__main__":
    began = time.perf_counter()
    result = try_many(int(sys.argv[1]), seed=int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    print(f"{result.total():,} packets in {time.perf_counter() - began:.1f} s")
    for name, number in result.most_common():
        print(f"{number:>10,} {name}")
