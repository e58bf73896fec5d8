"""Plays the weeks of a town against a gateway: doors, packets, and people who answer.

Owns the order of time and who does what when told. Virtual time: nobody waits. What really
happened (somebody came and closed a door) and what was heard of it is kept for the ``tally``.
"""

import heapq
import itertools
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from simulators.neighbourhood.answers import answer, arrives
from simulators.neighbourhood.events import Event, What
from simulators.neighbourhood.gateway import COUNTS_TO, Gateway, Packet, Text
from simulators.neighbourhood.life import GOOD_BATTERY, LOW_BATTERY, Life, Mishap, Trouble, grid_of
from simulators.neighbourhood.radio import Link
from simulators.neighbourhood.town import Sensor

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000  # ms
DOWN = 8 * MINUTE  # from the power cut to the gateway's return; its clock lost that time
FADES = 3 * DAY  # a battery that dies was low for so long
SAYS_WHAT_IT_WAS = 0.8  # of those who went to the door
STEPS_IN = 5 * SECOND  # from standing at the door to its being closed
ANOTHER_CHANCE = 4 * HOUR  # who slept through the text may be awake for the reminder


class Heard(NamedTuple):
    """A packet that says how a door stands, heard at ``received_at``, of what was at ``at``."""

    at: int
    received_at: int
    open: bool
    moves: bool  # said because the door moved; else a sign of life


@dataclass(slots=True)
class Played:
    """All that the tally needs."""

    life: Life  # as it came to be: with the doors that were closed by those who came
    gateway: Gateway
    texts: list[Text] = field(default_factory=list)
    heard: dict[str, list[Heard]] = field(default_factory=lambda: defaultdict(list))
    packets: int = 0  # sent by radio
    lost: int = 0

    @property
    def loss(self) -> float:
        return self.lost / self.packets if self.packets else 0.0


MILLISECOND = timedelta(milliseconds=1)


def ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def play(life: Life, seed: int, *, loss: float = 0.02) -> Played:
    """The weeks, with that share of all radio packets lost."""
    return _Player(life, seed, loss).play()


class _Player:
    def __init__(self, life: Life, seed: int, loss: float) -> None:
        town = life.town
        self.seed, self.life = seed, life
        self.played = Played(life, Gateway(town, self._told))
        self.gateway = self.played.gateway
        self.people = {person.person_id: person for person in town.people}
        self.sensors = {sensor.sensor_id: sensor for sensor in town.sensors}
        self.links = {s.sensor_id: Link(s, seed, loss) for s in town.sensors}
        self.grids = grid_of(town)
        self.rng = Random(f"player {seed}")
        self.battery = {s: self.rng.uniform(*GOOD_BATTERY) for s in self.sensors}
        self.stands = dict.fromkeys(self.sensors, False)
        self.counter = {s: self.rng.randrange(COUNTS_TO) for s in self.sensors}
        self.closed_early: set[str] = set()  # what the story closes later is closed already
        self.really: list[Event] = []
        self.asked: set[tuple[str, str]] = set()
        self.order = itertools.count()
        self.now = 0  # ms
        self.agenda: list[tuple[int, int, Callable[..., None], tuple[object, ...]]] = []
        self.mishaps: dict[str, list[tuple[int, int, Trouble]]] = defaultdict(list)
        for mishap in life.mishaps:
            self._expect(mishap)
        for event in life.events:
            self._at(ms(event.at), self._happens, event)
        for granted in town.passes:
            at = ms(granted.start) - 5 * MINUTE
            self._at(at, self.gateway.granted, granted)

    def _at(self, moment: int, what: Callable[..., None], *about: object) -> None:
        heapq.heappush(self.agenda, (moment, next(self.order), what, about))

    def play(self) -> Played:
        town, agenda = self.life.town, self.agenda
        ends = ms(town.at(datetime.min.time(), days=town.days))
        while agenda and agenda[0][0] < ends:
            moment = agenda[0][0]
            self.gateway.pass_time(moment)
            if agenda[0][0] < moment:
                continue  # somebody was told meanwhile, and answers before that
            self.now, _, what, about = heapq.heappop(agenda)
            what(*about)
        self.gateway.pass_time(ends)
        self.played.life = replace(self.life, events=self.really)
        self.played.packets = sum(link.sent for link in self.links.values())
        self.played.lost = sum(link.lost for link in self.links.values())
        return self.played

    # -- what goes wrong ---------------------------------------------------------------------

    def _expect(self, mishap: Mishap) -> None:
        begins, ends = ms(mishap.begins), ms(mishap.ends)
        match mishap.trouble:
            case Trouble.TAMPER:
                self._at(begins, self._says, mishap.subject, begins, True)
                self._at(ends, self._says, mishap.subject, ends, False)
            case Trouble.BUILDING:
                concerned = [s for s, grid in self.grids.items() if grid == mishap.subject]
                self._at(begins, self.gateway.lost, concerned)
                for sensor_id in concerned:
                    if self.sensors[sensor_id].protocol == "zigbee2mqtt":
                        joins = ends + self.rng.randint(5 * SECOND, 5 * MINUTE)
                        self._at(joins, self._says, sensor_id, joins)  # and reports at that
                self.mishaps[mishap.subject].append((begins, ends, mishap.trouble))
            case Trouble.CLOCK:
                self._at(begins + DOWN, self.gateway.restarted, DOWN)
                self._at(ends, self.gateway.synced)
                self.mishaps[""].append((begins, begins + DOWN, mishap.trouble))
            case Trouble.BATTERY:
                self.mishaps[mishap.subject].append((begins, ends, mishap.trouble))

    def _trouble(self, subject: str, at: int) -> int | None:
        """When it ends, if something keeps the subject quiet at that moment."""
        return next((e for b, e, _ in self.mishaps.get(subject, ()) if b <= at < e), None)

    # -- at the doors ------------------------------------------------------------------------

    def _happens(self, event: Event) -> None:
        sensor_id, at = event.sensor_id, self.now
        if event.what is What.OPENED:
            self.closed_early.discard(sensor_id)
            self.stands[sensor_id] = True
        elif event.what is What.CLOSED:
            if sensor_id in self.closed_early:
                self.closed_early.discard(sensor_id)
                return
            self.stands[sensor_id] = False
        if event.moves:
            self.really.append(event)
        self._says(sensor_id, at, moves=event.moves, new=event.what is not What.BEACON)

    def _says(
        self,
        sensor_id: str,
        at: int,
        tamper: bool | None = None,
        *,
        moves: bool = False,
        new: bool = True,
    ) -> None:
        """A sensor says how its door stands. ``new``: not the last packet once more."""
        sensor = self.sensors[sensor_id]
        if moves or (new and not sensor.counts_doors):
            self.counter[sensor_id] = (self.counter[sensor_id] + 1) % COUNTS_TO
        if self._trouble(sensor_id, at):
            return  # its battery is dead
        received_at = self.links[sensor_id].carry(at)
        own_time = sensor.protocol == "json"
        deaf_until = max(self._trouble(g, at) or 0 for g in (self.grids[sensor_id], ""))
        if deaf_until:
            received_at = self._kept(sensor, at, deaf_until, moves) if own_time else None
        if received_at is None:
            return
        counter = self.counter[sensor_id] if sensor.protocol != "zigbee2mqtt" else None
        said = Packet(
            sensor_id,
            self.stands[sensor_id],
            received_at,
            at if own_time else None,
            counter,
            self._battery(sensor_id, at),
            tamper,
        )
        self._at(received_at, self._arrives, said, Heard(at, received_at, said.door is True, moves))

    def _kept(self, sensor: Sensor, at: int, until: int, moves: bool) -> int | None:
        """It keeps events for when it is connected again, one after the other."""
        return until + 2 * SECOND + (at - until + HOUR * 24) // 10_000 if moves else None

    def _arrives(self, packet: Packet, heard: Heard) -> None:
        self.played.heard[packet.sensor_id].append(heard)
        self.gateway.heard(packet)

    def _battery(self, sensor_id: str, at: int) -> int:
        for begins, _, _ in self.mishaps.get(sensor_id, ()):
            if begins - FADES <= at < begins:
                return int(LOW_BATTERY * (begins - at) / FADES)
        return int(self.battery[sensor_id])

    # -- people ------------------------------------------------------------------------------

    def _told(self, text: Text) -> None:
        """Whoever answers says so after a while, and then goes to the door."""
        self.played.texts.append(text)
        turn = text.at // ANOTHER_CHANCE
        code = f"{text.subject} {text.incident} {turn}"
        if (text.person_id, code) in self.asked:
            return
        self.asked.add((text.person_id, code))
        person = self.people[text.person_id]
        local = datetime.fromtimestamp(text.at / 1000, self.life.town.zone)
        after = answer(self.seed, person, code, local)
        if after is not None:
            replies = text.at + after // MILLISECOND
            comes = replies + arrives(self.seed, person, code) // MILLISECOND
            about = (text.subject, text.incident, text.person_id)
            self._at(max(replies, self.now), self._replies, *about, comes)

    def _replies(self, subject: str, incident: int, person_id: str, comes: int) -> None:
        self.gateway.acknowledged(subject, incident, person_id)
        self._at(comes, self._at_the_door, subject, incident, person_id)

    def _at_the_door(self, subject: str, incident: int, person_id: str) -> None:
        """What stands open is closed; as a rule somebody then says what it was."""
        for number, sensor in enumerate(self.life.town.sensors_of(subject)):
            if self.stands[sensor.sensor_id]:
                closes = self.now + STEPS_IN + number * SECOND
                self._at(closes, self._is_closed, sensor.sensor_id)
        if self.rng.random() < SAYS_WHAT_IT_WAS:
            about = (subject, incident, person_id, "returned")
            self._at(self.now + MINUTE, self.gateway.resolved, *about)

    def _is_closed(self, sensor_id: str) -> None:
        if self.stands[sensor_id]:
            at = datetime.fromtimestamp(self.now / 1000, self.life.town.zone)
            self._happens(Event(at, sensor_id, What.CLOSED, False, 100, -70))
            self.closed_early.add(sensor_id)
