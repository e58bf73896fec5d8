"""The digest on real parts: once a person and day, over restarts, and only of what waits."""

from pathlib import Path

import pytest

from rules.model import Door
from rules.moment import DAY
from simulators.provider import rate_limited
from tests.support.evening import evening

HEARD = "[supervision]\njson = 10000\n"  # no sensor falls silent meanwhile
DIGEST = "今日待办"


async def test_what_waits_is_told_once_on_the_next_morning(tmp_path: Path) -> None:
    async with evening(tmp_path, households=2, rules=HEARD) as gateway:
        await gateway.hears("S1", battery=10)
        await gateway.hears("S2", battery=12)
        await gateway.until("08:29")
        assert gateway.texts() == []
        await gateway.restart()
        await gateway.until("08:31")
        await gateway.restart()
        await gateway.until("23:00")
        assert sorted(gateway.texts(), reverse=True) == [
            "【门磁】今日待办：低电量2户(1栋2单元501，2栋2单元501)。",
            "Door sensor: today: battery low 2 (Bldg 1 Unit 2 501, Bldg 2 Unit 2 501).",
        ]
        await gateway.hears("S2", battery=90)
        await gateway.until("08:31")
        assert gateway.texts(like=DIGEST)[1:] == ["【门磁】今日待办：低电量1户(1栋2单元501)。"]


async def test_nothing_to_say_no_text(tmp_path: Path) -> None:
    async with evening(tmp_path, rules=HEARD) as gateway:
        await gateway.until("08:31")
        assert gateway.texts() == []


@pytest.mark.parametrize(("back", "texts"), [("11:00", 1), ("23:30", 0)])
async def test_a_gateway_that_was_down_says_it_late_but_not_at_night(
    tmp_path: Path, back: str, texts: int
) -> None:
    async with evening(tmp_path, at="08:00", rules=HEARD) as gateway:
        await gateway.hears("S1", battery=10)
        hours, minutes = map(int, back.split(":"))
        await gateway.die()
        gateway.provider.account.advance(((hours - 8) * 60 + minutes) * 60)
        await gateway.start()
        await gateway.settled()
        assert len(gateway.texts(like=DIGEST)) == texts
        await gateway.restart()
        await gateway.until("08:31")  # on the next day as ever
        assert len(gateway.texts(like=DIGEST)) == texts + 1


async def test_one_that_is_late_counts_what_was_held_before_the_start(tmp_path: Path) -> None:
    async with evening(tmp_path, at="08:00", rules=HEARD) as gateway:
        gateway.provider.account.outage = rate_limited("1")
        await gateway.says("S1", Door.OPEN)
        [card] = gateway.core.memory.cards.unresolved()
        await gateway.out.stop(0)
        until = gateway.now() + DAY
        await gateway.database.transaction(
            lambda c: c.execute("UPDATE alerts SET status = 'held', next_at = ?", (until,))
        )
        await gateway.database.close()
        gateway.provider.account.advance(3 * 3600)
        await gateway.start()
        rows = await gateway.database.rows("SELECT text FROM alerts WHERE incident_id IS NULL")
        assert [row["text"] for row in rows if row["text"].startswith("【")] == [
            f"【门磁】今日待办：未发出1件({card.code} 1栋2单元501)。"
        ]


@pytest.mark.parametrize(("opened", "said"), [("10:00", 1), ("21:00", 0)])
async def test_one_that_finds_no_text_left_waits_for_one_but_not_until_the_next(
    tmp_path: Path, opened: str, said: int
) -> None:
    people = [["P1", "王敏", "+8613800000001", "member", "G1", "zh", ""]]
    rules = '[defaults]\ncurfew = { start = "03:00", end = "03:01" }\n' + HEARD
    async with evening(tmp_path, opened, households=4, people=people, rules=rules) as gateway:
        for home in (1, 2, 3):  # as many as are not kept for critical ones
            await gateway.hears(f"S{home}", door=Door.OPEN)
            await gateway.hears(f"S{home}", door=Door.CLOSED)
            [card, *_] = gateway.core.memory.cards.unresolved()
            await gateway.asked(do="resolve", incident=card.id, by="P1", outcome="at_home")
        assert len(gateway.texts("+8613800000001")) == 3
        await gateway.hears("S4", battery=10)
        await gateway.until("08:31")
        rows = [row for row in (await gateway.rows()).values() if row.incident_id is None]
        assert [row.error for row in rows] == ["reserved_for_critical"]
        assert [row.status for row in rows] == ["held" if said else "stale"]
        assert gateway.held("nobody") == 0  # that is said of incidents
        await gateway.restart()
        await gateway.until("23:00")
        assert len(gateway.texts(like=DIGEST)) == said


async def test_a_grid_has_its_own_minute(tmp_path: Path) -> None:
    async with evening(tmp_path, rules=HEARD + '[grid.G1]\ndigest = "09:15"\n') as gateway:
        await gateway.hears("S1", battery=10)
        await gateway.until("09:14")
        assert gateway.texts() == []
        await gateway.until("09:16")
        assert len(gateway.texts(like=DIGEST)) == 1


async def test_only_those_on_duty_get_it(tmp_path: Path) -> None:
    people = [
        ["P1", "王敏", "+85251230001", "member", "G1", "zh", "mon-sun 08:00-20:00"],
        ["P2", "刘强", "+85251230002", "leader", "G1", "zh", "mon-sun 20:00-08:00"],
        ["P3", "赵云", "+85251230003", "command", "", "zh", ""],
    ]
    async with evening(tmp_path, rules=HEARD, people=people) as gateway:
        await gateway.hears("S1", battery=10)
        await gateway.until("08:31")
        assert [m.to for m in gateway.provider.messages] == ["+85251230001"]


async def test_what_resolved_itself_waits_for_a_word(tmp_path: Path) -> None:
    async with evening(tmp_path, rules=HEARD) as gateway:
        await gateway.hears("S1", door=Door.OPEN)
        [card] = gateway.core.memory.cards.unresolved()
        await gateway.asked(do="acknowledge", incident=card.id, by="P1")
        await gateway.hears("S1", door=Door.CLOSED)
        await gateway.until("08:31")
        said = f"【门磁】今日待办：未确认1件({card.code} 1栋2单元501)。"
        assert gateway.texts(like=DIGEST) == [said]
        await gateway.asked(do="resolve", incident=card.id, by="P1", outcome="at_home")
        await gateway.until("08:31")
        assert gateway.texts(like=DIGEST) == [said]


async def test_a_person_of_several_grids_gets_one_text(tmp_path: Path) -> None:
    people = [["P1", "王敏", "+85251230001", "leader", "", "zh", ""]]
    async with evening(tmp_path, households=2, rules=HEARD, people=people) as gateway:
        site = gateway.site
        site.tables["grids"].append(["G2", "西关", "龙门"])
        site.tables["households"][2][1] = "G2"
        site.write_tables()
        await gateway.database.close()
        await gateway.out.stop(0)
        await site.import_ledger()
        await gateway.start()
        await gateway.hears("S1", battery=10)
        await gateway.hears("S2", battery=10)
        await gateway.until("08:31")
        said = "【门磁】今日待办：低电量2户(1栋2单元501，2栋2单元501)。"
        assert gateway.texts() == [said]
