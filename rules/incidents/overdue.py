"""Steps that became overdue while nobody watched: one alert a role and incident."""

from collections.abc import Iterable

from rules import chain
from rules.home import Incident, Phase
from rules.moment import Moment
from rules.policy import Duty
from rules.said import Alerted, Output


def caught_up(
    said: list[Output],
    earlier: Iterable[Incident],
    later: Iterable[Incident],
    duty: Duty,
    now: Moment,
) -> tuple[dict[int, Incident], list[Output]]:
    """The ``later`` incidents by number, and what is said instead of ``said``."""
    before, after = ({one.number: one for one in known} for known in (earlier, later))
    overdue: dict[int, list[Alerted]] = {}
    out: list[Output] = []
    for one in said:
        if isinstance(one, Alerted) and not one.recovery and one.incident in after:
            overdue.setdefault(one.incident, []).append(one)
        else:
            out.append(one)
    for number, steps in overdue.items():
        if after[number].phase is Phase.OVER:
            continue  # nobody has to go any more
        latest = {alert.role: alert for step in steps for alert in step.alerts}  # a later one wins
        alerts = tuple(
            alert._replace(person_ids=chain.on_duty(alert.role, duty, now) or alert.person_ids)
            for alert in latest.values()
        )
        old = before.get(number)
        told, told_at = (old.alerted, old.alerted_at) if old else ((), 0)
        incident = after[number]._replace(alerted=told, alerted_at=told_at)
        after[number] = chain.tell(incident, alerts, now, out)
    return after, out
