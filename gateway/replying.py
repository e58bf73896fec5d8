"""What people's answers do, by whatever way they came: a text, a key, a link.

Owns whose answer counts for what, and what is said back. Everything may come twice: the second
time changes nothing and is answered alike.
"""

from collections.abc import Callable
from typing import TypeAlias

import aiosqlite

from gateway.alerts import wording
from gateway.alerts.commands import Acknowledge, Command, Emergency, Help, Permit, Say, Unknown
from gateway.alerts.phrases import DOOR_KINDS
from gateway.alerts.provider import Reply
from gateway.alerts.replies import OVERLAP
from gateway.alerts.status import AlertStatus
from gateway.core import Core
from gateway.granting import Refused, can_excuse
from gateway.incidents import Card
from gateway.ledger.model import Language
from gateway.ledger.rows import Person
from gateway.outcomes import fitting
from gateway.passes import LONGEST, SHORTEST, USUAL, Pass
from gateway.requests import carry_out
from gateway.store import alerts as table
from gateway.store.alerts import AlertRow
from gateway.store.database import Database
from gateway.taking import begun, minutes_left, taken, taken_by
from rules.model import Outcome, Role
from rules.moment import DAY, HOUR, MINUTE, Duration

Asked: TypeAlias = Acknowledge | Emergency | Permit | Say
ANSWERING = (Role.MEMBER, Role.LEADER, Role.COMMUNITY, Role.COMMAND)
"""Who answers for the homes of a grid; others only for what they were told of."""
TIMELY: Duration = 5 * MINUTE  # a pass is granted no later than that after it was written
SAID_ONCE: dict[str, Duration] = {
    "over": 7 * DAY,  # as long as a code means its incident
    "no_such_code": 7 * DAY,
    "not_yours": 7 * DAY,
    "not_a_door": 7 * DAY,
    "not_understood": HOUR,  # two machines may be answering each other
    "nothing_open": HOUR,
}
"""What is not said again to the same phone for so long: it would change nothing."""
_WAITING = (AlertStatus.PENDING, AlertStatus.HELD)
# A phone that answers every text by itself would be texted for ever, and each costs money. What it
# asks for is done all the same. Somebody who doubts asks twice, a busy leader takes ten homes.
SAME_MOST, ANSWERS_MOST = 3, 12  # of the same words, and of all, to one phone
WITHIN: Duration = HOUR


class Replying:
    """Acts on replies and finds the words to answer with."""

    def __init__(
        self, core: Core, database: Database, unanswered: Callable[[], None] = lambda: None
    ) -> None:
        """``unanswered``: a reply gets no answer, for its phone has had enough of them."""
        self._core = core
        self._database = database
        self._unanswered = unanswered

    # -- who ---------------------------------------------------------------------------------

    def person_at(self, phone: str) -> str | None:
        """The person of the roster with this phone (E.164)."""
        person = self.person(phone)
        return person.person_id if person else None

    def person(self, phone: str) -> Person | None:
        """Who has this phone (E.164)."""
        return next(iter(self._people(phone)), None)

    def _people(self, phone: str) -> list[Person]:
        """A duty phone may be that of several people."""
        people = self._core.memory.ledger.people.values()
        return [person for person in people if person.phone == phone]

    async def answering(self, card: Card, phone: str) -> Person | None:
        """The person with this phone who answers for the incident, if one does."""
        people = self._people(phone)
        home = self._core.memory.ledger.households.get(card.household_id or "")
        grid_id = home.grid_id if home else card.body["grid_id"]
        for person in people:
            if person.role in ANSWERING and person.grid_id in (None, grid_id):
                return person
        rows = await self._rows(card)
        return next((p for p in people if any(row.person_id == p.person_id for row in rows)), None)

    # -- a text ------------------------------------------------------------------------------

    async def on_reply(self, reply: Reply, command: Command) -> str | None:
        """Carries the command out; returns the text to answer with, or None."""
        person = self.person(reply.sender)
        if person is None:
            return None
        language = person.language or self._core.memory.language
        match command:
            case Help():
                name, text = "help", wording.answer("help", language)
            case Unknown():
                told = await self.told(person)
                code = told[0][0].code if told else "4071"
                name, text = "not_understood", wording.answer("not_understood", language, code=code)
            case Acknowledge(None) if await self._came_before(reply, person):
                return None
            case _:
                name, text = await self._asked(reply, command, language)
        if not self._core.memory.ways.can_reply(reply.sender):
            return None
        if await self._was_said(reply.sender, name, text):
            self._unanswered()
            return None
        return text

    async def _asked(self, reply: Reply, command: Asked, language: Language) -> tuple[str, str]:
        """The name of the answer, and its words."""
        cards, not_drill = await self._meant(reply, command.code)
        unread = [] if cards or command.code else await self._on_its_way(reply.sender)
        if unread or len(cards) > 1:  # nobody takes what they have not read
            listed = [(card.code, self._core.memory.place(card)) for card in unread or cards]
            return "choose", wording.choose(listed, language)
        if not cards:
            name = "no_such_code" if command.code else "nothing_open"
            return name, wording.answer(name, language, code=command.code or "")
        card = cards[0]
        person = await self.answering(card, reply.sender)
        name, minutes = "not_yours", 0
        if person is not None:
            name, minutes = await self._do(self._timely(reply, command), card, person)
        drill = False if not_drill else card.body["drill"] or None
        return name, wording.answer(name, language, code=card.code, minutes=minutes, drill=drill)

    def _timely(self, reply: Reply, command: Asked) -> Asked:
        """A permission that was long on its way would cover what nobody meant."""
        late = self._core.clock.now() - reply.at
        if isinstance(command, Permit) and late > TIMELY and self._core.memory.verified:
            return Acknowledge(command.code)
        return command

    async def _do(self, command: Asked, card: Card, person: Person) -> tuple[str, int]:
        """The name of what to answer, and its minutes."""
        match command:
            case Permit() if card.body["drill"]:  # no home that a pass could be of
                return await self.acknowledge(card, person), minutes_left(self._core, card)
            case Acknowledge():
                return await self.acknowledge(card, person), minutes_left(self._core, card)
            case Say() if command.outcome not in fitting(card.body["kind"]):
                return "does_not_fit", 0
            case Say():
                return await self.resolve(card, person, command.outcome), 0
            case _ if card.body["kind"] not in DOOR_KINDS:
                return "not_a_door", 0
            case Emergency():
                return await self.emergency(card, person), 0
            case Permit():
                minutes = USUAL if command.minutes is None else command.minutes
                return await self.permit(card, person, minutes)

    async def _meant(self, reply: Reply, code: str | None) -> tuple[list[Card], bool]:
        """By its code; without one, what is open and was told to this phone. And whether a drill
        was left out: beside a real door nobody means it, and nobody has time to type a code.

        Where nothing of it is open any more, what somebody has taken: he may say so twice.
        """
        if code is not None:
            card = self._core.memory.cards.by_code(code)
            return ([card] if card is not None else []), False
        person = self.person(reply.sender)
        told = [card for card, _ in await self.told(person)] if person else []
        told = [card for card in told if not self._is_before(reply, card)]
        opened = [card for card in told if card.state == "open"]
        real = [card for card in opened if not card.body["drill"]]
        return real or opened or told, 0 < len(real) < len(opened)

    async def _came_before(self, reply: Reply, person: Person) -> bool:
        """Whether all that waits for him was raised after he wrote: he meant something else."""
        told = [card for card, _ in await self.told(person)]
        return bool(told) and all(self._is_before(reply, card) for card in told)

    def _is_before(self, reply: Reply, card: Card) -> bool:
        """By the provider's clock and ours; ours may not know the time."""
        return self._core.memory.verified and reply.at + OVERLAP < card.raised_at

    async def _was_said(self, phone: str, name: str, text: str) -> bool:
        """Whether the same phone has got the same words, which change nothing, already, or has
        had enough of answers."""
        now, once = self._core.clock.now(), SAID_ONCE.get(name)

        async def said(connection: aiosqlite.Connection) -> bool:
            alike, all_ = await table.answers(connection, phone, text, now - WITHIN)
            if alike >= SAME_MOST or all_ >= ANSWERS_MOST:
                return True
            before = (0, 0)
            if once is not None:
                before = await table.answers(connection, phone, text, now - once)
            return before[0] > 0

        return await self._database.transaction(said)

    # -- what they do ------------------------------------------------------------------------

    async def acknowledge(self, card: Card, person: Person) -> str:
        """The person takes it, by whatever way; the name of what to answer. Twice is as once."""
        if taken_by(card) != person.person_id:
            asked = {"do": "acknowledge", "incident": card.id, "by": person.person_id}
            try:
                await carry_out(self._core, asked)
            except Refused:
                return "over"
        return taken(self._core, card)

    async def emergency(self, card: Card, person: Person) -> str:
        """The person says that it was an emergency exit; as ``acknowledge``."""
        return await self.resolve(card, person, Outcome.EMERGENCY_EXIT)

    async def resolve(self, card: Card, person: Person, outcome: Outcome) -> str:
        """The person says what it was; as ``acknowledge``."""
        if card.body["outcome"] != outcome.value:
            asked = {"do": "resolve", "incident": card.id, "by": person.person_id}
            try:
                await carry_out(self._core, asked | {"outcome": outcome.value})
            except Refused:
                return "over"
        return "emergency" if outcome is Outcome.EMERGENCY_EXIT else outcome.value

    async def permit(self, card: Card, person: Person, minutes: int) -> tuple[str, int]:
        """The person grants a pass from the incident: the name of what to answer, its minutes.

        With the door open that opening is covered, and the incident is over. With the door closed
        the next opening will be; this one is the person's to look after.
        """
        if not SHORTEST <= minutes <= LONGEST:
            return "pass_minutes", 0
        granted = self._granted(card, person, minutes)
        if granted is None:
            if not can_excuse(self._core, card):
                return "over", 0
            asked = {"do": "grant", "household": card.owner, "minutes": minutes}
            try:
                done = await carry_out(
                    self._core, asked | {"incident": card.id, "by": person.person_id}
                )
            except Refused:
                return "over", 0
            granted = self._core.memory.passes.get(done["pass"])
        if granted is None:
            return "over", 0
        now = self._core.clock.now()
        if granted.used_at == granted.granted_at:
            until = granted.granted_at + min(minutes, granted.max_open_minutes) * MINUTE
            return ("permitted", begun(until - now)) if now < until else ("over", 0)
        if card.state == "open":
            await self.acknowledge(card, person)
        return "permitted_closed", begun(granted.ends_at - now)

    def _granted(self, card: Card, person: Person, minutes: int) -> Pass | None:
        """The same pass, if the person has granted it already. Once the next opening has used it
        up, whoever asks again asks for another."""
        now = self._core.clock.now()
        for one in self._core.memory.passes.of_incident(card.id):
            same = one.granted_by == person.person_id and not one.revoked_at
            same = same and one.used_at in (None, one.granted_at)
            if same and now < one.ends_at and one.ends_at - one.starts_at == minutes * MINUTE:
                return one
        return None

    # -- what was told -----------------------------------------------------------------------

    async def told(self, person: Person) -> list[tuple[Card, AlertRow]]:
        """What is unresolved and was told to the person's phone, with the last alert of each."""
        found = []
        for card in self._core.memory.cards.unresolved():
            ours = [
                row
                for row in await self._rows(card)
                if row.phone == person.phone and _may_have_come(row)
            ]
            if ours:
                found.append((card, ours[-1]))
        return found

    async def _on_its_way(self, phone: str) -> list[Card]:
        """What is open and has a text for this phone that waits."""
        opened = [card for card in self._core.memory.cards.unresolved() if card.state == "open"]
        rows = [row for card in opened for row in await self._rows(card) if row.phone == phone]
        waiting = {row.incident_id for row in rows if row.status in _WAITING}
        return [card for card in opened if card.id in waiting]

    async def _rows(self, card: Card) -> list[AlertRow]:
        return await self._database.transaction(lambda c: table.of_incident(c, card.id))


def _may_have_come(row: AlertRow) -> bool:
    """Whether the phone may have it: a provider took it, or nobody knows yet whether one did."""
    return bool(row.accepted_at or row.merged_into or row.status == AlertStatus.SENDING)
