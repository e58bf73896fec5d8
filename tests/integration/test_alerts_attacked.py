"""Alerts that end badly: refused, killed at the wrong moment, on a phone that two people share."""

import asyncio
from dataclasses import replace
from pathlib import Path

from gateway.answering import Answering
from gateway.ledger.model import Person
from rules.model import Door, Role
from simulators.provider import refused
from tests.support.desk import LEDGER, desk
from tests.support.evening import evening, minutes

ONE_STEP = """
[[escalation]]
severity = "high"
after_minutes = 0
roles = ["member"]
kinds = ["sms"]
[[escalation]]
severity = "critical"
after_minutes = 0
roles = ["member"]
kinds = ["sms"]
"""
RESERVED = """
[budget."+852"]
texts_per_day = 1
same_per_day = 1
reserved_for_critical = 1
[defaults]
curfew = { start = "03:00", end = "03:01" }
"""


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
