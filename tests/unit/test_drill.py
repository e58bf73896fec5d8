"""A drill: as a real opening in all that it does, and as nothing in all that is counted."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway import loading, report
from gateway.config import load
from gateway.config.tables import Config, Drill
from gateway.config.tables import Store as StoreTable
from gateway.drill import report as drill_report
from gateway.drilling import MADE_UP, Drilling
from gateway.errors import Mistakes
from gateway.granting import Refused
from gateway.incidents import Card, Cards
from gateway.intake import Intake
from gateway.ledger.model import Language
from gateway.memory import Memory
from gateway.metrics import Metrics
from gateway.rehearsal.journal import JournalReplay, run
from gateway.requests import carry_out
from gateway.rulesfile import RulesFile
from gateway.store import ledgers
from gateway.store.journal import DrillChanged, Entry
from rules.home import Home
from rules.local import moment
from rules.model import Door, DoorSeen
from rules.moment import DAY, HOUR, MINUTE
from rules.windows.calendar import NO_PLAN
from tests.support.desk import LEDGER, Desk, desk
from tests.support.house import MIDNIGHT

ZONE = ZoneInfo("Asia/Shanghai")
ASKED = {"do": "drill", "grid": "G1", "by": "cli"}


class Drilled(Desk):
    """A desk with the part that carries drills out."""

    drilling: Drilling

    async def look(self) -> None:
        """What the gateway does four times a second; and all that follows from it."""
        await self.drilling.look()
        for _ in range(3):
            await self.passes_by(0)

    async def begin(self) -> Card:
        await carry_out(self.core, ASKED)
        await self.look()
        return self.cards()[0]

    async def report(self) -> dict[str, Any]:
        return (await drill_report.drills(self.database, ZONE))[-1]


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Drilled]:
    async with desk(tmp_path) as one:
        one.__class__ = Drilled
        assert isinstance(one, Drilled)
        one.drilling = Drilling(one.core, one.database, Drill())
        await ledgers.add(one.database, LEDGER, 0, after=0)
        await one.core.use(LEDGER, 1, RulesFile.default())
        yield one


async def texts(here: Desk) -> list[tuple[str, str]]:
    rows = await here.database.rows("SELECT person_id, text FROM alerts ORDER BY id")
    return [(row["person_id"], row["text"]) for row in rows]


# -- its way ---------------------------------------------------------------------------------


async def test_the_members_on_duty_get_one_text_that_says_drill(here: Drilled) -> None:
    card = await here.begin()
    told = await texts(here)
    assert [who for who, _ in told] == ["mainland", "member"]
    assert all(text.startswith("【门磁演练】G1 12:00开门") for _, text in told)
    assert all(card.code in text for _, text in told)
    body = card.body
    assert (body["drill"], body["kind"], body["grid_id"]) == (True, "unauthorised_opening", "G1")
    assert body["door_open"] is False, "it is shut again at once"


async def test_nobody_answers_and_the_chain_runs_as_for_a_real_one(here: Drilled) -> None:
    await here.begin()
    before = len(await texts(here))
    await here.passes_by(5.1)
    await here.look()
    late = (await texts(here))[before:]
    assert [who for who, _ in late] == ["mainland", "member", "leader"]
    assert late[0][1].startswith("门磁演练，这是演练。")
    assert late[2][1].startswith("DRILL, door sensor: G1")


async def test_at_night_it_calls_nobody_out_of_bed_at_once(here: Drilled) -> None:
    here.clock.at = at(2, 23)
    card = await here.begin()
    assert card.body["severity"] == "critical", "it would be"
    rows = await here.database.rows("SELECT person_id, kind FROM alerts ORDER BY id")
    assert [tuple(row) for row in rows] == [("mainland", "sms"), ("member", "sms")]


async def test_an_answer_ends_it_and_it_has_passed(here: Drilled) -> None:
    card = await here.begin()
    await here.passes_by(2)
    answer = await here.says("member", f"1 {card.code}")
    assert answer is not None
    assert answer.startswith("【门磁演练】")
    await here.look()
    assert (card.state, card.body["outcome"]) == ("resolved", "cleared")
    assert (card.body["acknowledged_by"], card.body["resolved_by"]) == ("member", "drill")
    told = len(await texts(here))
    await here.passes_by(60)
    assert len(await texts(here)) == told, "nobody hears of it again"
    found = await here.report()
    assert (found["passed"], found["answered_by"], found["answered_after"]) == (True, "member", 120)
    assert found["alerts"][0]["latency"]["acknowledged"] == 120


async def test_what_somebody_says_it_was_is_an_answer_too(here: Drilled) -> None:
    card = await here.begin()
    await here.says("member", f"0 {card.code} 4")
    assert card.state == "resolved"
    await here.look()
    assert here.core.memory.drills == {}
    assert ((await here.report())["passed"], card.body["resolved_by"]) == (True, "member")


async def test_nobody_answers_in_half_an_hour_and_it_has_failed(here: Drilled) -> None:
    card = await here.begin()
    await here.passes_by(29.9)
    await here.look()
    assert ((await here.report())["passed"], card.state) == (None, "open")
    await here.passes_by(0.2)
    await here.look()
    assert (card.state, card.body["outcome"]) == ("resolved", "cleared")
    found = await here.report()
    assert (found["passed"], found["answered_by"]) == (False, None)


async def test_an_answer_that_comes_too_late_does_not_save_it(here: Drilled) -> None:
    await here.begin()
    await here.passes_by(30.1)
    await here.says("member", "1")
    found = await here.report()
    assert (found["passed"], found["answered_by"]) == (False, "member")


async def test_its_door_opens_once_however_often_it_is_looked_at(here: Drilled) -> None:
    await carry_out(here.core, ASKED)
    await here.drilling.look()
    await here.look()
    rows = await here.database.rows("SELECT door FROM journal WHERE kind = ?", (Entry.READING,))
    assert [row["door"] for row in rows] == [0, 1, 0]


async def test_one_at_a_time_and_only_of_a_grid_that_there_is(here: Drilled) -> None:
    await here.begin()
    with pytest.raises(Refused, match="runs already"):
        await carry_out(here.core, ASKED)
    with pytest.raises(Refused, match="grid G9 is not"):
        await carry_out(here.core, ASKED | {"grid": "G9"})


async def test_the_next_one_is_another_incident(here: Drilled) -> None:
    first = await here.begin()
    await here.says("member", "1")
    await here.look()
    await here.passes_by(1)
    second = await here.begin()
    assert second.id != first.id
    assert [found["passed"] for found in await drill_report.drills(here.database, ZONE)] == [
        True,
        None,
    ]


# -- what it is not --------------------------------------------------------------------------


async def test_it_is_no_home_no_sensor_and_no_incident_of_the_figures(here: Drilled) -> None:
    metrics = Metrics((), ())
    metrics.attach(here.core.memory, lambda: None)
    homes, sensors = set(here.core.memory.homes), set(here.core.memory.intake.sensors)
    card = await here.begin()
    assert (set(here.core.memory.homes), set(here.core.memory.intake.sensors)) == (homes, sensors)
    labels = {"kind": card.body["kind"]}
    assert metrics.registry.get_sample_value("doorwatch_incidents_open", labels) == 0


async def test_a_drill_is_none_of_the_five_homes_of_a_fire(tmp_path: Path) -> None:
    row = LEDGER.households["H1"]
    homes = {f"H{n}": replace(row, household_id=f"H{n}") for n in range(1, 6)}
    memory = Memory(ZONE, Language.ZH, Intake(), Cards(ZONE))
    memory.use(replace(LEDGER, households=homes, sensors={}), 1, RulesFile.default(), 0)
    rows: list[list[str]] = []
    noon = moment(MIDNIGHT) + 12 * HOUR
    for number, key in enumerate(["H1", "H2", "H3", "H4", "drill:G1", "H5"]):
        now = noon + number
        if key == "drill:G1":
            memory.take(None, DrillChanged("G1", True, "cli"), now)
        said = memory.apply(key, DoorSeen("S", Door.CLOSED, now - 1), now - 1)
        said += memory.apply(key, DoorSeen("S", Door.OPEN, now), now)
        rows.append([one.verdict for _, out in said for one in out if hasattr(one, "verdict")])
    assert "mass_opening" not in rows[4]
    assert "mass_opening" in rows[5]


async def test_nobody_can_grant_a_pass_for_it(here: Drilled) -> None:
    card = await here.begin()
    await here.says("member", f"2 {card.code} 30")
    assert await here.passes() == []


# -- whatever happens ------------------------------------------------------------------------


async def stored(here: Desk) -> Memory:
    """What another start makes of the store."""
    config = Config(store=StoreTable(path=Path("unused")))
    return await loading.load(here.database, config)


def standing(memory: Memory) -> list[Home]:
    """Without the windows of the day, which are worked out again."""
    return [home._replace(plan=NO_PLAN) for home in memory.drills.values()]


@pytest.mark.parametrize("snapshot", [False, True])
async def test_a_start_in_the_middle_goes_on_with_it(here: Drilled, snapshot: bool) -> None:
    card = await here.begin()
    if snapshot:
        await here.core.snapshot()
    memory = await stored(here)
    assert standing(memory) == standing(here.core.memory)
    assert memory.cards.get(card.id) is not None
    here.core.memory = memory
    here.drilling = Drilling(here.core, here.database, Drill())
    await here.look()
    assert len(memory.cards.unresolved()) == 1, "it does not open a second time"
    await here.passes_by(31)
    await here.look()
    assert (memory.drills, memory.cards.unresolved()) == ({}, [])


async def test_killed_before_its_door_opened_it_opens_after_the_start(here: Drilled) -> None:
    await carry_out(here.core, ASKED)
    here.core.memory = await stored(here)
    await here.look()
    assert [card.body["drill"] for card in here.cards()] == [True]


async def test_another_ledger_meanwhile_changes_nothing(here: Drilled) -> None:
    card = await here.begin()
    await here.core.use(replace(LEDGER, grids={}, households={}, sensors={}, people={}), 2,
                        RulesFile.default())  # fmt: skip
    await here.passes_by(31)
    await here.look()
    assert card.state == "resolved"


async def test_the_journal_replays_it_and_rehearses_none(here: Drilled) -> None:
    card = await here.begin()
    await here.says("member", f"1 {card.code}")
    await here.look()
    await here.door(Door.CLOSED)
    await here.door(Door.OPEN)
    again = await stored(here)
    assert (again.homes, again.drills) == (here.core.memory.homes, {})
    kinds = [row["kind"] for row in await here.database.rows("SELECT kind FROM journal")]
    assert kinds.count(Entry.DRILL) == 2
    replayed = JournalReplay(ZONE, 0, RulesFile.parse("[defaults]\nheld_open_minutes = 9\n"))
    await run(replayed, here.database, len(kinds) + 9)
    assert [one.owner for one in replayed.verdicts.decided] == ["H1"]
    assert replayed.dropped == 0


# -- each month ------------------------------------------------------------------------------


def at(day: int, hour: float) -> int:
    """Of the month in which the tests' day is the 2nd."""
    return moment(MIDNIGHT) + (day - 2) * DAY + int(hour * HOUR)


async def drilled(here: Drilled, when: int) -> list[str]:
    """The grids whose drill runs after a look at that moment."""
    here.clock.at = when
    await here.passes_by(0)
    await here.drilling.look()
    await asyncio.sleep(0)
    return sorted(here.core.memory.drills)


@pytest.mark.parametrize(
    ("when", "begins"),
    [
        (at(2, 10), False),  # not the day
        (at(3, 9.99), False),
        (at(3, 10), True),
        (at(3, 10) + MADE_UP - 1, True),  # the gateway was down
        (at(3, 10) + MADE_UP, False),
        (at(9, 10.5), True),  # it was down for days
    ],
)
async def test_the_day_and_hour_of_the_month(here: Drilled, when: int, begins: bool) -> None:
    here.drilling = Drilling(here.core, here.database, Drill(day=3))
    assert await drilled(here, when) == (["drill:G1"] if begins else [])


async def test_each_grid_once_a_month_one_after_the_other(here: Drilled) -> None:
    here.drilling = Drilling(here.core, here.database, Drill(day=3))
    assert await drilled(here, at(3, 10)) == ["drill:G1"]
    assert await drilled(here, at(3, 10) + 2 * MINUTE) == ["drill:G1"]
    await here.look()
    await here.says("member", "1")
    await here.look()
    assert await drilled(here, at(3, 10) + 4 * MINUTE) == ["drill:G2"]
    await here.look()
    await here.says("other", "1")
    await here.look()
    assert await drilled(here, at(3, 10) + 6 * MINUTE) == []
    here.drilling = Drilling(here.core, here.database, Drill(day=3))  # a restart
    assert await drilled(here, at(4, 10)) == []
    assert await drilled(here, at(3, 10) + 31 * DAY) == ["drill:G1"]


async def test_it_waits_while_a_real_door_waits_for_somebody(here: Drilled) -> None:
    here.drilling = Drilling(here.core, here.database, Drill(day=3))
    here.clock.at = at(3, 9.9)
    card = await here.opens()
    assert await drilled(here, at(3, 10)) == ["drill:G2"]
    await here.look()
    await here.says("other", "1")
    await here.look()
    assert await drilled(here, at(3, 10) + 2 * MINUTE) == []
    await here.says("member", f"1 {card.code}")
    await here.door(Door.CLOSED)
    assert await drilled(here, at(3, 11)) == ["drill:G1"]


async def test_a_daily_report_calls_it_a_drill(here: Drilled) -> None:
    await here.begin()
    found = await report.report(here.database, ZONE, (at(2, 0), at(3, 0)), runs=True)
    assert [one["drill"] for one in found["incidents"]] == [True]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("", (0, 600)),
        ('[drill]\nday = 28\nat = "09:30"\n', (28, 570)),
        ("[drill]\nday = 29\n", "config.toml: drill.day: "),  # February has none
        ('[drill]\nday = 1\nat = "25:00"\n', "config.toml: drill.at: "),
    ],
)
def test_the_table_of_config_toml(
    tmp_path: Path, written: str, found: tuple[int, int] | str
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(written)
    if isinstance(found, str):
        with pytest.raises(Mistakes) as refused:
            load(file)
        assert [str(one).startswith(found) for one in refused.value.mistakes] == [True]
    else:
        assert tuple(load(file).drill.model_dump().values()) == found
