"""A log of readings as a CSV or XLSX file: every line of it, or every mistake in it.

Knows the file, and which sensors there are; what the readings mean is not its business.
"""

import difflib
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.errors import Mistake, Mistakes
from gateway.ledger.clocks import Unreadable, parse_moment, plain
from gateway.ledger.sheets import Sheet, read_sheets
from gateway.rehearsal import Sighting
from rules.local import moment
from rules.model import Door
from rules.moment import Moment

REQUIRED = ("at", "sensor_id", "state")
OPTIONAL = ("counter", "battery", "received_at")
_DOORS = {"open": Door.OPEN, "开": Door.OPEN, "closed": Door.CLOSED, "关": Door.CLOSED}


def read_readings(path: Path, sensors: Collection[str], zone: ZoneInfo) -> list[Sighting]:
    """The file's readings in the order in which they were received. Raises ``Mistakes``."""
    mistakes: list[Mistake] = []
    found: list[Sighting] = []
    for sheet in read_sheets(path):
        read = _Reader(sheet, sensors, zone)
        found += read.sightings
        mistakes += read.mistakes
    if mistakes:
        raise Mistakes(mistakes)
    return sorted(found, key=lambda sighting: sighting.received_at)


def parse_when(text: str, zone: ZoneInfo) -> Moment:
    """RFC 3339, or a local date and time as people and Excel write it. Raises ``Unreadable``."""
    wanted = "write 2022-04-01 08:00:00 or 2022-04-01T08:00:00+08:00"
    try:
        when: date | datetime = datetime.fromisoformat(text.strip())
        if len(text.strip()) <= len("2022-04-01"):
            raise ValueError("a date alone")
    except ValueError:
        try:
            when = parse_moment(text)
        except Unreadable as wrong:
            raise Unreadable(wrong.what, wanted) from None
    if not isinstance(when, datetime):
        raise Unreadable(f"{text!r} has no time of day", wanted)
    at = moment(when if when.tzinfo else when.replace(tzinfo=zone))
    if at <= 0:
        raise Unreadable(f"{text!r} is before 1970", "correct the year")
    return at


class _Reader:
    """One sheet."""

    def __init__(self, sheet: Sheet, sensors: Collection[str], zone: ZoneInfo) -> None:
        self.sightings: list[Sighting] = []
        self.mistakes: list[Mistake] = []
        self._zone = zone
        self._sensors = sensors
        top, cells = sheet.rows[0]
        heading = [plain(cell).lower().replace(" ", "_") for cell in cells]
        self._headings(f"{sheet.name}:{top}", heading)
        if not self.mistakes:
            for at, row in sheet.rows[1:]:
                self._row(f"{sheet.name}:{at}", dict(zip(heading, row, strict=False)))

    def _headings(self, place: str, heading: Sequence[str]) -> None:
        for name in REQUIRED:
            if name not in heading:
                self._wrong(f"{place}: {name}", "the column is missing", "add it")
        for name in heading:
            known = (*REQUIRED, *OPTIONAL)
            if name and heading.count(name) > 1 and name in known:
                self._wrong(f"{place}: {name}", "is there twice", "keep one")
            near = difflib.get_close_matches(name, known, 1, 0.8)
            if near and name not in known:  # any other column is somebody else's
                self._wrong(f"{place}: {name}", "is no column of ours", f"call it {near[0]}")

    def _row(self, place: str, cells: dict[str, str]) -> None:
        before = len(self.mistakes)
        at = self._cell(place, cells, "at", self._when)
        sensor_id = self._cell(place, cells, "sensor_id", self._sensor)
        door = self._cell(place, cells, "state", _door)
        counter = self._cell(place, cells, "counter", lambda text: _number(text, 2**63))
        battery = self._cell(place, cells, "battery", lambda text: _number(text, 100))
        received_at = self._cell(place, cells, "received_at", self._when) or at
        if len(self.mistakes) > before:
            return
        if received_at < at:
            what = "is before it happened"
            self._wrong(f"{place}: received_at", what, "correct it or at, or leave it blank")
            return
        self.sightings.append(Sighting(sensor_id, door, at, received_at, counter, battery))

    def _cell(
        self, place: str, cells: dict[str, str], name: str, parse: Callable[[str], Any]
    ) -> Any:
        text = cells.get(name, "").strip()
        if not text:
            if name in REQUIRED:
                self._wrong(f"{place}: {name}", "is blank", "fill it in")
            return None
        try:
            return parse(text)
        except Unreadable as wrong:
            self._wrong(f"{place}: {name}", wrong.what, wrong.remedy)
            return None

    def _wrong(self, place: str, what: str, remedy: str) -> None:
        self.mistakes.append(Mistake(place, what, remedy))

    def _when(self, text: str) -> Moment:
        return parse_when(text, self._zone)

    def _sensor(self, text: str) -> str:
        if text in self._sensors:
            return text
        near = difflib.get_close_matches(text, self._sensors, 1)
        hint = f"did you mean {near[0]}?" if near else "import it, or take the row out"
        raise Unreadable(f"there is no sensor {text!r} in the ledger", hint)


def _door(text: str) -> Door:
    door = _DOORS.get(plain(text).lower())
    if door is None:
        raise Unreadable(f"{text!r} is neither open nor closed", "write open or closed")
    return door


def _number(text: str, most: int) -> int:
    if text.isascii() and text.isdigit() and int(text[:20]) <= most:
        return int(text)
    raise Unreadable(f"{text!r} is not a whole number up to {most}", "write digits, or nothing")
