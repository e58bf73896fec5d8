"""A bad night, in quick time: nearly everything fails, and the one real breach reaches a human.

The real gateway process, a real mosquitto, the provider's stand-in; all go by one quick clock.

23:28  three homes bring their rubbish out once more than they may: texts for the member
23:40  the sensor of H1 begins to flap: 40 openings until 23:53
23:45  the provider goes, for 20 minutes
23:50  somebody really leaves H2; the gateway is killed as soon as that is on the disk
24:00  the duty changes: those who were told, had they been, go home
00:05  the provider is back, and takes the first alert for the community's night duty; the gateway
       is killed before it hears so
       The leader's phone is off all night. Whoever is reached deals with what there is.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.ledger.clocks import parse_duty
from gateway.store.alerts import RECOVERY, AlertRow
from rules.local import moment, on_shift
from rules.moment import DAY, HOUR, MINUTE, SECOND, Duration, Moment
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
RATE = 90  # a minute of the night in 0.7 s; a start of the gateway takes some minutes
OPENINGS = 40
OVERRUNS = ("H3", "H4", "H5")
PATIENCE_S = 60.0  # real; everything that is waited for takes some seconds

LEADER, NIGHT_DUTY = "+85251230002", "+85251230005"
PEOPLE = [
    ["person_id", "name", "phone", "role", "grid_id", "language", "duty"],
    ["P1", "王敏", "+8613800138001", "member", "G1", "zh", "mon-sun 08:00-24:00"],
    ["P2", "刘强", LEADER, "leader", "G1", "en", ""],
    ["P3", "何洁", "+85251230003", "member", "G1", "zh", "mon-sun 00:00-08:00"],
    ["P4", "陈静", "+8613800138004", "community", "", "zh", "mon-sun 08:00-24:00"],
    ["P5", "赵丽", NIGHT_DUTY, "community", "", "en", "mon-sun 00:00-08:00"],
    ["P6", "周杰", "+85251230006", "command", "", "zh", ""],
    ["P7", "孙宁", "+85251230007", "ops", "", "en", ""],
]
DUTY = {row[0]: parse_duty(row[-1]) for row in PEOPLE[1:]}
RUBBISH = [
    [f"W{home}", f"household:{home}", "garbage", "mon-sun", "23:20", "23:50", "1"]
    for home in OVERRUNS
]

# What a number may get: docs/texts.md. Bursts bind neither critical incidents nor answers.
MAINLAND_TEXTS = ((4, DAY),)
MAINLAND_SAME = ((2, DAY),)
OTHER_TEXTS = ((1, MINUTE), (5, 15 * MINUTE), (11, HOUR))
CALLS = ((3, 15 * MINUTE),)
SEND_DEADLINE: Duration = 10 * MINUTE
SAME_WAY: Duration = 2 * MINUTE  # nobody is told of one incident the same way any sooner


def at(clock: str) -> Moment:
    """``23:40``; ``00:05`` is after it."""
    hours, minutes = map(int, clock.split(":"))
    day = 0 if hours >= 12 else 1
    return moment(EVENING + timedelta(days=day, hours=hours, minutes=minutes))


def reached(alerts: Iterable[AlertRow], incident: dict[str, Any]) -> list[AlertRow]:
    """What people who were on duty then have read or heard of it."""
    return [
        row
        for row in alerts
        if row.incident_id == incident["id"]
        and row.status in ("delivered", "answered")
        and row.delivered_at is not None
        and on_shift(DUTY[row.person_id], row.delivered_at, ZONE)
    ]


@dataclass
class Morning:
    """What there is to see when it is over."""

    incidents: list[dict[str, Any]]
    alerts: list[AlertRow]
    outages: list[tuple[Moment, Moment]]  # when nobody watched, by the coverage
    readings: Counter[str]  # in the journal, by sensor
    given: Counter[str]  # to the broker
    sent: list[Message | Call]  # what the provider has taken, in order
    killed: list[Moment]
    outage: tuple[Moment, Moment]  # of the provider

    def of(self, household: str | None) -> list[dict[str, Any]]:
        return [one for one in self.incidents if one["household_id"] == household]

    def row(self, sent: Message | Call) -> AlertRow:
        (row,) = (row for row in self.alerts if row.provider_id == sent.sid)
        return row

    def is_urgent(self, sent: Message | Call) -> bool:
        """About a critical incident, or an answer to somebody who has just written."""
        about = self.row(sent).incident_id
        return about is None or any(
            one["id"] == about and one["severity"] == "critical" for one in self.incidents
        )


class Night:
    def __init__(self, folder: Path, broker: Mosquitto, provider: ProviderStandIn, doors: Sender):
        self.provider, self._doors = provider, doors
        self.time = QuickTime.begin(folder / "clock.json", at("23:15"), RATE)
        provider.account.now = self.time.seconds  # type: ignore[method-assign]
        provider.account.delay = 5.0  # s of the night from a text's acceptance to "sent"
        provider.fate(NEVER._replace(call=NO_ANSWER.call), to=LEADER)
        program = (quick_gateway.__file__, str(folder / "clock.json"), "run")
        self.site = Site(folder, broker.url, provider, households=5, program=program)
        self.site.tables["people"] = PEOPLE
        self.site.tables["windows"][0].append("max_openings")
        self.site.tables["windows"] += RUBBISH
        self.site.write_tables()
        self.given: Counter[str] = Counter()
        self.killed: list[Moment] = []
        self.outage = (0, 0)

    async def play(self) -> None:
        await self.site.import_ledger()
        await self.site.start()
        await self.site.ready()
        for number in range(1, 6):
            await self.say(f"S{number}", "closed")
        async with asyncio.TaskGroup() as together:
            together.create_task(self.rubbish())
            together.create_task(self.flap())
            together.create_task(self.lose_the_provider())
            together.create_task(self.breach())
        await self.site.until(self.is_taken, PATIENCE_S)
        await self.kill()
        await self.answer()
        await self.settle()

    # -- what happens ------------------------------------------------------------------------

    async def rubbish(self) -> None:
        await self.until("23:28")
        for home in OVERRUNS:
            await self.opens(home.replace("H", "S"), 2, every=90)

    async def flap(self) -> None:
        await self.until("23:40")
        await self.opens("S1", OPENINGS, every=20)

    async def lose_the_provider(self) -> None:
        await self.until("23:45")
        await self.provider.down()
        gone = self.time.now()
        await self.until("00:05")
        self.outage = gone, self.time.now()
        self.provider.next(silent(accept=True), to=NIGHT_DUTY)
        await self.provider.up()

    async def breach(self) -> None:
        await self.until("23:50")
        await self.say("S2", "open")
        await self.site.until(lambda: self.incident("H2"), PATIENCE_S)
        await self.kill()

    async def answer(self) -> None:
        """Whoever is on duty and is reached goes there, and says what everything was."""
        await self.site.until(lambda: reached(self.alerts(), self.incident("H2")), PATIENCE_S)
        phone = reached(self.alerts(), self.incident("H2"))[0].phone
        self.provider.reply(phone, f"1 {self.incident('H2')['code']}")
        await self.site.until(lambda: self.incident("H2")["state"] == "acknowledged", PATIENCE_S)
        await self.say("S2", "closed")
        for incident in self.site.incidents():
            if incident["household_id"]:
                outcome = "6" if incident["household_id"] == "H1" else "1"
                self.provider.reply(phone, f"0 {incident['code']} {outcome}")

    async def settle(self) -> None:
        """Until nothing is left to be done; then an orderly end."""
        open_ = "SELECT 1 FROM incidents WHERE state <> 'resolved'"
        await self.site.until(lambda: not self.site.rows(open_), PATIENCE_S)
        waits = """SELECT 1 FROM alerts WHERE status IN ('pending', 'sending', 'accepted')
            OR status = 'sent' AND phone <> ?"""
        await self.site.until(lambda: not self.site.rows(waits, LEADER), PATIENCE_S)
        assert await self.site.stop() == 0

    # -- how ---------------------------------------------------------------------------------

    async def until(self, clock: str) -> None:
        await self.time.sleep(max(0, at(clock) - self.time.now()) / SECOND)

    async def opens(self, sensor: str, times: int, *, every: float) -> None:
        for _ in range(times):
            await self.say(sensor, "open")
            await self.time.sleep(5)
            await self.say(sensor, "closed")
            await self.time.sleep(every - 5)

    async def say(self, sensor: str, state: str) -> None:
        """Returns when the broker has it."""
        self.given[sensor] += 1
        text = json.dumps({"sensor_id": sensor, "state": state, "seq": self.given[sensor]})
        await self._doors.publish(f"doors/{sensor}", text)

    async def kill(self) -> None:
        """And what systemd does then."""
        self.killed.append(self.time.now())
        await self.site.kill()
        await self.site.start()
        await self.site.ready()

    def is_taken(self) -> bool:
        """Whether the provider has the first alert for the night's duty, and has not said so."""
        return any(one.to == NIGHT_DUTY for one in self.sent())

    def sent(self) -> list[Message | Call]:
        sent = [*self.provider.messages, *self.provider.calls]
        return sorted(sent, key=lambda one: one.created)

    def incident(self, household: str) -> dict[str, Any]:
        found = (one for one in self.site.incidents() if one["household_id"] == household)
        return next(found, {})

    def alerts(self) -> list[AlertRow]:
        columns = ", ".join(AlertRow._fields)
        return [AlertRow(*row) for row in self.site.rows(f"SELECT {columns} FROM alerts")]

    def morning(self) -> Morning:
        power = "SELECT since, until FROM gaps WHERE cause = 'power' AND until IS NOT NULL"
        readings = "SELECT subject, count(DISTINCT counter) FROM journal WHERE kind = 1 GROUP BY 1"
        return Morning(
            incidents=self.site.incidents(),
            alerts=self.alerts(),
            outages=self.site.rows(power),
            readings=Counter(dict(self.site.rows(readings))),
            given=self.given,
            sent=self.sent(),
            killed=self.killed,
            outage=self.outage,
        )


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


def test_the_night_was_as_bad_as_it_was_meant_to_be(morning: Morning) -> None:
    gone, back = morning.outage
    assert back - gone >= 19 * MINUTE
    assert not [one for one in morning.sent if gone <= one.created * SECOND < back]
    assert len(morning.killed) == 2
    assert gone < morning.killed[0] < back < morning.killed[1]
    assert morning.given["S1"] == 1 + 2 * OPENINGS
    leaders = {row.status for row in morning.alerts if row.phone == LEADER}
    assert {"sent", "no_answer"} <= leaders
    assert not leaders & {"delivered", "answered"}


def test_the_breach_reaches_a_human_who_is_on_duty(morning: Morning) -> None:
    (breach,) = morning.of("H2")
    rows = reached(morning.alerts, breach)
    assert rows
    assert breach["acknowledged_by"] in {row.person_id for row in rows}
    heard = [one for one in morning.sent if one.sid in {row.provider_id for row in rows}]
    assert [one.to for one in heard] == [row.phone for row in map(morning.row, heard)]


def test_nobody_gets_more_than_the_budget_of_the_number(morning: Morning) -> None:
    texts = [one for one in morning.sent if isinstance(one, Message)]
    calls = [one for one in morning.sent if isinstance(one, Call)]
    mainland = [one for one in texts if one.to.startswith("+86")]
    others = [one for one in texts if not one.to.startswith("+86")]
    alike = [(f"{one.to} {one.body}", one) for one in mainland]
    assert over(MAINLAND_TEXTS, [(one.to, one) for one in mainland], mainland) == []
    assert over(MAINLAND_SAME, alike, mainland) == []
    for rates, sent in ((OTHER_TEXTS, others), (CALLS, calls)):
        bound = [one for one in sent if not morning.is_urgent(one)]
        assert over(rates, [(one.to, one) for one in sent], bound) == []


def over(
    rates: Iterable[tuple[int, Duration]],
    sent: list[tuple[str, Any]],
    bound: Iterable[Message | Call],
) -> list[str]:
    """What of ``bound`` came although its number had had as many as it may; ``sent`` by number."""
    found = []
    for most, within in rates:
        for key, one in sent:
            since = one.created - within / SECOND
            count = sum(
                other == key and since < each.created <= one.created for other, each in sent
            )
            if one in bound and count > most:
                found.append(f"{count} within {within // MINUTE} min: {one.to} {one.said}")
    return found


def test_nothing_is_said_twice(morning: Morning) -> None:
    sids = Counter(row.provider_id for row in morning.alerts if row.provider_id)
    assert sids == Counter(one.sid for one in morning.sent)  # each alert once, and nothing besides
    words = Counter((one.kind, one.to, one.said) for one in morning.sent)
    assert [each for each, times in words.items() if times > 1] == []
    last: dict[tuple[object, ...], float] = {}
    for one in morning.sent:
        row = morning.row(one)
        if row.incident_id is not None and row.step != RECOVERY:
            key = row.incident_id, row.phone, row.kind
            assert one.created - last.get(key, 0) >= SAME_WAY / SECOND, row
            last[key] = one.created


def test_what_leaves_late_says_so(morning: Morning) -> None:
    """In words, or, where they find no place, by when it was: the day before."""
    late = [
        one
        for one in morning.sent
        if one.created * SECOND - morning.row(one).created_at > SEND_DEADLINE + MINUTE
    ]
    assert late
    words = ("晚到", "late", "3月2日", "2/Mar", "最早23:", "first 23:")
    assert [one.said for one in late if not any(word in one.said for word in words)] == []


def test_every_alert_knows_how_long_each_stage_took(morning: Morning) -> None:
    """Also those of which a dead gateway could not hear what became of them."""
    for row in morning.alerts:
        stages = (row.created_at, row.first_handed_at, row.accepted_at, row.delivered_at)
        moments = [moment for moment in stages if moment is not None]
        assert moments == sorted(moments), row


def test_every_incident_of_the_night_has_an_honest_end(morning: Morning) -> None:
    """A person on duty has said what it was; what was wrong with the gateway is so no more."""
    (breach,) = morning.of("H2")
    by = breach["acknowledged_by"]
    ends = sorted(
        (one["household_id"], one["kind"] == "sensor_fault", one["outcome"], one["resolved_by"])
        for one in morning.incidents
        if one["household_id"]
    )
    assert ends == [
        ("H1", False, "sensor_fault", by),  # its first openings, before it was known to flap
        ("H1", True, "sensor_fault", by),
        ("H2", False, "returned", by),
        *((home, False, "returned", by) for home in OVERRUNS),
    ]
    assert breach["kind"] == "unauthorised_opening"
    assert {one["kind"] for home in OVERRUNS for one in morning.of(home)} == {"window_overrun"}
    gateway = {(one["kind"], one["outcome"]) for one in morning.of(None)}
    assert gateway == {("gateway_fault", "cleared")}
    assert {one["state"] for one in morning.incidents} == {"resolved"}


def test_no_reading_is_lost_and_the_coverage_tells_of_the_kills(morning: Morning) -> None:
    assert morning.readings == morning.given
    for killed in morning.killed:
        assert [1 for since, until in morning.outages if since <= killed < until] == [1]
