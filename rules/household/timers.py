"""What time alone changes in a home, each at its own moment; and catching up with it."""

from rules.home import Home, Incident, Phase, due_of, ends_with_order, still_open
from rules.household import sensing, welfare
from rules.incidents import of_home
from rules.incidents.event import Details, Event
from rules.incidents.other import Finding
from rules.incidents.overdue import caught_up
from rules.local import local
from rules.model import Kind, Outcome
from rules.moment import Moment
from rules.openings import doors, flapping
from rules.said import Out, Output


def run(home: Home, now: Moment, out: Out) -> Home:
    """All that is due before ``now``, in the order of time."""
    while (due := due_of(home.opening, home.incident, home.policy, home.rest)) < now:
        opening, incident, end = still_open(home), home.incident, home.policy.isolation_end
        if incident is not None and due == end and ends_with_order(incident, end):
            at = max(due, incident.raised_at)  # the ledger may say so afterwards
            over = Details(Event.OUTCOME, at, outcome=Outcome.ISOLATION_ENDED)
            home = of_home.at_door(home, over, out)
        elif opening is not None and opening.deadline == due:
            home = doors.deadline_passed(home, opening, out)
        elif incident is not None and incident.due == due:
            home = of_home.at_door(home, Details(Event.TIME, due), out)
        else:
            home = _rest(home, due, out)
    return home


def catch_up(home: Home, now: Moment, out: list[Output]) -> Home:
    """After a time in which nobody watched overdue steps become one alert a person. A deadline that
    passed waits a little: what a broker kept for us may say that the door was closed."""
    opening = still_open(home)
    if opening is not None and opening.deadline < now:
        home = home._replace(opening=opening._replace(deadline=now + doors.SETTLE))
    said: list[Output] = []
    before = _incidents(home)
    home = run(home, now, said)
    after, said = caught_up(said, before, _incidents(home), home.policy, now)
    out += said
    incident = home.incident and after[home.incident.number]
    found = tuple(after[one.number] for one in home.rest.incidents)
    return home._replace(incident=incident, rest=home.rest._replace(incidents=found))


def _incidents(home: Home) -> tuple[Incident, ...]:
    return (*([home.incident] if home.incident else []), *home.rest.incidents)


def _rest(home: Home, due: Moment, out: Out) -> Home:
    """The timers of the rest: other incidents, a sensor that flapped, a meal."""
    policy, end = home.policy, home.policy.isolation_end
    if due >= end and any(ends_with_order(one, end) for one in home.rest.incidents):
        return of_home.timed(of_home.end_all(home, due, out))
    for incident in home.rest.incidents:
        if incident.due == due and incident.phase is not Phase.OVER:
            home = of_home.happen(home, incident, Details(Event.TIME, due), out)
    for faulty in home.rest.faulty:
        if faulty.flapped_at + policy.rules.flap_reset <= due:
            home = flapping.over(home, faulty.sensor_id, due, out)
    home = sensing.review(home, due, out)
    for window_id in welfare.not_opened(home, due):
        about = f"{window_id} {local(due, policy.zone).date()}"  # each day is another meal
        home = of_home.raise_(home, Finding(Kind.WELFARE, due, about), due, out)
    if home.rest.asked_after:
        home = home._replace(rest=home.rest._replace(asked_after=due))
    return of_home.timed(home)
