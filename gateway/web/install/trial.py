"""What a trial shows: openings counted, messages lost, the strength of the signal.

The count comes from the journal, so that a reload, a restart or another phone goes on with it. What
the journal does not keep (signal, repeats) is gathered in memory while the trial goes on.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any, Final, NamedTuple

from drivers.reading import Reading
from gateway.intake.heard import Heard
from gateway.store.database import Database
from gateway.store.journal import Entry
from rules.moment import SECOND, Moment

OPENINGS: Final = 10  # guided ones, each with its closing
LOSS_MOST: Final = 0.05  # one message of the twenty that ten openings and closings make
FLOOR_DBM: Final = -90
"""Below this a Bluetooth receiver loses packets. Data sheets say -96 (Nordic nRF54L15) to -98.6 dBm
(Silicon Labs EFR32BG22) at 1 Mbit/s, measured at the chip; 6 dB are taken off for a gateway's small
antenna and its case. The Core Specification (Vol 6, Part A, 4.1) asks for no more than -70."""
MARGIN_LEAST: Final = 10  # dB: a fire door that is closed, or somebody in the way
SAME_AGAIN: Final = (
    2 * SECOND
)  # said again sooner it is the same message; later one was lost between
JUMP_MOST: Final = 16  # numbers further on: it was restarted, that is no loss
KEPT: Final = 400  # readings of one trial
EARLY: Final = 1 * SECOND  # a thumb may be later than the door
BLUETOOTH: Final = frozenset({"bthome", "xiaomi", "switchbot", "qingping", "theengs"})


class Said(NamedTuple):
    """One message of the sensor."""

    at: Moment
    is_open: bool | None
    number: int | None
    rssi: int | None = None


class Figures(NamedTuple):
    """A trial so far. ``loss``: of 1; ``margin``: dB, None: its signal is not told."""

    openings: int
    is_open: bool
    heard: int
    lost: int
    loss: float
    margin: int | None
    rssi: int | None  # dBm, the median

    @property
    def complete(self) -> bool:
        return self.openings >= OPENINGS

    @property
    def problems(self) -> tuple[str, ...]:
        """What has to change: words of ``install.change``."""
        found = []
        if self.margin is not None and self.margin < MARGIN_LEAST:
            found.append("weak")
        if self.loss > LOSS_MOST:
            found.append("lossy")
        return tuple(found)

    @property
    def passes(self) -> bool:
        return self.complete and not self.problems


def watch(heard: Heard) -> deque[Reading]:
    """From now on all that this sensor says is kept, until ``heard.trial`` is taken away."""
    if heard.trial is None:
        heard.trial = deque(maxlen=KEPT)
    return heard.trial


async def load(database: Database, sensor_id: str, from_row: int) -> list[Said]:
    """What the journal has of this sensor's door after a row, the oldest first."""
    rows = await database.rows(
        "SELECT received_at, door, counter FROM journal"
        " WHERE id > ? AND kind = ? AND subject = ? AND door IS NOT NULL ORDER BY id LIMIT ?",
        (from_row, Entry.READING, sensor_id, KEPT),
    )
    return [Said(row["received_at"], bool(row["door"]), row["counter"]) for row in rows]


def said(readings: Iterable[Reading]) -> list[Said]:
    """What was gathered in memory."""
    found = []
    for each in readings:
        decoded = each.decoded
        number = decoded.counter if decoded.counter is not None else decoded.replay_counter
        is_open = None if decoded.door is None else decoded.door.value == "open"
        rssi = each.rssi if each.rssi is not None else decoded.rssi
        found.append(Said(each.received_at, is_open, number, rssi))
    return found


def figures(
    journal: Sequence[Said],
    heard: Sequence[Said],
    protocol: str,
    numbers_below: int | None,
    unheard: int = 0,
) -> Figures:
    """``journal`` counts the openings, ``heard`` what was lost and the signal; ``unheard``:
    openings that a person says were not counted."""
    count, is_open = _openings(journal)
    messages, lost = _lost(heard, numbers_below)
    lost = max(lost, unheard)
    signals = [each.rssi for each in heard if each.rssi is not None]
    rssi = round(median(signals)) if signals and protocol in BLUETOOTH else None
    margin = None if rssi is None else rssi - FLOOR_DBM
    messages = max(messages, len(journal))
    loss = lost / (messages + lost) if messages + lost else 0.0
    return Figures(count, is_open, messages, lost, loss, margin, rssi)


def _openings(journal: Sequence[Said]) -> tuple[int, bool]:
    count, is_open = 0, False
    for each in journal:
        if is_open and not each.is_open:
            count += 1
        is_open = bool(each.is_open)
    return count, is_open


def _lost(heard: Sequence[Said], below: int | None) -> tuple[int, int]:
    """How many messages were heard, and how many not: by their numbers, else by a door that was
    told to stand as it stood."""
    messages, lost = 0, 0
    last: Said | None = None
    for each in heard:
        if last is not None and each.number is not None and last.number is not None:
            step = each.number - last.number
            step = step % below if below else step
            if step == 0:
                continue
            lost += step - 1 if 1 < step <= JUMP_MOST else 0
        elif each.is_open is None:
            continue
        elif last is not None and each.is_open is last.is_open:
            if each.at - last.at < SAME_AGAIN:
                continue
            lost += 1
        messages += 1
        last = each
    return messages, lost


def heard_after(journal: Sequence[Said], tapped_at: Moment) -> int | None:
    """ms from somebody's tap to the first opening that was heard; None: not yet."""
    openings = (each.at for each in journal if each.is_open and each.at >= tapped_at - EARLY)
    first = next(openings, None)
    return None if first is None else max(0, first - tapped_at)


def as_json(found: Figures) -> dict[str, Any]:
    return found._asdict()
