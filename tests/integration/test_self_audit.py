"""The self-audit: silent through an ordinary evening, and it finds each way of telling nobody."""

from pathlib import Path

import pytest

from gateway.audit import PART, Unsent
from gateway.households import GATEWAY, grid_key
from rules.model import Door
from rules.moment import MINUTE
from tests.integration.test_maintenance import begin, opened
from tests.support.evening import Evening, evening, minutes

HEARD = "[supervision]\njson = 10000\n"
NIGHT_ONLY = [
    ["P1", "王敏", "+85251230001", "member", "G1", "zh", "mon-sun 00:00-01:00"],
    ["P9", "赵云", "+85251230009", "ops", "", "zh", ""],
]


async def looks(gateway: Evening) -> set[Unsent]:
    """Two rounds, and what they found."""
    for _ in range(2):
        await gateway.out.audit.look()
        await gateway.core.turn()
    return set(gateway.out.audit.found.values())


def failed(gateway: Evening) -> bool:
    return any(one.part == PART for one in gateway.core.memory.grids[grid_key(GATEWAY)].faults)


def metric(gateway: Evening, name: str) -> float | None:
    return gateway.metrics.registry.get_sample_value(name)


async def test_an_ordinary_evening_is_no_alarm(tmp_path: Path) -> None:
    async with evening(tmp_path, at="19:00", households=6, rules=HEARD) as gateway:
        await gateway.hears("S6", battery=10)
        for home in range(1, 6):
            await opened(gateway, home)
            assert await looks(gateway) == set()
            await minutes(gateway, 6)
            assert await looks(gateway) == set()
        cards = gateway.core.memory.cards.unresolved()
        await gateway.asked(do="acknowledge", incident=cards[-1].id, by="P1")
        await gateway.hears("S2", door=Door.OPEN)  # stays open: critical
        await gateway.restart()
        await begin(gateway)
        await opened(gateway, 6)
        for _ in range(30):
            await minutes(gateway, 13)
            assert await looks(gateway) == set()
        assert metric(gateway, "doorwatch_incidents_found_unsent_total") == 0


async def test_an_alert_that_is_gone_from_the_table_is_found_and_told(tmp_path: Path) -> None:
    async with evening(tmp_path, rules=HEARD) as gateway:
        await opened(gateway)
        await gateway.database.transaction(lambda c: c.execute("DELETE FROM alerts"))
        assert await looks(gateway) == set()  # it has just happened
        gateway.provider.account.advance(3 * MINUTE / 1000)
        assert await looks(gateway) == {Unsent.NO_ALERT}
        assert failed(gateway)
        assert metric(gateway, "doorwatch_incidents_unsent") == 1
        assert metric(gateway, "doorwatch_incidents_found_unsent_total") == 1
        await gateway.restart()
        assert await looks(gateway) == {Unsent.NO_ALERT}
        [card] = gateway.core.memory.cards.unresolved()
        await gateway.asked(do="acknowledge", incident=card.id, by="P1")
        assert await looks(gateway) == set()
        assert not failed(gateway)
        assert metric(gateway, "doorwatch_incidents_unsent") == 0


async def test_a_chain_without_people_is_found_and_ops_are_told(tmp_path: Path) -> None:
    async with evening(tmp_path, rules=HEARD, people=NIGHT_ONLY) as gateway:
        await opened(gateway)
        await minutes(gateway, 3)
        assert await looks(gateway) == {Unsent.NOBODY}
        await minutes(gateway, 6)
        assert [message.to for message in gateway.provider.messages] == ["+85251230009"]


async def test_alerts_that_no_provider_serves_are_found(tmp_path: Path) -> None:
    async with evening(tmp_path, rules=HEARD, provider=False) as gateway:
        await opened(gateway)
        await minutes(gateway, 3)
        assert await looks(gateway) == {Unsent.NOT_SENT}
        assert failed(gateway)


async def test_a_step_that_is_late_is_found(tmp_path: Path) -> None:
    async with evening(tmp_path, rules=HEARD) as gateway:
        await opened(gateway)
        gateway.provider.account.advance(8 * 60)  # and the core does not get its turn
        await gateway.out.audit.look()
        await gateway.out.audit.look()
        assert set(gateway.out.audit.found.values()) == {Unsent.OVERDUE}


async def test_that_nobody_hears_of_the_fault_does_not_keep_it_alive(tmp_path: Path) -> None:
    people = [row for row in NIGHT_ONLY if row[3] != "ops"]
    async with evening(tmp_path, rules=HEARD, people=people) as gateway:
        await opened(gateway)
        await minutes(gateway, 3)
        assert await looks(gateway) == {Unsent.NOBODY}
        await minutes(gateway, 10)  # the fault is an incident by now, and there is no ops
        assert await looks(gateway) == {Unsent.NOBODY}
        card = gateway.core.memory.cards.unresolved()[-1]
        await gateway.asked(do="resolve", incident=card.id, by="P1", outcome="at_home")
        await looks(gateway)
        await looks(gateway)
        assert not failed(gateway)
        assert gateway.core.memory.cards.unresolved() == []


@pytest.mark.parametrize("share", range(3))
async def test_in_the_middle_of_a_commit_nothing_is_suspected(tmp_path: Path, share: int) -> None:
    async with evening(tmp_path, rules=HEARD) as gateway:
        await gateway.hears("S1", door=Door.OPEN)
        gateway.provider.account.advance(share)
        await gateway.out.audit.look()
        assert gateway.out.audit.found == {}
