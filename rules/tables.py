"""What may happen to an incident, as two tables. By phase and event: what is done (a function of
``incidents/``), and to which phases that may lead. What is not named changes nothing.

``Phase`` in ``home`` and ``Event`` in ``incidents/event`` say what the words mean.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from rules.home import Incident, Phase
from rules.incidents import door, other
from rules.incidents.event import Details, Event, Owner, end
from rules.incidents.unreached import not_reached
from rules.said import Out

Action: TypeAlias = Callable[..., Incident]
"""Of an incident, the home or grid that has it, the event, and where to put what is to be said: the
incident as it stands afterwards."""
Row: TypeAlias = Mapping[Event, tuple[Action, *tuple[Phase, ...]]]
Table: TypeAlias = Mapping[Phase, Row]

DOOR: Table = {  # a household's one incident of its doors
    Phase.NONE: {Event.BREACH: (door.raise_, Phase.UNANSWERED)},
    Phase.UNANSWERED: {
        Event.BREACH: (door.join,),
        Event.TIME: (door.next_step,),
        Event.NOT_REACHED: (not_reached,),
        Event.ACKNOWLEDGED: (door.acknowledge, Phase.ON_MY_WAY, Phase.ANSWERED),
        Event.TAKEN_OVER: (door.take_over, Phase.SHARED),
        Event.OUTCOME: (end, Phase.OVER),
    },
    Phase.SHARED: {
        Event.BREACH: (door.join_shared, Phase.UNANSWERED),
        Event.ACKNOWLEDGED: (door.take, Phase.ON_MY_WAY),
        Event.OUTCOME: (end, Phase.OVER),
    },
    Phase.ON_MY_WAY: {
        Event.BREACH: (door.only_join,),
        Event.TIME: (door.way_over, Phase.UNANSWERED, Phase.ANSWERED, Phase.SETTLED),
        Event.ACKNOWLEDGED: (door.take,),
        Event.OUTCOME: (end, Phase.OVER),
    },
    Phase.ANSWERED: {
        Event.BREACH: (door.go_on, Phase.UNANSWERED),
        Event.TIME: (door.settle, Phase.SETTLED),
        Event.ACKNOWLEDGED: (door.take, Phase.ON_MY_WAY),
        Event.OUTCOME: (end, Phase.OVER),
    },
    Phase.SETTLED: {
        Event.BREACH: (door.reopen, Phase.UNANSWERED),
        Event.TIME: (door.let_go, Phase.OVER),
        Event.OUTCOME: (end, Phase.OVER),
    },
    Phase.OVER: {
        Event.BREACH: (door.raise_, Phase.UNANSWERED),  # the next one
        Event.OUTCOME: (end,),
    },
}

_OPEN: Row = {
    Event.ACKNOWLEDGED: (other.acknowledge, Phase.ANSWERED),
    Event.CLEARED: (other.clear, Phase.OVER),
    Event.OUTCOME: (end, Phase.OVER),
}
OTHER: Table = {  # all that is no opening of one door; it begins unanswered, or waits if not grave
    Phase.WAITING: {**_OPEN, Event.WORSE: (other.worsen, Phase.UNANSWERED)},
    Phase.UNANSWERED: {
        **_OPEN,
        Event.TIME: (other.next_step,),
        Event.NOT_REACHED: (not_reached,),
        Event.WORSE: (other.worsen,),
    },
    Phase.ANSWERED: {**_OPEN, Event.WORSE: (other.only_graver,)},
    Phase.OVER: {Event.OUTCOME: (end,)},
}


def follow(table: Table, before: Incident, owner: Owner, e: Details, out: Out) -> Incident:
    """The incident after an event."""
    cell = table[before.phase].get(e.event)
    return before if cell is None else cell[0](before, owner, e, out)
