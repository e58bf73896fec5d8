"""A bad night, in quick time: nearly everything fails, and the one real breach reaches a human.

The real gateway process, a real mosquitto, the provider's stand-in. In the gateway's time:

23:40  the sensor of H1 begins to flap: 40 openings by 23:53
23:45  the provider goes, for 20 minutes
23:50  somebody really leaves H2; the gateway is killed as soon as that is on the disk
24:00  the duty changes: those who were told, had they been, go home
00:05  the provider is back, and takes the first alert for whoever is on duty now; the gateway is
       killed before it hears so
       The leader's phone is off all night. Whoever is reached deals with what there is.
"""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.ledger.clocks import parse_duty
from gateway.store.alerts import AlertRow
from rules.local import moment, on_shift
from rules.moment import Moment
from simulators.broker import Mosquitto
from simulators.mqtt.sender import Broker, Sender
from simulators.provider import ProviderStandIn
from simulators.provider.failures import silent
from simulators.provider.fate import NEVER, NO_ANSWER
from simulators.provider.resources import Call, Message
from tests.support import quick_gateway
from tests.support.quick_gateway import QuickTime
from tests.support.site import Site

ZONE = ZoneInfo("Asia/Shanghai")
EVENING = datetime(2026, 3, 2, tzinfo=ZONE)
RATE = 120  # a minute of the night in half a second: a start of the gateway takes some minutes
OPENINGS = 40
PATIENCE_S = 60.0  # real; everything here takes some seconds

LEADER_PHONE = "+85251230002"
PEOPLE = [
    ["person_id", "name", "phone", "role", "grid_id", "language", "duty"],
    ["P1", "王敏", "+8613800138001", "member", "G1", "zh", "mon-sun 08:00-24:00"],
    ["P2", "刘强", LEADER_PHONE, "leader", "G1", "en", ""],
    ["P3", "何洁", "+85251230003", "member", "G1", "zh", "mon-sun 00:00-08:00"],
    ["P4", "陈静", "+8613800138004", "community", "", "zh", "mon-sun 08:00-24:00"],
    ["P5", "赵丽", "+85251230005", "community", "", "en", "mon-sun 00:00-08:00"],
    ["P6", "周杰", "+85251230006", "command", "", "zh", ""],
    ["P7", "孙宁", "+85251230007", "ops", "", "en", ""],
]
DUTY = {row[0]: parse_duty(row[-1]) for row in PEOPLE[1:]}


def at(clock: str) -> Moment:
    """``23:40``; ``00:05`` is after it."""
    hours, minutes = map(int, clock.split(":"))
    day = 0 if hours >= 12 else 1
    return moment(EVENING + timedelta(days=day, hours=hours, minutes=minutes))


@dataclass
class Morning:
    """What is known of the night when it is over."""

    incidents: list[dict[str, Any]]
    alerts: list[AlertRow]
    outages: list[tuple[Moment, Moment]]
    journaled: Counter[str]
    messages: list[Message]
    calls: list[Call]
    killed: list[Moment] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)

    def of(self, household: str) -> list[dict[str, Any]]:
        return [one for one in self.incidents if one["household_id"] == household]


class Night:
    def __init__(self, folder: Path, broker: Mosquitto, provider: ProviderStandIn, doors: Sender):
        self.provider, self._doors = provider, doors
        self._clock_file = folder / "clock.json"
        program = (quick_gateway.__file__, str(self._clock_file), "run")
        self.site = Site(folder, broker.url, provider, households=3, program=program)
        self.site.tables["people"] = PEOPLE
        self.site.write_tables()
        self.killed: list[Moment] = []
        self.said: Counter[str] = Counter()

    async def play(self) -> None:
        site, provider = self.site, self.provider
        await site.import_ledger()
        self.time = QuickTime.begin(self._clock_file, at("23:25"), RATE)
        provider.account.now = self.time.seconds  # type: ignore[method-assign]
        provider.account.delay = 5.0
        provider.fate(NEVER._replace(call=NO_ANSWER.call), to=LEADER_PHONE)
        await site.start()
        await site.ready()
        for sensor in ("S1", "S2", "S3"):
            await self.say(sensor, "closed")
        async with asyncio.TaskGroup() as together:
            together.create_task(self.flap())
            together.create_task(self.lose_the_provider())
            together.create_task(self.breach())
        await self.kill_when_taken()
        await self.answer()
        await self.settle()

    # -- what happens ------------------------------------------------------------------------

    async def flap(self) -> None:
        await self.until("23:40")
        for _ in range(OPENINGS):
            await self.say("S1", "open")
            await self.time.sleep(5)
            await self.say("S1", "closed")
            await self.time.sleep(15)

    async def lose_the_provider(self) -> None:
        await self.until("23:45")
        await self.provider.down()
        await self.until("00:05")
        for phone in self.on_duty_now():
            self.provider.next(silent(accept=True), to=phone)
        await self.provider.up()

    async def breach(self) -> None:
        await self.until("23:50")
        await self.say("S2", "open")
        await self.site.until(lambda: self.incident("H2"), PATIENCE_S)
        await self.kill()

    async def kill_when_taken(self) -> None:
        taken = self.provider.account
        phones = self.on_duty_now()

        def holds() -> bool:
            return any(one.to in phones for one in (*taken.messages, *taken.calls))

        await self.provider.wait_for(holds, PATIENCE_S)
        await self.kill()

    async def answer(self) -> None:
        """Whoever is on duty and reached goes there, and deals with the rest."""
        await self.site.until(lambda: self.reached("H2"), PATIENCE_S)
        phone = self.reached("H2")[0].phone
        self.provider.reply(phone, f"1 {self.incident('H2')['code']}")
        await self.site.until(lambda: self.incident("H2")["state"] == "acknowledged", PATIENCE_S)
        await self.say("S2", "closed")
        self.provider.reply(phone, f"0 {self.incident('H2')['code']} 1")
        for incident in self.site.incidents():
            if incident["household_id"] == "H1":
                self.provider.reply(phone, f"0 {incident['code']} 6")

    async def settle(self) -> None:
        """Until nothing is left to be done, then an orderly end."""
        await self.site.until(
            lambda: all(one["state"] == "resolved" for one in self.site.incidents()), PATIENCE_S
        )
        waiting = "SELECT 1 FROM alerts WHERE status IN ('pending', 'sending', 'accepted')"
        await self.site.until(lambda: not self.site.rows(waiting), PATIENCE_S)
        assert await self.site.stop() == 0

    # -- how -----------------------------------------------------------------------------------

    async def until(self, clock: str) -> None:
        await self.time.sleep(max(0, at(clock) - self.time.now()) / 1000)

    async def say(self, sensor: str, state: str) -> None:
        """Returns when the broker has it."""
        self.said[sensor] += 1
        text = json.dumps({"sensor_id": sensor, "state": state, "seq": self.said[sensor]})
        await self._doors.publish(f"doors/{sensor}", text)

    async def kill(self) -> None:
        """Nobody notices for a moment; then systemd starts it again."""
        self.killed.append(self.time.now())
        await self.site.kill()
        await self.site.start()
        await self.site.ready()

    def on_duty_now(self) -> set[str]:
        """The phones that are on, of those whose turn came at midnight."""
        return {row[2] for row in PEOPLE[1:] if row[0] in ("P3", "P5")}

    def incident(self, household: str) -> dict[str, Any]:
        found = (one for one in self.site.incidents() if one["household_id"] == household)
        return next(found, {})

    def reached(self, household: str) -> list[AlertRow]:
        return reached(self.alerts(), self.incident(household))

    def alerts(self) -> list[AlertRow]:
        columns = ", ".join(AlertRow._fields)
        return [AlertRow(*row) for row in self.site.rows(f"SELECT {columns} FROM alerts")]

    def morning(self) -> Morning:
        outages = "SELECT since, until FROM gaps WHERE cause = 'power' AND until IS NOT NULL"
        readings = "SELECT subject, count(DISTINCT counter) FROM journal WHERE kind = 1 GROUP BY 1"
        return Morning(
            self.site.incidents(),
            self.alerts(),
            self.site.rows(outages),
            Counter(dict(self.site.rows(readings))),
            self.provider.messages,
            self.provider.calls,
            self.killed,
            self.said,
        )


def reached(alerts: list[AlertRow], incident: dict[str, Any]) -> list[AlertRow]:
    """What a human who was on duty then has read or heard of it."""
    return [
        row
        for row in alerts
        if row.incident_id == incident["id"]
        and row.status in ("delivered", "answered")
        and row.delivered_at is not None
        and on_shift(DUTY[row.person_id], row.delivered_at, ZONE)
    ]


async def play(folder: Path) -> Morning:
    async with (
        Mosquitto() as broker,
        ProviderStandIn() as provider,
        Sender(Broker(broker.port), "doors") as doors,
    ):
        night = Night(folder, broker, provider, doors)
        try:
            await night.play()
        finally:
            if night.site.running:
                await night.site.kill()
        return night.morning()


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Morning:
    return asyncio.run(play(tmp_path_factory.mktemp("night")))


def test_the_breach_reaches_a_human_who_is_on_duty(morning: Morning) -> None:
    (breach,) = morning.of("H2")
    assert reached(morning.alerts, breach)
