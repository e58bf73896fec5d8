"""What other processes ask of the gateway: a row in ``requests``, answered in the commit that
carries it out. Whoever asks needs no socket and no daemon: if none runs, it takes the turn itself.
"""

import json
import logging
from typing import Any

import aiosqlite

from gateway import drill, granting, maintaining
from gateway.alerts import budget_wording
from gateway.clock.evidence import Trust
from gateway.core import Core
from gateway.discovery import Discovery
from gateway.granting import Refused
from gateway.incidents import incident_of
from gateway.store.alerts import INSERT as INSERT_ALERT
from gateway.store.alerts import new_row
from gateway.store.database import Database
from gateway.store.journal import BatteryChanged, DrillChanged, Given
from rules.model import Acknowledged, Channel, Commissioned, Outcome, Resolved
from rules.moment import MINUTE
from rules.step import Input

log = logging.getLogger("doorwatch.requests")
TOLD_KEPT = 20  # answers about what is heard: more than people who may be asking at once
MOST_MINUTES = 10  # a sensor is commissioned for so long at the most


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


async def serve(database: Database, core: Core, discovery: Discovery) -> None:
    """Carries out every request that waits."""
    rows = await database.rows("SELECT id, body FROM requests WHERE answer IS NULL ORDER BY id")
    for row in rows:
        try:
            body = json.loads(row["body"])
            if body["do"] == "trust_clock":
                core.clock.trust(_trust(body))
                await _reply(database, row["id"], {"by": body["by"]})
            elif body["do"] == "discover":
                await _reply(database, row["id"], discovery.ask())
                await _forget_told(database, row["id"])
            elif body["do"] == "test_text":
                await _test_text(database, core, body, row["id"])
            else:
                await carry_out(core, body, row["id"])
        except (Refused, KeyError, ValueError, TypeError) as refusal:
            await _reply(database, row["id"], {"error": str(refusal)})


async def _reply(database: Database, request_id: int, answer: dict[str, Any]) -> None:
    values = (json.dumps(answer, ensure_ascii=False), request_id)
    await database.transaction(
        lambda c: c.execute("UPDATE requests SET answer = ? WHERE id = ?", values)
    )


async def _forget_told(database: Database, newest: int) -> None:
    """What was heard a while ago is of no use to anybody; whoever asked has read it by now."""
    await database.transaction(
        lambda c: c.execute(
            "DELETE FROM requests WHERE json_extract(body, '$.do') = 'discover' AND id <= ?",
            (newest - TOLD_KEPT,),
        )
    )


async def trusted(database: Database) -> Trust | None:
    """The last person's word for the clock, carried out or not; whether it still holds is the
    clock's to judge."""
    rows = await database.rows(
        "SELECT body FROM requests WHERE json_extract(body, '$.do') = 'trust_clock'"
        " ORDER BY id DESC LIMIT 1"
    )
    return _trust(json.loads(rows[0]["body"])) if rows else None


def _trust(body: dict[str, Any]) -> Trust:
    return Trust(body["by"], body["boot_id"], body["booted_at"])


async def _test_text(database: Database, core: Core, body: dict[str, Any], request_id: int) -> None:
    """A text to ``person`` that is about nothing, through the outbox like any other."""
    person = core.memory.ledger.people.get(body["person"])
    if person is None:
        raise Refused(f"there is no person {body['person']!r} in the ledger that is in force")
    row = new_row(
        incident_id=None,
        person_id=person.person_id,
        phone=person.phone,
        kind=Channel.SMS.value,
        step=0,
        text=budget_wording.trial(person.language or core.memory.language),
        created_at=core.clock.now(),
    )

    async def work(connection: aiosqlite.Connection) -> None:
        cursor = await connection.execute(INSERT_ALERT, row)
        answer = json.dumps({"alert": cursor.lastrowid})
        await connection.execute("UPDATE requests SET answer=? WHERE id=?", (answer, request_id))

    await database.transaction(work)


async def carry_out(
    core: Core, body: dict[str, Any], request_id: int | None = None
) -> dict[str, Any]:
    """One request, done and durable when this returns; what is answered. Raises ``Refused``.

    ``do``: acknowledge or resolve (``incident``, ``by``, ``outcome``), commission (``sensor``,
    ``minutes``), battery (``sensor``, ``by``), grant or revoke (``gateway.granting``),
    maintenance (``gateway.maintaining``), drill (``grid``, ``by``).
    """
    household_id: str | None
    given: Given | BatteryChanged
    if body["do"] == "commission":
        household_id, given, answer = _commission(core, body)
    elif body["do"] == "battery":
        household_id, given, answer = _battery(core, body)
    elif body["do"] == "grant":
        household_id, given, answer = granting.grant(core, body)
    elif body["do"] == "revoke":
        household_id, given, answer = granting.revoke(core, body)
    elif body["do"] == "maintenance":
        household_id = body["grid"]
        given, answer = maintaining.asked(core, body)
    elif body["do"] == "drill":
        household_id, (given, answer) = None, _drill(core, body)
    else:
        household_id, given, answer = _answer(core, body)
    text = json.dumps(answer)
    await core.ask(household_id, given, request_id=request_id, answer=text)
    if "pass" in answer and core.memory.passes.get(answer["pass"]) is None:
        raise Refused("another pass was quicker: none is left today")
    return answer


def _commission(core: Core, body: dict[str, Any]) -> tuple[str, Input, dict[str, Any]]:
    heard = core.memory.intake.sensors.get(body["sensor"])
    if heard is None:
        raise Refused(f"sensor {body['sensor']} is not in the ledger that is in force")
    minutes = min(int(body["minutes"]), MOST_MINUTES)
    until = core.clock.now() + minutes * MINUTE
    return heard.household_id, Commissioned(heard.sensor_id, until), {"sensor": heard.sensor_id}


def _battery(core: Core, body: dict[str, Any]) -> tuple[str, BatteryChanged, dict[str, Any]]:
    heard = core.memory.intake.sensors.get(body["sensor"])
    if heard is None:
        raise Refused(f"sensor {body['sensor']} is not in the ledger that is in force")
    if heard.counts_anew is None:
        raise Refused(
            f"sensor {heard.sensor_id} was not heard to count anew: nothing to accept; if its"
            " battery was changed just now, open and close its door twice and say it again"
        )
    log.info("sensor %s: new battery, says %s", heard.sensor_id, body["by"])
    changed = BatteryChanged(heard.sensor_id, body["by"])
    return heard.household_id, changed, {"sensor": heard.sensor_id}


def _drill(core: Core, body: dict[str, Any]) -> tuple[DrillChanged, dict[str, Any]]:
    grid_id = body["grid"]
    if grid_id not in core.memory.ledger.grids:
        raise Refused(f"grid {grid_id} is not in the ledger that is in force")
    key = drill.key_of(grid_id)
    if key in core.memory.drills:
        raise Refused(f"a drill of grid {grid_id} runs already: see doorwatch incidents list")
    answer = {"household": key, "at": core.clock.now()}
    return DrillChanged(grid_id, True, body["by"]), answer


def _answer(core: Core, body: dict[str, Any]) -> tuple[str, Input, dict[str, Any]]:
    card = core.memory.cards.get(int(body["incident"]))
    if card is None:
        raise Refused(f"incident {body['incident']} is not known, or too old to change")
    state = core.memory.state(card.owner)
    if state is None or incident_of(state, card.number) is None:
        raise Refused(f"incident {card.id} is over, and a later one has followed")
    answer = {"incident": card.id}
    if body["do"] == "resolve":
        said = Resolved(card.number, body["by"], Outcome(body["outcome"]))
        return card.owner, said, answer
    if card.state == "resolved":
        raise Refused(f"incident {card.id} is resolved already")
    return card.owner, Acknowledged(card.number, body["by"]), answer
