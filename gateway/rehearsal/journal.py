"""The stored journal through the rules once more: its own, or others from a moment on.

Until that moment everything is as it was; from it on the other rules hold, as if somebody had put
them in force then. Nothing is sent and nothing is written.

A tick in the journal says no more than that the gateway was awake: time is passed from timer to
timer up to every row, but not up to one that ends a gap.
"""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from gateway.drill import is_drill
from gateway.incidents import Cards
from gateway.intake import Intake
from gateway.ledger.model import Language, Ledger
from gateway.memory import Memory
from gateway.rehearsal.answers import AllRaised, about, meant
from gateway.rehearsal.verdicts import Verdicts, pass_time
from gateway.rulesfile import RulesFile
from gateway.store import journal, ledgers
from gateway.store.database import Database
from gateway.store.journal import Entry, Row
from rules.model import ClockChanged
from rules.moment import NEVER, Moment

LOOK = 500  # rows between two words about how far it is: some milliseconds
# Until then nobody watched, or it was another time: what fell due meanwhile is theirs to judge.
_GAPS = frozenset((Entry.RESUMED, Entry.CLOCK))


class JournalReplay:
    """A memory that is fed with rows. ``verdicts`` holds what was decided from ``since`` on."""

    def __init__(
        self,
        zone: ZoneInfo,
        since: Moment,
        rules: RulesFile | None = None,
        raised: AllRaised | None = None,
        *,
        keep: bool = True,
    ) -> None:
        """``rules``: they hold from ``since`` on; None: those of the journal.

        ``raised``: every incident of the store, so that answers find theirs under other rules.
        ``keep``: whether decisions are remembered, or only the incidents.
        """
        self.memory = Memory(zone, Language.EN, Intake(), Cards(zone))
        self.verdicts = Verdicts(counting=False, keep=keep)
        self.memory.on_move = self.verdicts.move
        self.dropped = 0  # answers that found no incident of theirs
        self._since = since
        self._rules = rules
        self._raised = raised or {}
        self._by_others = False  # the other rules hold

    def take(self, row: Row) -> None:
        """The next row, unless it is a ledger's."""
        now = row.received_at
        if row.kind in _GAPS:
            self.verdicts.counting |= now >= self._since
            self._replay(row)
            self._change_rules(now)
            return
        if row.kind == Entry.HEARD:  # they lived before now: time has to know
            self._replay(row)
            self._come_to(now)
            return
        self._come_to(now)
        if not self._by_others or about(row) is None or is_drill(row.subject):
            self._replay(row)
        elif (answer := meant(row, self._raised, self.verdicts)) is not None:
            self._replay(answer)
        else:
            self.dropped += 1

    def use(self, ledger: Ledger, version: int, rules: str, now: Moment) -> None:
        """A ledger's row: from here on this ledger and, unless others hold, these rules."""
        self._come_to(now)
        memory = self.memory
        if not self._by_others:
            memory.use(ledger, version, RulesFile.parse(rules), now)
        elif version != memory.ledger_version:  # else only the rules changed, and not here
            memory.use(ledger, version, memory.rules, now)

    def end(self, until: Moment) -> None:
        """Lets time pass after the last row, up to ``until`` and with it."""
        self._come_to(until + 1)

    def _come_to(self, now: Moment) -> None:
        """What time alone changed before ``now``; the other rules, if their moment has come."""
        if not self.verdicts.counting and now >= self._since:
            self._pass_time(self._since)
            self.verdicts.counting = True
            self._change_rules(self._since)
        self._pass_time(now)

    def _pass_time(self, before: Moment) -> None:
        for said in pass_time(self.memory, before):
            self.verdicts.hear(said)

    def _change_rules(self, now: Moment) -> None:
        """Once; the same ones again would only look at every door anew."""
        memory = self.memory
        if self._rules is None or self._by_others or not self.verdicts.counting:
            return
        self._by_others = True
        if self._rules.text != memory.rules.text:
            memory.use(memory.ledger, memory.ledger_version, self._rules, now)

    def _replay(self, row: Row) -> None:
        for said in self.memory.replay(row):
            self.verdicts.hear(said)


async def run(
    replay: JournalReplay,
    database: Database,
    last_id: int,
    until: Moment = NEVER,
    look: Callable[[int], None] = lambda row_id: None,
) -> None:
    """Feeds it every row up to ``last_id``, and lets time pass up to ``until``.

    ``look`` is told how far it is. Raises ``LookupError`` when the store lacks a ledger that the
    journal names.
    """
    watched, version, ledger = True, 0, Ledger.empty()
    async for row in journal.rows_after(database, 0):
        if row.id > last_id:
            watched = row.kind not in _GAPS  # else nobody did until then, or it never was that time
            break
        if row.kind == Entry.LEDGER:
            wanted, rules = journal.ledger_of(row)
            if wanted != version:
                version, ledger = wanted, await ledgers.version(database, wanted)
            replay.use(ledger, version, rules, row.received_at)
        else:
            replay.take(row)
        if row.id % LOOK == 0:
            look(row.id)
    if until < NEVER and watched:
        replay.end(until)
    await _put_right(replay, database, last_id)


async def _put_right(replay: JournalReplay, database: Database, last_id: int) -> None:
    """The store has learnt since what time it was, when nobody knew it at the end of the rows."""
    since = replay.memory.doubtful_since
    if since is None:
        return
    async for row in journal.rows_after(database, last_id):
        if row.kind == Entry.CLOCK:
            for given in journal.inputs_of(row):
                assert isinstance(given, ClockChanged)
                replay.verdicts.move(since, given.offset)
                if given.verified:
                    return
