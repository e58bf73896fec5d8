"""``doorwatch sensors pair|retire``: the next version of the ledger, judged as an import is."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from gateway.ledger.model import Ledger
from gateway.store import ledgers
from gateway.store.database import Database
from rules.model import Door
from tests.support.cli import Run, Site, runner
from tests.unit.test_cli_incidents import live

KEY = "231d39c1d7cc1ab1aee224cd096db932"
OTHER_KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def run(site: Site, capsys: pytest.CaptureFixture[str]) -> Run:
    run = runner(capsys, site)
    assert run("ledger", "import", *site.files).status == 0
    return run


def stored(site: Site) -> tuple[int, Ledger]:
    async def read() -> tuple[int, Ledger]:
        database = await Database.open(site.store)
        try:
            return await ledgers.latest(database)
        finally:
            await database.close()

    return asyncio.run(read())


def sensor(site: Site, sensor_id: str) -> tuple[Any, ...]:
    row = stored(site)[1].sensors[sensor_id]
    return row.household_id, row.protocol.value, row.address, row.key, row.place


@pytest.mark.parametrize(
    ("words", "row"),
    [
        # Another device: the old one's key is not its own.
        (["S2", "--address", "a4:c1:38:00:00:01"],
         ("H2", "bthome", "A4:C1:38:00:00:01", None, "front")),
        (["S2", "--address", "A4C138000001", "--key", OTHER_KEY],
         ("H2", "bthome", "A4:C1:38:00:00:01", OTHER_KEY, "front")),
        # The same device keeps it.
        (["S2", "--address", "3c2ef5aabbcc"],
         ("H2", "bthome", "3C:2E:F5:AA:BB:CC", KEY, "front")),
        (["S1", "--address", "A4C138000001", "--protocol", "bthome"],
         ("H1", "bthome", "A4:C1:38:00:00:01", None, "front")),
        (["S9", "--address", "front", "--protocol", "zigbee2mqtt", "--household", "H3"],
         ("H3", "zigbee2mqtt", "front", None, "")),
    ],
)  # fmt: skip
def test_pair(run: Run, site: Site, words: list[str], row: tuple[Any, ...]) -> None:
    typed = run("sensors", "pair", *words, "--json")
    assert typed.status == 0, typed.err
    assert sensor(site, words[0]) == row
    said = typed.json()
    assert (said["sensor_id"], said["address"], said["has_key"]) == (
        words[0], row[2], row[3] is not None
    )  # fmt: skip
    assert KEY not in typed.out + typed.err
    assert len(stored(site)[1].households) == 3


def test_the_version_counts_only_if_something_changed(run: Run, site: Site) -> None:
    typed = run("sensors", "pair", "S1", "--address", "S1")
    assert "nothing has changed" in typed.out
    assert stored(site)[0] == 1
    typed = run("sensors", "pair", "S1", "--address", "S7")
    assert typed.out.splitlines() == [
        "S1: bound to S7", "version 2: takes effect when the gateway starts"
    ]  # fmt: skip


def test_retire_keeps_what_it_said(run: Run, site: Site) -> None:
    asyncio.run(live(site, ("S1", Door.CLOSED, None), ("S1", Door.OPEN, None)))
    before = run("incidents", "list", "--json").json()
    typed = run("sensors", "retire", "S1")
    assert typed.out.splitlines() == [
        "S1: retired", "version 2: takes effect when the gateway starts"
    ]  # fmt: skip
    assert "S1" not in stored(site)[1].sensors
    asyncio.run(live(site, ("S1", Door.CLOSED, None)))  # nobody's any more
    assert run("incidents", "list", "--json").json() == before
    assert [row["sensor_id"] for row in run("sensors", "list", "--json").json()] == [
        "S1b", "S2", "S3"
    ]  # fmt: skip
    again = run("sensors", "retire", "S1")
    assert (again.status, again.err) == (2, "doorwatch: there is no sensor 'S1' in the ledger\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["pair", "S2", "--address", "door"], "sensors pair: address: 'door' is not a Bluetooth"),
        (["pair", "S1", "--address", "S3"], "is also that of sensor 'S3', of household 'H3'"),
        (["pair", "S1", "--address", "doors/S3"], "doors/S3 is also that of sensor 'S3'"),
        (["pair", "S1", "--address", "doors/+"], "'doors/+' stands for many topics; write the one"),
        (["pair", "S1", "--address", "x", "--key", KEY], "sensors pair: key: json sensors have no"),
        (["pair", "S2", "--address", "A4C138000001", "--key", "12"], "this is no key of bthome"),
        (["pair", "S1", "--address", "x", "--protocol", "smoke"], "sensors pair: protocol:"),
        (["pair", "S1", "--address", " "], "sensors pair: address: is blank"),
        (["pair", "S1", "--address", "x", "--household", "H9"], "there is no household 'H9'"),
        (["pair", "S9", "--address", "x"], "to add it, --household and --protocol"),
        (["pair", "S1"], "--address"),
        (["retire", "S9"], "there is no sensor 'S9'"),
    ],
)
def test_wrong_use_changes_nothing(run: Run, site: Site, words: list[str], said: str) -> None:
    typed = run("sensors", *words)
    assert (typed.status, typed.out) == (2, "")
    assert said in typed.err
    assert stored(site)[0] == 1


def test_who_changed_the_ledger_is_kept(run: Run, site: Site) -> None:
    assert run("sensors", "pair", "S1", "--address", "S7").status == 0
    assert run("sensors", "pair", "S1", "--address", "S7").status == 0, "nothing changes"
    assert run("sensors", "retire", "S1").status == 0
    connection = sqlite3.connect(site.store)
    try:
        noted = connection.execute("SELECT who, what, subject, detail FROM audit").fetchall()
    finally:
        connection.close()
    assert noted == [
        ("cli", "ledger", None, "imported"),
        ("cli", "ledger", "S1", "bound"),
        ("cli", "ledger", "S1", "retired"),
    ]
