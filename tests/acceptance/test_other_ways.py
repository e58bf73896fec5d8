"""When the internet is out: a local modem and chat groups tell, and take answers, in its place.

The real daemon, a real broker, the provider's stand-in, ModemManager's on a private D-Bus.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.config import load
from gateway.doctor.modem import modem as doctor
from gateway.running import look
from simulators.broker import Mosquitto
from simulators.modem import ModemStandIn, refused
from simulators.mqtt.sender import Broker, Sender
from simulators.provider import ProviderStandIn
from tests.support.sink import Sink
from tests.support.site import Site

MAINLAND = "+8613800138000"  # whose texts go by the modem first; Twilio brings no answers from it
BY_CHAT = "".join(
    f'[[escalation]]\nseverity = "{severity}"\nafter_minutes = 0\nroles = ["member", "leader"]\n'
    'kinds = ["chat"]\n'
    for severity in ("high", "critical")
)


class Street:
    """A gateway with a modem, and a door."""

    def __init__(
        self, site: Site, provider: ProviderStandIn, mm: ModemStandIn, broker: Mosquitto
    ) -> None:
        self.site, self.provider, self.mm = site, provider, mm
        self._broker = broker

    async def opens(self) -> dict[str, Any]:
        """The door does, and this is the incident."""
        async with Sender(Broker(int(self._broker.url.rpartition(":")[2])), "doors") as doors:
            for seq, state in enumerate(("closed", "open"), start=1):
                await doors.publish("doors/S1", json.dumps({"state": state, "seq": seq}))
            await self.site.until(lambda: len(self.site.incidents()) == 1)
        [incident] = self.site.incidents()
        return incident

    async def until_alert(self, status: str, provider: str) -> None:
        query = "SELECT status, provider FROM alerts WHERE incident_id IS NOT NULL"
        await self.site.until(lambda: (status, provider) in self.site.rows(query))


@asynccontextmanager
async def street(folder: Path, more: str = "", **site: str) -> AsyncIterator[Street]:
    async with Mosquitto() as broker, ProviderStandIn() as provider, ModemStandIn() as mm:
        there = Site(folder, broker.url, provider, **site)  # type: ignore[arg-type]
        with there.config.open("a") as file:
            file.write(f"[modem]\nenabled = true\n{more}")
        await there.import_ledger()
        with mm.as_system_bus():  # inherited by the gateway
            await there.start()
            try:
                await there.ready()
                yield Street(there, provider, mm, broker)
            finally:
                if there.running:
                    await there.kill()


async def test_with_the_internet_out_the_modem_tells_and_its_answer_counts(tmp_path: Path) -> None:
    async with street(tmp_path, member=MAINLAND, country="CN") as here:
        await here.provider.down()
        incident = await here.opens()
        await here.until_alert("delivered", "modem")
        [sms] = here.mm.network
        assert (sms.number, f"回1 {incident['code']}" in sms.text) == (MAINLAND, True)
        here.mm.receive("13800138000", f"1 {incident['code']}")
        await here.site.until(lambda: here.site.incidents()[0]["state"] == "acknowledged")
        assert here.site.incidents()[0]["acknowledged_by"] == "P1"
        await here.site.until(lambda: not any(sms.stored for sms in texts(here.mm)))


async def test_a_text_that_is_handed_on_says_only_what_works_there(tmp_path: Path) -> None:
    """The modem's network refuses it; by Twilio nobody in mainland China can answer."""
    async with street(tmp_path, member=MAINLAND) as here:
        here.mm.next(refused("Message.NoNetwork"))
        incident = await here.opens()
        sent = here.provider.messages
        await here.site.until(lambda: any(message.to == MAINLAND for message in sent))
        [message] = [message for message in sent if message.to == MAINLAND]
        assert "回1" not in message.body
        assert incident["code"] in message.body
        assert here.mm.network == []


async def test_a_modem_that_is_pulled_out_shows_and_is_done_without(tmp_path: Path) -> None:
    async with street(tmp_path, member=MAINLAND) as here:
        here.mm.unplug()
        config = load(here.site.config)

        async def up() -> float | None:
            running = await look(config)
            assert running is not None
            return running.value("doorwatch_provider_up", provider="modem")

        while await up() != 0:
            assert here.site.running
        await here.opens()
        await here.site.until(lambda: bool(here.provider.messages))
        here.mm.plug()
        while await up() != 1:
            assert here.site.running


async def test_a_chat_group_is_told_once_by_the_first_service_that_takes_it(
    tmp_path: Path,
) -> None:
    with Sink() as sink:
        for name, group in (("first", "gone"), ("second", "三号楼群")):
            file = tmp_path / f"{name}.urls"
            file.write_text(f"{group} = {sink.url(name)}\n")
            file.chmod(0o600)
        chat = '[channels]\nchat = ["first.urls", "second.urls"]\n'
        async with street(tmp_path, chat, rules=BY_CHAT) as here:
            people = here.site.tables["people"]
            people[0].append("chat")
            for person in people[1:]:  # both of the same group: one message
                person.append("三号楼群")
            here.site.write_tables()
            await here.site.import_ledger()
            await here.site.until(lambda: "ledger version=2" in here.site.log.read_text())
            incident = await here.opens()
            await here.until_alert("sent", "chat:second")
            assert [group for group, _ in sink.messages] == ["second"]
            assert incident["code"] in sink.messages[0][1]


@pytest.mark.parametrize(
    ("state", "ok", "said", "remedy"),
    [
        ({}, True, "registered with CHN-CT, signal 72 %", None),
        ({"signal": 12}, False, "registered with CHN-CT, signal 12 %", "move the antenna"),
        ({"state": 2, "lock": 2}, False, "sim pin, signal 72 %", "--disable-pin"),
        ({"state": 7}, False, "not registered, signal 72 %", "mmcli -m any"),
        ({"state": 3}, True, "switched off; the gateway switches it on", None),
        (None, False, "there is no modem", "mmcli -L"),
    ],
)
async def test_what_doctor_says_of_a_modem(
    tmp_path: Path, state: dict[str, int] | None, ok: bool, said: str, remedy: str | None
) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[modem]\nenabled = true\n")
    async with ModemStandIn(modem=state is not None) as mm:
        for name, value in (state or {}).items():
            setattr(mm.modem, name, value)
        with mm.as_system_bus():
            [finding] = await doctor(load(file))
            assert (finding.ok, finding.said) == (ok, said)
            assert (remedy or "") in (finding.remedy or "")
            await mm.stop()
            [finding] = await doctor(load(file))
            assert finding.said == "ModemManager does not run"
            assert "apt-get install -y modemmanager" in (finding.remedy or "")


async def test_without_a_modem_in_the_configuration_doctor_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("")
    assert await doctor(load(tmp_path / "config.toml")) == []


def texts(mm: ModemStandIn) -> list[Any]:
    return list(mm.modem.texts.values()) if mm.modem else []
