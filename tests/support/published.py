"""The published shapes of Twilio's messages, calls, pages and errors, and a check against them.

Carried over by hand, facts only, from the published OpenAPI document (twilio/twilio-oai,
twilio_api_v2010.json, version 2010-04-01): names, types, patterns, enumerations, formats. The
document marks every field as nullable; ``CREATED`` says which ones an answer never leaves out.
The error's shape: https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions.
"""

import re
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

RFC_2822 = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} \+0000\Z")


class Field(NamedTuple):
    kind: type
    pattern: str = ""
    words: frozenset[str] = frozenset()
    is_date: bool = False


def _sid(prefix: str) -> Field:
    return Field(str, rf"(?:{prefix})[0-9a-fA-F]{{32}}")


TEXT, COUNT, DATE = Field(str), Field(int), Field(str, is_date=True)
URIS = Field(dict)
CURRENCY = Field(str, "[A-Z]{3}")

MESSAGE: Mapping[str, Field] = {
    "body": TEXT,
    "num_segments": Field(str, r"\d+"),
    "direction": Field(
        str, words=frozenset({"inbound", "outbound-api", "outbound-call", "outbound-reply"})
    ),
    "from": TEXT,
    "to": TEXT,
    "date_updated": DATE,
    "price": Field(str, r"-?\d+\.\d+"),
    "error_message": TEXT,
    "uri": TEXT,
    "account_sid": _sid("AC"),
    "num_media": Field(str, r"\d+"),
    "status": Field(
        str,
        words=frozenset(
            {
                *("queued", "sending", "sent", "failed", "delivered", "undelivered", "receiving"),
                *("received", "accepted", "scheduled", "read", "partially_delivered", "canceled"),
            }
        ),
    ),
    "messaging_service_sid": _sid("MG"),
    "sid": _sid("SM|MM"),
    "date_sent": DATE,
    "date_created": DATE,
    "error_code": COUNT,
    "price_unit": CURRENCY,
    "api_version": TEXT,
    "subresource_uris": URIS,
}
CALL: Mapping[str, Field] = {
    "sid": _sid("CA"),
    "date_created": DATE,
    "date_updated": DATE,
    "parent_call_sid": _sid("CA"),
    "account_sid": _sid("AC"),
    "to": TEXT,
    "to_formatted": TEXT,
    "from": TEXT,
    "from_formatted": TEXT,
    "phone_number_sid": _sid("PN"),
    "status": Field(
        str,
        words=frozenset(
            {
                *("queued", "ringing", "in-progress", "completed"),
                *("busy", "failed", "no-answer", "canceled"),
            }
        ),
    ),
    "start_time": DATE,
    "end_time": DATE,
    "duration": Field(str, r"\d+"),
    "price": Field(str, r"-?\d+\.\d+"),
    "price_unit": CURRENCY,
    "direction": Field(str, "inbound|outbound-api|outbound-dial"),
    "answered_by": Field(
        str,
        "human|unknown|fax|machine_start|machine_end_(beep|silence|other)",
    ),
    "api_version": TEXT,
    "forwarded_from": TEXT,
    "group_sid": _sid("GP"),
    "caller_name": TEXT,
    "queue_time": TEXT,
    "trunk_sid": _sid("TK"),
    "uri": TEXT,
    "subresource_uris": URIS,
}
PAGE: Mapping[str, Field] = {
    "end": COUNT,
    "first_page_uri": TEXT,
    "next_page_uri": TEXT,
    "page": COUNT,
    "page_size": COUNT,
    "previous_page_uri": TEXT,
    "start": COUNT,
    "uri": TEXT,
}
ERROR: Mapping[str, Field] = {
    "code": COUNT,
    "message": TEXT,
    "more_info": Field(str, r"https://www\.twilio\.com/docs/errors/\d+"),
    "status": COUNT,
}
CREATED = frozenset({"sid", "account_sid", "status", "date_created", "date_updated", "to", "uri"})


def faults(shape: Mapping[str, Field], given: Mapping[str, Any]) -> Iterator[str]:
    """What in ``given`` is not as published; nothing: it conforms."""
    yield from (f"{name} is missing" for name in shape.keys() - given.keys())
    yield from (f"{name} is not published" for name in given.keys() - shape.keys())
    for name, value in given.items():
        field = shape.get(name)
        if field is None or (value is None and name not in CREATED):
            continue
        if type(value) is not field.kind:
            yield f"{name} is {value!r}, no {field.kind.__name__}"
        elif field.pattern and not re.fullmatch(field.pattern, value):
            yield f"{name} is {value!r}"
        elif field.words and value not in field.words:
            yield f"{name} is {value!r}, none of the published words"
        elif field.is_date and not (RFC_2822.match(value) and parsedate_to_datetime(value)):
            yield f"{name} is {value!r}, no RFC 2822 date in GMT"
