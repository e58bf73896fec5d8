"""Answers by text, passes and pairing beside a gateway that runs: the real daemon, a real broker,
the provider's stand-in."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from simulators.broker import Mosquitto
from simulators.mqtt.json_sensors import JsonSensors
from simulators.mqtt.sender import Broker
from simulators.mqtt.zigbee2mqtt import Zigbee2Mqtt
from simulators.provider import ProviderStandIn
from tests.integration.test_cli_daemon import Typed, run_command
from tests.support.site import Site


class Street:
    """A running gateway with three homes, their sensors, phones and a shell."""

    def __init__(
        self, site: Site, broker: Broker, sensors: JsonSensors, provider: ProviderStandIn
    ) -> None:
        self.site, self.broker, self.sensors, self.provider = site, broker, sensors, provider

    async def type(self, *words: str) -> Typed:
        return await run_command(self.site, *words)

    async def says(self, topic: str, *, is_open: bool) -> None:
        """Returns once the gateway has it."""
        before = self.heard()
        await self.sensors.say(f"doors/{topic}", is_open=is_open)
        await self.site.until(lambda: self.heard() > before)

    def heard(self) -> int:
        return int(self.site.rows("SELECT COUNT(*) FROM journal WHERE kind = 1")[0][0])

    async def opens(self, home: int) -> dict[str, Any]:
        """Its door, uncovered; gives the incident once somebody was told of it."""
        await self.says(f"S{home}", is_open=False)
        await self.says(f"S{home}", is_open=True)
        household = f"H{home}"
        await self.site.until(lambda: self.incident(household) is not None)
        code = self.incident(household)["code"]
        await self.provider.wait_for(lambda: any(code in m.body for m in self.provider.messages))
        return self.incident(household)

    def incident(self, household: str) -> Any:
        found = [each for each in self.site.incidents() if each["household_id"] == household]
        return found[-1] if found else None

    async def reply(self, text: str, sender: str = "") -> str:
        """What the member gets back, once it has come."""
        before = len(self.answers())
        self.provider.reply(sender or self.site.member, text)
        await self.site.until(lambda: len(self.answers()) > before)
        return self.answers()[-1]

    def answers(self) -> list[str]:
        query = "SELECT text FROM alerts WHERE incident_id IS NULL ORDER BY id"
        return [text for (text,) in self.site.rows(query)]


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    async with Mosquitto() as broker, ProviderStandIn() as provider:
        site = Site(tmp_path, broker.url, provider, households=3)
        site.tables["people"].append(["P3", "陈静", "+85251230003", "member", "G2", "zh", ""])
        site.tables["grids"].append(["G2", "西关", "龙门"])
        site.write_tables()
        public = f"http://127.0.0.1:{site.web}"  # replies are brought at once, not asked for
        text = site.config.read_text().replace("[web]\n", f'[web]\npublic_url = "{public}"\n')
        site.config.write_text(text)
        provider.hooks.sms_url = f"{public}/twilio/sms"
        await site.import_ledger()
        sensors = JsonSensors(Broker(broker.port))
        await sensors.start()
        try:
            await site.start()
            await site.ready()
            yield Street(site, Broker(broker.port), sensors, provider)
        finally:
            if site.running:
                await site.kill()
            await sensors.stop()


async def test_every_command_by_text(street: Street) -> None:
    first, second = await street.opens(1), await street.opens(2)

    assert "编号" in await street.reply("？")
    assert first["code"] in await street.reply("收到")  # two are open: which?
    assert "由负责那一户的人处理" in await street.reply(f"1 {first['code']}", "+85251230003")
    assert street.incident("H1")["state"] == street.incident("H2")["state"] == "open"

    assert "已记您处理" in await street.reply(f"１　{first['code']}。")
    assert street.incident("H1")["acknowledged_by"] == "P1"
    assert "紧急出门" in await street.reply(f"9 {second['code']}")
    assert street.incident("H2")["outcome"] == "emergency_exit"
    assert "误报" in await street.reply(f"0 {first['code']} 误报")
    assert (street.incident("H1")["state"], street.incident("H1")["outcome"]) == (
        "resolved", "false_alarm",
    )  # fmt: skip

    third = await street.opens(3)
    assert "允许" in await street.reply(f"2 {third['code']} 30")
    over = street.incident("H3")
    assert (over["state"], over["outcome"]) == ("resolved", "permitted_after_all")
    (granted,) = (await street.type("passes", "list", "--json")).json
    assert (granted["state"], granted["granted_by"]) == ("used", "P1")
    assert granted["incident_id"] == third["id"]

    said = len(street.answers())
    street.provider.reply("+85259999999", f"1 {third['code']}")
    assert "已经结束" in await street.reply(f"1 {third['code']}")
    assert len(street.answers()) == said + 1
    _, metrics = await street.site.get("/metrics", street.site.metrics)
    assert "doorwatch_replies_ignored_total 1.0" in metrics
    assert await street.site.stop() == 0


async def test_a_pass_beside_a_running_gateway(street: Street) -> None:
    await street.says("S1", is_open=False)
    granted = await street.type(
        "passes", "grant", "--household", "H1", "--minutes", "20", "--by", "P2", "--json"
    )
    assert (granted.json["id"], granted.json["state"]) == ("pass-1", "valid")
    await street.type("passes", "grant", "--household", "H2")
    revoked = await street.type("passes", "revoke", "pass-2", "--json")
    assert (revoked.json["state"], revoked.json["revoked_by"]) == ("revoked", "cli")
    await street.says("S1", is_open=True)
    assert street.incident("H1") is None
    await street.says("S2", is_open=False)
    await street.says("S2", is_open=True)
    raised = street.incident("H2")
    words = ("passes", "grant", "--household", "H2", "--incident", raised["code"])
    assert (await street.type(*words, "--json")).json["state"] == "used"
    assert street.incident("H2")["outcome"] == "permitted_after_all"
    refused = await street.type(*words)
    assert (refused.status, "is over" in refused.err) == (1, True)

    await street.site.kill()
    await street.site.start()
    await street.site.ready()
    found = (await street.type("passes", "list", "--json")).json
    assert [(one["id"], one["state"]) for one in found] == [
        ("pass-1", "used"), ("pass-2", "revoked"), ("pass-3", "used"),
    ]  # fmt: skip
    assert (await street.type("passes", "grant", "--household", "H3", "--json")).json[
        "id"
    ] == "pass-4"


async def test_pairing_and_retiring_beside_a_running_gateway(street: Street) -> None:
    await street.says("S1", is_open=False)
    paired = await street.type("sensors", "pair", "S1", "--address", "doors/new", "--json")
    assert (paired.json["running"], paired.json["in_force"]) == (True, True)
    await street.says("new", is_open=False)
    await street.says("new", is_open=True)
    await street.site.until(lambda: street.incident("H1") is not None)

    bridge = Zigbee2Mqtt(street.broker)
    await bridge.start()
    found: list[dict[str, Any]] = []
    while not any(each["address"] == "front" for each in found):
        bridge.contact("front", is_open=False, battery=60)
        found = (await street.type("sensors", "discover", "--seconds", "0", "--json")).json
    paired = await street.type("sensors", "pair", "S3", "--address", "front", "--json")
    assert (paired.json["protocol"], paired.json["in_force"]) == ("zigbee2mqtt", True)
    await bridge.stop()

    retired = await street.type("sensors", "retire", "S1")
    assert retired.out.splitlines()[0] == "S1: retired"
    assert retired.out.splitlines()[1].endswith("in force in the running gateway")
    listed = (await street.type("sensors", "list", "--json")).json
    assert [row["sensor_id"] for row in listed] == ["S2", "S3"]
    before = street.heard()
    await street.sensors.say("doors/new", is_open=False)
    await street.says("S2", is_open=False)
    assert street.heard() == before + 1
    assert len((await street.type("incidents", "list", "--json")).json) == 1
