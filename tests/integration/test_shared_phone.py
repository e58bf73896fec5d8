"""A phone that several people of the ledger share, a duty phone: it is told once."""

import asyncio
from pathlib import Path

from rules.model import Door
from rules.moment import MINUTE
from simulators.provider import rate_limited, undelivered
from tests.integration.test_alerts_attacked import DAYTIME, refused_once, settles, waits
from tests.support.evening import evening, minutes

SHARED = [
    ["P1", "王敏", "+85251230001", "member", "G1", "zh", "mon-sun 08:00-00:00"],
    ["P3", "赵云", "+85251230001", "member", "G1", "zh", ""],
    ["P2", "刘强", "+85251230002", "leader", "G1", "en", ""],
]


async def test_a_phone_of_two_people_is_told_once(tmp_path: Path) -> None:
    async with evening(tmp_path, people=SHARED, rules=DAYTIME) as gateway:
        await gateway.hears("S1", door=Door.OPEN)
        await gateway.hears("S1", door=Door.CLOSED)
        await minutes(gateway, 3)
        assert await gateway.statuses() == ["P1 sms delivered"]
        await gateway.hears("S1", battery=5)
        await gateway.until("08:31")
        assert len(gateway.texts("+85251230001", like="今日待办")) == 1


async def test_if_it_reaches_neither_of_them_the_next_step_does_not_wait(tmp_path: Path) -> None:
    async with evening(tmp_path, people=SHARED, rules=DAYTIME) as gateway:
        gateway.provider.fate(undelivered(30005), "+85251230001")
        await gateway.hears("S1", door=Door.OPEN)
        await gateway.hears("S1", door=Door.CLOSED)
        async with asyncio.timeout(20):
            while not gateway.texts("+85251230002"):
                gateway.provider.account.advance(1)
                await gateway.core.turn()
                await gateway.settled()
                await asyncio.sleep(0.02)
        [card] = gateway.core.memory.cards.unresolved()
        assert gateway.now() - card.raised_at < 2 * MINUTE


async def test_the_duty_of_one_of_them_ends_and_the_phone_is_told(tmp_path: Path) -> None:
    async with evening(tmp_path, at="23:59", people=SHARED, rules=DAYTIME) as gateway:
        await waits(gateway, seconds=80)
        await settles(gateway)
        assert len(gateway.texts("+85251230001")) == 1


async def test_what_waited_for_both_of_them_is_said_once(tmp_path: Path) -> None:
    people = [SHARED[1], ["P2", "刘强", "+85251230001", "leader", "G1", "zh", ""]]
    async with evening(tmp_path, people=people, rules=DAYTIME) as gateway:
        gateway.provider.account.outage = rate_limited("1")
        await gateway.says("S1", Door.OPEN)
        await gateway.says("S1", Door.CLOSED)
        await refused_once(gateway)
        gateway.provider.account.advance(6 * 60)
        await gateway.core.turn()  # the leader's step
        gateway.provider.account.outage = None
        await settles(gateway)
        assert [text for text in await gateway.statuses() if "sms" in text] == [
            "P3 sms stale",
            "P2 sms delivered",
        ]
