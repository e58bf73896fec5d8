"""Building, unit and room read from a short address, for the wall map. Pure."""

import re
from typing import NamedTuple

from gateway.ledger.clocks import plain

_NAME = r"[0-9]{1,4}[A-Za-z]?|[A-Za-z][0-9]{0,3}|[一二三四五六七八九十]{1,3}"
_SPOKEN = re.compile(
    rf"(?P<building>{_NAME})\s*(?:号楼|栋|幢|座|#楼|#)\s*"
    rf"(?:(?P<unit>{_NAME})\s*单元\s*)?"
    r"(?P<room>[0-9]{2,5}[A-Za-z]?)\s*(?:室|号|房)?"
)
_DASHED = re.compile(r"(?P<building>\w{1,3})-(?P<unit>\w{1,3})-(?P<room>[0-9]{2,5}[A-Za-z]?)室?")
_ENGLISH = re.compile(
    r"(?:building|bldg\.?) (?P<building>\w{1,4}),? (?:unit (?P<unit>\w{1,3}),? )?"
    r"(?:(?:room|flat) )?(?P<room>[0-9]{2,5}[A-Za-z]?)",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"(?:号楼|栋|幢|座|#楼|#|单元|室|房)+$")


class Rooms(NamedTuple):
    building: str | None = None
    unit: str | None = None
    room: str | None = None


def from_address(address: str) -> Rooms:
    """``3栋2单元501``, ``幸福里3号楼2单元501室``, ``3-2-501``; nothing where it reads otherwise."""
    text = plain(address)
    for shape in (_DASHED, _ENGLISH):
        if found := shape.fullmatch(text):
            return Rooms(found["building"], found["unit"], found["room"])
    for found in _SPOKEN.finditer(text):
        if found.end() == len(text):
            return Rooms(found["building"], found["unit"], found["room"])
    return Rooms()


def bare(name: str) -> str:
    """``3栋`` and ``3`` are one building: the name without what kind of thing it is."""
    return _SUFFIX.sub("", name) or name
