"""How an alert stands, and which status may follow which: the table is the specification."""

from enum import StrEnum


class AlertStatus(StrEnum):
    """As the public JSON says it."""

    PENDING = "pending"  # to be sent
    HELD = "held"  # the budget of the number says wait
    MERGED = "merged"  # said by another alert
    SENDING = "sending"  # handed to a provider; what came of it is not known yet
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    MACHINE = "machine"
    FAILED = "failed"
    STALE = "stale"  # overtaken before it could be sent
    CANCELLED = "cancelled"


NO_ROUTE = "no_route"  # the error of one that failed because no provider serves its kind and number

_ARRIVALS = frozenset(
    {
        AlertStatus.DELIVERED,
        AlertStatus.ANSWERED,
        AlertStatus.NO_ANSWER,
        AlertStatus.BUSY,
        AlertStatus.MACHINE,
        AlertStatus.FAILED,
    }
)
NEVER_SENT = frozenset({AlertStatus.STALE, AlertStatus.CANCELLED, AlertStatus.MERGED})
_OVER = frozenset({AlertStatus.STALE, AlertStatus.CANCELLED, AlertStatus.FAILED})

# The specification. PENDING again after SENDING, ACCEPTED or SENT: it is known not to have
# arrived, and it is tried again; after MERGED: what should have said it ended without being sent.
# What has no followers is an end.
FOLLOWERS: dict[AlertStatus, frozenset[AlertStatus]] = {
    AlertStatus.PENDING: _OVER | {AlertStatus.SENDING, AlertStatus.HELD, AlertStatus.MERGED},
    AlertStatus.HELD: _OVER | {AlertStatus.PENDING, AlertStatus.MERGED},
    AlertStatus.MERGED: frozenset({AlertStatus.PENDING}),
    AlertStatus.SENDING: _ARRIVALS | {AlertStatus.PENDING, AlertStatus.ACCEPTED, AlertStatus.SENT},
    AlertStatus.ACCEPTED: _ARRIVALS | {AlertStatus.PENDING, AlertStatus.SENT},
    AlertStatus.SENT: _ARRIVALS | {AlertStatus.PENDING},
    AlertStatus.DELIVERED: frozenset(),
    AlertStatus.ANSWERED: frozenset(),
    AlertStatus.NO_ANSWER: frozenset(),
    AlertStatus.BUSY: frozenset(),
    AlertStatus.MACHINE: frozenset(),
    AlertStatus.FAILED: frozenset(),
    AlertStatus.STALE: frozenset(),
    AlertStatus.CANCELLED: frozenset(),
}
ENDS = frozenset(status for status, followers in FOLLOWERS.items() if not followers)
