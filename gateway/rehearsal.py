"""What these rules would have decided and whom they would have told: inputs in, decisions out.

Nothing is sent and nothing is written. Owns the order of time and which alert belongs to which
decision. Where the inputs come from (a file, the journal) is not its business.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from gateway.incident_json import rfc3339
from gateway.incidents import Cards
from gateway.intake import Intake
from gateway.ledger.model import Language, Ledger
from gateway.memory import Memory
from gateway.rulesfile import RulesFile
from rules.model import Decision, Door, DoorSeen, Output, Tick, Told
from rules.moment import DAY, Duration, Moment
from rules.step import Input


class Sighting(NamedTuple):
    """A sensor's door state from a log."""

    sensor_id: str
    door: Door
    at: Moment  # when it happened
    received_at: Moment  # when we heard of it: never before


class Notice(NamedTuple):
    """Somebody would have been told."""

    at: Moment
    role: str
    channel: str


@dataclass(slots=True)
class Verdict:
    """One decision, with everybody whom its chain would have told."""

    household_id: str
    decision: Decision
    incident: int | None  # counted over all households of the rehearsal
    notices: list[Notice] = field(default_factory=list)

    def as_json(self, zone: ZoneInfo) -> dict[str, Any]:
        said = self.decision
        return {
            "at": rfc3339(said.at, zone),
            "household_id": self.household_id,
            "verdict": said.verdict.value,
            "incident": self.incident,
            "severity": said.severity.word if said.severity else None,
            "reason": said.reason.value,
            "since": rfc3339(said.since, zone),
            "detail": said.detail,
            "alerts": [
                {"at": rfc3339(notice.at, zone), "role": notice.role, "channel": notice.channel}
                for notice in self.notices
            ],
        }


class _Chain(NamedTuple):
    """An incident's running chain: when it began, and by which decision."""

    begun_at: Moment
    by: Verdict


class Rehearsal:
    """A gateway without ears, mouth and disk. ``verdicts`` grows in the order of deciding."""

    def __init__(
        self, ledger: Ledger, rules: RulesFile, zone: ZoneInfo, keep: Duration = 14 * DAY
    ) -> None:
        """``keep``: what comes later than this after it happened is dropped, and counted."""
        self._memory = Memory(zone, Language.EN, Intake(), Cards(zone))
        self._memory.use(ledger, 0, rules, 0)
        self._sensors = {key: row.household_id for key, row in ledger.sensors.items()}
        self._told: set[Sighting] = set()
        self._numbers: dict[tuple[str, int], int] = {}
        self._chains: dict[int, _Chain] = {}
        self._keep = keep
        self.dropped = 0
        self.verdicts: list[Verdict] = []

    def see(self, sighting: Sighting) -> None:
        """The next line of a log, in the order of ``received_at``. The same line twice is one."""
        if sighting.received_at - sighting.at > self._keep:
            self.dropped += 1
            return
        once = sighting._replace(received_at=0)
        if once in self._told:
            return
        self._told.add(once)
        seen = DoorSeen(sighting.sensor_id, sighting.door, sighting.at)
        self.give(self._sensors[sighting.sensor_id], seen, sighting.received_at)

    def give(self, household_id: str, given: Input, now: Moment) -> None:
        """Any input of a household; whatever time alone changes before it comes first."""
        self._pass_time(now)
        self._apply(household_id, given, now)

    def pass_time(self, until: Moment) -> None:
        """Lets time pass, up to ``until`` and with it."""
        self._pass_time(until + 1)

    def _pass_time(self, before: Moment) -> None:
        """Timers one by one, so that homes take turns as they would have."""
        while (due := self._memory.next_due()) < before:
            for household_id in self._memory.due_before(due + 1):
                self._apply(household_id, Tick(), due + 1)

    def _apply(self, household_id: str, given: Input, now: Moment) -> None:
        _, out = self._memory.apply(household_id, given, now)
        verdict = None
        for said in out:
            if isinstance(said, Decision):
                verdict = Verdict(household_id, said, self._number(household_id, said))
                self.verdicts.append(verdict)
            elif isinstance(said, Told):
                self._tell(household_id, said, verdict)
            if not isinstance(said, Decision):
                verdict = None  # only what follows at once is begun by it

    def _number(self, household_id: str, said: Output) -> int | None:
        if said.incident is None:
            return None
        return self._numbers.setdefault((household_id, said.incident), len(self._numbers) + 1)

    def _tell(self, household_id: str, told: Told, verdict: Verdict | None) -> None:
        """To the decision that began the chain; a chain that only goes on keeps its own."""
        number = self._numbers[household_id, told.incident]
        chain = self._chains.get(number)
        if verdict is not None and (
            chain is None or told.begun_at != chain.begun_at or told.at == told.begun_at
        ):
            chain = _Chain(told.begun_at, verdict)
        assert chain is not None  # an incident is decided before anybody is told of it
        self._chains[number] = _Chain(told.begun_at, chain.by)
        chain.by.notices += [
            Notice(told.at, alert.role.value, alert.channel.value) for alert in told.alerts
        ]
