"""Alerts that end badly: refused, killed at the wrong moment, on a phone that two people share."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.reading import Decoded, Delivery, Reading, nothing
from gateway.answering import Answering
from gateway.ledger.importing import read_tables
from gateway.ledger.model import Ledger, Person
from gateway.rehearsal.comparison import stored, would_be
from gateway.rehearsal.journal import JournalReplay, run
from gateway.store import ledgers
from rules.model import Door, Role
from rules.moment import DAY
from simulators.provider import rate_limited, refused
from tests.support.desk import LEDGER, desk
from tests.support.evening import Evening, evening, minutes
from tests.support.site import ONE_STEP

RESERVED = """
[budget."+852"]
texts_per_day = 1
same_per_day = 1
reserved_for_critical = 1
[defaults]
curfew = { start = "03:00", end = "03:01" }
"""


DAYTIME = '[defaults]\ncurfew = { start = "03:00", end = "03:01" }\n'


async def test_killed_between_an_alerts_end_and_the_next_step(tmp_path: Path) -> None:
    async with evening(tmp_path, rules=ONE_STEP) as gateway:
        gateway.provider.account.outage = refused(21211)
        await gateway.hears("S1", door=Door.OPEN)
        async with asyncio.timeout(20):
            while not any(row.status == "failed" for row in (await gateway.rows()).values()):
                await asyncio.sleep(0.02)
        await gateway.restart()
        gateway.provider.account.outage = None
        await gateway.hears("S1", door=Door.CLOSED)
        await minutes(gateway, 20)
        assert gateway.texts()


async def test_a_key_counts_for_whoever_answers_for_that_home(tmp_path: Path) -> None:
    shared = LEDGER.people["member"].phone
    people = {"installer": Person("installer", "", shared, Role.INSTALLER), **LEDGER.people}
    async with desk(tmp_path, replace(LEDGER, people=people)) as here:
        card = await here.opens()
        rows = await here.database.rows(
            "SELECT id FROM alerts WHERE incident_id = ? AND person_id = 'member'", (card.id,)
        )
        answering = Answering(
            here.core,
            here.database,
            here.replying,
            here._replies,
            None,
            None,
            lambda: None,  # type: ignore[arg-type]
        )
        await answering.key(shared, rows[0]["id"], "1")
        assert here.cards()[0].body["acknowledged_by"] == "member"


async def test_what_is_all_kept_for_critical_ones_is_kept_from_the_first_text_on(
    tmp_path: Path,
) -> None:
    async with evening(tmp_path, rules=RESERVED) as gateway:
        await gateway.hears("S1", door=Door.OPEN)
        await gateway.hears("S1", door=Door.CLOSED)
        assert gateway.texts(gateway.site.member) == []


async def refused_once(gateway: Evening) -> None:
    """Until what waits has been tried, and waits again."""
    async with asyncio.timeout(20):
        while {(r.attempts > 0, r.status) for r in (await gateway.rows()).values()} != {
            (True, "pending")
        }:
            await asyncio.sleep(0.005)


async def rises(gateway: Evening, *, after: float) -> None:
    """A door opens while the provider takes nothing, and stands open until it is critical."""
    gateway.provider.account.outage = rate_limited("1")
    reading = Reading("mqtt", "json", "doors/S1", Decoded(Door.OPEN), gateway.now())
    gateway.core.submit(Delivery(reading, nothing))
    await gateway.core.turn()
    await refused_once(gateway)
    gateway.provider.account.advance(after)
    await gateway.core.turn()
    gateway.provider.account.outage = None
    await gateway.settled()
    await minutes(gateway, 1)


async def test_what_became_graver_while_nothing_could_leave_is_said_once(tmp_path: Path) -> None:
    async with evening(tmp_path) as gateway:
        await rises(gateway, after=182)
        [said] = gateway.texts(gateway.site.member)
        assert "紧急" in said, "the newest"
        kinds = [row for row in await gateway.statuses() if row.startswith("P1 sms")]
        assert sorted(kinds) == ["P1 sms delivered", "P1 sms stale"]


# -- a duty that changes while an alert waits ----------------------------------------------------

SHIFTS = [
    ["P1", "王敏", "+85251230001", "member", "G1", "zh", "mon-sun 08:00-00:00"],
    ["P2", "刘强", "+85251230002", "leader", "G1", "en", ""],
    ["P3", "赵云", "+85251230003", "member", "G1", "zh", "mon-sun 00:00-08:00"],
]


async def waits_over_midnight(gateway: Evening) -> None:
    """A text that was decided at 23:58 and cannot leave before 00:02."""
    await waits(gateway, seconds=4 * 60)


async def waits(gateway: Evening, *, seconds: float) -> None:
    """A text that cannot leave for so long."""
    gateway.provider.account.outage = rate_limited("1")
    await gateway.says("S1", Door.OPEN)
    await gateway.says("S1", Door.CLOSED)
    await refused_once(gateway)
    gateway.provider.account.advance(seconds)
    gateway.provider.account.outage = None


async def settles(gateway: Evening) -> None:
    """What the outbox tells the rules, and what they say to it."""
    for _ in range(3):
        await gateway.settled()
        await gateway.core.turn()


async def test_who_went_off_duty_is_not_told_and_who_came_on_is(tmp_path: Path) -> None:
    async with evening(tmp_path, at="23:58", people=SHIFTS, rules=DAYTIME) as gateway:
        await waits_over_midnight(gateway)
        await settles(gateway)
        assert gateway.texts("51230001") == []
        [said] = gateway.texts("51230003")
        assert "23:58开门" in said
        assert "消息晚到4分" in said
        first, instead = [r for r in (await gateway.rows()).values() if r.person_id != "P2"]
        assert (first.status, first.error) == ("stale", "off_duty")
        assert (instead.person_id, instead.kind, instead.step) == ("P3", "sms", 0)
        [card] = gateway.core.memory.cards.unresolved()
        assert card.body["timeline"][-1]["detail"] == "member sms P3 in place of P1"


async def test_the_journal_says_again_who_was_told_in_whose_place(tmp_path: Path) -> None:
    async with evening(tmp_path, at="23:58", people=SHIFTS, rules=DAYTIME) as gateway:
        await waits_over_midnight(gateway)
        await settles(gateway)
        was = await stored(gateway.database, since=0)
        again = JournalReplay(gateway.core.memory.zone, 0, raised=was.raised)
        await run(again, gateway.database, was.last_id)
        assert would_be(again.verdicts.incidents.values(), since=0) == was.side
        [card] = gateway.core.memory.cards.unresolved()
        [incident] = again.verdicts.incidents.values()
        told = [(one.at, one.role, one.channel) for one in incident.notices]
        assert len(told) == len(set(told)) == len(await gateway.rows())
        state = again.memory.state(card.owner)
        assert state == gateway.core.memory.state(card.owner), "with who was alerted, and when"


async def test_it_is_told_once_however_often_the_gateway_is_killed(tmp_path: Path) -> None:
    async with evening(tmp_path, at="23:58", people=SHIFTS, rules=DAYTIME) as gateway:
        await waits_over_midnight(gateway)
        await gateway.settled()  # it is another's, and the rules have not heard of it
        await gateway.restart()
        await settles(gateway)
        await gateway.restart()
        await settles(gateway)
        await minutes(gateway, 2)
        assert len(gateway.texts("51230003")) == 1
        assert gateway.texts("51230001") == []


async def test_with_nobody_else_on_duty_it_stays_theirs(tmp_path: Path) -> None:
    async with evening(tmp_path, at="23:58", people=SHIFTS[:2], rules=DAYTIME) as gateway:
        await waits_over_midnight(gateway)
        await settles(gateway)
        assert len(gateway.texts("51230001")) == 1


async def test_nobody_gets_it_twice_when_two_go_off_duty(tmp_path: Path) -> None:
    others = [["P4", "何洁", "+85251230004", "member", "G1", "zh", "mon-sun 08:00-00:00"]]
    people = SHIFTS + others
    async with evening(tmp_path, at="23:58", people=people, rules=DAYTIME) as gateway:
        await waits_over_midnight(gateway)
        await settles(gateway)
        assert len(gateway.texts("51230003")) == 1
        assert gateway.texts("51230001") == gateway.texts("51230004") == []


async def test_what_the_budget_holds_goes_to_who_came_on_without_waiting_for_it(
    tmp_path: Path,
) -> None:
    async with evening(tmp_path, at="23:58", people=SHIFTS, rules=DAYTIME) as gateway:
        gateway.provider.account.outage = rate_limited("1")
        await gateway.says("S1", Door.OPEN)
        await gateway.says("S1", Door.CLOSED)
        await refused_once(gateway)
        await gateway.out.stop(0)
        until = gateway.now() + DAY
        await gateway.database.transaction(
            lambda c: c.execute("UPDATE alerts SET status = 'held', next_at = ?", (until,))
        )
        await gateway.database.close()
        gateway.provider.account.outage = None
        await gateway.start()
        await settles(gateway)
        assert gateway.texts() == []
        gateway.provider.account.advance(4 * 60)
        gateway.out.committed()
        async with asyncio.timeout(20):
            while not gateway.texts("51230003"):
                await settles(gateway)
                await asyncio.sleep(0.01)
        assert gateway.texts("51230001") == []


# -- a roster that changes while an alert waits --------------------------------------------------

OTHERS = [
    ["P3", "赵云", "+85251230003", "member", "G1", "zh", ""],
    ["P2", "刘强", "+85251230002", "leader", "G1", "en", ""],
]
MOVED = [["P1", "王敏", "+85251230009", "member", "G1", "zh", ""], OTHERS[1]]
OPS_NOW = [["P1", "王敏", "+85251230001", "ops", "", "zh", ""], *OTHERS]


async def roster_changes(gateway: Evening, people: list[list[str]]) -> None:
    """A ledger with other people comes while a text waits, and then the provider is back."""
    gateway.provider.account.outage = rate_limited("1")
    await gateway.says("S1", Door.OPEN)
    await gateway.says("S1", Door.CLOSED)
    await refused_once(gateway)
    gateway.site.tables["people"][1:] = people
    gateway.site.write_tables()
    tables = [gateway.site.folder / f"{name}.csv" for name in gateway.site.tables]
    new = read_tables([t for t in tables if t.stem != "windows"], Ledger.empty(), "HK")
    version = await ledgers.add(gateway.database, new, gateway.now(), after=1)
    await gateway.core.use(new, version, gateway.core.memory.rules)
    gateway.provider.account.advance(65)
    gateway.provider.account.outage = None
    await settles(gateway)


@pytest.mark.parametrize(("people", "why"), [(OTHERS, "off_roster"), (OPS_NOW, "off_duty")])
async def test_who_left_the_roster_is_not_told_and_who_has_the_role_is(
    tmp_path: Path, people: list[list[str]], why: str
) -> None:
    async with evening(tmp_path, at="14:00", rules=DAYTIME) as gateway:
        await roster_changes(gateway, people)
        assert gateway.texts("51230001") == []
        assert len(gateway.texts("51230003")) == 1
        first, instead = (await gateway.rows()).values()
        assert (first.person_id, first.status, first.error) == ("P1", "stale", why)
        assert (instead.person_id, instead.kind) == ("P3", "sms")
        [card] = gateway.core.memory.cards.unresolved()
        assert card.body["timeline"][-1]["detail"] == "member sms P3 in place of P1"


async def test_a_number_that_left_the_roster_gets_nothing_and_the_next_step_does_not_wait(
    tmp_path: Path,
) -> None:
    async with evening(tmp_path, at="14:00", rules=DAYTIME) as gateway:
        await roster_changes(gateway, MOVED)
        assert gateway.texts("51230001") == []
        assert len(gateway.texts("51230002")) == 1, "the leader, at once"
        assert [call.to for call in gateway.provider.calls] == ["+85251230009"]


async def test_a_reply_is_found_though_the_machine_s_clock_shows_another_day(
    tmp_path: Path,
) -> None:
    async with evening(tmp_path) as gateway:  # it is tomorrow, for the provider too
        await gateway.hears("S1", door=Door.OPEN)
        await gateway.hears("S1", door=Door.CLOSED)
        [card] = gateway.core.memory.cards.unresolved()
        for _ in range(2):  # the first answer tells how far their clock is ahead
            gateway.provider.reply(gateway.site.member, "1")
            assert await gateway.replied() == 1
            assert card.state == "acknowledged"
            gateway.provider.account.advance(4 * 60)
