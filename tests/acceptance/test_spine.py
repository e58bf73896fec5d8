"""One door opens, one text arrives: the real daemon, a real mosquitto, the provider's stand-in."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from simulators.broker import Mosquitto
from simulators.mqtt.sender import Broker, Sender
from simulators.provider.standin import ProviderStandIn
from tests.support.site import Site


class Street:
    """Everything of one test."""

    def __init__(self, site: Site, broker: Mosquitto, provider: ProviderStandIn, doors: Sender):
        self.site, self.broker, self.provider, self.doors = site, broker, provider, doors
        self._seq = 0

    async def say(self, sensor: str, state: str, **more: object) -> None:
        self._seq += 1
        text = json.dumps({"sensor_id": sensor, "state": state, "seq": self._seq} | more)
        await self.doors.publish(f"doors/{sensor}", text)

    def journaled(self) -> int:
        return self.site.rows("SELECT COUNT(*) FROM journal WHERE kind = 1")[0][0]


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    async with Mosquitto() as broker, ProviderStandIn() as provider:
        site = Site(tmp_path, broker.url, provider, households=3)
        await site.import_ledger()
        await site.start()
        try:
            await site.ready()
            async with Sender(Broker(broker.port), "doors") as doors:
                yield Street(site, broker, provider, doors)
        finally:
            if site.running:
                await site.kill()


async def test_an_opening_becomes_one_delivered_text_and_its_answer_acknowledges(
    street: Street,
) -> None:
    await street.say("S1", "closed")
    await street.say("S1", "open")
    mine = lambda: [m.body for m in street.provider.messages if m.to == street.site.member]  # noqa: E731
    await street.provider.wait_for(mine)  # at night the leader is told at once, too
    text = mine()[0]
    incident = street.site.incidents()[0]
    assert incident["kind"] == "unauthorised_opening"
    assert incident["code"] in text
    assert "1栋2单元501" in text
    assert len(text) <= 70
    delivered = "SELECT status FROM alerts WHERE kind = 'sms' ORDER BY id LIMIT 1"
    await street.site.until(lambda: street.site.rows(delivered) == [("delivered",)])
    street.provider.reply(street.site.member, f"1 {incident['code']}")
    await street.site.until(lambda: street.site.incidents()[0]["state"] == "acknowledged")
    assert street.site.incidents()[0]["acknowledged_by"] == "P1"


async def test_first_repeated_and_retained_words_are_no_openings(street: Street) -> None:
    await street.doors.publish("doors/S2", '{"state": "closed", "seq": 1}', retain=True)
    await street.doors.publish("doors/S2", '{"state": "closed", "seq": 1}')
    await street.doors.publish("doors/S3", '{"state": "open"}')
    await street.doors.publish("doors/S3", '{"state": "open"}')
    await street.say("S1", "closed")
    said = "SELECT 1 FROM journal WHERE subject = 'S1'"
    await street.site.until(lambda: street.site.rows(said))
    assert street.site.incidents() == []


async def test_a_door_found_open_after_a_gap_is_evidence(street: Street) -> None:
    await street.say("S1", "closed")
    await street.site.until(lambda: street.journaled() == 1)
    await street.site.kill()
    await street.say("S1", "open")
    await street.site.start()
    await street.site.until(lambda: len(street.site.incidents()) == 1)
    incident = street.site.incidents()[0]
    assert incident["since"] is not None
    assert incident["since"] < incident["occurred_at"]
    await street.provider.wait_for(lambda: len(street.provider.messages) >= 1)


async def test_sigterm_drains_and_leaves_in_time(street: Street) -> None:
    await street.say("S1", "closed")
    await street.say("S1", "open")
    await street.site.until(lambda: len(street.site.incidents()) == 1)
    async with asyncio.timeout(5):  # the promise to systemd, and to whoever waits
        assert await street.site.stop() == 0
    assert street.site.rows("SELECT journal_id FROM snapshot")[0][0] > 0


async def test_what_stood_open_stands_open_after_a_restart(street: Street) -> None:
    await street.say("S1", "closed")
    await street.say("S1", "open")
    await street.site.until(lambda: len(street.site.incidents()) == 1)
    await street.site.stop()
    await street.site.start()
    await street.site.ready()
    await street.say("S1", "open")
    await street.say("S2", "closed")
    await street.site.until(lambda: street.journaled() >= 3)
    assert [i["number"] if "number" in i else i["id"] for i in street.site.incidents()] == [1]
    assert street.site.incidents()[0]["door_open"] is True


async def test_a_ledger_imported_meanwhile_is_taken_without_a_restart(street: Street) -> None:
    site = street.site
    site.tables["households"].append(["H9", "G1", "9栋1单元101", "2020-01-01", ""])
    site.tables["sensors"].append(["S9", "H9", "json", "doors/S9"])
    site._write_ledger(9, ())
    await site.import_ledger()
    await site.until(lambda: site.rows("SELECT COUNT(*) FROM journal WHERE kind = 5")[0][0] == 2)
    await street.say("S9", "closed")
    await street.say("S9", "open")
    await site.until(lambda: [i["household_id"] for i in site.incidents()] == ["H9"])


async def test_health_and_metrics(street: Street) -> None:
    assert (await street.site.get("/healthz"))[0] == 200
    status, body = await street.site.get("/metrics", street.site.metrics)
    assert status == 200
    assert "doorwatch_broker_up 1.0" in body
    await street.broker.kill()
    await street.site.until(lambda: "broker up=False" in street.site.log.read_text())
    assert (await street.site.get("/readyz"))[0] == 503
    await street.broker.start()
    await street.site.ready()
