"""The published lists: filters, paging and their addresses. Pure.

Filters in the query: ``To``, ``From``, ``Status``, and moments as ``DateSent=``, ``DateSent<=``
and ``DateSent>=`` (the sign is part of the name; both include the moment itself), each a day or
a date-time. Newest first.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode

from simulators.provider.account import Refused
from simulators.provider.resources import Call, Message

R = TypeVar("R", Message, Call)

PAGE_SIZE = 50  # the published default
LONGEST_PAGE = 1_000

_INVALID = 20001


def chosen(
    found: Sequence[R],
    query: Mapping[str, str],
    moment_of: Mapping[str, Callable[[R], float | None]],
) -> list[R]:
    """Those of ``found`` that the query asks for. ``moment_of``: the fields that can be dates."""
    tests: list[Callable[[R], bool]] = []
    if to := query.get("To"):
        tests.append(lambda resource: resource.to == to)
    if sender := query.get("From"):
        tests.append(lambda resource: resource.from_ == sender)
    for name, moment in moment_of.items():
        for sign in ("", "<", ">"):
            if value := query.get(name + sign):
                tests.append(_within(moment, sign, *_span(value)))
    return [resource for resource in found if all(test(resource) for test in tests)]


def _within(
    moment_of: Callable[[R], float | None], sign: str, first: float, last: float
) -> Callable[[R], bool]:
    def test(resource: R) -> bool:
        moment = moment_of(resource)
        if moment is None:  # has not happened yet
            return False
        moment = float(int(moment))
        if sign == "<":
            return moment <= last
        return moment >= first and (sign == ">" or moment <= last)

    return test


def _span(value: str) -> tuple[float, float]:
    """First and last second that a day or date-time names."""
    try:
        day = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
        return day.timestamp(), (day + timedelta(days=1)).timestamp() - 1
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise Refused(_INVALID) from None
    second = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    return second, second


def page(
    path: str, key: str, found: Sequence[R], query: Mapping[str, str], now: float
) -> dict[str, object]:
    """One page, in the published envelope."""
    try:
        number = int(query.get("Page", "0"))
        size = min(int(query.get("PageSize", PAGE_SIZE)), LONGEST_PAGE)
    except ValueError:
        raise Refused(_INVALID) from None
    if number < 0 or size < 1:
        raise Refused(_INVALID)
    filters = {k: v for k, v in query.items() if k not in ("Page", "PageSize", "PageToken")}

    def address(which: int, token: str = "") -> str:
        paging = {"PageSize": size, "Page": which} | ({"PageToken": token} if token else {})
        return f"{path}?{urlencode({**filters, **paging})}"

    start = number * size
    shown = found[start : start + size]
    more = len(found) > start + size
    return {
        "end": start + len(shown) - 1 if shown else start,
        "first_page_uri": address(0),
        "next_page_uri": address(number + 1, f"PA{shown[-1].sid}") if more else None,
        "page": number,
        "page_size": size,
        "previous_page_uri": address(number - 1, f"PB{shown[0].sid}") if number and shown else None,
        key: [resource.as_json(now) for resource in shown],
        "start": start,
        "uri": address(number, query.get("PageToken", "")),
    }
