"""Which door sensors are heard and not bound yet: the installer's list.

Owns the list and for how long somebody wants it. A stairwell holds hundreds of other devices:
they are looked at only while somebody asks. Knows no radio, no broker and no household.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from drivers.stranger import Stranger
from rules.model import Door
from rules.moment import Moment

ASKED_S: Final = 120.0  # discovery goes on so long after the last question: a floor on foot
HEARD_S: Final = 3_600.0  # who has been silent for so long is not here any more
MOST: Final = 500  # remembered; then whoever has been silent longest is forgotten
TOLD: Final = 100  # in one answer, the strongest: a person looks for one
NAME: Final = 80  # characters of what a sensor calls itself: it may call itself anything
MOVES: Final = 8  # changes remembered of each: a person opens and closes a door once or twice


class Move(NamedTuple):
    """Its door came to stand so. None: it encrypts, and said something else than before."""

    at: Moment
    door: Door | None


class _Heard(NamedTuple):
    stranger: Stranger
    at: float  # monotonic s
    moves: tuple[Move, ...] = ()


class Discovery:
    """``is_bound(stranger)``: the ledger has it by now. ``listen(on)``: begin or end to look at
    everybody. ``sources``: which receivers there are, and whether they hear."""

    def __init__(
        self,
        is_bound: Callable[[Stranger], bool],
        listen: Callable[[bool], None],
        sources: Mapping[str, bool],
    ) -> None:
        self._is_bound = is_bound
        self._listen = listen
        self._sources = sources
        self._time = asyncio.get_running_loop().time
        self._heard: OrderedDict[tuple[str, str, str], _Heard] = OrderedDict()
        self._until: asyncio.TimerHandle | None = None

    def heard(self, stranger: Stranger) -> None:
        """It said something; what it did not say this time still holds."""
        key = stranger.source, stranger.protocol, stranger.address
        stranger = stranger._replace(name=stranger.name[:NAME])
        before = self._heard.pop(key, None)
        moves = _moves(before, stranger)
        if before is not None:
            stranger = _joined(before.stranger, stranger)
        elif len(self._heard) >= MOST:
            self._heard.popitem(last=False)
        self._heard[key] = _Heard(stranger, self._time(), moves)

    def ask(self) -> dict[str, Any]:
        """Whoever is known now, as JSON has it; and everybody is looked at for a while more."""
        self.go_on()
        return {
            "found": [_told(each) for each in self.found()[:TOLD]],
            "sources": dict(self._sources),
        }

    def go_on(self) -> None:
        """Everybody is looked at for ``ASKED_S`` more."""
        if self._until is None:
            self._listen(True)
        else:
            self._until.cancel()
        self._until = asyncio.get_running_loop().call_later(ASKED_S, self.stop)

    def moves(self, stranger: Stranger) -> tuple[Move, ...]:
        """How its door moved lately, the oldest first; its first word counts as a move."""
        heard = self._heard.get((stranger.source, stranger.protocol, stranger.address))
        return heard.moves if heard is not None else ()

    @property
    def hears(self) -> bool:
        """Whether any receiver does."""
        return any(self._sources.values())

    def stop(self) -> None:
        """Nobody asks any more; what was heard is kept. Harmless a second time."""
        if self._until is not None:
            self._until.cancel()
            self._until = None
            self._listen(False)

    def found(self) -> list[Stranger]:
        """The strongest first; of those without a signal, the latest."""
        since = self._time() - HEARD_S
        for key, heard in list(self._heard.items()):
            if heard.at < since or self._is_bound(heard.stranger):
                del self._heard[key]
        strangers = (each.stranger for each in self._heard.values())
        return sorted(strangers, key=lambda s: (s.rssi is None, -(s.rssi or 0), -s.heard_at))


def _moves(before: _Heard | None, now: Stranger) -> tuple[Move, ...]:
    last, known = (before.stranger, before.moves) if before is not None else (None, ())
    moved = now.door is not None and (last is None or last.door is not now.door)
    said = now.sealed is not None and (last is None or last.sealed != now.sealed)
    if moved or said:
        return (*known, Move(now.heard_at, now.door))[-MOVES:]
    return known


def _joined(before: Stranger, now: Stranger) -> Stranger:
    """Some packets tell the state, others the battery, others only that somebody is there."""
    return now._replace(
        door=before.door if now.door is None else now.door,
        battery=before.battery if now.battery is None else now.battery,
        rssi=before.rssi if now.rssi is None else now.rssi,
        needs_key=now.needs_key and before.door is None,
        name=now.name or before.name,
        sure=now.sure or before.sure,
        sealed=now.sealed or before.sealed,
    )


def _told(stranger: Stranger) -> dict[str, Any]:
    door = stranger.door
    said = stranger._asdict()
    del said["sealed"]  # bytes, for whoever tries a key
    return {
        **said,
        "address": _text(stranger.address),
        "name": _text(stranger.name),
        "topic": _text(stranger.topic),
        "door": None if door is None else door.value,
    }


def _text(said: str) -> str:
    """JSON can hold half a character, which nobody can print: a sender may mean it."""
    return said.encode("utf-8", "replace").decode()
