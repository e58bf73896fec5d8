"""Times of day, weekdays, duty shifts and dates as people write them, and back.

Both languages, full-width characters, the shapes Excel gives them when it saves a file again.
Pure; errors are ``Unreadable``.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from gateway.ledger.words import ALWAYS, DAY_GROUPS, DAYS, DAYS_CHINESE
from rules.policy import EVERY_DAY, Shift

_TO = r"\s*(?:-|–|—|~|〜|至|到)\s*"
_CLOCK = r"\d{1,2}(?::\d{1,2}(?::00)?|点\d{0,2}分?|时\d{0,2}分?)"
_SPAN = re.compile(rf"({_CLOCK}){_TO}({_CLOCK})")
_TIME = re.compile(r"(\d{1,2})[:点时](\d{0,2})(?:分|:00)?")
_CHINESE_DAYS = re.compile(rf"(?:周|星期|礼拜)?([{DAYS_CHINESE}天]+)")
_DATE = re.compile(
    r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?(?:[T\s]*(\d{1,2}):(\d{2})(?::(\d{2}))?)?"
)


class Unreadable(ValueError):
    """A value that cannot be understood: what is wrong, and how to mend it."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy


def plain(text: str) -> str:
    """Full-width digits, letters and punctuation as ASCII; outer and doubled spaces gone."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def parse_time(text: str, *, end: bool = False) -> int:
    """Minutes of the day of ``HH:MM``; an end may be 24:00, which is midnight (0)."""
    found = _TIME.fullmatch(plain(text).replace(" ", ""))
    if found:
        hour, minute = int(found[1]), int(found[2] or 0)
        if end and (hour, minute) == (24, 0):
            return 0
        if hour < 24 and minute < 60:
            return hour * 60 + minute
    raise Unreadable(f"{text!r} is not a time of day", "write HH:MM, as 07:30")


def show_time(minute: int, *, end: bool = False) -> str:
    if end and minute == 0:
        return "24:00"
    return f"{minute // 60:02}:{minute % 60:02}"


def parse_weekdays(text: str) -> tuple[int, ...]:
    """Weekdays, 0 = Monday, ascending: ``mon-fri``, ``sat,sun``, ``周一至周五``, ``每天``."""
    days: set[int] = set()
    words = re.sub(_TO, "-", plain(text).lower())
    for part in filter(None, re.split(r"[,、;/\s]", words)):
        ends = [_named(word) for word in part.split("-")]
        if len(ends) == 1 and ends[0]:
            days.update(ends[0])
        elif len(ends) == 2 and ends[0] and ends[1] and len(ends[0]) == len(ends[1]) == 1:
            first, last = ends[0][0], ends[1][0]
            days.update((first + step) % 7 for step in range((last - first) % 7 + 1))
        else:
            days.clear()
            break
    if not days:
        raise Unreadable(
            f"{text!r} does not say which weekdays",
            "write mon-fri, sat,sun, mon-sun, 周一至周五, 周六、周日 or 每天",
        )
    return tuple(sorted(days))


def _named(word: str) -> tuple[int, ...]:
    """The weekdays that one word names; empty when it names none."""
    if word in DAY_GROUPS:
        return DAY_GROUPS[word]
    if chinese := _CHINESE_DAYS.fullmatch(word):
        return tuple(DAYS_CHINESE.index(day.replace("天", "日")) for day in chinese[1])
    full = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return tuple(n for n, name in enumerate(full) if len(word) >= 3 and name.startswith(word))


def show_weekdays(days: Sequence[int], language: str) -> str:
    """As short as it goes: runs of three and more become a range."""
    chinese = language == "zh"
    if tuple(days) == EVERY_DAY:
        return "每天" if chinese else "mon-sun"
    names = [f"周{name}" for name in DAYS_CHINESE] if chinese else DAYS
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    parts: list[str] = []
    for run in runs:
        if len(run) > 2:
            parts.append(f"{names[run[0]]}{'至' if chinese else '-'}{names[run[-1]]}")
        else:
            parts += [names[day] for day in run]
    return ("、" if chinese else ",").join(parts)


def parse_duty(text: str) -> tuple[Shift, ...]:
    """``mon-fri 08:00-20:00; sat,sun 20:00-08:00``; nothing said means always."""
    wanted = plain(text.replace("\n", ";"))
    if not wanted or wanted.lower() in ALWAYS:
        return ()
    shifts: list[Shift] = []
    for part in wanted.split(";"):
        if not part.strip():
            continue
        spans = list(_SPAN.finditer(part))
        rest = _SPAN.sub("", part[spans[0].start() :]) if spans else part
        if not spans or rest.strip(" ,、"):
            raise Unreadable(
                f"{part.strip()!r} is not a duty time",
                "write days and hours, as mon-fri 08:00-20:00; sat,sun 20:00-08:00",
            )
        named = part[: spans[0].start()].strip(" ,、:")
        days = parse_weekdays(named) if named else EVERY_DAY
        shifts += [Shift(days, parse_time(s[1]), parse_time(s[2], end=True)) for s in spans]
    return tuple(shifts)


def show_duty(shifts: Sequence[Shift], language: str) -> str:
    return ("；" if language == "zh" else "; ").join(
        f"{show_weekdays(shift.days, language)} "
        f"{show_time(shift.start)}-{show_time(shift.end, end=True)}"
        for shift in shifts
    )


def parse_moment(text: str) -> date | datetime:
    """A local date, or date and time: ``2022-04-01``, ``2022/4/1 8:00``, ``2022年4月1日``."""
    try:
        found = _DATE.fullmatch(plain(text))
        if found:
            day = date(int(found[1]), int(found[2]), int(found[3]))
            if found[4] is None:
                return day
            hour, minute, second = int(found[4]), int(found[5]), int(found[6] or 0)
            if (hour, minute, second) == (24, 0, 0):
                return datetime.combine(day + timedelta(days=1), time())
            return datetime.combine(day, time(hour, minute, second))
    except (ValueError, OverflowError):
        pass  # the shape of a date, but no such day or hour
    raise Unreadable(
        f"{text!r} is not a local date or date and time",
        "write 2022-04-01 or 2022-04-01 08:00",
    )


def parse_day(text: str) -> date:
    """A local date; Excel may add midnight to it."""
    day = parse_moment(text)
    if isinstance(day, datetime):
        if day.time() == time():
            return day.date()
        raise Unreadable(f"{text!r} has a time of day", "write the date alone, as 2022-04-01")
    return day


def show_moment(when: date | datetime) -> str:
    if not isinstance(when, datetime):
        return when.isoformat()
    return when.isoformat(" ", "seconds" if when.second else "minutes")
