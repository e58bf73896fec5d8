"""From what the rules say must be told now to the rows of the outbox: who, which way, what text.

Pure: people and homes come from the ledger it is given.
"""

from typing import Any

from gateway.alerts import wording
from gateway.alerts.wording import About
from gateway.ledger.model import Language, Ledger
from gateway.ledger.rows import Person
from gateway.store.alerts import NewRow, new_row
from rules.home import Home
from rules.local import local
from rules.model import Channel, Told
from rules.moment import MINUTE, Moment


def can_reply(phone: str) -> bool:
    """Whether a text message to this number can be answered by text.

    Mainland China has no two-way SMS with foreign numbers (the provider's guideline page).
    """
    return not phone.startswith("+86")


def about(home: Home, card: dict[str, Any], address: str, now: Moment) -> About:
    """What a text about a household's incident says, as of ``now``."""
    incident, opening, zone = home.incident, home.opening, home.policy.zone
    assert incident is not None  # there is a card, so there is an incident
    is_open = opening is not None and opening.closed_at is None
    return About(
        kind=incident.kind,
        reason=incident.reason,
        severity=incident.severity,
        address=address,
        occurred_at=local(incident.opened_at, zone),
        since=None if incident.since is None else local(incident.since, zone),
        late_seconds=incident.late // 1000,
        code=card["code"],
        drill=card["drill"],
        clock_verified=card["clock_verified"],
        door_open=is_open,
        minutes_open=(now - incident.opened_at) // MINUTE if is_open else 0,
    )


def again(what: About, person: Person, kind: str, language: Language) -> str:
    """The text for one person once more, with what is known by now."""
    return _text(Channel(kind), what, person, language, unanswered=False)


def rows(
    told: Told,
    what: About,
    incident_id: int,
    ledger: Ledger,
    language: Language,
    reading_at: Moment | None,
) -> list[NewRow]:
    """One row a person and channel. ``reading_at``: the arrival whose latency is measured."""
    found = []
    unanswered = any(alert.step > 0 for alert in told.alerts)
    for alert in told.alerts:
        for person_id in alert.person_ids:
            person = ledger.people.get(person_id)
            if person is not None:
                found.append(
                    new_row(
                        incident_id=incident_id,
                        person_id=person_id,
                        phone=person.phone,
                        kind=alert.channel.value,
                        step=alert.step,
                        text=_text(alert.channel, what, person, language, unanswered=unanswered),
                        created_at=told.at,
                        reading_at=reading_at,
                    )
                )
    return found


def _text(
    channel: Channel, what: About, person: Person, language: Language, *, unanswered: bool
) -> str:
    spoken_to = person.language or language
    if channel is Channel.VOICE:
        return wording.spoken(what, spoken_to, unanswered=unanswered)
    reply = channel is Channel.SMS and can_reply(person.phone)
    return wording.text(what, spoken_to, can_reply=reply, unanswered=unanswered)
