"""What time alone changes in a household, each at its own moment and in order."""

from rules import flapping, happening, home_matters, incidents, openings, sensing, welfare
from rules.happening import Happening
from rules.home import UNRESOLVED, Home, Incident, Phase, due_of, ends_with_order
from rules.local import local
from rules.matters import Event, Turn
from rules.model import Kind, Outcome, Reason, Severity
from rules.moment import Moment
from rules.said import Output


def run(home: Home, now: Moment, out: list[Output]) -> Home:
    """Everything that was due before ``now``."""
    while (due := due_of(home.opening, home.incident, home.policy, home.matters)) < now:
        opening, incident = home.opening, home.incident
        if incident is not None and due == home.policy.isolation_end and _ends(incident, due):
            at = max(due, incident.raised_at)  # the ledger may say so afterwards
            over = Happening(happening.Event.ISOLATION_OVER, at, outcome=Outcome.ISOLATION_ENDED)
            home = incidents.happen(home, over, out)
        elif opening is not None and opening.closed_at is None and opening.deadline == due:
            home = openings.deadline_passed(home, opening, out)
        elif incident is not None and incident.due == due:
            home = incidents.happen(home, Happening(happening.Event.TIME, due), out)
        else:
            home = _matters(home, due, out)
    return home


def _ends(incident: Incident, end: Moment) -> bool:
    return incident.phase in UNRESOLVED and ends_with_order(incident, end)


def _matters(home: Home, due: Moment, out: list[Output]) -> Home:
    """The timers of a household's other incidents."""
    policy = home.policy
    if due >= policy.isolation_end and any(
        ends_with_order(one, policy.isolation_end) for one in home_matters.unresolved(home)
    ):
        return home_matters.end_all(home, due, Outcome.ISOLATION_ENDED, out)
    for incident in home.matters.incidents:
        if incident.due == due and incident.phase is not Phase.OVER:
            home = home_matters.happen(home, incident, Turn(Event.TIME, due), out)
    for faulty in home.matters.faulty:
        if faulty.flapped_at + policy.rules.flap_reset <= due:
            home = flapping.over(home, faulty.sensor_id, due, out)
    home = sensing.review(home, due, out)
    for window_id in welfare.not_opened(home, due):
        day = local(due, policy.zone).date()  # each day is another meal
        home = home_matters.raise_(
            home,
            Kind.WELFARE,
            Severity.MEDIUM,
            Reason.NOT_OPENED,
            due,
            due,
            out,
            about=f"{window_id} {day}",
        )
    if home.matters.asked_after:
        home = home._replace(matters=home.matters._replace(asked_after=due))
    return home_matters.timed(home)
