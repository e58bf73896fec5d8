"""The seconds of each stage, and what many alerts make of them."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway import latency
from gateway.latency import KEPT, Commits, of_alert, spread, summary
from gateway.store.alerts import INSERT, AlertRow, new_row
from gateway.store.database import Database

READING = 1_700_000_000_000
NEVER = dict.fromkeys(latency.STAGES)


def alert(**moments: int | None) -> dict[str, Any]:
    """Moments in ms since the reading, or since the decision of an alert without one."""
    given = {"reading_at": 0, "created_at": 4, **moments}
    names = ("reading_at", *(name for name in latency.STAGES.values() if name != "acknowledged_at"))
    return {name: None if (at := given.get(name)) is None else READING + at for name in names}


@pytest.mark.parametrize(
    ("moments", "answers", "seconds"),
    [
        ({}, [], {"decided": 0.004}),
        (
            {"committed_at": 9, "first_handed_at": 10, "accepted_at": 120, "delivered_at": 3_400},
            [61_000, 600_000],  # somebody else took it later, too
            {
                "decided": 0.004,
                "committed": 0.009,
                "handed": 0.01,
                "accepted": 0.12,
                "delivered": 3.4,
                "acknowledged": 61.0,
            },
        ),
        ({"reading_at": None, "committed_at": 6}, [], {"decided": 0.0, "committed": 0.002}),
        ({"created_at": 90_000}, [61_000], {"decided": 90.0}),  # somebody had answered before
        # It was opened again, and somebody answered that.
        ({"created_at": 90_000}, [61_000, 95_000], {"decided": 90.0, "acknowledged": 95.0}),
    ],
)
def test_seconds_of_one(
    moments: dict[str, int | None], answers: list[int], seconds: dict[str, float]
) -> None:
    found = of_alert(alert(**moments), [READING + at for at in answers])
    assert found == NEVER | seconds


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([], (0, None, None, None)),
        ([None, None], (0, None, None, None)),
        ([3.0], (1, 3.0, 3.0, 3.0)),
        ([float(n) for n in range(100, 0, -1)], (100, 50.0, 99.0, 100.0)),
        ([None, 2.0, 1.0], (2, 1.0, 2.0, 2.0)),
    ],
)
def test_percentiles_are_values_that_were_measured(
    values: list[float | None], found: tuple[float | None, ...]
) -> None:
    assert tuple(spread(values).values()) == found


def row(incident: int, created_at: int) -> AlertRow:
    return AlertRow(1, incident, "P1", "+85251230001", "sms", 0, "", "pending", None, None, 0,
                    created_at, None, 0, None, None, None, None)  # fmt: skip


def test_commits_are_known_by_incident_and_moment_and_forgotten_in_time() -> None:
    commits = Commits()

    def noted(incident: int, created_at: int, at: int) -> None:
        new = new_row(incident_id=incident, person_id="P1", phone="", kind="sms", step=0, text="",
                      created_at=created_at)  # fmt: skip
        commits.note([new], at)

    noted(1, 100, 105)
    noted(1, 400, 407)
    assert (commits.of(row(1, 100)), commits.of(row(1, 400))) == (105, 407)
    assert (commits.of(row(2, 100)), commits.of(row(1, 101))) == (None, None)
    for number in range(KEPT - 1):
        noted(2, number, number)
    assert (commits.of(row(1, 100)), commits.of(row(1, 400))) == (None, 407)


# -- many ------------------------------------------------------------------------------------


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    found = await Database.open(tmp_path / "d.db")
    yield found
    await found.close()


async def put(
    database: Database, number: int, accepted: int | None, *, drill: bool = False, at: int = 0
) -> None:
    """An incident with one alert, accepted so many ms after the reading."""
    body = {"drill": drill, "timeline": []}
    new = new_row(incident_id=number, person_id="P1", phone="", kind="sms", step=0, text="",
                  created_at=READING + at + 2, reading_at=READING + at)  # fmt: skip

    async def work(connection: Any) -> None:
        await connection.execute(
            "INSERT INTO incidents VALUES (?, ?, 1, ?, 'open', 0, 0, ?)",
            (number, f"H{number}", str(number), json.dumps(body)),
        )
        cursor = await connection.execute(INSERT, new)
        if accepted is not None:
            await connection.execute(
                "UPDATE alerts SET accepted_at = ? WHERE id = ?",
                (READING + at + accepted, cursor.lastrowid),
            )

    await database.transaction(work)


async def test_the_summary_of_a_span_without_its_drills(database: Database) -> None:
    for number in range(1, 9):
        await put(database, number, 10 * number)
    await put(database, 20, 9_000, drill=True)
    await put(database, 21, 9_000, at=-1)
    await put(database, 22, 9_000, at=1_000)
    found = await summary(database, READING, READING + 1_000)
    assert found["alerts"] == 8
    assert found["stages"]["decided"] == {"count": 8, "p50": 0.002, "p99": 0.002, "max": 0.002}
    assert found["stages"]["accepted"] == {"count": 8, "p50": 0.04, "p99": 0.08, "max": 0.08}
    assert found["stages"]["delivered"]["count"] == 0
    assert [one["incident_id"] for one in found["worst"]] == [8, 7, 6, 5, 4]


async def test_what_no_provider_took_is_the_worst(database: Database) -> None:
    await put(database, 1, 50)
    await put(database, 2, None)
    found = await summary(database, READING, READING + 1_000)
    assert [(one["incident_id"], one["accepted"]) for one in found["worst"]] == [
        (2, None),
        (1, 0.05),
    ]
