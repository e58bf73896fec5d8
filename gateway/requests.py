"""What other processes ask of the gateway: a row in ``requests``, answered in the commit that
carries it out. Whoever asks needs no socket and no daemon: if none runs, it takes the turn itself.
"""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import aiosqlite

from gateway import drill, granting, maintaining
from gateway.alerts import budget_wording
from gateway.alerts.commands import OUTCOMES
from gateway.clock.evidence import Trust
from gateway.core import Core
from gateway.discovery import Discovery
from gateway.granting import Asked, Refused
from gateway.incidents import Card, incident_of
from gateway.outcomes import fitting, listed
from gateway.privacy.purge import erase
from gateway.store import audit
from gateway.store.alerts import INSERT as INSERT_ALERT
from gateway.store.alerts import new_row
from gateway.store.audit import Did
from gateway.store.database import Database
from gateway.store.journal import BatteryChanged, DrillChanged
from rules.model import (
    Acknowledged,
    Channel,
    Commissioned,
    EmergencyDeclared,
    HandedOver,
    Outcome,
    Resolved,
)
from rules.moment import MINUTE

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
            elif body["do"] == "erase":
                erased = await erase(core, database, body["household"], force=body["force"])
                await _reply(database, row["id"], erased, body={"do": "erase"})  # whom: forgotten
            elif body["do"] == "test_text":
                by = body.get("by", "cli")  # a release before this one did not say
                await send_test_text(database, core, body["person"], by, row["id"])
            else:
                await carry_out(core, body, row["id"])
        except (Refused, KeyError, ValueError, TypeError) as refusal:
            await _reply(database, row["id"], {"error": str(refusal)})


async def _reply(
    database: Database,
    request_id: int,
    answer: dict[str, Any],
    body: dict[str, Any] | None = None,
) -> None:
    """``body``: what is to be kept of the request; None: all of it."""
    kept = None if body is None else json.dumps(body)
    values = (json.dumps(answer, ensure_ascii=False), kept, request_id)
    sql = "UPDATE requests SET answer = ?, body = coalesce(?, body) WHERE id = ?"
    await database.transaction(lambda c: c.execute(sql, values))


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


async def send_test_text(
    database: Database, core: Core, person_id: str, by: str, request_id: int | None = None
) -> int:
    """A text to a person that is about nothing, through the outbox like any other: its id there.
    Who had it sent stands in the audit.

    Raises ``Refused``. ``request_id``: the request that is answered in the same commit.
    """
    person = core.memory.ledger.people.get(person_id)
    if person is None:
        raise Refused(f"there is no person {person_id!r} in the ledger that is in force")
    row = new_row(
        incident_id=None,
        person_id=person.person_id,
        phone=person.phone,
        kind=Channel.SMS.value,
        step=0,
        text=budget_wording.trial(person.language or core.memory.language),
        created_at=(at := core.clock.now()),
    )

    async def work(connection: aiosqlite.Connection) -> int:
        cursor = await connection.execute(INSERT_ALERT, row)
        assert cursor.lastrowid is not None
        answer = json.dumps({"alert": cursor.lastrowid})
        await connection.execute("UPDATE requests SET answer=? WHERE id=?", (answer, request_id))
        await audit.note(connection, at, by, Did.TEXT_TESTED, person_id)
        return cursor.lastrowid

    return await database.transaction(work)


async def carry_out(
    core: Core, body: dict[str, Any], request_id: int | None = None
) -> dict[str, Any]:
    """One request, done and durable when this returns; what is answered. Raises ``Refused``.

    ``do`` is a key of ``DO``; the rest of the body is what that function names.
    """
    subject, given, answer = DO[body["do"]](core, body)
    text = json.dumps(answer)
    await core.ask(subject, given, request_id=request_id, answer=text)
    if "pass" in answer and core.memory.passes.get(answer["pass"]) is None:
        raise Refused("another pass was quicker: none is left today")
    return answer


def _commission(core: Core, body: dict[str, Any]) -> Asked:
    """``sensor``, ``minutes``, ``by``: its openings disturb nobody for so long."""
    heard = core.memory.intake.sensors.get(body["sensor"])
    if heard is None:
        raise Refused(f"sensor {body['sensor']} is not in the ledger that is in force")
    minutes = min(int(body["minutes"]), MOST_MINUTES)
    until = core.clock.now() + minutes * MINUTE
    return (
        heard.household_id,
        Commissioned(heard.sensor_id, until, body.get("by", "")),
        {"sensor": heard.sensor_id},
    )


def _battery(core: Core, body: dict[str, Any]) -> Asked:
    """``sensor``, ``by``: it counts anew because its battery is new."""
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


def _emergency(core: Core, body: dict[str, Any]) -> Asked:
    """``household``: somebody there calls for help; people are alerted, nobody is blamed."""
    if body["household"] not in core.memory.homes:
        raise Refused(f"household {body['household']} is not in the ledger that is in force")
    return body["household"], EmergencyDeclared(), {"household": body["household"]}


def _maintenance(core: Core, body: dict[str, Any]) -> Asked:
    given, answer = maintaining.asked(core, body)
    return body["grid"], given, answer


def _drill(core: Core, body: dict[str, Any]) -> Asked:
    """``grid``, ``by``."""
    grid_id = body["grid"]
    if grid_id not in core.memory.ledger.grids:
        raise Refused(f"grid {grid_id} is not in the ledger that is in force")
    key = drill.key_of(grid_id)
    if key in core.memory.drills:
        raise Refused(f"a drill of grid {grid_id} runs already: see doorwatch incidents list")
    answer = {"household": key, "at": core.clock.now()}
    return None, DrillChanged(grid_id, True, body["by"]), answer


def _acknowledge(core: Core, body: dict[str, Any]) -> Asked:
    """``incident``, ``by``."""
    card = _unresolved(core, body)
    return card.owner, Acknowledged(card.number, body["by"]), {"incident": card.id}


def _hand_over(core: Core, body: dict[str, Any]) -> Asked:
    """``incident``, ``by``, ``to``: a person of its roster, who has it from now on."""
    card = _unresolved(core, body)
    state = core.memory.state(card.owner)
    assert state is not None  # it has an incident
    if all(one.person_id != body["to"] for one in state.policy.roster):
        raise Refused(f"{body['to']} is not on the roster that answers for incident {card.id}")
    return card.owner, HandedOver(card.number, body["by"], body["to"]), {"incident": card.id}


def _resolve(core: Core, body: dict[str, Any]) -> Asked:
    """``incident``, ``by``, ``outcome`` that fits its kind; also of one that is resolved, as long
    as it is known."""
    card = _known(core, body)
    if Outcome(body["outcome"]) not in OUTCOMES:
        raise Refused(f"{body['outcome']} is for the rules to say, not for a person")
    kind = card.body["kind"]
    if body["outcome"] not in fitting(kind):
        raise Refused(f"{body['outcome']} does not fit {kind}: say one of {listed(kind)}")
    said = Resolved(card.number, body["by"], Outcome(body["outcome"]))
    return card.owner, said, {"incident": card.id}


def _unresolved(core: Core, body: dict[str, Any]) -> Card:
    card = _known(core, body)
    if card.state == "resolved":
        raise Refused(f"incident {card.id} is resolved already")
    return card


def _known(core: Core, body: dict[str, Any]) -> Card:
    card = core.memory.cards.get(int(body["incident"]))
    if card is None:
        raise Refused(f"incident {body['incident']} is not known, or too old to change")
    state = core.memory.state(card.owner)
    if state is None or incident_of(state, card.number) is None:
        raise Refused(f"incident {card.id} is over, and a later one has followed")
    return card


DO: Mapping[str, Callable[[Core, dict[str, Any]], Asked]] = {
    "acknowledge": _acknowledge,
    "hand_over": _hand_over,
    "resolve": _resolve,
    "grant": granting.grant,
    "revoke": granting.revoke,
    "emergency": _emergency,
    "commission": _commission,
    "battery": _battery,
    "maintenance": _maintenance,
    "drill": _drill,
}
