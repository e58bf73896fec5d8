"""A rehearsal of other rules, for the page: ``doorwatch replay`` beside the daemon, and its sums.

The newest one is kept, with the text it was made with: only that very text may be saved.
"""

import json
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gateway.incident_json import rfc3339
from gateway.web.ops.theirs import configuration
from gateway.web.ops.work import State, Work, Worker
from rules.moment import DAY, Moment

if TYPE_CHECKING:
    from gateway.web.site import Site

DAYS: Final = (1, 7, 14)
SHOWN: Final = 100  # households for which it differs
_ZERO: Final = {"incidents": 0, "texts": 0, "calls": 0, "chats": 0}


class Row(NamedTuple):
    """``name``: a kind, or a household; what was and what would be, by ``incidents`` and so on."""

    name: str
    was: dict[str, int]
    would_be: dict[str, int]


@dataclass(frozen=True, slots=True)
class Difference:
    """What ``doorwatch replay --json`` says, in the rows of the page."""

    total: Row
    kinds: tuple[Row, ...]
    households: tuple[Row, ...]  # those for which it differs, the most texts first
    more: int  # households that are not shown
    dropped: int
    names: tuple[str, ...]  # columns: chats only where there are any

    @property
    def differs(self) -> bool:
        return any(row.was != row.would_be for row in (self.total, *self.kinds, *self.households))


@dataclass(slots=True)
class Rehearsal:
    """``base``: the seal of the file that it is compared with."""

    text: str
    base: str
    days: int
    by: str
    at: Moment
    work: Work = field(default_factory=Work)
    difference: Difference | None = None


class Rehearsals:
    """One at a time, and the newest is kept."""

    def __init__(self, site: "Site", worker: Worker | None = None) -> None:
        self._site = site
        self._worker = worker or Worker()
        self._folder: Path | None = None
        self.newest: Rehearsal | None = None

    @property
    def is_busy(self) -> bool:
        return self._worker.is_busy

    def start(self, text: str, base: str, days: int, by: str, name: str) -> bool:
        """Whether it begins: not while another runs, nor without a configuration file."""
        config = configuration(self._site)
        if config is None or self.is_busy:
            return False
        self._folder = folder = Path(tempfile.mkdtemp(prefix="doorwatch-"))
        (folder / name).write_text(text, encoding="utf-8")
        now = self._site.now()
        since = rfc3339(now - days * DAY, self._site.zone)
        assert since is not None
        work = self._worker.start(
            ["replay", "--since", since, "--rules", str(folder / name), "--json", "--brief",
             "--config", str(config)],
            self._ended,
        )  # fmt: skip
        self.newest = Rehearsal(text, base, days, by, now, work)
        return True

    async def cancel(self) -> None:
        await self._worker.cancel()

    def forget(self) -> None:
        """The draft is given up; nothing while one runs."""
        if not self.is_busy:
            self.newest = None

    async def _ended(self, work: Work) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        if self.newest is not None and work.state is State.DONE:
            try:
                self.newest.difference = difference(json.loads(work.answer))
            except (ValueError, KeyError):
                work.state = State.FAILED
        work.answer = b""

    def seen(self) -> tuple[Any, ...]:
        """For a page that watches."""
        one = self.newest
        return () if one is None else (id(one), one.work.state, one.work.percent)


def difference(found: dict[str, Any]) -> Difference:
    """The rows of the page."""
    was, would = found["was"], found["would_be"]
    used = was["chats"] or would["chats"]
    names = tuple(name for name in _ZERO if name != "chats" or used)
    kinds = _rows(was["by_kind"], would["by_kind"])
    homes = [row for row in _rows(was["by_household"], would["by_household"]) if _differs(row)]
    homes.sort(key=lambda row: -abs(row.would_be["texts"] - row.was["texts"]))
    total = Row("", {name: was[name] for name in _ZERO}, {name: would[name] for name in _ZERO})
    shown, more = tuple(homes[:SHOWN]), max(0, len(homes) - SHOWN)
    return Difference(total, tuple(kinds), shown, more, found["answers_dropped"], names)


def _rows(was: dict[str, dict[str, int]], would: dict[str, dict[str, int]]) -> list[Row]:
    return [
        Row(name, was.get(name, _ZERO), would.get(name, _ZERO))
        for name in sorted(was.keys() | would.keys())
    ]


def _differs(row: Row) -> bool:
    return row.was != row.would_be
