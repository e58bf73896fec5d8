"""What each number got in the last 24 hours and what waits for it, and who may leave now.

In memory, and rebuilt at the start from the outbox: the hot path asks no disk. Decides by
``gateway.alerts.budget``; knows no provider, no incident and no clock.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple, Protocol

from gateway.alerts import budget
from gateway.alerts.budget import NO_LIMITS, SHORT, Hold, Limits, Merge, Send, Sent, Waiting, Why
from gateway.alerts.budget_wording import Together
from gateway.alerts.outbox import Change, merged
from gateway.alerts.status import AlertStatus
from gateway.store.alerts import DIGEST, RECOVERY, AlertRow, NewRow, new_row
from rules.model import Channel, Severity
from rules.moment import DAY, HOUR, MINUTE, Duration, Moment

_UNSENT = frozenset({AlertStatus.FAILED, AlertStatus.STALE, AlertStatus.CANCELLED})
_SMS = Channel.SMS.value
DIGEST_WAITS: Duration = 12 * HOUR  # the next one says what still waits
LOOK: Duration = 10 * MINUTE  # the duty of somebody whose text is held may end


class Site(Protocol):
    """What the budget asks about alerts and incidents."""

    def limits(self, kind: str, phone: str) -> Limits:
        """Of a number, for texts or calls."""

    def severity(self, row: AlertRow) -> Severity | None:
        """Of the row's incident now; None: it is about none."""

    def is_aside(self, row: AlertRow) -> bool:
        """Whether it tells of nothing that happened: an answer, a digest, a drill."""

    def together(self, rows: Sequence[AlertRow], now: Moment) -> Together | None:
        """One text for all of them; None: they cannot be told in one."""

    def held_until(self, row: AlertRow, now: Moment) -> Moment | None:
        """Until when maintenance holds the row; None: it does not."""

    def otherwise(self, row: AlertRow, now: Moment) -> list[tuple[str, str]]:
        """Other kinds by which the row's person can be told, with what is said; best first."""


class Unlimited:
    """A ``Site`` without any limit."""

    def limits(self, kind: str, phone: str) -> Limits:
        return NO_LIMITS

    def severity(self, row: AlertRow) -> Severity | None:
        return None

    def is_aside(self, row: AlertRow) -> bool:
        return row.incident_id is None

    def together(self, rows: Sequence[AlertRow], now: Moment) -> Together | None:
        return None

    def held_until(self, row: AlertRow, now: Moment) -> Moment | None:
        return None

    def otherwise(self, row: AlertRow, now: Moment) -> list[tuple[str, str]]:
        return []


class Going(NamedTuple):
    """A row that wants to leave, and the providers that may take it, in order."""

    row: AlertRow
    providers: Sequence[str]


Claim = Callable[[AlertRow, str, str | None], AlertRow]
"""(row, provider, other words) -> the row as it leaves."""


class Book:
    """One a dispatcher."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._sent: dict[tuple[str, str], dict[int, Sent]] = {}  # by kind and phone, by alert
        self._held: dict[int, AlertRow] = {}
        # By the alert that says them; each with whether that is their own words, another way.
        self._riders: dict[int, dict[int, bool]] = {}
        self._freed: set[int] = set()  # riders whose carrier ended unsent

    def load(self, rows: Iterable[AlertRow]) -> None:
        """What earlier runs left: what was handed over in the last 24 h, what is held, what is
        merged and then what carries it."""
        for row in rows:
            self.note(row)

    def note(self, row: AlertRow) -> None:
        """A step of ``row`` is durable."""
        key = row.kind, row.phone
        if row.handed:
            at = max(row.handed_at or 0, row.accepted_at or 0)
            provider = (row.provider or budget.ANY) if row.attempts == 1 else budget.ANY
            sent = Sent(at, row.text, provider, row.handed, self._site.is_aside(row))
            self._sent.setdefault(key, {})[row.id] = sent
        elif (others := self._sent.get(key)) is not None:
            others.pop(row.id, None)
        if row.status == AlertStatus.HELD:
            self._held[row.id] = row
        else:
            self._held.pop(row.id, None)
        if row.merged_into is not None:
            otherwise = (row.error or "").startswith(Why.OTHER_WAY)
            self._riders.setdefault(row.merged_into, {})[row.id] = otherwise
        elif row.id in self._riders and AlertStatus(row.status) in _UNSENT:
            self._freed.update(self._riders.pop(row.id))

    def again(self, now: Moment) -> Collection[int]:
        """Rows that waited and may want to leave now: of each number whose time has come, all."""
        held = self._held.values()
        phones = {row.phone for row in held if row.next_at <= now or self._is_over(row, now)}
        free = [row for row in held if row.phone in phones and not self._kept(row, now)]
        return {row.id for row in free} | self._freed

    def held(self) -> Collection[AlertRow]:
        """All that is held."""
        return self._held.values()

    def _is_over(self, row: AlertRow, now: Moment) -> bool:
        """Whether maintenance held it and was ended before its time."""
        return row.error == Why.MAINTENANCE and self._site.held_until(row, now) is None

    def _kept(self, row: AlertRow, now: Moment) -> bool:
        return row.next_at > now and self._site.held_until(row, now) is not None

    def texts_to(self, phone: str, now: Moment) -> int:
        """How many texts the number got in the last 24 h."""
        sent = self._sent.get((_SMS, phone), {}).values()
        return sum(one.times for one in sent if one.at > now - DAY)

    @property
    def is_freed(self) -> bool:
        """Whether somebody has to say again what another alert did not."""
        return bool(self._freed)

    def let_go(self, ids: Iterable[int]) -> None:
        """They want to leave by themselves again, or somebody else has ended them."""
        self._freed.difference_update(ids)
        for alert_id in ids:
            self._held.pop(alert_id, None)

    def next_at(self, now: Moment) -> Moment | None:
        """When to look at what is held: the first may leave, or be another's to hear."""
        return min((min(row.next_at, now + LOOK) for row in self._held.values()), default=None)

    def carries(self, row: AlertRow) -> bool:
        """Whether ``row`` says others too."""
        return row.id in self._riders

    def says_several(self, row: AlertRow) -> bool:
        """Whether its words are those of several alerts: they stay as they are."""
        return not all(self._riders.get(row.id, {}).values())

    # -- who may leave ---------------------------------------------------------------------

    def allot(self, going: Sequence[Going], now: Moment, claim: Claim) -> list[Change]:
        """What becomes of all that want to leave in one commit."""
        changes: list[Change] = []
        numbers: dict[tuple[str, str], list[Going]] = {}
        for one in going:
            if (until := self._site.held_until(one.row, now)) is not None:
                changes.append(Change(one.row, _held(one.row, until, Why.MAINTENANCE)))
                continue
            numbers.setdefault((one.row.kind, one.row.phone), []).append(one)
        for key, group in numbers.items():
            fresh = key not in self._sent and not self._site.limits(*key).reserved
            if len(group) == 1 and fresh:  # as nearly always
                row, providers = group[0]
                changes.append(Change(row, claim(row, providers[0], None)))
            else:
                changes += self._of_number(key, group, now, claim)
        return changes

    def _of_number(
        self, key: tuple[str, str], going: Sequence[Going], now: Moment, claim: Claim
    ) -> list[Change]:
        limits = self._site.limits(*key)
        book = self._recent(key, now)
        left = {one.row.id: one for one in going}
        changes: list[Change] = []
        unmerged: set[int] = set()  # what found no place in a text with others
        while left:
            waiting = [self._waiting(one, one.row.id not in unmerged) for one in left.values()]
            verdicts = budget.plan(limits, book, waiting, now)
            merge = next((v for v in verdicts if isinstance(v, Merge)), None)
            if merge is None:
                for one in verdicts:
                    assert not isinstance(one, Merge)
                    changes.append(self._change(left[one.id].row, one, now, claim))
                return changes
            made = self._merge([left[id_].row for id_ in merge.ids], merge.provider, now, claim)
            if not made:
                unmerged.update(merge.ids)
            for change in made:
                del left[change.row.id]
            if made:
                book.append(Sent(now, made[0].new.text, merge.provider))
            changes += made
        return changes

    def _waiting(self, going: Going, may_merge: bool) -> Waiting:
        row = going.row
        # What a provider may know under its words keeps them, and so does what says others.
        merges = may_merge and row.kind == _SMS and row.sending_at is None
        merges = merges and row.incident_id is not None and not self.carries(row)
        merges = merges and row.step != RECOVERY
        severity = self._site.severity(row)
        return Waiting(row.id, row.text, severity, tuple(going.providers), merges)

    def _merge(
        self, rows: Sequence[AlertRow], provider: str, now: Moment, claim: Claim
    ) -> list[Change]:
        """The first one says as many of the others as its text holds."""
        whole = self._site.together(rows, now)
        if whole is None or whole.told < 2:
            return []
        carrier, *riders = rows[: whole.told]
        changes = [Change(carrier, claim(carrier, provider, whole.text))]
        return changes + [Change(row, merged(row, carrier.id, Why.MERGED)) for row in riders]

    def _change(self, row: AlertRow, verdict: Send | Hold, now: Moment, claim: Claim) -> Change:
        if isinstance(verdict, Send):
            return Change(row, claim(row, verdict.provider, None))
        held = _held(row, verdict.until, verdict.why)
        waits = row.step == DIGEST and verdict.until - now <= DIGEST_WAITS
        if row.incident_id is None and not waits:  # an answer is of no use tomorrow
            return Change(row, held._replace(status=AlertStatus.STALE.value, next_at=row.next_at))
        ways: Sequence[NewRow] = ()
        if row.kind == _SMS and verdict.until - now > SHORT:
            ways = [_other(row, kind, text, now) for kind, text in self._site.otherwise(row, now)]
        return Change(row, held, ways)

    def _recent(self, key: tuple[str, str], now: Moment) -> list[Sent]:
        """What the number got in the last 24 h; forgets what is older."""
        sent = {id_: one for id_, one in self._sent.get(key, {}).items() if one.at > now - DAY}
        if sent:
            self._sent[key] = sent
        else:
            self._sent.pop(key, None)
        return list(sent.values())


def _held(row: AlertRow, until: Moment, why: Why) -> AlertRow:
    return row._replace(status=AlertStatus.HELD.value, next_at=until, error=why.value)


def _other(row: AlertRow, kind: str, text: str, now: Moment) -> NewRow:
    return new_row(
        incident_id=row.incident_id,
        person_id=row.person_id,
        phone=row.phone,
        kind=kind,
        step=row.step,
        text=text,
        created_at=now,
        reading_at=row.reading_at,
    )
