"""Maintenance: alerts wait and say so, incidents do not; what is open at its end is told, late."""

import asyncio
from pathlib import Path

import pytest

from gateway import maintenance_book
from gateway.granting import Refused
from gateway.report.audit import audit
from rules.model import Door
from rules.moment import MINUTE
from tests.support.evening import Evening, evening, minutes

HEARD = "[supervision]\njson = 10000\n"


async def begin(gateway: Evening, grid: str | None = "G1", **more: object) -> None:
    await gateway.asked(
        do="maintenance", grid=grid, by="P2", **{"minutes": 60, "why": "新网关", **more}
    )


async def end(gateway: Evening, grid: str | None = "G1") -> None:
    await gateway.asked(do="maintenance", grid=grid, by="P1")
    async with asyncio.timeout(20):
        while "held" in " ".join(await gateway.statuses()):
            await asyncio.sleep(0.005)
    await gateway.settled()


async def opened(gateway: Evening, home: int = 1) -> None:
    """A door opens and is closed again: high, and stays so."""
    await gateway.hears(f"S{home}", door=Door.OPEN)
    await gateway.hears(f"S{home}", door=Door.CLOSED)


@pytest.mark.parametrize("grid", ["G1", None])
async def test_alerts_wait_and_the_incident_is_there(tmp_path: Path, grid: str | None) -> None:
    async with evening(tmp_path, rules=HEARD) as gateway:
        await begin(gateway, grid)
        await opened(gateway)
        await minutes(gateway, 30)
        await gateway.core.snapshot()
        await gateway.restart()
        await minutes(gateway, 20)
        assert gateway.texts() == []
        [card] = gateway.core.memory.cards.unresolved()
        assert card.state == "open"
        assert [row.error for row in (await gateway.rows()).values()] == ["maintenance"] * 4
        await minutes(gateway, 15)  # its time is over
        texts = gateway.texts()
        assert [text for text in texts if "消息晚到1小时" in text]
        assert [text for text in texts if "Reported 1 h" in text]
        assert len(texts) == 2  # the member's and the leader's, once


async def test_ended_before_its_time_what_is_open_is_told_and_what_is_over_is_not(
    tmp_path: Path,
) -> None:
    async with evening(tmp_path, households=2, rules=HEARD) as gateway:
        await begin(gateway)
        await opened(gateway, 1)
        await opened(gateway, 2)
        first = gateway.core.memory.cards.unresolved()[-1]
        await gateway.asked(do="resolve", incident=first.id, by="P1", outcome="at_home")
        await minutes(gateway, 4)
        await end(gateway)
        [text] = gateway.texts()
        assert "2栋" in text
        assert "消息晚到4分" in text
        rows = (await gateway.rows()).values()
        assert sorted(row.status == "stale" for row in rows) == [False, True]


async def test_what_is_critical_is_told_unless_that_was_asked_for(tmp_path: Path) -> None:
    async with evening(tmp_path, at="23:00", households=2, rules=HEARD) as gateway:
        await begin(gateway)
        await opened(gateway, 1)
        told = len(gateway.texts())
        assert told == 2
        await begin(gateway, even_critical=True)
        await opened(gateway, 2)
        await minutes(gateway, 5)
        assert len(gateway.texts(like="2栋")) == 0


async def test_another_grid_and_an_end_are_no_maintenance(tmp_path: Path) -> None:
    async with evening(tmp_path, rules=HEARD) as gateway:
        with pytest.raises(Refused, match="there is no grid 'G9'"):
            await begin(gateway, "G9")
        with pytest.raises(Refused, match="grid G1 is not under maintenance"):
            await end(gateway)
        with pytest.raises(Refused, match="from 1 to 1440 minutes, not 1441"):
            await begin(gateway, minutes=1441)
        await begin(gateway)
        await end(gateway)
        await opened(gateway)
        assert len(gateway.texts()) == 1


async def test_what_it_hid_is_listed_audited_and_in_the_digest(tmp_path: Path) -> None:
    async with evening(tmp_path, households=2, rules=HEARD) as gateway:
        began = gateway.now()
        await begin(gateway)
        await opened(gateway, 1)
        [card] = gateway.core.memory.cards.unresolved()
        await gateway.asked(do="resolve", incident=card.id, by="P1", outcome="returned")
        await minutes(gateway, 10)
        await end(gateway)
        await opened(gateway, 2)
        zone = gateway.core.memory.zone
        [one] = await maintenance_book.listed(gateway.database, zone, gateway.now())
        assert (one["grid_id"], one["by"], one["why"], one["ended_by"], one["lasts"]) == (
            "G1", "P2", "新网关", "P1", False,
        )  # fmt: skip
        assert [(hidden["code"], hidden["state"]) for hidden in one["hidden"]] == [
            (card.code, "resolved")
        ]
        acts = await audit(gateway.database, zone, began, gateway.now() + MINUTE)
        assert [(act["who"], act["what"], act["about"]) for act in acts] == [
            ("P2", "maintenance_started", "G1"),
            ("P1", "resolved", "H1"),
            ("P1", "maintenance_ended", "G1"),
        ]
        second = gateway.core.memory.cards.unresolved()[0]
        await gateway.asked(do="resolve", incident=second.id, by="P1", outcome="returned")
        await gateway.until("08:31")
        said = f"【门磁】今日待办：检修时1件({card.code} 1栋2单元501)。"
        assert gateway.texts(like="检修时1件") == [said]


# -- recovery ----------------------------------------------------------------------------------

SILENT = "[supervision]\njson = 120\n"


async def test_who_was_told_of_a_silence_is_told_once_that_it_is_over(tmp_path: Path) -> None:
    async with evening(tmp_path, rules=SILENT) as gateway:
        await gateway.until("15:00")
        assert len(gateway.texts(like="没有消息")) == len(gateway.texts(like="silent since")) == 1
        await gateway.hears("S1", door=Door.CLOSED)
        await minutes(gateway, 1)
        await gateway.restart()
        await minutes(gateway, 5)
        [card] = gateway.core.memory.cards.of_grid("G1")
        assert card.state == "resolved"
        assert sorted(gateway.texts()[2:]) == [  # to two people at once: in either order
            "Door sensor: Bldg 1 Unit 2 501 door sensor heard again, nothing to do. "
            f"Code {card.code}",
            f"【门磁】1栋2单元501 门磁又有消息了，不用处理。编号{card.code}",
        ]


async def test_of_several_homes_one_text_says_that_all_are_back(tmp_path: Path) -> None:
    async with evening(tmp_path, households=3, rules=SILENT) as gateway:
        await gateway.until("15:00")
        for sensor in ("S1", "S2", "S3"):
            await gateway.hears(sensor, door=Door.CLOSED)
        await minutes(gateway, 1)
        assert len(gateway.texts(like="门磁又有消息了")) == 1
        assert "1栋2单元501 +2 门磁又有消息了" in gateway.texts(like="门磁又有消息了")[0]


async def test_nobody_hears_of_the_end_of_what_he_never_heard_of(tmp_path: Path) -> None:
    async with evening(tmp_path, rules=SILENT) as gateway:
        await begin(gateway, minutes=600)
        await gateway.until("15:00")
        await gateway.hears("S1", door=Door.CLOSED)
        await minutes(gateway, 1)
        await end(gateway)
        await minutes(gateway, 5)
        assert gateway.texts() == []
        assert set(await gateway.statuses()) == {"P1 sms stale", "P2 sms stale"}
