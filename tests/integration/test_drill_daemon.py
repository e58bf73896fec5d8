"""A drill by the real daemon, command line and provider's stand-in, from the door to the answer."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from simulators.broker import Mosquitto
from simulators.provider import ProviderStandIn
from tests.integration.test_cli_daemon import run_command
from tests.support.site import Site

STAGES = ("decided", "committed", "handed", "accepted", "delivered", "acknowledged")


class Street(Site):
    provider: ProviderStandIn

    async def texted(self) -> None:
        """Until the member has the text of a drill."""
        await self.provider.wait_for(
            lambda: any(one.body.startswith("【门磁演练】") for one in self.provider.messages)
        )


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    async with Mosquitto() as broker, ProviderStandIn() as provider:
        site = Street(tmp_path, broker.url, provider)
        site.provider = provider
        await site.import_ledger()
        await site.start()
        await site.ready()
        yield site
        await site.kill()


def answered(street: Street) -> bool:
    """Whether its incident has come to its end."""
    return [one["state"] for one in street.incidents()] == ["resolved"]


async def drills(street: Street) -> Any:
    return (await run_command(street, "report", "drills", "--json")).json


async def test_from_the_command_to_the_answer(street: Street) -> None:
    watching = asyncio.create_task(run_command(street, "drill", "--grid", "G1", "--wait"))
    await street.texted()
    await street.until(lambda: street.rows("SELECT 1 FROM alerts WHERE status = 'delivered'"))
    street.provider.reply(street.member, "1")  # who answers sooner leaves its receipt unread
    seen = await watching
    assert (seen.status, seen.err) == (0, "")
    for stage in STAGES[:-1]:
        assert f"P1 sms, step 0: {stage} " in seen.out
    assert "grid G1: answered by P1 " in seen.out

    [found] = await drills(street)
    assert (found["passed"], found["answered_by"], found["grid_id"]) == (True, "P1", "G1")
    seconds = [found["alerts"][0]["latency"][stage] for stage in STAGES]
    assert None not in seconds
    first_to_last = seconds[:4]
    assert first_to_last == sorted(first_to_last), "each stage after the one before it"
    shown = await run_command(street, "incidents", "show", str(found["incident"]))
    assert "drill: true" in shown.out
    assert "    from the reading: decided 0." in shown.out


async def test_killed_in_the_middle_it_goes_on_and_is_answered(street: Street) -> None:
    begun = await run_command(street, "drill", "--grid", "G1")
    assert begun.status == 0
    await street.texted()
    await street.kill()
    assert [found["passed"] for found in await drills(street)] == [None]
    await street.start()
    await street.ready()
    street.provider.reply(street.member, "1")
    await street.until(lambda: answered(street))
    assert [found["passed"] for found in await drills(street)] == [True]
    assert sum("演练" in one.body and "开门" in one.body for one in street.provider.messages) == 1


async def test_it_needs_a_gateway_and_a_grid(street: Street) -> None:
    wrong = await run_command(street, "drill", "--grid", "G9")
    assert (wrong.status, wrong.err) == (
        2,
        "doorwatch: --grid: there is no grid 'G9' in the ledger\n",
    )
    await street.stop()
    alone = await run_command(street, "drill", "--grid", "G1")
    assert alone.status == 1
    assert "the gateway does not run" in alone.err
    assert street.incidents() == []
