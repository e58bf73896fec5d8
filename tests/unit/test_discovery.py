"""The installer's list: who is on it, in which order, and for how long anybody is looked at."""

import asyncio
from typing import Any

import pytest

from drivers.stranger import Stranger
from gateway import discovery as module
from gateway.discovery import Discovery
from rules.model import Door

MAC = "3C:2E:F5:00:00:{:02X}"


class Stairs:
    """A discovery, what was bound meanwhile, and whether strangers are looked at."""

    def __init__(self) -> None:
        self.bound: set[str] = set()
        self.listening: list[bool] = []
        self.changed = asyncio.Event()
        self.discovery = Discovery(
            lambda stranger: stranger.address in self.bound, self._listen, {"hci0": True}
        )

    def _listen(self, on: bool) -> None:
        self.listening.append(on)
        self.changed.set()

    def hear(self, address: str = MAC.format(1), heard_at: int = 0, **said: Any) -> None:
        self.discovery.heard(Stranger("ble", "bthome", address, heard_at, **said))

    @property
    def addresses(self) -> list[str]:
        return [each.address for each in self.discovery.found()]


@pytest.fixture
async def stairs() -> Stairs:
    return Stairs()


async def test_the_strongest_first_and_those_without_a_signal_last(stairs: Stairs) -> None:
    stairs.hear("none, before", 1)
    stairs.hear("none, after", 2)
    stairs.hear("weak", rssi=-90)
    stairs.hear("strong", rssi=-40)
    assert stairs.addresses == ["strong", "weak", "none, after", "none, before"]


async def test_what_a_packet_does_not_say_still_holds(stairs: Stairs) -> None:
    stairs.hear(heard_at=1, door=Door.OPEN, rssi=-60, name="hall")
    stairs.hear(heard_at=2, battery=80, sure=False, needs_key=True)
    stairs.hear(heard_at=3)
    (found,) = stairs.discovery.found()
    assert found == Stranger("ble", "bthome", MAC.format(1), 3, Door.OPEN, 80, -60, False, "hall")


async def test_whoever_is_bound_by_now_is_no_stranger(stairs: Stairs) -> None:
    stairs.hear("mine")
    stairs.hear("other")
    stairs.bound.add("mine")
    assert stairs.addresses == ["other"]


async def test_the_list_is_bounded_and_forgets_who_was_silent_longest(stairs: Stairs) -> None:
    for number in range(module.MOST):
        stairs.hear(str(number))
    stairs.hear("0")
    stairs.hear("new")
    assert len(stairs.addresses) == module.MOST
    assert {"0", "new"} <= set(stairs.addresses)
    assert "1" not in stairs.addresses
    assert len(stairs.discovery.ask()["found"]) == module.TOLD
    stairs.discovery.stop()


async def test_whoever_is_silent_for_an_hour_is_gone(
    stairs: Stairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    stairs.hear()
    monkeypatch.setattr(module, "HEARD_S", -1.0)
    assert stairs.addresses == []


async def test_an_answer_is_json(stairs: Stairs) -> None:
    stairs.hear(heard_at=7, door=Door.CLOSED, rssi=-60)
    assert stairs.discovery.ask() == {
        "found": [
            {
                "source": "ble",
                "protocol": "bthome",
                "address": MAC.format(1),
                "heard_at": 7,
                "door": "closed",
                "battery": None,
                "rssi": -60,
                "needs_key": False,
                "name": "",
                "topic": "",
                "sure": True,
            }
        ],
        "sources": {"hci0": True},
    }
    stairs.discovery.stop()


async def test_strangers_are_looked_at_while_somebody_asks_and_a_while_after(
    stairs: Stairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        stairs.discovery.ask()
    assert stairs.listening == [True]
    monkeypatch.setattr(module, "ASKED_S", 0.0)
    stairs.discovery.ask()
    stairs.changed.clear()
    async with asyncio.timeout(5):
        await stairs.changed.wait()
    assert stairs.listening == [True, False]
    stairs.discovery.stop()
    assert stairs.listening == [True, False]
    monkeypatch.undo()
    stairs.discovery.ask()
    stairs.discovery.stop()
    assert stairs.listening == [True, False, True, False]


async def test_a_name_is_text_and_no_longer_than_a_line(stairs: Stairs) -> None:
    """Half a character of two (JSON can hold it) would break whoever prints it."""
    stairs.hear("u\udc00", name="\ud800" + "n" * 1_000)
    (told,) = stairs.discovery.ask()["found"]
    assert (told["address"], told["name"]) == ("u?", "?" + "n" * 79)
    stairs.discovery.stop()


async def test_how_its_door_moved_is_remembered_for_the_page(stairs: Stairs) -> None:
    for at, door in ((1, Door.OPEN), (2, Door.OPEN), (3, None), (4, Door.CLOSED)):
        stairs.hear(heard_at=at, door=door)
    (found,) = stairs.discovery.found()
    assert stairs.discovery.moves(found) == ((1, Door.OPEN), (4, Door.CLOSED))
    for at in range(10, 30):
        stairs.hear("sealed", heard_at=at, needs_key=True, sealed=("uuid", bytes([at // 2])))
    sealed = stairs.discovery.found()[0]
    assert sealed.address == "sealed"
    assert [move.at for move in stairs.discovery.moves(sealed)] == [*range(14, 30, 2)]
    assert "sealed" not in stairs.discovery.ask()["found"][0]
