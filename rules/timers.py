"""What time alone changes in a household, each at its own moment and in order."""

from rules import flapping, happening, incidents, openings, others, sensing, welfare
from rules.happening import Happening
from rules.home import Home, Phase, due_of
from rules.local import local
from rules.matters import Event, Turn
from rules.model import Kind, Outcome, Reason, Severity
from rules.moment import Moment
from rules.said import Output


def run(home: Home, now: Moment, out: list[Output]) -> Home:
    """Everything that was due before ``now``."""
    while (due := due_of(home.opening, home.incident, home.policy, home.matters)) < now:
        opening, incident = home.opening, home.incident
        if opening is not None and opening.closed_at is None and opening.deadline == due:
            home = openings.deadline_passed(home, opening, out)
        elif incident is not None and incident.due == due:
            home = incidents.happen(home, Happening(happening.Event.TIME, due), out)
        elif home.matters.due == due:
            home = _matters(home, due, out)
        else:
            over = Happening(happening.Event.ISOLATION_OVER, due, outcome=Outcome.ISOLATION_ENDED)
            home = incidents.happen(home, over, out)
    return home


def _matters(home: Home, due: Moment, out: list[Output]) -> Home:
    """The timers of a household's other incidents."""
    policy = home.policy
    if due >= policy.isolation_end and any(
        one.raised_at < policy.isolation_end for one in others.unresolved(home)
    ):
        return others.end_all(home, due, Outcome.ISOLATION_ENDED, out)
    for incident in home.matters.incidents:
        if incident.due == due and incident.phase is not Phase.OVER:
            home = others.happen(home, incident, Turn(Event.TIME, due), out)
    for faulty in home.matters.faulty:
        if faulty.flapped_at + policy.rules.flap_reset <= due:
            home = flapping.over(home, faulty.sensor_id, due, out)
    home = sensing.review(home, due, out)
    for window_id in welfare.not_opened(home, due):
        day = local(due, policy.zone).date()  # each day is another meal
        home = others.raise_(
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
    return others.timed(home)
