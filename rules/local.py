"""Local clocks, through daylight saving time and midnight."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rules.moment import MINUTE, Moment
from rules.policy import EVERY_DAY, Shift

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def moment(when: datetime) -> Moment:
    """The moment of an aware ``datetime``."""
    return (when - _EPOCH) // _MS


def local(at: Moment, zone: ZoneInfo) -> datetime:
    """The local time of a moment."""
    return (_EPOCH + timedelta(milliseconds=at)).astimezone(zone)


def instant(day: date, minute: int, zone: ZoneInfo, *, last: bool = False) -> Moment:
    """The moment at which clocks show ``minute`` of ``day`` (from 1440 on: of the next day).

    A skipped hour is moved past; of a repeated one the first is taken, or the ``last``.
    """
    days, minute = divmod(minute, 24 * 60)
    wall = datetime.combine(day + timedelta(days=days), time(minute // 60, minute % 60))
    first = moment(wall.replace(tzinfo=zone))
    second = moment(wall.replace(tzinfo=zone, fold=1))
    return max(first, second) if last else first


def span(hours: Shift, day: date, zone: ZoneInfo) -> tuple[Moment, Moment]:
    """The beginning and the end (not included) of ``hours`` that start on ``day``.

    Hours that lie in a skipped hour are moved past it; those that begin in it begin after it.
    """
    start, end = hours.start, hours.end if hours.end > hours.start else hours.end + 24 * 60
    if _skipped(day, start, zone):
        if _skipped(day, end - 1, zone):
            begins = instant(day, start, zone)
            return begins, begins + (end - start) * MINUTE
        while _skipped(day, start, zone):
            start += 1
    # The end is not included: an hour that is repeated from there on does not belong to it.
    first, again = (instant(day, end - 1, zone, last=last) for last in (False, True))
    ends = again + MINUTE if again > first else instant(day, end, zone)
    return instant(day, start, zone), ends


def _skipped(day: date, minute: int, zone: ZoneInfo) -> bool:
    shown = local(instant(day, minute, zone), zone)
    return shown.hour * 60 + shown.minute != minute % (24 * 60)


def on_shift(shifts: tuple[Shift, ...], at: Moment, zone: ZoneInfo) -> bool:
    """Whether ``at`` lies in one of the shifts; no shifts means always."""
    if not shifts:
        return True
    today = local(at, zone).date()
    for day in (today, today - timedelta(days=1)):
        for hours in shifts:
            if day.weekday() in hours.days:
                begins, ends = span(hours, day, zone)
                if begins <= at < ends:
                    return True
    return False


def within(hours: tuple[int, int], at: Moment, zone: ZoneInfo) -> bool:
    """Whether ``at`` lies in these minutes of any day; they may cross midnight."""
    return on_shift((Shift(EVERY_DAY, *hours),), at, zone)
