"""The heartbeat's door: what its reading must become on its way through intake and rules.

Its sensor is in no ledger and known to intake only while it is heard; its home lives for one beat.
So nothing of it is kept, counted or told.
"""

from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

from drivers.reading import Decoded, Reading
from gateway.intake import Intake
from gateway.intake.news import News
from rules.home import Home
from rules.model import Door, Verdict
from rules.moment import Moment
from rules.policy import EVERY_DAY, Policy, Shift, Window
from rules.said import Decision
from rules.step import step

SOURCE: Final = "heartbeat"
"""Of its reading; also its protocol and its key, which no ledger's sensor can have."""
_ALWAYS = Window(SOURCE, Shift(EVERY_DAY, 0, 0))
_HOME = Home(Policy(SOURCE, ZoneInfo("UTC"), windows=(_ALWAYS,)))


def reading(now: Moment) -> Reading:
    """It opens."""
    return Reading(SOURCE, SOURCE, SOURCE, Decoded(door=Door.OPEN), now)


def stages(given: Reading, intake: Intake, now: Moment) -> Iterator[str]:
    """The stages that it passes, each once it has: ``intake``, then ``rules``.

    A closed door opens, which intake must take for news and the rules for permitted.
    """
    home = _HOME
    intake.hide(SOURCE, SOURCE)
    try:
        found = [intake.take(said, now) for said in (_closed(given), given)]
    finally:
        intake.forget(SOURCE)
    seen = [news.seen for news in found if isinstance(news, News) and news.seen is not None]
    if len(seen) < len(found):
        return
    yield "intake"
    for one in seen:
        home, out = step(home, one, now)
    if any(isinstance(one, Decision) and one.verdict == Verdict.PERMITTED for one in out):
        yield "rules"


def _closed(given: Reading) -> Reading:
    return given._replace(decoded=Decoded(door=Door.CLOSED))
