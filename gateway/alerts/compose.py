"""From what the rules say must be told now to the rows of the outbox: who, which way, what text.

Pure: people and homes come from the ledger it is given.
"""

from collections.abc import Callable
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from gateway.alerts import wording
from gateway.alerts.wording import About
from gateway.ledger.model import Language, Ledger
from gateway.ledger.rows import Person
from gateway.store.alerts import RECOVERY, NewRow, new_row
from rules.home import Incident, Opening
from rules.local import local
from rules.model import Channel
from rules.moment import MINUTE, Moment
from rules.said import Alerted


def can_reply(phone: str) -> bool:
    """Whether a text message to this number can be answered by text.

    Mainland China has no two-way SMS with foreign numbers (the provider's guideline page).
    """
    return not phone.startswith("+86")


class Ways(NamedTuple):
    """In which ways, besides a reply, people can answer this gateway.

    ``link`` gives the address at which a person takes an incident, or "" for none.
    ``can_reply``: whether a text to a number can be answered by text, by the provider it goes by.
    """

    keypad: bool = False  # calls take keys
    link: Callable[[int, str, Moment], str] = lambda incident_id, person_id, now: ""
    can_reply: Callable[[str], bool] = can_reply

    def where(self, can_reply: bool) -> "Ways":
        """The same where it is known whether the provider brings an answer."""
        return self._replace(can_reply=lambda phone: can_reply)


NO_WAYS = Ways()


def place(addresses: list[str], count: int) -> str:
    """Where it is: the first of several, and how many there are."""
    if not addresses:
        return ""
    return addresses[0] if count == 1 else f"{addresses[0]} +{count - 1}"


def about(
    incident: Incident,
    opening: Opening | None,
    card: dict[str, Any],
    address: str,
    zone: ZoneInfo,
    now: Moment,
    *,
    recovery: bool = False,
    late: bool = False,
) -> About:
    """What a text about an incident says, as of ``now``. ``opening``: the household's, if it is
    about a door. ``late``: it says how long ago that was; else, how late the news came."""
    is_open = opening is not None and opening.closed_at is None
    return About(
        kind=incident.kind,
        reason=incident.reason,
        severity=incident.severity,
        address=address,
        occurred_at=local(incident.opened_at, zone),
        since=None if incident.since is None else local(incident.since, zone),
        late_seconds=(now - incident.opened_at if late else incident.late_by) // 1000,
        code=card["code"],
        drill=card["drill"],
        clock_verified=card["clock_verified"],
        door_open=is_open,
        minutes_open=(now - incident.opened_at) // MINUTE if is_open else 0,
        recovery=recovery,
    )


def again(
    what: About,
    person: Person,
    kind: str,
    language: Language,
    incident_id: int = 0,
    now: Moment = 0,
    ways: Ways = NO_WAYS,
) -> str:
    """The text for one person once more, with what is known by now."""
    link = ways.link(incident_id, person.person_id, now)
    return _text(Channel(kind), what, person, language, ways, link, unanswered=False)


def rows(
    told: Alerted,
    what: About,
    incident_id: int,
    ledger: Ledger,
    language: Language,
    reading_at: Moment | None,
    ways: Ways = NO_WAYS,
) -> list[NewRow]:
    """One row a phone and channel, however many of its people are on duty; of the chat, one a
    group. ``reading_at``: the arrival whose latency is measured."""
    found = []
    reached: set[tuple[Channel, str]] = set()
    unanswered = any(alert.step > 0 for alert in told.alerts)
    for alert in told.alerts:
        for person_id in alert.person_ids:
            person = ledger.people.get(person_id)
            if person is not None and _first_of(alert.channel, person, reached):
                link = ways.link(incident_id, person_id, told.at)
                text = _text(
                    alert.channel, what, person, language, ways, link, unanswered=unanswered
                )
                found.append(
                    new_row(
                        incident_id=incident_id,
                        person_id=person_id,
                        phone=person.phone,
                        kind=alert.channel.value,
                        step=RECOVERY if told.recovery else alert.step,
                        text=text,
                        created_at=told.at,
                        reading_at=reading_at,
                    )
                )
    return found


def _first_of(channel: Channel, person: Person, reached: set[tuple[Channel, str]]) -> bool:
    """Whether nobody who shares the person's phone, or chat group, has it yet."""
    where = channel, (person.chat or "") if channel is Channel.CHAT else person.phone
    is_first = where not in reached
    reached.add(where)
    return is_first


def _text(
    channel: Channel,
    what: About,
    person: Person,
    language: Language,
    ways: Ways,
    link: str,
    *,
    unanswered: bool,
) -> str:
    spoken_to = person.language or language
    if channel is Channel.VOICE:
        return wording.spoken(what, spoken_to, keypad=ways.keypad, unanswered=unanswered)
    reply = channel is Channel.SMS and ways.can_reply(person.phone)
    return wording.text(what, spoken_to, can_reply=reply, unanswered=unanswered, link=link)
