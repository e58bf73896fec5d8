"""So many days after its release nothing of a household is left; everybody else's data stays."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway import loading
from gateway.config import Config
from gateway.granting import Refused
from gateway.ledger.model import Protocol, Sensor
from gateway.privacy import deleting, past, purge
from gateway.privacy.export import export
from gateway.rehearsal.journal import JournalReplay
from gateway.rehearsal.journal import run as replay
from gateway.store import journal, ledgers
from gateway.store.database import Database
from rules.model import Acknowledged, Door, PassGranted
from rules.moment import DAY, MINUTE
from tests.support.resident import RELEASED, ZONE, Home, home

OF_H1 = ("H1", "1栋2单元501", "S1")
AFTER = 4 + 14  # days: the release, and as long as ``purge_days``


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Home]:
    async with home(tmp_path) as site:
        yield site


async def breach(site: Home, sensor: str, household: str) -> None:
    """An opening of which people are told, answered; then a pass."""
    card = await site.desk.opens(sensor)
    await site.core.ask(household, Acknowledged(card.number, "member"))
    await site.desk.door(Door.CLOSED, sensor)
    now = site.desk.clock.now()
    pass_id = site.core.memory.passes.new_id()
    given = PassGranted(pass_id, now, now + 30 * MINUTE, by="community")
    await site.core.ask(household, given)
    site.core.memory.granted(household, given, now)
    await site.desk.passes_by(1)


async def lived(site: Home) -> None:
    await breach(site, "S1", "H1")
    await breach(site, "S2", "H2")
    for sql in (
        "INSERT INTO resident_tokens VALUES (?, x'00', NULL, 1, 2)",
        "INSERT INTO audit (at, who, what, subject, detail) VALUES (1, 'zhao', 'showed', ?, '')",
        "INSERT INTO installations VALUES (NULL, ?, 'S', 'P', 1, 2, '{}')",
        "INSERT INTO requests VALUES (NULL, 4e12, json_object('household', ?), '{\"do\": 1}')",
    ):
        await site.database.transaction(
            lambda c, sql=sql: c.executemany(sql, [("H1",), ("H2",)])  # type: ignore[misc]
        )
    await site.database.transaction(
        lambda c: c.executemany(
            "INSERT INTO gaps (cause, subject, since, until) VALUES ('sensor', ?, 0, 1)",
            [("H1",), ("H2",)],
        )
    )


def named(text: str) -> list[str]:
    """What of H1 a text names."""
    return [word for word in OF_H1 if re.search(rf"(?<!\w){word}(?!\w)", text)]


async def decisions(database: Database, of: str) -> list[Any]:
    """What a replay of the journal decides of one household."""
    replaying = JournalReplay(ZONE, 0)
    await replay(replaying, database, await journal.last_id(database))
    return [one.decision for one in replaying.verdicts.decided if one.owner == of]


# -- every day -----------------------------------------------------------------------------


async def test_nothing_goes_before_its_time(site: Home) -> None:
    await lived(site)
    await site.days(AFTER - 1)
    before = await site.text()
    assert await site.purging.purge()
    assert await site.text() == before
    assert sorted(named(before)) == sorted(OF_H1)


async def test_then_all_of_it_is_gone_and_the_neighbour_is_as_before(site: Home) -> None:
    await lived(site)
    rows = {
        table: await site.count(table, f"{column} = 'H2'")
        for table, column in (
            ("incidents", "household_id"), ("passes", "household_id"), ("gaps", "subject"),
        )
    }  # fmt: skip
    await site.days(AFTER)
    others = await decisions(site.database, "H2")
    assert await site.purging.purge()
    assert named(await site.text()) == []
    assert others
    assert await decisions(site.database, "H2") == others
    for table, count in rows.items():
        assert await site.count(table) == count == 1
    assert await site.count("alerts") > 0
    assert site.core.memory.homes.keys() == RELEASED.households.keys() - {"H1"}
    [(body,)] = await site.database.rows("SELECT body FROM purges")
    assert '"households": 1' in body


async def test_no_byte_of_it_is_left_on_the_disk(site: Home, tmp_path: Path) -> None:
    await lived(site)
    await site.days(AFTER)
    await site.database.rows("PRAGMA wal_checkpoint(PASSIVE)")
    address = OF_H1[1].encode()
    assert address in (tmp_path / "doorwatch.db").read_bytes()
    await site.purging.purge()
    for end in ("", "-wal"):
        assert address not in (tmp_path / f"doorwatch.db{end}").read_bytes(), end


async def test_a_start_after_it_knows_what_the_gateway_knew(site: Home) -> None:
    await lived(site)
    await site.days(AFTER)
    await site.purging.purge()
    memory = await loading.load(site.database, Config())
    assert memory.homes == site.core.memory.homes
    assert memory.grids == site.core.memory.grids


STEPS = ("_journal", "_incidents", "_shared", "_elsewhere")


@pytest.mark.parametrize("step", STEPS)
async def test_interrupted_anywhere_it_is_completed_the_next_time(
    site: Home, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lived(site)
    await site.days(AFTER)

    async def power_cut(*given: object) -> None:
        raise InterruptedError

    with monkeypatch.context() as cut, pytest.raises(InterruptedError):
        cut.setattr(deleting.Deleting, step, power_cut)
        await site.purging.purge()
    memory = await loading.load(site.database, Config())
    assert memory.homes == site.core.memory.homes
    assert await site.purging.purge()
    assert named(await site.text()) == []


async def test_by_a_clock_that_nobody_vouches_for_nothing_is_erased(
    site: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lived(site)
    await site.days(AFTER)
    monkeypatch.setattr(site.desk.clock, "verified", lambda: False)
    assert not await site.purging.purge()
    assert sorted(named(await site.text())) == sorted(OF_H1)


async def test_who_left_the_ledger_is_released(site: Home) -> None:
    await lived(site)
    gone = {key: row for key, row in RELEASED.households.items() if key != "H2"}
    sensors = {key: row for key, row in RELEASED.sensors.items() if key != "S2"}
    await site.use(replace(RELEASED, households=gone, sensors=sensors))
    await site.days(13)
    await site.purging.purge()
    assert "2栋2单元501" in await site.text()
    await site.days(1)
    await site.purging.purge()
    assert "2栋2单元501" not in await site.text()


async def test_a_sensor_that_moved_takes_nobodys_past_along(site: Home) -> None:
    await lived(site)
    moved = {**RELEASED.sensors, "S1": Sensor("S1", "H2", Protocol.JSON, "doors/S1")}
    await site.use(replace(RELEASED, sensors=moved))
    await site.desk.passes_by(60)
    await site.desk.door(Door.CLOSED, "S1")
    await site.desk.door(Door.OPEN, "S1")
    of_s1 = "kind = 1 AND subject = 'S1'"
    before = await site.count("journal", of_s1)
    await site.days(AFTER)
    await site.purging.purge()
    assert (before, await site.count("journal", of_s1)) == (5, 2)


async def test_a_number_is_not_given_twice_when_the_journal_is_replayed_from_its_beginning(
    site: Home,
) -> None:
    """A later release may not read the snapshot, and of a purged journal part is missing."""
    await lived(site)
    await site.database.transaction(
        lambda c: c.execute("DELETE FROM journal WHERE kind = 1 AND subject = 'S2'")
    )
    await site.database.transaction(
        lambda c: c.execute(
            "INSERT INTO incidents VALUES (9, 'grid:G1', 3, '9', 'resolved', 0, 0, '{}')"
        )
    )
    assert await site.count("snapshot") == 0
    memory = await loading.load(site.database, Config())
    assert memory.homes["H2"].rest.numbered == 1
    assert memory.grids["grid:G1"].numbered == 3


async def test_the_gateway_does_it_by_itself(site: Home) -> None:
    await lived(site)
    await site.days(AFTER)
    daily = asyncio.create_task(site.purging.run(after_start_s=0))
    try:
        async with asyncio.timeout(20):
            while not await site.count("purges"):
                await asyncio.sleep(0.02)
    finally:
        daily.cancel()
        await asyncio.gather(daily, return_exceptions=True)
    assert named(await site.text()) == []


async def test_ids_are_never_given_again(site: Home) -> None:
    await lived(site)
    await site.desk.passes_by(3 * 60)
    await breach(site, "S1", "H1")  # the newest of all is H1's
    newest = await site.database.rows("SELECT MAX(id) FROM incidents")
    await site.days(AFTER)
    await site.purging.purge()
    memory = await loading.load(site.database, Config())
    assert memory.cards._next_id == newest[0][0] + 1
    assert memory.passes.new_id() == "pass-4"


async def test_an_incident_of_many_homes_names_it_no_more(site: Home) -> None:
    body = {
        "household_ids": ["H1", "H2"], "household_id": None,
        "timeline": [{"at": "", "what": "joined", "detail": "H1"},
                     {"at": "", "what": "joined", "detail": "H10"}],
    }  # fmt: skip
    insert = "INSERT INTO incidents VALUES (?, 'grid:G1', ?, '1', 'resolved', 0, 0, ?)"
    alert = (
        "INSERT INTO alerts (id, incident_id, person_id, phone, kind, step, text, status,"
        " created_at, next_at) VALUES (?, ?, 'P', '+1', 'sms', 0, ?, 'delivered', 0, 0)"
    )

    async def work(connection: Any) -> None:
        text = deleting._compact
        await connection.execute(insert, (90, 1, text(body)))
        await connection.execute(insert, (91, 2, text({**body, "household_ids": ["H1"]})))
        for number in (90, 91):
            await connection.execute(alert, (number, number, "1栋2单元501等2户"))

    await site.database.transaction(work)
    await site.days(AFTER)
    await site.purging.purge()
    assert named(await site.text()) == []
    assert "H10" in await site.text()
    assert await site.count("incidents") == 1
    assert [row[0] for row in await site.database.rows("SELECT id FROM incidents")] == [90]


async def test_who_left_the_roster_loses_name_and_phone_in_older_ledgers(site: Home) -> None:
    people = {key: one for key, one in RELEASED.people.items() if key != "leader"}
    await site.use(replace(RELEASED, people=people))
    for days, left in ((13, True), (1, False)):
        await site.days(days)
        await site.purging.purge()
        assert ("刘强" in await site.text()) is left
    assert "王敏" in await site.text()
    assert (await ledgers.version(site.database, 1)).people["leader"].phone == "-"


OF_HOUSEHOLDS = {
    "journal", "incidents", "alerts", "passes", "gaps", "requests", "ledger", "snapshot",
    "resident_tokens", "installations", "audit",
}  # fmt: skip
OF_NOBODY_AT_HOME = {"replies", "purges", "users", "sessions"}


async def test_a_new_table_is_looked_at_before_it_is_forgotten(site: Home) -> None:
    """Does it tell of households? Then purge, erasure and export have to know it."""
    tables = await site.database.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    assert {name for (name,) in tables} == OF_HOUSEHOLDS | OF_NOBODY_AT_HOME


# -- at once -------------------------------------------------------------------------------


async def test_erased_at_once_with_its_open_incident(site: Home) -> None:
    await site.desk.opens("S1")
    with pytest.raises(Refused, match="isolates"):
        await purge.erase(site.core, site.database, "H1")
    assert sorted(named(await site.text())) == sorted(OF_H1)
    counts = await purge.erase(site.core, site.database, "H1", force=True)
    assert counts["incidents"] == 1
    assert counts["journal"] == 2
    assert site.desk.cards() == []
    left = await site.database.rows("SELECT text, status FROM alerts")
    assert {row["status"] for row in left} <= {"accepted"}  # on their way: the next purge's
    await site.days(15)
    await site.purging.purge()
    assert named(await site.text()) == []


async def test_after_its_release_nobody_has_to_force_it(site: Home) -> None:
    await lived(site)
    await site.days(5)
    await purge.erase(site.core, site.database, "H1")
    assert named(await site.text()) == []
    with pytest.raises(Refused, match="there was none"):
        await purge.erase(site.core, site.database, "H1")


# -- what the resident is given ------------------------------------------------------------


async def test_the_export_has_all_of_it_and_nobody_else(site: Home) -> None:
    secret = Sensor("S1", "H1", Protocol.JSON, "doors/S1", key="0123456789abcdef")
    await site.use(replace(RELEASED, sensors={**RELEASED.sensors, "S1": secret}))
    await lived(site)
    now = site.desk.clock.now()
    found = await export(site.database, "H1", ZONE, 14, now)
    assert found is not None
    text = deleting._compact(found)
    for other in ("H2", "2栋2单元501", "+8525123", "王敏", "0123456789abcdef"):
        assert other not in text.replace('"household_id":"H1"', "")
    assert [(one["what"], one.get("door")) for one in found["journal"]] == [
        ("reading", "closed"), ("reading", "open"), ("acknowledged", None),
        ("reading", "closed"), ("pass_granted", None),
    ]  # fmt: skip
    assert [one["state"] for one in found["incidents"]] == ["acknowledged"]
    assert found["incidents"][0]["alerts"]
    assert [one["id"] for one in found["passes"]] == ["pass-1"]
    assert [one["cause"] for one in found["not_observed"]] == ["sensor"]
    assert found["erased_by_itself_at"].startswith("2026-03-20T00:00")
    for part in ("installations", "own_page", "record_shown"):
        assert len(found[part]) == 1, part
    assert found["ledger"][0]["households"][0]["address"] == "1栋2单元501"
    assert await export(site.database, "H9", ZONE, 14, now) is None


async def test_the_export_reads_nobody_elses_incidents(site: Home) -> None:
    """Those of a grid are its own where they name it; what is another's could not even be read."""
    await lived(site)
    of_many = {"household_ids": ["H1", "H2"], "household_id": None, "timeline": []}
    of_others = {**of_many, "household_ids": ["H2", "H10"]}
    for number, (owner, body) in enumerate(
        (("H2", "unreadable"), ("H10", "unreadable"), ("grid:G1", of_many), ("grid:G1", of_others))
    ):
        await site.database.rows(
            "INSERT INTO incidents VALUES (?, ?, ?, '1', 'open', 1, 1, ?)",
            (900 + number, owner, 900 + number, body if body == "unreadable" else json.dumps(body)),
        )
    found = await export(site.database, "H1", ZONE, 14, site.desk.clock.now())
    assert found is not None
    assert [one["household_ids"] for one in found["incidents"]] == [["H1"], ["H1"]]


async def test_the_export_ends_with_the_data(site: Home) -> None:
    await lived(site)
    await site.days(AFTER)
    await site.purging.purge()
    assert await export(site.database, "H1", ZONE, 14, site.desk.clock.now()) is None


# -- whose time is over --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ends", "left_after_days", "released_on_day"),
    [
        (date(2026, 3, 5), None, 4),
        (None, None, None),
        (None, 2, 2),
        (date(2026, 3, 5), 2, 2),
        (date(2026, 3, 5), 9, 4),  # what counts is the release, not the clerk
    ],
)
async def test_when_a_household_is_released(
    tmp_path: Path, ends: date | None, left_after_days: int | None, released_on_day: int | None
) -> None:
    row = replace(RELEASED.households["H1"], isolation_end=ends)
    ledger = replace(RELEASED, households={**RELEASED.households, "H1": row})
    async with home(tmp_path, ledger) as site:
        start = site.desk.clock.now() - DAY // 2  # midnight
        if left_after_days is not None:
            site.desk.clock.at = start + left_after_days * DAY
            rest = {"H2": ledger.households["H2"]}
            await site.use(replace(ledger, households=rest, sensors={"S2": ledger.sensors["S2"]}))
        known = (await past.households(site.database))["H1"]
        found = purge.released.released_at(known, ZONE)
    if released_on_day is None:
        assert found > start + 3_650 * DAY
    else:
        assert found == start + released_on_day * DAY
