"""Twilio's published OpenAPI document, and a check of answers against it.

The document (``tests/data/twilio``) marks every field as nullable and none as required; so beside
the validator stands what it leaves unsaid: each published field is there and no other, some are
never null, dates are RFC 2822. The error's shape is in no document:
https://www.twilio.com/docs/usage/twilios-response#response-formats-exceptions.
"""

import json
import re
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import schemathesis
from schemathesis.core.failures import Failure, FailureGroup

FILE = Path(__file__).parent.parent / "data" / "twilio" / "published.json"
# Pages lead to each other by paths, in the document's own examples too: no whole addresses.
DOCUMENT = json.loads(FILE.read_text().replace('"format": "uri"', '"format": "uri-reference"'))
_OPERATIONS = schemathesis.openapi.from_dict(DOCUMENT)
_BASE = "/2010-04-01/Accounts/{AccountSid}/"
_ROUTE = re.compile(r"/2010-04-01/Accounts/\w+/(Messages|Calls)(/\w+)?\.json")
RFC_2822 = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} \+0000\Z")
NEVER_NULL = ("sid", "account_sid", "status", "date_created", "date_updated", "to", "uri")
ERROR: Mapping[str, type] = {"code": int, "message": str, "more_info": str, "status": int}


def faults(answer: httpx.Response) -> list[str]:
    """What of an answer to creating, fetching or listing is not as published; nothing: it
    conforms."""
    route = _ROUTE.fullmatch(answer.request.url.path)
    assert route is not None, answer.request.url
    path = f"{_BASE}{route[1]}{'/{Sid}' if route[2] else ''}.json"
    try:
        _OPERATIONS[path][answer.request.method].validate_response(answer)
    except FailureGroup as group:
        return [str(one) for one in group.exceptions]
    except Failure as failure:
        return [str(failure)]
    operation = DOCUMENT["paths"][path][answer.request.method.lower()]
    said = operation["responses"][str(answer.status_code)]["content"]["application/json"]
    return list(_unsaid(said["schema"], answer.json()))


def saying(answer: httpx.Response, content: dict[str, Any]) -> httpx.Response:
    """The same answer with another content."""
    other = httpx.Response(answer.status_code, json=content, request=answer.request)
    other.elapsed = answer.elapsed
    return other


def _unsaid(schema: dict[str, Any], content: dict[str, Any]) -> Iterator[str]:
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        yield from (f"{name} is null" for name in NEVER_NULL if content.get(name) is None)
    fields = schema["properties"]
    yield from (f"{name} is missing" for name in fields.keys() - content.keys())
    yield from (f"{name} is not published" for name in content.keys() - fields.keys())
    for name in fields.keys() & content.keys():
        field, value = fields[name], content[name]
        if field.get("type") == "array":
            for item in value:
                yield from _unsaid(field["items"], item)
        is_date = field.get("format") == "date-time-rfc-2822" and value is not None
        if is_date and not (RFC_2822.match(value) and parsedate_to_datetime(value)):
            yield f"{name} is {value!r}, no RFC 2822 date in GMT"


def error_faults(answer: httpx.Response) -> list[str]:
    """The same of a refusal."""
    content = answer.json()
    found = [f"{name} is wrong" for name, kind in ERROR.items() if type(content[name]) is not kind]
    if content.keys() != ERROR.keys() or content["status"] != answer.status_code:
        found.append(f"{content} for {answer.status_code}")
    if content["more_info"] != f"https://www.twilio.com/docs/errors/{content['code']}":
        found.append(content["more_info"])
    return found
