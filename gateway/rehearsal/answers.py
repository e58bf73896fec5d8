"""Which incident of a rehearsal a journaled answer is about.

The journal holds what people answered about incidents that other rules count otherwise, or do not
raise at all. What was said of the newest incident of its kind at that door (all door kinds are
one) goes to the newest one there now. It is dropped where there is none, or that one was over
before the one answered was raised. What was said of an older one is dropped too: it changed
nothing then.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from gateway.rehearsal.verdicts import Incident, Verdicts, family
from gateway.store.journal import Entry, Row
from rules.model import Acknowledged, HandedOver, PassGranted, Resolved
from rules.moment import NEVER, Moment

# Where the body of an entry, the input's fields, has the number of the incident that it is about.
_NUMBER_AT: Mapping[int, int] = {
    Entry.ACKNOWLEDGED: Acknowledged._fields.index("incident"),
    Entry.HANDED_OVER: HandedOver._fields.index("incident"),
    Entry.RESOLVED: Resolved._fields.index("incident"),
    Entry.PASS_GRANTED: PassGranted._fields.index("incident"),  # null: granted for itself
}


class Raised(NamedTuple):
    """An incident as it really was."""

    at: Moment
    family: str
    overtaken_at: Moment = NEVER  # when the next of its family was raised


AllRaised: TypeAlias = Mapping[tuple[str, int], Raised]  # by owner and its own count


def all_raised(incidents: Iterable[tuple[str, int, Moment, str]]) -> AllRaised:
    """From owner, number, moment and kind of each, in the order of their numbers."""
    found: dict[tuple[str, int], Raised] = {}
    newest: dict[tuple[str, str], tuple[str, int]] = {}
    for owner, number, at, kind in incidents:
        of = (owner, family(kind))
        if before := newest.get(of):
            found[before] = found[before]._replace(overtaken_at=at)
        newest[of] = (owner, number)
        found[owner, number] = Raised(at, of[1])
    return found


def about(row: Row) -> int | None:
    """The number of the incident that somebody answered; None: it is no answer."""
    values = _values(row)
    place = _NUMBER_AT.get(row.kind, len(values))
    number: int | None = values[place] if place < len(values) else None
    return number


def meant(row: Row, raised: AllRaised, verdicts: Verdicts) -> Row | None:
    """An answer with the number that its incident has here; None: there is none."""
    owner, number = row.subject or "", about(row)
    assert number is not None  # it is an answer
    was, here = raised.get((owner, number)), verdicts.incidents.get((owner, number))
    if was is None:
        return row if here else None  # too old for the store: its number is all there is
    if here is not None and here.raised_at == was.at:
        return row
    if was.overtaken_at <= row.received_at:
        return None
    newest = verdicts.newest.get((owner, was.family))
    if newest is None or _over_before(newest, was.at):
        return None
    values = _values(row)
    values[_NUMBER_AT[row.kind]] = newest.own_number
    return row._replace(body=json.dumps(values, ensure_ascii=False))


def _over_before(incident: Incident, moment: Moment) -> bool:
    return incident.over_at is not None and incident.over_at < moment


def _values(row: Row) -> list[Any]:
    return list(json.loads(row.body or "[]")) if row.kind in _NUMBER_AT else []
