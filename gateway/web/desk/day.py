"""Today in a grid: its figures, and the hours at which somebody comes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from gateway.households import grid_key
from gateway.incidents import Card
from gateway.ledger.rows import Window
from rules.local import instant, local, moment, span
from rules.moment import MINUTE, SECOND, Moment
from rules.policy import Shift

if TYPE_CHECKING:
    from gateway.web.site import Site

_DAY = 24 * 60  # minutes


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds are medians of today's incidents; None: there is none."""

    openings: int
    permitted: int
    uncovered: int
    inferred: int
    texts: int
    calls: int
    to_delivered: float | None
    to_answered: float | None


@dataclass(frozen=True, slots=True)
class Visit:
    """One window as it lies on today: per cent of the day. ``homes``: 0 for all of the grid."""

    kind: str
    start: str
    end: str
    left: float
    width: float
    is_over: bool
    homes: int


def cards(site: "Site", grid_id: str, now: Moment) -> list[Card]:
    """Today's incidents, drills aside."""
    begins = _midnight(site, now)
    found = site.memory.cards.of_grid(grid_id)
    return [one for one in found if one.raised_at >= begins and not one.body["drill"]]


def figures(
    site: "Site", grid_id: str, today: Sequence[Card], rows: Mapping[int, list[Any]], now: Moment
) -> Figures:
    """``rows``: the alerts of ``today``'s incidents."""
    count = site.memory.today.of(grid_key(grid_id), now)
    sent = [row for card in today for row in rows.get(card.id, ()) if row["handed"]]
    delivered = [
        (row["delivered_at"] - row["reading_at"]) / SECOND
        for row in sent
        if row["kind"] == "sms" and row["delivered_at"] and row["reading_at"]
    ]
    answered = [
        (moment(datetime.fromisoformat(card.body["acknowledged_at"])) - card.raised_at) / SECOND
        for card in today
        if card.body["acknowledged_at"]
    ]
    return Figures(
        openings=count.openings,
        permitted=count.permitted,
        uncovered=count.uncovered,
        inferred=count.inferred,
        texts=sum(row["kind"] == "sms" for row in sent),
        calls=sum(row["kind"] == "voice" for row in sent),
        to_delivered=_middle(delivered),
        to_answered=_middle(answered),
    )


def visits(site: "Site", grid_id: str, now: Moment) -> dict[str, list[Visit]]:
    """By kind, in the order of the clock."""
    ledger, today = site.memory.ledger, local(now, site.zone).date()
    begins = _midnight(site, now)
    found: dict[tuple[str, Moment, Moment, bool], int] = {}
    for window in ledger.windows.values():
        own = window.scope == "household"
        if own:
            home = ledger.households.get(window.subject)
            if home is None or home.grid_id != grid_id:
                continue
        elif window.scope == "grid" and window.subject != grid_id:
            continue
        for day in (today - timedelta(days=1), today):
            if _is_on(window, day):
                hours = Shift(window.weekdays, window.start, window.end)
                first, last = span(hours, day, site.zone)
                if last > begins and first < begins + _DAY * MINUTE:
                    key = (window.kind.value, first, last, own)
                    found[key] = found.get(key, 0) + own
    by_kind: dict[str, list[Visit]] = {}
    for (kind, first, last, _), homes in sorted(found.items(), key=lambda one: one[0][1:3]):
        left, right = (_share(at, begins) for at in (first, last))
        visit = Visit(
            kind=kind,
            start=f"{local(first, site.zone):%H:%M}",
            end=f"{local(last, site.zone):%H:%M}",
            left=left,
            width=max(right - left, 0.4),
            is_over=last <= now,
            homes=homes,
        )
        by_kind.setdefault(kind, []).append(visit)
    return by_kind


def share(site: "Site", now: Moment) -> float:
    """How much of today is over, per cent."""
    return _share(now, _midnight(site, now))


def utc_offset(site: "Site", now: Moment) -> int:
    """Of the gateway's clocks, ms: for a page's own clock."""
    offset = local(now, site.zone).utcoffset() or timedelta()
    return int(offset.total_seconds()) * SECOND


def _middle(seconds: Sequence[float]) -> float | None:
    """The median, the later of two; ``statistics`` is a megabyte that nobody else needs."""
    return sorted(seconds)[len(seconds) // 2] if seconds else None


def _share(at: Moment, midnight: Moment) -> float:
    return round(min(100.0, max(0.0, (at - midnight) / (_DAY * MINUTE) * 100)), 2)


def _midnight(site: "Site", now: Moment) -> Moment:
    return instant(local(now, site.zone).date(), 0, site.zone)


def _is_on(window: Window, day: Any) -> bool:
    first, last = window.first_day, window.last_day
    inside = (first is None or first <= day) and (last is None or day <= last)
    return bool(inside and day.weekday() in window.weekdays)
