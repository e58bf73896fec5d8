"""Plays the day: from stop to stop, each done with before the town's clock goes on.

A stop is a door's event, a timer of the gateway, or something that a person does. Owns their
order and the waiting; what they look like in the air, on the phone and on the screen is others'.
"""

import asyncio
import heapq
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from itertools import count

from gateway.daemon import Daemon
from gateway.households import Said
from gateway.incidents import Card
from rules.home import Home
from rules.said import Decision, Noted
from simulators.demo.clock import TownClock, milliseconds
from simulators.demo.doors import Doors
from simulators.demo.letterbox import Letterbox
from simulators.demo.night import KEY, Night
from simulators.demo.roster import Answer, Roster
from simulators.demo.show import Show, decisions_in
from simulators.demo.witness import Witness
from simulators.neighbourhood import Event, Person, Town, somebody_comes
from simulators.provider import NO_ANSWER, Call, Message, ProviderStandIn

log = logging.getLogger("doorwatch.demo")
# Real seconds; only something that is broken, or a machine that stands still, takes so long.
TAKEN_S = 15.0
SENT_S = 15.0
RECEIPT_S = 1.0
# The gateway asks for a receipt 2 s after a text was accepted, by the town's clock.
RECEIPT_AFTER = timedelta(seconds=2, milliseconds=500)

Act = Callable[[], Awaitable[None]]


class Player:
    """One day of one town, played to one gateway."""

    def __init__(
        self,
        town: Town,
        events: Sequence[Event],
        *,
        clock: TownClock,
        daemon: Daemon,
        doors: Doors,
        provider: ProviderStandIn,
        roster: Roster,
        show: Show,
        witness: Witness,
        night: Night,
    ) -> None:
        self.events = list(events)  # as the day went in the end: people close doors
        self._town = town
        self._next = 0
        self._clock = clock
        self._daemon = daemon
        self._doors = doors
        self._provider = provider
        self._roster = roster
        self._show = show
        self._witness = witness
        self._night = night
        self._letters = Letterbox(daemon.database, clock)
        self._agenda: list[tuple[int, int, Act]] = []
        self._number = count()
        self._moved: tuple[Event, list[Decision]] | None = None  # the door that moves just now
        witness.on_said, witness.on_taken = self._said, self._door_told
        tell, account = provider.account.created, provider.account

        def created(resource: Message | Call) -> None:
            tell(resource)
            self._created(resource)

        account.created = created

    async def play(self, ends: datetime, interrupted: asyncio.Event) -> datetime:
        """Until ``ends`` or an interruption; returns until when the day was played."""
        scene, ahead = self._night.scene, True
        while True:
            moment, act = self._stop()
            if ahead and moment >= milliseconds(scene.begins):
                self._clock.not_before(scene.begins)
                ahead = False
            if moment > milliseconds(ends):
                if await self._clock.run_to(milliseconds(ends), interrupted):
                    await self._finish()
                    return ends
                break
            if not await self._clock.run_to(moment, interrupted):
                break
            await act()
            await self._settle()
        await self._finish()
        return self._clock.local()

    # -- what comes next ---------------------------------------------------------------------

    def _stop(self) -> tuple[int, Act]:
        """The nearest: at the same moment what happens counts before what time has brought."""
        due = self._daemon.core.memory.next_due() + 1  # a timer waits for its moment to pass
        found: tuple[int, Act] = due, self._timers
        if self._agenda and self._agenda[0][0] <= found[0]:
            found = self._agenda[0][0], self._appointment
        if self._next < len(self.events):
            at = milliseconds(self.events[self._next].at)
            if at <= found[0]:
                found = at, self._event
        return found

    def _at(self, after: timedelta, act: Act) -> None:
        moment = self._clock.now() + int(after.total_seconds() * 1000)
        heapq.heappush(self._agenda, (moment, next(self._number), act))

    async def _appointment(self) -> None:
        await heapq.heappop(self._agenda)[2]()

    # -- doors and timers --------------------------------------------------------------------

    async def _event(self) -> None:
        event = self.events[self._next]
        self._next += 1
        heard = self._doors.heard(event)
        if heard is not None:
            self._witness.expect(heard)
        if event.moves:
            self._moved = event, []
        try:
            await self._doors.play(event)
        except TimeoutError:
            log.warning("%s: nobody took its message", event.sensor_id)
        if heard is not None and not await self._witness.taken(heard, TAKEN_S):
            log.warning("%s: the gateway has not taken in %s", event.sensor_id, event.what)
        self._door_told()

    async def _timers(self) -> None:
        """Let the gateway decide what time alone has changed."""
        core = self._daemon.core
        end = time.monotonic() + TAKEN_S
        while core.memory.next_due() < self._clock.now() and time.monotonic() < end:
            turns = self._witness.turns
            core.wake()
            await self._witness.another_turn(turns, TAKEN_S)

    def _said(self, given: Said, cards: list[Card]) -> None:
        """The gateway decided something."""
        state, out = given
        at = self._clock.local()
        for said in out:
            if isinstance(said, Noted):
                for card in cards:
                    if card.number == said.incident:
                        self._show.noted(at, said, card)
        if not isinstance(state, Home):
            return
        household_id = state.policy.household_id
        for decision in decisions_in(out):
            if self._moved is not None and decision.at == self._clock.now():
                self._moved[1].append(decision)
            else:
                self._show.by_time(at, household_id, decision)

    def _door_told(self) -> None:
        """The gateway ended a group: all that it says of a move is said, nobody is told yet."""
        if self._moved is not None:
            event, decisions = self._moved
            self._moved = None
            self._show.door(self._clock.local(), event, decisions)

    # -- people ------------------------------------------------------------------------------

    def _created(self, resource: Message | Call) -> None:
        """The provider got something to send, or a reply."""
        if resource.direction == "inbound":
            return
        at, person = self._clock.local(), self._roster.at(resource.to)
        code = self._of_the_night()
        if isinstance(resource, Call):
            self._show.call(at, person, resource)
            if code and person is not None:
                self._rings(resource, person, code)
            return
        self._show.text(at, person, resource)
        given = self._roster.reads(resource.to, resource.body, at)
        if given is not None and given.code != code:
            self._at(given.after, lambda: self._reply(given))

    def _of_the_night(self) -> str:
        """The code of the night's own incident while nobody has it; blank: there is none."""
        cards = self._daemon.core.memory.cards.unresolved()
        for card in cards:
            if card.household_id == self._night.household_id and card.state == "open":
                return card.code if self._clock.now() >= milliseconds(self._night.opens) else ""
        return ""

    def _rings(self, call: Call, person: Person, code: str) -> None:
        """The members sleep; the leader takes the call, presses a key and goes there."""
        if person.role != "leader":
            call.fate = NO_ANSWER
            return
        call.keys = KEY
        given = self._roster.presses(person, code)
        self._show.presses(self._clock.local(), person, KEY)
        self._at(given.walks, lambda: self._come(given))

    async def _reply(self, given: Answer) -> None:
        self._roster.answered(given)
        self._show.reply(self._clock.local(), given.person, given.text)
        reply = self._provider.reply(given.person.phone, given.text)
        if not await self._letters.read(reply.sid, TAKEN_S):
            log.warning("the reply %s was not read", given.text)
        self._at(given.walks, lambda: self._come(given))

    async def _come(self, given: Answer) -> None:
        """Somebody stands at the door; what stands open is closed."""
        card = self._daemon.core.memory.cards.by_code(given.code)
        if card is None or card.household_id is None:
            return
        at = self._clock.local()
        events = somebody_comes(self._town, self.events, card.household_id, at)
        if events != self.events:
            self._show.comes(at, given.person, card.household_id)
            self.events = events

    # -- before the clock goes on ------------------------------------------------------------

    async def _settle(self) -> None:
        """Wait until the gateway has decided and sent all that it can at this moment."""
        await self._timers()
        if not await self._letters.sent(SENT_S):
            log.warning("texts wait longer than %.0f s", SENT_S)
        self._tell()
        if self._letters.on_the_way and not self._letters.asked:
            self._letters.asked = True
            self._at(RECEIPT_AFTER, lambda: self._receipts(RECEIPT_AFTER))

    async def _receipts(self, waited: timedelta) -> None:
        """What became of what was sent. Not at once: asked for again, ever more seldom."""
        await self._letters.arrived(self._provider, RECEIPT_S)
        self._tell()
        if self._letters.on_the_way:
            self._at(waited * 2, lambda: self._receipts(waited * 2))
        else:
            self._letters.asked = False

    def _tell(self) -> None:
        for phone, status in self._letters.news():
            self._show.came_of_it(self._clock.local(), self._roster.at(phone), phone, status)

    async def _finish(self) -> None:
        """What has happened is decided, sent and known to have arrived."""
        no = asyncio.Event()
        await self._settle()
        if self._letters.on_the_way:
            await self._clock.run_to(self._clock.now() + 5_000, no)
            await self._letters.arrived(self._provider, RECEIPT_S)
            self._tell()
