"""What a gateway noticed besides breaches: sensors that fail, buildings that are lost, meals.

Owns the comparison of a town's mishaps with what was decided. A gateway may take some hours, and
owes nothing of what it could not hear.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulators.neighbourhood.life import Mishap, Trouble
from simulators.neighbourhood.player import MINUTE, Played, ms
from simulators.neighbourhood.town import Household
from simulators.neighbourhood.truth import GRACE, Opening, bounds, isolation

FOUND_WITHIN = timedelta(hours=6)
# What shows that a trouble was noticed, and how long before it begins it may be dated: a battery
# that dies was low before; what is lost was heard last before.
SHOWS = {
    Trouble.FLAPPING: ("sensor_fault", timedelta()),
    Trouble.TAMPER: ("tamper", timedelta()),
    Trouble.BATTERY: ("battery_low", timedelta(days=3)),
    Trouble.BUILDING: ("sensor_silent", timedelta(hours=2)),
    Trouble.FIRE: ("mass_opening", timedelta()),
}
_DEAF = (Trouble.BUILDING, Trouble.CLOCK)


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision of a gateway about one home, or a grid (``grid:G1``)."""

    subject: str
    since: int  # the earliest moment that it may be about
    at: int
    verdict: str
    reason: str
    incident: int | None  # the household's own count


def decisions(played: Played) -> Iterator[Decided]:
    """Every decision of what was played, in order."""
    for subject, d in played.gateway.said:
        since = d.at if d.since is None else d.since
        yield Decided(subject, since, d.at, d.verdict.value, d.reason.value, d.incident)


class Noticed:
    """Asks for each mishap, and each meal that was not taken in, whether somebody was told."""

    def __init__(
        self,
        played: Played,
        openings: Mapping[str, Sequence[Opening]],
        decided: Mapping[str, Sequence[Decided]],
    ) -> None:
        """``openings`` by household, ``decided`` by household or grid."""
        self.town = played.life.town
        self.mishaps = played.life.mishaps
        self.homes = {home.household_id: home for home in self.town.households}
        self.openings, self.decided = openings, decided

    def troubles(self) -> dict[Trouble, tuple[int, int]]:
        """Of each: noticed, and how many."""
        found = {}
        for trouble in SHOWS:
            owed = [m for m in self.mishaps if m.trouble is trouble and self._owed(m)]
            found[trouble] = (sum(map(self._noticed, owed)), len(owed))
        return found

    def meals(self) -> tuple[tuple[int, int], int]:
        """Not taken in (noticed, and how many), and how often was asked after one that was."""
        missed: set[tuple[str, int]] = set()
        watched: set[tuple[str, int]] = set()
        for home in self.town.households:
            begun, released = isolation(self.town, home)
            for window in self.town.windows_of(home):
                for days in range(self.town.days) if window.expected and home.care else ():
                    begin, end = bounds(self.town, window, self.town.day + timedelta(days=days))
                    if begin < begun or end > released or self._unwatched(home, begin, end):
                        continue
                    due = (home.household_id, ms(end))
                    watched.add(due)
                    mine = self.openings.get(home.household_id, ())
                    if not any(begin - GRACE <= o.start < end for o in mine):
                        missed.add(due)
        said = {(d.subject, d.at) for decided in self.decided.values()
                for d in decided if d.verdict == "welfare"}  # fmt: skip
        found = {due for due in missed if any(h == due[0] and abs(at - due[1]) < MINUTE
                                              for h, at in said)}  # fmt: skip
        vain = sum(
            any(h == home and abs(at - due) < MINUTE for home, due in watched - missed)
            for h, at in said
        )
        return (len(found), len(missed)), vain

    def _unwatched(self, home: Household, begin: datetime, end: datetime) -> bool:
        own = {home.grid_id, "", *(s.sensor_id for s in self.town.sensors_of(home.household_id))}
        return any(
            m.subject in own and m.begins < end and begin < m.ends + FOUND_WITHIN
            for m in self.mishaps
        )

    def _owed(self, mishap: Mishap) -> bool:
        """Whether a gateway has to notice: its home isolates."""
        orders = [
            isolation(self.town, self.homes[subject])
            for subject in self._concerned(mishap)
            if subject in self.homes
        ]
        heard = not any(
            m.trouble in _DEAF
            and m is not mishap
            and m.begins < mishap.ends
            and mishap.begins < m.ends
            for m in self.mishaps
        )
        return heard and any(b <= mishap.begins and mishap.ends < ends for b, ends in orders)

    def _concerned(self, mishap: Mishap) -> list[str]:
        by_sensor = [s.household_id for s in self.town.sensors if s.sensor_id == mishap.subject]
        by_grid = [h.household_id for h in self.town.households if h.grid_id == mishap.subject]
        if by_grid:
            by_grid.append(f"grid:{mishap.subject}")
        return by_sensor or by_grid or [h for h in self.homes if h == mishap.subject]

    def _noticed(self, mishap: Mishap) -> bool:
        kind, before = SHOWS[mishap.trouble]
        first = ms(mishap.begins - before)
        last = ms(mishap.ends + FOUND_WITHIN)
        return any(
            one.verdict == kind and first <= one.at <= last
            for household_id in self._concerned(mishap)
            for one in self.decided.get(household_id, ())
        )
