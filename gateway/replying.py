"""What a reply by text does: ``1 CODE`` acknowledges for the person of that phone."""

from gateway.alerts import wording
from gateway.alerts.compose import can_reply
from gateway.alerts.provider import Reply
from gateway.alerts.replies import Acknowledge, Command
from gateway.core import Core
from gateway.incidents import Card
from gateway.ledger.model import Language
from gateway.ledger.rows import Person
from gateway.requests import Refused, carry_out
from gateway.store import alerts as table
from gateway.store.database import Database
from rules.moment import MINUTE


class Replying:
    """Acts on replies and finds the words to answer with."""

    def __init__(self, core: Core, database: Database) -> None:
        self._core = core
        self._database = database

    def person_at(self, phone: str) -> str | None:
        """The person of the roster with this phone (E.164)."""
        person = self._person(phone)
        return person.person_id if person else None

    async def on_reply(self, reply: Reply, command: Command) -> str | None:
        """Carries the command out; returns the text to answer with, or None."""
        person = self._person(reply.sender)
        if person is None:
            return None
        language = person.language or self._core.memory.language
        if not isinstance(command, Acknowledge):
            cards = await self._meant(person, None)
            code = cards[0].code if cards else "4071"
            return self._said("not_understood", person, language, code=code)
        cards = await self._meant(person, command.code)
        if len(cards) != 1:
            return self._which(person, command.code, cards, language)
        card = cards[0]
        try:
            await carry_out(
                self._core, {"do": "acknowledge", "incident": card.id, "by": person.person_id}
            )
        except Refused:
            return self._said("over", person, language, code=card.code)
        name = "taken" if card.body["door_open"] else "taken_closed"
        minutes = self._core.memory.homes[card.household_id].policy.rules.on_my_way // MINUTE
        return self._said(name, person, language, code=card.code, minutes=minutes)

    def _person(self, phone: str) -> Person | None:
        people = self._core.memory.ledger.people.values()
        return next((person for person in people if person.phone == phone), None)

    async def _meant(self, person: Person, code: str | None) -> list[Card]:
        cards = self._core.memory.cards
        if code is not None:
            card = cards.by_code(code)
            return [card] if card is not None else []
        told = []
        for card in cards.unresolved():
            rows = await self._database.transaction(
                lambda c, i=card.id: table.of_incident(c, i)  # type: ignore[misc]
            )
            if any(row.phone == person.phone for row in rows):
                told.append(card)
        return told

    def _which(
        self, person: Person, code: str | None, cards: list[Card], language: Language
    ) -> str | None:
        """Several, or none: the codes to choose from. Silent where no answer can be read."""
        if not can_reply(person.phone):
            return None
        households = self._core.memory.ledger.households
        opened = [(card.code, households[card.household_id].address) for card in cards]
        if opened:
            return wording.choose(opened, language)
        name = "no_such_code" if code else "nothing_open"
        return self._said(name, person, language, code=code or "")

    @staticmethod
    def _said(
        name: str, person: Person, language: Language, *, code: str = "", minutes: int = 0
    ) -> str | None:
        if not can_reply(person.phone):
            return None
        return wording.answer(name, language, code=code, minutes=minutes)
