"""Failures of a single request, on demand: what is answered, and whether it was accepted. Pure.

Error texts: https://www.twilio.com/docs/api/errors/NUMBER.
"""

from typing import NamedTuple

MESSAGES = {
    20001: (400, "Invalid parameter"),
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20503: (503, "Service unavailable"),
    21201: (400, "No 'To' number specified"),
    21205: (400, "Url parameter is required."),
    21211: (400, "The 'To' number is not a valid phone number."),
    21212: (400, "The 'From' number is not a valid phone number, shortcode, or alphanumeric ID."),
    21213: (400, "No 'From' number specified"),
    21214: (400, "The 'To' phone number cannot be reached."),
    21215: (
        400,
        "Account not authorized to call. Perhaps you need to enable geographic permissions.",
    ),
    21408: (
        400,
        "Permission to send an SMS has not been enabled for the region of the 'To' number.",
    ),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number is not a valid message-capable Twilio phone number."),
    21608: (400, "The number is unverified. Trial accounts cannot send messages to it."),
    21609: (400, "The 'StatusCallback' URL is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (429, "This 'From' number has exceeded the maximum number of queued messages"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit."),
    21626: (400, "Invalid 'StatusCallbackEvent'"),
    21703: (400, "The Messaging Service does not have a phone number available."),
}

# Error texts of messages that failed after acceptance (the field ``error_message``).
DELIVERY = {
    30001: "Queue overflow",
    30002: "Account suspended",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    30010: "Message price exceeds max price.",
}

# Recipients that always meet the same refusal, as Twilio publishes them for test credentials:
# https://www.twilio.com/docs/iam/test-credentials
MAGIC_TEXT = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
MAGIC_CALL = {
    "+15005550001": 21211,
    "+15005550002": 21214,
    "+15005550003": 21215,
    "+15005550004": 21216,
}


class Failure(NamedTuple):
    """``accept``: the message is taken all the same. ``answer``: False: the client hears nothing.

    ``reset``: the connection is broken rather than left hanging. ``body``: sent as it is in
    place of the published error JSON (a proxy's page, cut JSON).
    """

    code: int = 0
    status: int = 0  # 0: the published status of ``code``
    retry_after: str = ""
    accept: bool = False
    answer: bool = True
    reset: bool = False
    body: str | None = None


def refused(code: int) -> Failure:
    return Failure(code)


def rate_limited(retry_after: float | str | None = 1) -> Failure:
    """429; ``retry_after`` in seconds, or an HTTP date, or None for none."""
    return Failure(20429, retry_after="" if retry_after is None else str(retry_after))


def unavailable(status: int = 503, *, accept: bool = False) -> Failure:
    """5xx with a page that is no JSON, as load balancers send it."""
    return Failure(20500, status, accept=accept, body="<html>upstream error</html>")


def silent(*, accept: bool = True) -> Failure:
    """Takes the message and never answers."""
    return Failure(accept=accept, answer=False)


def dropped() -> Failure:
    """The connection breaks before anything was taken."""
    return Failure(answer=False, reset=True)


def after_accepting() -> Failure:
    """The message is taken, and the connection breaks before the answer."""
    return Failure(accept=True, answer=False, reset=True)


def error_json(code: int, status: int = 0) -> tuple[int, dict[str, object]]:
    """The published error answer: HTTP status and JSON."""
    default, message = MESSAGES.get(code, (400, "The request could not be completed"))
    status = status or default
    return status, {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
