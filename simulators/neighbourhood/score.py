"""How a gateway did: its public incidents, and what the provider got, against the truth.

Owns the comparison. Reads incidents as anybody outside reads them, as JSON.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from simulators.neighbourhood.truth import SEVERITIES, Expected, Truth

NEAR = timedelta(seconds=60)  # so far an incident's moment may be from its breach
SAME_SOON = timedelta(minutes=2)  # nobody gets the same by the same channel twice within it
KINDS = (  # the kinds of door incident, from the least grave
    "inferred_opening",
    "window_overrun",
    "held_open",
    "unauthorised_opening",
    "repeated_opening",
    "mass_opening",
)
# Alerts of these left the house; the others wait, or never did.
LEFT = frozenset({"accepted", "sent", "delivered", "answered", "no_answer", "busy", "machine"})

Incident = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as the provider got it. ``body`` blank: unknown, as of a call."""

    to: str  # E.164
    kind: str  # sms, voice
    body: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """``missed``: breaches nobody was told of. ``false_alerts``: ids of door incidents that
    no breach explains. ``duplicates``: messages, or incidents, too many. ``understated``:
    breaches whose incident is less grave than they are, in words."""

    breaches: int
    alerted: int
    missed: tuple[Expected, ...]
    false_alerts: tuple[Any, ...]
    duplicates: int
    understated: tuple[str, ...]
    texts: int
    calls: int
    delivered: int
    acknowledged: int

    @property
    def clean(self) -> bool:
        return not (self.missed or self.false_alerts or self.duplicates or self.understated)


def score(
    judged: Truth,
    incidents: Sequence[Incident],
    sent: Iterable[Sent] = (),
    *,
    near: timedelta = NEAR,
) -> Score:
    """Hold the incidents (each as ``incidents show --json`` prints it) against the truth.

    A breach is alerted when an incident of its home was raised for that moment, or took it
    into its timeline while unresolved, and at least one alert of it left the house.
    """
    doors = [i for i in incidents if i["kind"] in KINDS and not i.get("drill")]
    missed: list[Expected] = []
    understated: list[str] = []
    for breach in judged.expected:
        covering = [i for i in doors if _raised_for(i, breach, near) or _joined(i, breach, near)]
        told = [i for i in covering if any(a["status"] in LEFT for a in i["alerts"])]
        if not told:
            missed.append(breach)
        elif not any(_grave(judged, i, breach, near) for i in told):
            understated.append(f"{breach.household_id} {breach.kind} {breach.at:%H:%M:%S}")
    wrong = [i["id"] for i in doors if not any(_raised_for(i, b, near) for b in judged.expected)]
    alerts = [a for i in incidents for a in i["alerts"]]
    kinds = Counter(a["kind"] for a in alerts if a["status"] in LEFT)
    return Score(
        breaches=len(judged.expected),
        alerted=len(judged.expected) - len(missed),
        missed=tuple(missed),
        false_alerts=tuple(wrong),
        duplicates=_twice(incidents) + _too_many(judged, alerts, sent) + _side_by_side(doors),
        understated=tuple(understated),
        texts=kinds["sms"],
        calls=kinds["voice"],
        delivered=sum(a["status"] == "delivered" for a in alerts),
        acknowledged=sum(bool(i.get("acknowledged_at")) for i in incidents),
    )


def _time(stamp: str | None) -> datetime | None:
    return datetime.fromisoformat(stamp) if stamp else None


def _close(stamp: str | None, moment: datetime, near: timedelta) -> bool:
    at = _time(stamp)
    # Both aware, and of different zones as a rule: the difference is the real one.
    return at is not None and abs(at.timestamp() - moment.timestamp()) <= near.total_seconds()


def _raised_for(incident: Incident, breach: Expected, near: timedelta) -> bool:
    return _home(incident, breach) and (
        _close(incident["raised_at"], breach.at, near)
        or _close(incident.get("occurred_at"), breach.at, near)
    )


def _joined(incident: Incident, breach: Expected, near: timedelta) -> bool:
    raised, resolved = _time(incident["raised_at"]), _time(incident.get("resolved_at"))
    moment = breach.at.timestamp()
    return (
        _home(incident, breach)
        and raised is not None
        and raised.timestamp() <= moment
        and (resolved is None or moment <= resolved.timestamp())
        and any(_close(line["at"], breach.at, near) for line in incident["timeline"])
    )


def _home(incident: Incident, breach: Expected) -> bool:
    return bool(incident["household_id"] == breach.household_id)


def _grave(judged: Truth, incident: Incident, breach: Expected, near: timedelta) -> bool:
    """At least as grave as the breach, and as what it rose to if nobody answered."""
    need = SEVERITIES.index(breach.severity)
    if not incident.get("acknowledged_at"):
        for rise in judged.rises:
            if rise.household_id == breach.household_id and rise.at >= breach.opening_at:
                same = rise.at - breach.opening_at < timedelta(minutes=5)
                need = max(need, SEVERITIES.index(rise.severity)) if same else need
    kind = KINDS.index(incident["kind"]) >= KINDS.index(breach.kind)
    return kind and SEVERITIES.index(incident["severity"]) >= need


def _twice(incidents: Iterable[Incident]) -> int:
    """The same text of one incident, step and channel to one person, within two minutes."""
    count = 0
    for incident in incidents:
        last: dict[tuple[Any, ...], datetime] = {}
        for alert in sorted(incident["alerts"], key=lambda a: _stamp(a["created_at"])):
            if alert["status"] not in LEFT:
                continue
            key = (alert["person_id"], alert["kind"], alert["step"], alert["text"])
            at = datetime.fromisoformat(alert["created_at"])
            count += key in last and at - last[key] < SAME_SOON
            last[key] = at
    return count


def _side_by_side(doors: Iterable[Incident]) -> int:
    """Door incidents raised while another one of the same home was not resolved yet."""
    count = 0
    until: dict[str, float] = {}
    for incident in sorted(doors, key=lambda i: _stamp(i["raised_at"])):
        home = str(incident["household_id"])
        count += _stamp(incident["raised_at"]) < until.get(home, 0)
        resolved = incident.get("resolved_at")
        until[home] = max(until.get(home, 0), _stamp(resolved) if resolved else float("inf"))
    return count


def _stamp(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()


def _too_many(judged: Truth, alerts: Iterable[Mapping[str, Any]], sent: Iterable[Sent]) -> int:
    """Messages that the provider got oftener than the gateway says it sent them."""
    phones = {p.person_id: p.phone for p in judged.town.people}
    meant = list(alerts)
    bodies = Counter((phones.get(a["person_id"], ""), a["kind"], a["text"]) for a in meant)
    numbers = Counter((phones.get(a["person_id"], ""), a["kind"]) for a in meant)
    got = list(sent)
    by_body = Counter((m.to, m.kind, m.body) for m in got if m.body)
    by_number = Counter((m.to, m.kind) for m in got if not m.body)
    # A body that no alert has is not an alert (an answer to a reply): nothing is said of it.
    count = sum(max(0, n - bodies[key]) for key, n in by_body.items() if bodies[key])
    return count + sum(max(0, n - numbers[key]) for key, n in by_number.items())
