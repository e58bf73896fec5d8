"""What colour a home's door has on the wall: one of four, or none where nobody isolates. Pure.

Not seen is not compliant: a sensor whose death nobody would notice counts as not seen. Only what
somebody has to act on is red; that a window is on turns no door blue, or the wall would shout.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum

from gateway.coverage.gaps import CAUSES, State
from gateway.coverage.table import Key
from rules.home import UNRESOLVED, Home, Incident, Phase
from rules.moment import NEVER, Moment


class Standing(StrEnum):
    """How a home stands at this moment."""

    ATTENTION = "attention"  # somebody has to act, or is on the way
    PERMITTED = "permitted"  # open and allowed, or allowed to open once
    UNSEEN = "unseen"
    QUIET = "quiet"  # closed, and we would know
    FREE = "free"  # not isolating: a faint number


SHOWN = (Standing.QUIET, Standing.PERMITTED, Standing.ATTENTION, Standing.UNSEEN)
"""The four, in the order of the counters."""


def standing(home: Home, unseen: State | None, now: Moment) -> Standing:
    """``unseen``: why the home is not observed (``why_unseen``); None: it is."""
    if to_act_on(home):
        return Standing.ATTENTION
    if not home.policy.isolation_start <= now < home.policy.isolation_end:
        return Standing.FREE
    if unseen in CAUSES:  # how its door stands is not known, whatever was heard last
        return Standing.UNSEEN
    if home.opening is not None and home.opening.closed_at is None:
        return Standing.PERMITTED if _is_allowed(home, now) else Standing.ATTENTION
    if any(one.start <= now < one.end for one in home.passes):
        return Standing.PERMITTED
    return Standing.QUIET if unseen is None else Standing.UNSEEN


def to_act_on(home: Home) -> tuple[Incident, ...]:
    """What somebody has to act on now: not what waits for the digest."""
    own = (home.incident, *home.rest.incidents)
    return tuple(
        one
        for one in own
        if one is not None and one.phase in UNRESOLVED and one.phase is not Phase.WAITING
    )


def why_unseen(
    gaps: Mapping[Key, Moment], household_id: str, ways: Collection[State]
) -> State | None:
    """The first cause for which a home is not observed. ``gaps``: open now
    (``coverage.causes``); ``ways``: what all homes that are heard like it depend on."""
    for cause in CAUSES:
        if (cause, household_id) in gaps or (cause in ways and (cause, None) in gaps):
            return cause
    return State.UNSUPERVISED if (State.UNSUPERVISED, household_id) in gaps else None


def _is_allowed(home: Home, now: Moment) -> bool:
    """An open door: a window or pass lets it stand so, an installer is there, or a person has
    said what it was."""
    opening, incident = home.opening, home.incident
    assert opening is not None
    if opening.windows and opening.deadline < NEVER:
        return True
    if any(until > now for _, until in home.commissioning):
        return True
    said = incident is not None and incident.phase is Phase.OVER and bool(incident.resolved_by)
    return said and incident is not None and incident.resolved_at >= opening.started_at
