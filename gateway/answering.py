"""Answers that are brought to a public address (texts, keys in calls, links, how far an alert is),
on the same path as those that are found by asking. Knows no HTTP.
"""

from collections.abc import Callable

from gateway.alerts import wording
from gateway.alerts.follow import Follower
from gateway.alerts.phrases import DOOR_KINDS
from gateway.alerts.provider import Progress, Reply
from gateway.alerts.replies import ReplyReader
from gateway.core import Core
from gateway.incidents import Card
from gateway.ledger.model import Language
from gateway.ledger.rows import Person
from gateway.replying import Replying
from gateway.store.database import Database
from gateway.taking import minutes_left, taken, taken_by
from gateway.web.links import Links, Meant, Page
from gateway.web.webhooks import Line


class Answering:
    """What webhooks and links lead to: ``gateway.web.webhooks.Answers``, ``.links.Taking``."""

    def __init__(
        self,
        core: Core,
        database: Database,
        replying: Replying,
        replies: ReplyReader,
        follower: Follower,
        links: Links | None,
        ignored: Callable[[], None],
    ) -> None:
        """``ignored``: somebody who is not on the roster called; he is never answered."""
        self._core = core
        self._database = database
        self._replying = replying
        self._replies = replies
        self._follower = follower
        self._links = links
        self._ignored = ignored

    async def text(self, reply: Reply) -> None:
        await self._replies.take(reply)

    async def status(self, progress: Progress) -> None:
        await self._follower.told(progress)

    async def key(self, phone: str, alert_id: int | None, key: str) -> Line | None:
        person = self._replying.person(phone)
        if person is None:
            self._ignored()
            return None
        language = self._language(person)
        about = await self._about(person, alert_id)
        if about is None:
            return Line(wording.reply("nothing_open", language), language.value)
        card, alert_id, text = about
        person = await self._replying.answering(card, phone) or person
        if key == "1":
            name = await self._replying.acknowledge(card, person)
        elif key == "9" and card.body["kind"] in DOOR_KINDS:
            name = await self._replying.emergency(card, person)
        else:  # 2, or a slip: the words say which keys there are
            return Line(text, language.value, alert_id)
        return Line(self._said(name, card, language, code=" ".join(card.code)), language.value)

    def page(self, token: str) -> Page | None:
        found = self._found(token)
        if found is None:
            return None
        card, person = found
        language = self._language(person)
        by = taken_by(card)
        if card.state == "open":
            return Page(language, self._stands(card, language))
        name = "over" if by is None else "taken_before"
        if by == person.person_id:
            name = taken(self._core, card)
        said = self._said(name, card, language, code=card.code)
        return Page(language, self._stands(card, language), said)

    async def take(self, token: str) -> None:
        found = self._found(token)
        if found is not None:
            await self._replying.acknowledge(*found)

    def _found(self, token: str) -> tuple[Card, Person] | None:
        memory = self._core.memory
        people = memory.ledger.people
        meant: Meant | None = None
        if self._links is not None:
            meant = self._links.read(token, people, self._core.clock.now())
        card = memory.cards.get(meant.incident_id) if meant else None
        return (card, people[meant.person_id]) if card and meant else None

    async def _about(self, person: Person, alert_id: int | None) -> tuple[Card, int, str] | None:
        """The incident of a call, its alert and what it says; of somebody who calls us, the
        newest that he was told of."""
        memory = self._core.memory
        if alert_id is None:
            told = await self._replying.told(person)
            if not told:
                return None
            card, row = max(told, key=lambda each: each[0].id)
            what = memory.about(card, self._core.clock.now())
            if what is None:
                return card, row.id, row.text
            return card, row.id, wording.spoken(what, self._language(person), keypad=True)
        rows = await self._database.rows(
            "SELECT incident_id, text FROM alerts WHERE id = ? AND phone = ?",
            (alert_id, person.phone),
        )
        card_id = rows[0]["incident_id"] if rows else None
        found = memory.cards.get(card_id) if card_id is not None else None
        return (found, alert_id, rows[0]["text"]) if found else None

    def _stands(self, card: Card, language: Language) -> str:
        """Where and what, as it is now; of what is long over, the code alone."""
        what = self._core.memory.about(card, self._core.clock.now())
        return card.code if what is None else wording.summary(what, language)

    def _said(self, name: str, card: Card, language: Language, *, code: str) -> str:
        return wording.reply(name, language, code=code, minutes=minutes_left(self._core, card))

    def _language(self, person: Person) -> Language:
        return person.language or self._core.memory.language
