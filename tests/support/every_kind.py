"""A noon on which an incident of every kind there is comes up, one home each."""

from dataclasses import replace
from typing import Any

from drivers.reading import Decoded, Delivery, Reading, nothing
from gateway.households import GATEWAY, grid_key
from gateway.incidents import Card
from gateway.ledger.model import Grid, Household, Person, Protocol, Sensor, Window
from gateway.ledger.rows import Care, WindowKind
from rules.grid import FaultChanged, Lost
from rules.model import Door, EmergencyDeclared, Kind, Role
from rules.moment import MINUTE, SECOND
from tests.support.desk import LEDGER, PEOPLE, Desk
from tests.support.house import MIDNIGHT

WEEK = tuple(range(7))
NOON = 12 * 60
MANY = tuple(f"M{n}" for n in range(1, 6))
HOMES = {
    "OUT": "1栋1单元101", "OVER": "1栋1单元102", "HELD": "1栋1单元201", "AGAIN": "1栋1单元202",
    "GAP": "1栋1单元301", "OFF": "1栋1单元302", "MUTE": "1栋1单元401", "FLAP": "1栋1单元402",
    "LOW": "1栋1单元501", "MEAL": "1栋1单元502", "HELP": "1栋1单元601",
    **{key: f"2栋1单元{n}01" for n, key in enumerate(MANY, 1)},
}  # fmt: skip
EVERY_KIND = replace(
    LEDGER,
    grids={"G1": Grid("G1", "东关社区", "龙门镇"), "G2": Grid("G2")},
    people={p.person_id: p for p in (*PEOPLE, Person("M2", "钱进", "+85251230009", Role.MEMBER))},
    households={
        key: Household(
            key, "G2" if key in MANY else "G1", address, MIDNIGHT.date(),
            care=(Care.ALONE,) if key == "MEAL" else (),
        )
        for key, address in HOMES.items()
    },
    sensors={
        f"S-{key}": Sensor(f"S-{key}", key, Protocol.JSON, f"doors/S-{key}", supervision_minutes=90)
        for key in HOMES
    },
    windows={
        "W-OVER": Window("W-OVER", "household:OVER", WindowKind.GARBAGE, WEEK, NOON, NOON + 60,
                         max_openings=1),
        "W-HELD": Window("W-HELD", "household:HELD", WindowKind.DELIVERY, WEEK, NOON, NOON + 60,
                         max_open_minutes=2),
        "W-GAP": Window("W-GAP", "household:GAP", WindowKind.DELIVERY, WEEK, NOON + 7, NOON + 60),
        "W-MEAL": Window("W-MEAL", "household:MEAL", WindowKind.CARE, WEEK, NOON + 11, NOON + 20,
                         expected=True),
    },
)  # fmt: skip


async def every_kind(here: Desk) -> dict[Kind, Card]:
    """The newest unresolved incident of each kind; some twenty minutes have passed."""
    for key in HOMES:
        await _says(here, key, door=Door.CLOSED, counter=1 if key == "GAP" else None)
    here.clock.at += 5 * MINUTE
    await _says(here, "GAP", door=Door.OPEN, counter=4)  # two more were not heard
    await _says(here, "OFF", tamper=True)
    await _says(here, "LOW", battery=5)
    await _opens(here, "OVER")
    await _says(here, "OVER", door=Door.CLOSED)
    await here.passes_by(1)
    await _opens(here, "OUT", "OVER", "HELD", *MANY)
    for _ in range(3):
        await _opens(here, "AGAIN")
        await _says(here, "AGAIN", door=Door.CLOSED)
        await here.passes_by(3)
    for _ in range(6):
        await _opens(here, "FLAP")
        await _says(here, "FLAP", door=Door.CLOSED)
        here.clock.at += 11 * SECOND
    await here.core.ask("HELP", EmergencyDeclared())
    await here.core.ask(None, Lost("S-MUTE"))
    await here.core.ask(grid_key(GATEWAY), FaultChanged("provider:twilio", True))
    await here.passes_by(10)
    found: dict[Kind, Card] = {}
    for card in here.core.memory.cards.unresolved():
        found.setdefault(Kind(card.body["kind"]), card)
    return found


async def _opens(here: Desk, *keys: str) -> None:
    for key in keys:
        await _says(here, key, door=Door.OPEN)


async def _says(here: Desk, key: str, **said: Any) -> None:
    reading = Reading("mqtt", "json", f"doors/S-{key}", Decoded(**said), here.clock.now())
    here.core.submit(Delivery(reading, nothing))
    await here.passes_by(0)
