"""Twilio's words in ours: its error numbers, and the states of a message and of a call. Pure.

Sources: the error dictionary, https://www.twilio.com/docs/api/errors/NUMBER; the states in the
published OpenAPI document (twilio/twilio-oai, twilio_api_v2010: message_enum_status and
call_enum_status) and https://www.twilio.com/docs/voice/answering-machine-detection.
"""

from typing import NamedTuple

from gateway.alerts.errors import ProviderError, Reason
from gateway.alerts.provider import Progress, Status
from rules.moment import Moment


class Fault(NamedTuple):
    reason: Reason
    retryable: bool


_FINAL = False
_LATER = True  # may go well later without anybody changing the alert or the ledger

# Refusals of a request (2xxxx, 13xxx) and failures after acceptance (3xxxx). An account that
# can be mended (wrong token, no money) is "later": a person's alert must not be dropped for it;
# ``ProviderError.ours`` tells the caller to hand on to another provider at once.
FAULTS: dict[int, Fault] = {
    20001: Fault(Reason.REFUSED, _FINAL),  # unknown parameters
    20002: Fault(Reason.REFUSED, _FINAL),  # invalid filter value
    20003: Fault(Reason.AUTH, _LATER),  # permission denied, wrong credentials
    20005: Fault(Reason.ACCOUNT, _LATER),  # account not active
    20008: Fault(Reason.ACCOUNT, _FINAL),  # not available with test credentials
    20404: Fault(Reason.NOT_FOUND, _FINAL),
    20429: Fault(Reason.RATE_LIMITED, _LATER),  # too many requests
    20500: Fault(Reason.PROVIDER_DOWN, _LATER),  # internal error
    20503: Fault(Reason.PROVIDER_DOWN, _LATER),  # service unavailable
    13223: Fault(Reason.BAD_NUMBER, _FINAL),  # dial: invalid number format
    13224: Fault(Reason.BAD_NUMBER, _FINAL),  # dial: number not supported or invalid
    13225: Fault(Reason.BLOCKED, _FINAL),  # dial: forbidden number
    13227: Fault(Reason.COUNTRY_BLOCKED, _FINAL),  # no international authorisation
    21201: Fault(Reason.BAD_NUMBER, _FINAL),  # call without a To
    21210: Fault(Reason.BAD_SENDER, _LATER),  # From not verified
    21211: Fault(Reason.BAD_NUMBER, _FINAL),  # invalid To
    21212: Fault(Reason.BAD_SENDER, _LATER),  # invalid From
    21213: Fault(Reason.BAD_SENDER, _LATER),  # From is missing
    21214: Fault(Reason.BAD_NUMBER, _FINAL),  # To cannot be reached
    21215: Fault(Reason.COUNTRY_BLOCKED, _FINAL),  # voice: country not enabled
    21216: Fault(Reason.BLOCKED, _FINAL),  # number is on the do-not-call list
    21217: Fault(Reason.BAD_NUMBER, _FINAL),  # does not look like a number
    21219: Fault(Reason.ACCOUNT, _LATER),  # trial: To not verified
    21262: Fault(Reason.BAD_NUMBER, _FINAL),  # To is a premium number
    21263: Fault(Reason.BAD_NUMBER, _FINAL),  # To is an emergency number
    21264: Fault(Reason.BAD_NUMBER, _FINAL),  # To is a short code
    21266: Fault(Reason.BAD_NUMBER, _FINAL),  # To and From are the same
    21408: Fault(Reason.COUNTRY_BLOCKED, _FINAL),  # texts: country not enabled
    21601: Fault(Reason.BAD_SENDER, _LATER),  # number cannot do texts
    21602: Fault(Reason.BAD_TEXT, _FINAL),  # body is missing
    21603: Fault(Reason.BAD_SENDER, _LATER),  # From is missing
    21604: Fault(Reason.BAD_NUMBER, _FINAL),  # To is missing
    21606: Fault(Reason.BAD_SENDER, _LATER),  # From is not ours or cannot do texts
    21607: Fault(Reason.BAD_SENDER, _LATER),  # From is not a number of this account
    21608: Fault(Reason.ACCOUNT, _LATER),  # trial: To not verified
    21610: Fault(Reason.OPTED_OUT, _FINAL),  # the recipient sent STOP
    21611: Fault(Reason.QUEUE_FULL, _LATER),  # the sender's queue is full
    21612: Fault(Reason.CARRIER, _FINAL),  # To not reachable from this From
    21614: Fault(Reason.NOT_MOBILE, _FINAL),  # To is not a mobile number
    21617: Fault(Reason.BAD_TEXT, _FINAL),  # body too long
    21619: Fault(Reason.BAD_TEXT, _FINAL),  # no body, no media
    21635: Fault(Reason.NOT_MOBILE, _FINAL),  # To is a landline
    21654: Fault(Reason.BAD_TEXT, _FINAL),  # content template required or unknown
    21703: Fault(Reason.BAD_SENDER, _LATER),  # the messaging service has no sender
    21704: Fault(Reason.BAD_SENDER, _LATER),  # messaging service: no usable number
    30001: Fault(Reason.QUEUE_FULL, _LATER),  # queue overflow: it never left
    30002: Fault(Reason.ACCOUNT, _LATER),  # account suspended: it never left
    30003: Fault(Reason.UNREACHABLE, _FINAL),  # handset off or out of reach
    30004: Fault(Reason.BLOCKED, _FINAL),  # message blocked
    30005: Fault(Reason.UNKNOWN_NUMBER, _FINAL),  # unknown or no longer in service
    30006: Fault(Reason.NOT_MOBILE, _FINAL),  # landline or unreachable carrier
    30007: Fault(Reason.BLOCKED, _FINAL),  # filtered as unwanted
    30008: Fault(Reason.CARRIER, _FINAL),  # unknown error: it may have arrived
    30009: Fault(Reason.CARRIER, _FINAL),  # missing segment
    30010: Fault(Reason.REFUSED, _FINAL),  # dearer than the highest price allowed
    30022: Fault(Reason.RATE_LIMITED, _LATER),  # US A2P: too many per second
    30023: Fault(Reason.RATE_LIMITED, _LATER),  # US A2P: the day's cap is reached
    30034: Fault(Reason.BAD_SENDER, _LATER),  # US A2P: number not registered
    30036: Fault(Reason.EXPIRED, _FINAL),  # validity period is over
    30410: Fault(Reason.CARRIER, _FINAL),  # provider timeout: it may have arrived
    30453: Fault(Reason.BLOCKED, _FINAL),  # message could not be delivered: fraud guard
}

_BY_STATUS: dict[int, Fault] = {
    401: FAULTS[20003],
    403: FAULTS[20003],
    404: FAULTS[20404],
    429: FAULTS[20429],
}


def refusal(
    status: int, code: int | None, *, retry_after: float | None = None, creating: bool
) -> ProviderError:
    """The error for an HTTP answer that is not 2xx. ``creating``: it answered a send.

    A 4xx says that nothing was taken. After a 5xx, 408 or a redirect that is not known.
    """
    if status >= 500 or status == 408:
        fault, uncertain = Fault(Reason.PROVIDER_DOWN, _LATER), creating
    elif status < 400:
        fault, uncertain = Fault(Reason.BAD_ANSWER, _LATER), creating
    else:
        known = FAULTS.get(code) if code is not None else None
        fault = known or _BY_STATUS.get(status) or Fault(Reason.REFUSED, _FINAL)
        uncertain = False
    return ProviderError(
        fault.reason,
        retryable=fault.retryable,
        retry_after=retry_after,
        uncertain=uncertain,
        code=str(code or status),
    )


def failure(code: int | None) -> str:
    """Why an accepted message failed, for ``Progress.error``: our word and Twilio's number."""
    if not code:
        return str(Reason.CARRIER)
    fault = FAULTS.get(code)
    return f"{fault.reason if fault else Reason.CARRIER} {code}"


_TEXT = {
    "accepted": Status.ACCEPTED,
    "scheduled": Status.ACCEPTED,
    "queued": Status.ACCEPTED,
    "sending": Status.ACCEPTED,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "partially_delivered": Status.DELIVERED,
    "read": Status.DELIVERED,
    "undelivered": Status.FAILED,
    "failed": Status.FAILED,
    "canceled": Status.FAILED,
}
_CALL = {
    "queued": Status.ACCEPTED,
    "initiated": Status.ACCEPTED,
    "ringing": Status.SENT,
    "in-progress": Status.SENT,  # who took it is known when detection ends
    "completed": Status.ANSWERED,
    "busy": Status.BUSY,
    "no-answer": Status.NO_ANSWER,
    "failed": Status.FAILED,
    "canceled": Status.FAILED,
}


def text_progress(
    sid: str, status: str, error_code: int | None, updated_at: Moment | None = None
) -> Progress:
    """How far a message has come, from its state and error number."""
    ours = text_status(status)
    return Progress(sid, ours, failure(error_code) if ours is Status.FAILED else None, updated_at)


def call_progress(
    sid: str, status: str, answered_by: str | None, updated_at: Moment | None = None
) -> Progress:
    """How far a call has come; a call that failed says no number."""
    ours = call_status(status, answered_by)
    return Progress(sid, ours, status if ours is Status.FAILED else None, updated_at)


def text_status(word: str) -> Status:
    """Our word for a message's state; a new word of theirs means no more than accepted."""
    return _TEXT.get(word, Status.ACCEPTED)


def call_status(word: str, answered_by: str | None) -> Status:
    """Our word for a call's state. ``answered_by``: human, unknown, fax, machine_start, ..."""
    status = _CALL.get(word, Status.ACCEPTED)
    if word in ("in-progress", "completed") and answered_by:
        machine = answered_by.startswith("machine") or answered_by == "fax"
        return Status.MACHINE if machine else Status.ANSWERED
    return status
