"""What the demo prints while it happens: one line each, pale where nobody need look.

Owns the words and the look. One thing shouts: a breach.
"""

from datetime import datetime

from rich.console import Console
from rich.text import Text

from gateway.alerts.phrases import DOOR_KINDS
from gateway.incidents import Card
from rules.model import Reason, Verdict
from rules.said import Decision, Note, Noted, Output
from simulators.demo.outcome import Summary
from simulators.neighbourhood import Event, Person, Town, What
from simulators.provider import Call, Message

PALE, PLAIN, GOOD, ASKS = "dim", "", "green", "yellow"
SHOUT = "bold white on red"

WHY = {
    Reason.WINDOW_USED_UP: "this window's openings are used up",
    Reason.UNCOVERED: "no permitted time",
    Reason.CURFEW: "no permitted time, at night",
    Reason.TOO_LONG: "open longer than permitted",
    Reason.PAST_END: "still open after the permitted time",
    Reason.STILL_OPEN: "still open",
    Reason.STANDING_OPEN: "stands open",
    Reason.REPEATED: "several times within the hour",
    Reason.BETWEEN: "at a moment that nobody saw",
}
NOTES = {
    Note.ACKNOWLEDGED: ("acknowledged: somebody takes it", GOOD),
    Note.ON_MY_WAY_OVER: ("the time to get there is over", ASKS),
    Note.REOPENED: ("open again: the incident too", ASKS),
    Note.RESOLVED: ("resolved", GOOD),
}
CAME_OF_IT = {
    "delivered": ("delivered", PALE),
    "answered": ("call taken", PALE),
    "no_answer": ("nobody took the call", ASKS),
    "busy": ("busy", ASKS),
    "machine": ("voicemail took the call", ASKS),
    "failed": ("FAILED", SHOUT),
    "stale": ("not needed any more", PALE),
}
KINDS = {
    "delivery": "parcels",
    "test": "swabs",
    "garbage": "rubbish",
    "medical": "doctor or nurse",
    "visit": "visit",
    "care": "care",
    "gas": "gas",
}


class Show:
    """Prints to ``console``, which knows whether it has colours."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._windows: dict[str, str] = {}
        self._addresses: dict[str, str] = {}
        self._homes: dict[str, str] = {}
        self._width = 0

    def set_town(self, town: Town) -> None:
        self._addresses = {home.household_id: home.address for home in town.households}
        self._homes = {sensor.sensor_id: sensor.household_id for sensor in town.sensors}
        self._windows = {
            w.window_id: f"{KINDS.get(w.kind, w.kind)} {w.start:%H:%M}-{w.end:%H:%M}"
            for w in town.windows
        }
        self._width = max(_cells(address) for address in self._addresses.values())

    def say(self, words: str, style: str = PLAIN) -> None:
        """A line that belongs to no moment of the day."""
        self._console.print(Text(words, style=style), soft_wrap=True)

    def line(self, at: datetime, words: str, style: str = PLAIN, *, more: str = "") -> None:
        """``more``: what follows unstyled."""
        text = Text(f"{at:%H:%M:%S}  ", style=PALE)
        text.append(words, style=style)
        text.append(more)
        self._console.print(text, soft_wrap=True)

    def summary(self, found: Summary) -> None:
        """What came of it, at the end."""
        self.say("")
        self.say(
            f"{found.openings} openings of doors: {found.permitted} permitted,"
            f" {found.breaches} breaches; {found.readings} readings, {found.lost} lost"
        )
        self.say(
            f"{found.alerted} of {found.breaches} breaches told, {found.missed} missed,"
            f" {found.false_alerts} false alerts, {found.duplicates} duplicates"
        )
        self.say(
            f"{found.texts} texts and {found.calls} calls: {found.delivered} texts delivered,"
            f" {found.acknowledged} incidents acknowledged"
        )
        if found.clean:
            self.say("As it should be.", GOOD)
        else:
            self.say("NOT as it should be.", SHOUT)

    # -- doors -------------------------------------------------------------------------------

    def door(self, at: datetime, event: Event, decisions: list[Decision]) -> None:
        """A door moved, and what the gateway said of it."""
        address = self._where(self._homes[event.sensor_id])
        if event.what is What.CLOSED:
            self.line(at, f"● {address}  closes", PALE)
        elif not decisions:
            self.line(at, f"○ {address}  opens   the same opening", PALE)
        for decision in decisions:
            self._decided(at, address, "opens ", decision)

    def by_time(self, at: datetime, household_id: str, decision: Decision) -> None:
        """No door moved; time alone made it so."""
        self._decided(at, self._where(household_id), "stands", decision)

    def noted(self, at: datetime, said: Noted, card: Card) -> None:
        household_id = card.household_id
        if said.what in NOTES and household_id is not None:
            words, style = NOTES[said.what]
            detail = f" ({said.detail})" if said.what is Note.RESOLVED and said.detail else ""
            self.line(at, f"  {self._where(household_id)}  {words}{detail} · {card.code}", style)

    def _decided(self, at: datetime, address: str, does: str, decision: Decision) -> None:
        if decision.verdict is Verdict.PERMITTED:
            window = self._windows.get(decision.detail, decision.detail)
            self.line(at, f"○ {address}  {does}  permitted: {window}", PALE)
        elif isinstance(decision.verdict, Verdict):
            self.line(at, f"○ {address}  {does}  {_spaced(decision.verdict)}", PALE)
        elif decision.verdict not in DOOR_KINDS:
            self.line(at, f"▲ {address}  {_spaced(decision.verdict)}", ASKS)
        else:
            grave = decision.severity.word if decision.severity else ""
            why = WHY.get(decision.reason, _spaced(decision.reason))
            more = f"  {why} ({_spaced(decision.verdict)}, {grave})"
            self.line(at, f"▲ {address}  {does}  BREACH", SHOUT, more=more)

    def _where(self, household_id: str) -> str:
        address = self._addresses[household_id]
        return address + " " * (self._width - _cells(address))

    # -- people ------------------------------------------------------------------------------

    def text(self, at: datetime, person: Person | None, message: Message) -> None:
        self.line(at, f"    text to {_who(person, message.to)}: ", ASKS, more=message.body)

    def call(self, at: datetime, person: Person | None, call: Call) -> None:
        self.line(at, f"    call to {_who(person, call.to)}", ASKS)

    def came_of_it(self, at: datetime, person: Person | None, phone: str, status: str) -> None:
        if status in CAME_OF_IT:
            words, style = CAME_OF_IT[status]
            self.line(at, f"    {words}: {_who(person, phone)}", style)

    def reply(self, at: datetime, person: Person, text: str) -> None:
        self.line(at, f"    {_who(person, person.phone)} answers: ", GOOD, more=text)

    def presses(self, at: datetime, person: Person, key: str) -> None:
        self.line(at, f"    {_who(person, person.phone)} takes the call and presses {key}", GOOD)

    def comes(self, at: datetime, person: Person, household_id: str) -> None:
        self.line(at, f"  {self._where(household_id)}  the {person.role} is at the door", GOOD)


def decisions_in(out: list[Output]) -> list[Decision]:
    return [said for said in out if isinstance(said, Decision)]


def _who(person: Person | None, phone: str) -> str:
    role = person.role if person else "somebody"
    return f"{role} {masked(phone)}"


def masked(phone: str) -> str:
    """A number that only its owner knows again."""
    return f"{phone[:4]} ···· {phone[-2:]}"


def _spaced(word: str) -> str:
    return word.replace("_", " ")


def _cells(text: str) -> int:
    return Text(text).cell_len
