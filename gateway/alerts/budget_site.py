"""What the budget asks of the running gateway: limits, how grave an alert is, in what other words
and by what other kinds it can be told. Reads the memory; decides nothing.
"""

from collections.abc import Sequence
from datetime import datetime

from gateway.alerts import budget_wording
from gateway.alerts.budget import CALLS, NO_LIMITS, Limits, limits_of
from gateway.alerts.budget_wording import Matter, Together
from gateway.alerts.delivery import Route
from gateway.incidents import Card
from gateway.memory import Memory
from gateway.store.alerts import RECOVERY, AlertRow
from rules.local import local
from rules.model import Channel, Severity
from rules.moment import Moment


class Town:
    """A ``gateway.alerts.budget_book.Site`` on the ledger and the rules in force."""

    def __init__(self, memory: Memory, route: Route) -> None:
        self._memory = memory
        self._route = route

    def limits(self, kind: str, phone: str) -> Limits:
        if kind == Channel.SMS:
            return limits_of(self._memory.rules.budgets, phone)
        return CALLS if kind == Channel.VOICE else NO_LIMITS

    def severity(self, row: AlertRow) -> Severity | None:
        if row.incident_id is None:
            return None
        card = self._card(row)
        if card is None or row.step == RECOVERY:
            return Severity.LOW
        if card.body["drill"]:  # it may be held; it never takes what is reserved
            return Severity.MEDIUM
        return Severity[str(card.body["severity"]).upper()]

    def is_aside(self, row: AlertRow) -> bool:
        card = self._card(row)
        return row.incident_id is None or (card is not None and bool(card.body["drill"]))

    def held_until(self, row: AlertRow, now: Moment) -> Moment | None:
        card = self._card(row)
        return None if card is None else self._memory.maintained.holds_until(card.body, now)

    def together(self, rows: Sequence[AlertRow], now: Moment) -> Together | None:
        cards = [card for row in rows if (card := self._card(row)) is not None]
        person = self._memory.ledger.people.get(rows[0].person_id)
        if len(cards) < len(rows) or person is None or any(card.body["drill"] for card in cards):
            return None
        once = list({card.id: card for card in cards}.values())
        said = budget_wording.together(
            [self._matter(card) for card in once],
            person.language or self._memory.language,
            local(now, self._memory.zone),
            can_reply=self._memory.ways.can_reply(person.phone),
            urgent=any(card.body["severity"] == Severity.CRITICAL.word for card in cards),
        )
        left_out = {card.id for card in once[said.told :]}
        first_out = (at for at, card in enumerate(cards) if card.id in left_out)
        return Together(said.text, next(first_out, len(rows)))

    def otherwise(self, row: AlertRow, now: Moment) -> list[tuple[str, str]]:
        severity = self.severity(row)
        if severity is None or severity < Severity.MEDIUM:
            return []
        # A call at any hour is for what cannot wait; a chat disturbs nobody.
        kinds = (Channel.VOICE, Channel.CHAT) if severity >= Severity.HIGH else (Channel.CHAT,)
        found = []
        for kind in kinds:
            text = self._memory.text_again(row.incident_id, row.person_id, kind.value, now)
            if text is not None and self._route(kind, row.phone):
                found.append((kind.value, text))
        return found

    def _card(self, row: AlertRow) -> Card | None:
        return None if row.incident_id is None else self._memory.cards.get(row.incident_id)

    def _matter(self, card: Card) -> Matter:
        return Matter(
            card.code,
            self._memory.place(card),
            datetime.fromisoformat(card.body["occurred_at"]),
            is_door=card.household_id is not None,
        )
