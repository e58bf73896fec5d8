"""The digest of a grid: what waits, and for whom. Reads the memory; the text is ``alerts.digest``.

Whoever is on duty for several grids whose digests are due together gets one text. Whatever is
left out on a day because nobody heard it is there on the next one, for it still waits.
"""

from collections.abc import Iterable, Iterator

from gateway.alerts import digest
from gateway.alerts.digest import Matter, What
from gateway.households import grid_key
from gateway.incidents import Card, incident_of
from gateway.maintenance import WORD, hidden_since
from gateway.memory import Memory
from gateway.store.alerts import DIGEST, NewRow, new_row, said_to
from rules.local import on_shift
from rules.model import Channel, Kind, Outcome, Role
from rules.moment import DAY, Moment
from rules.said import DigestDue

ROLES = (Role.MEMBER, Role.LEADER)
WAITS = {
    Kind.BATTERY_LOW: What.BATTERY,
    Kind.SENSOR_SILENT: What.SILENT,
    Kind.WELFARE: What.WELFARE,
    Kind.SENSOR_FAULT: What.FAULT,
    Kind.TAMPER: What.FAULT,
}
"""The kinds of incident that a digest tells of while nobody has them."""


def rows(memory: Memory, due: Iterable[tuple[str, DigestDue]], now: Moment) -> list[NewRow]:
    """One text for each member and leader on duty now who has something to hear."""
    waiting: dict[str, list[Matter]] = {}  # by person
    for grid_id, one in due:
        state = memory.grids.get(grid_key(grid_id))
        matters = list(_of_grid(memory, grid_id, one.since or now - DAY))
        for person in state.policy.roster if state is not None else ():
            if person.role in ROLES and on_shift(person.shifts, now, memory.zone):
                waiting.setdefault(person.person_id, []).extend(matters)
    for person_id, card in _held(memory):
        if person_id in waiting:
            waiting[person_id].append(Matter(What.HELD, memory.place(card), card.code))
    found = [_row(memory, person_id, all_, now) for person_id, all_ in waiting.items() if all_]
    once = {said_to(row): row for row in reversed(found)}  # people may share a phone
    return [row for row in found if once[said_to(row)] is row]


def _of_grid(memory: Memory, grid_id: str, since: Moment) -> Iterator[Matter]:
    """What waits in a grid; ``since``: the moment of its last digest."""
    for card in memory.cards.of_grid(grid_id):
        what = _waits(memory, card)
        if card.body["drill"]:
            continue
        if what is not None:
            code = card.code if what is What.UNVERIFIED else ""
            for address in _places(memory, card):
                yield Matter(what, address, code)
        if hidden_since(card.body, since):
            yield Matter(What.HIDDEN, memory.place(card), card.code)


def _waits(memory: Memory, card: Card) -> What | None:
    if card.state == "open":
        return WAITS.get(Kind(card.body["kind"]))
    state = memory.state(card.owner)
    # What the rules remember no more nobody can say a word about.
    if card.body["outcome"] == Outcome.UNVERIFIED and state is not None:
        return What.UNVERIFIED if incident_of(state, card.number) else None
    return None


def _places(memory: Memory, card: Card) -> list[str]:
    """A matter of several homes counts for each of them."""
    known = memory.ledger.households
    found = [known[key].address for key in card.body["household_ids"] if key in known]
    return found or [memory.place(card)]


def _held(memory: Memory) -> Iterator[tuple[str, Card]]:
    """Who waits for a text about what, but for the sake of maintenance."""
    seen = set()
    for row in memory.held():
        card = None if row.incident_id is None else memory.cards.get(row.incident_id)
        told = row.person_id, row.incident_id
        if card is not None and card.state == "open" and row.error != WORD and told not in seen:
            seen.add(told)
            yield row.person_id, card


def _row(memory: Memory, person_id: str, matters: list[Matter], now: Moment) -> NewRow:
    person = memory.ledger.people[person_id]
    return new_row(
        incident_id=None,
        person_id=person_id,
        phone=person.phone,
        kind=Channel.SMS.value,
        step=DIGEST,
        text=digest.text(matters, person.language or memory.language),
        created_at=now,
    )
