"""Alerts that reached nobody, or are another's to hear by now: the rules are told, so that the
chain does not wait for an answer. Decides nothing; that it is heard once is the rules' care.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from gateway.alerts.leaving import OFF_DUTY, OFF_ROSTER
from gateway.alerts.status import AlertStatus
from gateway.incidents import incident_of
from gateway.memory import Memory
from gateway.store.alerts import AlertRow
from rules.home import Incident, Phase
from rules.incidents.unreached import in_place_of
from rules.local import on_shift
from rules.model import Channel, NotReached
from rules.moment import MINUTE, Duration, Moment
from rules.policy import Duty

REACHED_NOBODY = frozenset(
    {AlertStatus.FAILED, AlertStatus.BUSY, AlertStatus.NO_ANSWER, AlertStatus.MACHINE}
)
WAITED: Duration = MINUTE  # what leaves sooner goes to whom the rules have just chosen


class _Waiting(NamedTuple):
    owner: str
    incident: Incident
    duty: Duty


class Unreached:
    """One a gateway. ``note``: the rules hear it soon, of the home or grid with this key."""

    def __init__(self, memory: Memory, note: Callable[[NotReached, str], None]) -> None:
        self._memory = memory
        self._note = note

    def not_theirs(self, row: AlertRow, now: Moment) -> str | None:
        """Why the row is not its person's to hear any more; None: it is, or another's who was
        told with it and has the duty still."""
        why, waiting = self._not_theirs(row, now), self._waiting(row)
        if why is None or waiting is None:
            return why
        return None if any(_is_told(waiting, one, now) for one in self._sharing(row)) else why

    def _not_theirs(self, row: AlertRow, now: Moment) -> str | None:
        person = self._memory.ledger.people.get(row.person_id)
        if person is None or person.phone != row.phone:
            return OFF_ROSTER
        if row.step < 0 or now - row.created_at < WAITED:  # no step of a chain, or it is fresh
            return None
        waiting = self._waiting(row)
        if waiting is None:
            return None
        _, incident, duty = waiting
        if all(one.person_id != row.person_id for one in duty.roster):
            return OFF_ROSTER  # of that grid
        channel = Channel(row.kind)
        instead = in_place_of(incident, duty, row.person_id, channel, now)
        return None if instead is None else OFF_DUTY

    def ended(self, row: AlertRow) -> None:
        """A step of ``row`` is durable. Said again after a start (``catch_up``)."""
        is_others = row.status == AlertStatus.STALE and row.error in (OFF_DUTY, OFF_ROSTER)
        if not is_others and row.status not in REACHED_NOBODY:
            return
        waiting = self._waiting(row)
        if waiting is None:
            return
        owner, incident, _ = waiting
        if not is_others and row.created_at < incident.alerted_at:
            return
        for person_id in (row.person_id, *(() if is_others else self._sharing(row))):
            told = [way for who, way, _ in incident.alerted if who == person_id]
            if Channel(row.kind) in told:
                told = [Channel(row.kind)]
            elif is_others:  # somebody was told in their place already
                told = []
            for channel in told:  # a call may stand for a text
                self._note(NotReached(incident.number, person_id, channel), owner)

    def catch_up(self, rows: Iterable[AlertRow]) -> None:
        """What ended just before the gateway was killed."""
        for row in rows:
            self.ended(row)

    def _sharing(self, row: AlertRow) -> list[str]:
        """Who else hears the row: a phone, or a chat group, may be that of several people."""
        people = self._memory.ledger.people
        person = people.get(row.person_id)
        group = person.chat if person is not None and row.kind == Channel.CHAT else None
        return [
            key
            for key, one in people.items()
            if key != row.person_id and (one.phone == row.phone or (group and one.chat == group))
        ]

    def _waiting(self, row: AlertRow) -> _Waiting | None:
        """The row's incident while it waits for somebody's answer."""
        card = None if row.incident_id is None else self._memory.cards.get(row.incident_id)
        state = None if card is None else self._memory.state(card.owner)
        incident = None if card is None or state is None else incident_of(state, card.number)
        if card is None or state is None or incident is None:
            return None
        if incident.phase is not Phase.UNANSWERED:
            return None
        return _Waiting(card.owner, incident, state.policy)


def _is_told(waiting: _Waiting, person_id: str, now: Moment) -> bool:
    _, incident, duty = waiting
    told = {who for who, _, _ in incident.alerted}
    here = (one for one in duty.roster if one.person_id == person_id)
    return person_id in told and any(on_shift(one.shifts, now, duty.zone) for one in here)
