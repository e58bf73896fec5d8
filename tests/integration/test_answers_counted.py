"""The time to an answer is counted once an incident, over a restart too; reopened, it has none."""

from pathlib import Path

from drivers.reading import Decoded, Delivery, Reading, nothing
from gateway.incident_json import incidents_json
from rules.model import Door
from tests.support.evening import Evening, evening, minutes

DAYTIME = '[defaults]\ncurfew = { start = "03:00", end = "03:01" }\n'


def counted(gateway: Evening) -> tuple[float | None, float | None]:
    """How many answers, and the seconds of all."""
    value = gateway.metrics.registry.get_sample_value
    stage = {"stage": "acknowledged"}
    name = "doorwatch_alert_seconds"
    return value(f"{name}_count", stage), value(f"{name}_sum", stage)


async def test_the_time_to_an_answer_is_counted_once_over_a_restart(tmp_path: Path) -> None:
    async with evening(tmp_path, rules=DAYTIME) as gateway:
        await gateway.hears("S1", door=Door.OPEN)
        await gateway.hears("S1", door=Door.CLOSED)
        [card] = gateway.core.memory.cards.unresolved()
        await gateway.restart()
        gateway.provider.account.advance(60)
        await gateway.asked(do="acknowledge", incident=card.id, by="P1")
        count, seconds = counted(gateway)
        assert count == 1
        assert seconds is not None
        assert 60 <= seconds < 90
        await minutes(gateway, 5)
        await gateway.asked(do="acknowledge", incident=card.id, by="P2")
        assert counted(gateway) == (count, seconds)
        await gateway.restart()
        await gateway.asked(do="acknowledge", incident=card.id, by="P3")
        assert counted(gateway) == (0, 0)


async def test_what_was_opened_again_is_nobody_s_and_its_first_alert_keeps_its_answer(
    tmp_path: Path,
) -> None:
    async with evening(tmp_path, rules=DAYTIME) as gateway:
        await gateway.hears("S1", door=Door.OPEN)
        await gateway.hears("S1", door=Door.CLOSED)
        [card] = gateway.core.memory.cards.unresolved()
        gateway.provider.account.advance(30)
        await gateway.asked(do="acknowledge", incident=card.id, by="P1")
        await minutes(gateway, 11)
        assert card.state == "resolved"
        await gateway.hears("S1", door=Door.OPEN)
        again = gateway.core.memory.cards.get(card.id)
        assert again is not None
        assert (again.state, again.body["acknowledged_by"]) == ("open", None)
        assert again.body["acknowledged_at"] is None
        zone = gateway.core.memory.zone
        [shown] = await incidents_json(gateway.database, zone)
        [first, second] = [alert["latency"]["acknowledged"] for alert in shown["alerts"]]
        assert second is None
        assert 30 <= first < 60


async def test_no_door_waits_because_its_member_was_answered(tmp_path: Path) -> None:
    async with evening(tmp_path, rules=DAYTIME) as gateway:
        gateway.provider.reply(gateway.site.member, "?")
        await gateway.replied()
        assert len(gateway.texts(gateway.site.member)) == 1
        await gateway.hears("S1", door=Door.OPEN)
        assert len(gateway.texts(gateway.site.member)) == 2


async def test_a_one_for_what_is_still_on_its_way_brings_its_code(tmp_path: Path) -> None:
    async with evening(tmp_path, rules=DAYTIME, households=3) as gateway:
        for home in (1, 2, 3):  # the first goes at once, the others wait for a minute to pass
            await gateway.hears(f"S{home}", door=Door.OPEN)
        first, *others = reversed(gateway.core.memory.cards.unresolved())
        await gateway.asked(do="resolve", incident=first.id, by="P2", outcome="false_alarm")
        gateway.provider.reply(gateway.site.member, "1")
        await gateway.replied()
        answer = gateway.texts(gateway.site.member)[-1]
        assert all(card.code in answer for card in others)
        assert [card.state for card in others] == ["open", "open"]


async def test_no_door_waits_because_there_is_a_drill(tmp_path: Path) -> None:
    async with evening(tmp_path, rules=DAYTIME) as gateway:
        await gateway.asked(do="drill", grid="G1", by="cli")
        for door in (Door.CLOSED, Door.OPEN, Door.CLOSED):  # as gateway.drilling says
            reading = Reading("drill", "drill", "drill:G1", Decoded(door), gateway.now())
            gateway.core.submit(Delivery(reading, nothing))
            await gateway.core.turn()
        await gateway.settled()
        assert len(gateway.texts(gateway.site.member, like="演练")) == 1
        await gateway.hears("S1", door=Door.OPEN)
        assert len(gateway.texts(gateway.site.member)) == 2
