"""Draws the transition tables: ``python -m rules.diagram`` prints what docs/rules.md shows."""

from collections.abc import Callable, Mapping
from typing import Any

from rules.home import Phase
from rules.incidents import door, other

Table = Mapping[Any, Callable[..., Any]]
LeadsTo = Mapping[Callable[..., Any], tuple[Phase, ...]]


def mermaid(table: Table, leads_to: LeadsTo, begins: str) -> str:
    """A state diagram; what leaves a phase as it is is not drawn. ``begins``: what raises one."""
    edges: dict[tuple[str, str], list[str]] = {}
    for (phase, event), action in table.items():
        for after in leads_to.get(action, ()):
            if after is not phase:
                before = "[*]" if phase is Phase.NONE else phase.value
                edges.setdefault((before, after.value), []).append(event.value)
    starts = [] if any(before == "[*]" for before, _ in edges) else [begins]
    drawn = [
        f"    {before} --> {after}: {', '.join(events)}"
        for (before, after), events in edges.items()
    ]
    return "\n".join(["stateDiagram-v2", *starts, *drawn])


def drawings() -> dict[str, str]:
    """Both diagrams, by the name of what they are of."""
    waits = "    [*] --> unanswered: raised\n    [*] --> waiting: raised, and not grave"
    return {
        "door": mermaid(door.TABLE, door.LEADS_TO, ""),
        "other": mermaid(other.TABLE, other.LEADS_TO, waits),
    }


if __name__ == "__main__":
    print("\n\n".join(f"```mermaid\n{drawing}\n```" for drawing in drawings().values()))
