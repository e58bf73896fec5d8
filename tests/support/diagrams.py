"""Draws the rules' tables for rules/README.md: ``python -m tests.support.diagrams``."""

from rules import tables
from rules.home import Phase

OF_OTHER = ("[*] --> unanswered: raised", "[*] --> waiting: raised, and not grave")


def mermaid(table: tables.Table, *drawn: str) -> str:
    """A state diagram; what leaves a phase as it is is not drawn."""
    edges: dict[tuple[str, str], list[str]] = {}
    for phase, row in table.items():
        for event, (_, *leads_to) in row.items():
            for after in (one for one in leads_to if one is not phase):
                before = "[*]" if phase is Phase.NONE else phase.value
                edges.setdefault((before, after.value), []).append(event.value)
    ways = (f"{before} --> {after}: {', '.join(e)}" for (before, after), e in edges.items())
    lines = "\n    ".join(["stateDiagram-v2", *drawn, *ways])
    return f"```mermaid\n{lines}\n```"


DRAWINGS = mermaid(tables.DOOR), mermaid(tables.OTHER, *OF_OTHER)

if __name__ == "__main__":
    print(*DRAWINGS, sep="\n\n")
