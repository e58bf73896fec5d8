"""What other processes ask of the gateway: a row in ``requests``, answered in the commit that
carries it out. Whoever asks needs no socket and no daemon: if none runs, it takes the turn itself.
"""

import json
from typing import Any

import aiosqlite

from gateway.core import Core
from gateway.store.database import Database
from rules.model import Acknowledged, Commissioned, Outcome, Resolved
from rules.moment import MINUTE
from rules.step import Input

MOST_MINUTES = 10  # a sensor is commissioned for so long at the most


class Refused(Exception):
    """The request cannot be carried out; the text says why, for whoever asked."""


async def add(database: Database, body: dict[str, Any], now: int) -> int:
    """Puts a request; returns its id."""

    async def work(connection: aiosqlite.Connection) -> int:
        cursor = await connection.execute(
            "INSERT INTO requests (at, body) VALUES (?, ?)", (now, json.dumps(body))
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    return await database.transaction(work)


async def answer_of(database: Database, request_id: int) -> dict[str, Any] | None:
    """The answer, once there is one."""
    rows = await database.rows("SELECT answer FROM requests WHERE id = ?", (request_id,))
    return json.loads(rows[0]["answer"]) if rows and rows[0]["answer"] else None


async def serve(database: Database, core: Core) -> None:
    """Carries out every request that waits."""
    rows = await database.rows("SELECT id, body FROM requests WHERE answer IS NULL ORDER BY id")
    for row in rows:
        try:
            await carry_out(core, json.loads(row["body"]), row["id"])
        except (Refused, KeyError, ValueError, TypeError) as refusal:
            answer = json.dumps({"error": str(refusal)}, ensure_ascii=False)
            await database.transaction(
                lambda c, a=answer, i=row["id"]: c.execute(  # type: ignore[misc]
                    "UPDATE requests SET answer = ? WHERE id = ?", (a, i)
                )
            )


async def carry_out(core: Core, body: dict[str, Any], request_id: int | None = None) -> None:
    """One request, done and durable when this returns. Raises ``Refused``.

    ``do``: acknowledge or resolve (``incident``, ``by``, ``outcome``), or commission
    (``sensor``, ``minutes``).
    """
    if body["do"] == "commission":
        household_id, given, answer = _commission(core, body)
    else:
        household_id, given, answer = _answer(core, body)
    text = json.dumps(answer)
    await core.ask(household_id, given, request_id=request_id, answer=text)


def _commission(core: Core, body: dict[str, Any]) -> tuple[str, Input, dict[str, Any]]:
    heard = core.memory.intake.sensors.get(body["sensor"])
    if heard is None:
        raise Refused(f"sensor {body['sensor']} is not in the ledger that is in force")
    minutes = min(int(body["minutes"]), MOST_MINUTES)
    until = core.clock.now() + minutes * MINUTE
    return heard.household_id, Commissioned(heard.sensor_id, until), {"sensor": heard.sensor_id}


def _answer(core: Core, body: dict[str, Any]) -> tuple[str, Input, dict[str, Any]]:
    card = core.memory.cards.get(int(body["incident"]))
    if card is None:
        raise Refused(f"incident {body['incident']} is not known, or too old to change")
    home = core.memory.homes.get(card.household_id)
    incident = home.incident if home else None
    if incident is None or incident.number != card.number:
        raise Refused(f"incident {card.id} is over, and a later one has followed")
    answer = {"incident": card.id}
    if body["do"] == "resolve":
        said = Resolved(card.number, body["by"], Outcome(body["outcome"]))
        return card.household_id, said, answer
    if card.state == "resolved":
        raise Refused(f"incident {card.id} is resolved already")
    return card.household_id, Acknowledged(card.number, body["by"]), answer
