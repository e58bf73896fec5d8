"""Draws the two tables for docs/rules.md: ``python -m rules.diagram``. Decides nothing."""

from rules.home import Phase
from rules.incidents import door, event, other

LeadsTo = dict[event.Action, tuple[Phase, ...]]
DOOR: LeadsTo = {
    door._raise: (Phase.UNANSWERED,),
    door._join_shared: (Phase.UNANSWERED,),
    door._go_on: (Phase.UNANSWERED,),
    door._reopen: (Phase.UNANSWERED,),
    door._take_over: (Phase.SHARED,),
    door._acknowledge: (Phase.ON_MY_WAY, Phase.ANSWERED),
    door._take: (Phase.ON_MY_WAY,),
    door._way_over: (Phase.UNANSWERED, Phase.ANSWERED, Phase.SETTLED),
    door._settle: (Phase.SETTLED,),
    door._let_go: (Phase.OVER,),
    event.end: (Phase.OVER,),
}
"""Where an action may lead, if it does not leave the phase as it is."""
OTHER: LeadsTo = {
    other._worsen: (Phase.UNANSWERED,),
    other._acknowledge: (Phase.ANSWERED,),
    other._clear: (Phase.OVER,),
    event.end: (Phase.OVER,),
}
Cells = dict[tuple[Phase, event.Event], event.Action]


def mermaid(cells: Cells, leads_to: LeadsTo, *drawn: str) -> str:
    """A state diagram; what leaves a phase as it is is not drawn."""
    edges: dict[tuple[str, str], list[str]] = {}
    for (phase, what), action in cells.items():
        for after in leads_to.get(action, ()):
            if after is not phase:
                before = "[*]" if phase is Phase.NONE else phase.value
                edges.setdefault((before, after.value), []).append(what.value)
    ways = (f"{before} --> {after}: {', '.join(e)}" for (before, after), e in edges.items())
    return "\n    ".join(["stateDiagram-v2", *drawn, *ways])


def drawings() -> dict[str, str]:
    """Both diagrams, by the name of what they are of."""
    raised = "[*] --> unanswered: raised", "[*] --> waiting: raised, and not grave"
    return {"door": mermaid(door.TABLE, DOOR), "other": mermaid(other.TABLE, OTHER, *raised)}


if __name__ == "__main__":
    print("\n\n".join(f"```mermaid\n{drawing}\n```" for drawing in drawings().values()))
