"""A snapshot's document: all that the memory holds, for the disk, and back from there."""

from typing import Any

from gateway import drill
from gateway.ledger.model import Ledger
from gateway.memory import Memory
from gateway.rulesfile import RulesFile
from gateway.store import snapshot


def document(memory: Memory) -> dict[str, Any]:
    """As it stands at this moment; nothing in it changes with the memory."""
    return {
        "ledger": memory.ledger_version,
        "rules": memory.rules.text,
        "shape": snapshot.SHAPE,
        "doubtful_since": memory.doubtful_since,
        "maintenance": memory.maintained.document(),
        "today": memory.today.document(),
        "heard": memory.untold(),
        "homes": {key: snapshot.written(home) for key, home in memory.homes.items()},
        "grids": {key: snapshot.written(grid) for key, grid in memory.grids.items()},
        "drills": {key: snapshot.written(home) for key, home in memory.drills.items()},
        "sensors": memory.intake.memory(),
    }


def recall(memory: Memory, found: dict[str, Any], ledger: Ledger) -> None:
    """A new memory as it stood then. ``ledger``: the one of the version that it names."""
    rules = RulesFile.parse(found["rules"])
    memory.use(ledger, found["ledger"], rules, 0)
    for key, values in found["homes"].items():
        if key in memory.homes:
            memory.homes[key] = snapshot.read(values, memory.homes[key].policy)
    for key, values in found["grids"].items():
        if key in memory.grids:
            memory.grids[key] = snapshot.read_grid(values, memory.grids[key].policy)
    memory.doubtful_since = found["doubtful_since"]
    memory.maintained.recall(found.get("maintenance", []))
    memory.today.recall(found.get("today", {}))
    for key, values in found.get("drills", {}).items():
        memory.intake.hide(key, drill.SOURCE)
        policy = drill.policy(key, ledger, rules, memory.zone)
        memory.drills[key] = snapshot.read(values, policy)
    for sensor_id, at in found["heard"].items():
        memory.heard(sensor_id, at)
    memory.sort()
    memory.intake.recall(found["sensors"])
