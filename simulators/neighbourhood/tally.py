"""How a gateway did in weeks of a town: what it told, late, wrongly or not at all.

Owns the comparison of what was decided and sent with what really happened and was heard of it.
Reads decisions and texts; knows no rule. Moments in ms.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from simulators.neighbourhood.figures import Tally
from simulators.neighbourhood.gateway import Text
from simulators.neighbourhood.life import Trouble
from simulators.neighbourhood.noticed import Decided, Noticed, decisions
from simulators.neighbourhood.people import Person
from simulators.neighbourhood.player import MINUTE, SECOND, Heard, Played, ms
from simulators.neighbourhood.score import KINDS
from simulators.neighbourhood.truth import (
    Expected,
    Opening,
    Truth,
    covering,
    isolation,
    truth,
)

NEAR = 3 * SECOND  # what travels arrives a little later
SETTLES = 15 * SECOND  # a deadline that passed before we heard of the opening waits for its closing
AT_ONCE = 10 * MINUTE  # many homes that leave together
FALSE_NEAR = MINUTE  # a text so near to a breach is not called false
FAULTY = timedelta(hours=8)
ACCUSES = ("uncovered", "uncovered_in_curfew")


def tally(played: Played) -> Tally:
    """Judges what was played, from what really happened."""
    return _Reckoning(played).result


class _Reckoning:
    def __init__(self, played: Played) -> None:
        self.played = played
        self.town = played.life.town
        self.truth: Truth = truth(self.town, played.life.events)
        self.homes = {home.household_id: home for home in self.town.households}
        self.counting = {s.sensor_id for s in self.town.sensors if s.counts_doors}
        self.of_home: dict[str, list[Opening]] = defaultdict(list)
        for opening in self.truth.openings:
            self.of_home[opening.household_id].append(opening)
        self.flaps = [m for m in played.life.mishaps if m.trouble is Trouble.FLAPPING]
        self.decided: dict[str, list[Decided]] = defaultdict(list)
        for one in decisions(played):
            self.decided[one.subject].append(one)
        self.told: dict[tuple[str, int], list[Text]] = defaultdict(list)
        for text in played.texts:
            self.told[text.subject, text.incident].append(text)
        self.opens = {
            sensor_id: sorted(h for h in heard if h.open)
            for sensor_id, heard in played.heard.items()
        }
        breaches = [o for o in self.truth.breaches if not self._flapped(o)]
        self.result = Tally(
            household_weeks=len(self.homes) * self.town.days / 7,
            openings=len(self.truth.openings),
            breaches=len(breaches),
            heard=0,
            loss=played.loss,
        )
        self._breaches(breaches)
        self._unheard()
        self._false()
        self._texts()
        noticed = Noticed(played, self.of_home, self.decided)
        self.result.troubles = noticed.troubles()
        self.result.meals, self.result.asked_in_vain = noticed.meals()

    # -- breaches ----------------------------------------------------------------------------

    def _breaches(self, breaches: Iterable[Opening]) -> None:
        began: set[tuple[str, int]] = set()
        for opening in breaches:
            breach, heard = opening.breach, self._heard(opening)
            if breach is None or heard is None:
                continue
            if self._hidden(opening):
                self.result.hidden += 1
                continue
            self.result.heard += 1
            self._owe(breach)
            found = self._told_of(breach, self._shift(opening, heard))
            if found is None:
                self.result.missed.append(breach)
            elif found not in began:
                began.add(found)
                first = min(text.at for text in self.told[found])
                self.result.seconds.append((first - ms(breach.at)) / SECOND)

    def _hidden(self, opening: Opening) -> bool:
        """Whether a window was used up by an opening of which nothing can be known."""
        breach = opening.breach
        if breach is None or (breach.kind, breach.severity) != ("window_overrun", "medium"):
            return False
        home = self.homes[opening.household_id]
        covers = {(w.window_id, day) for w, day in covering(self.town, home, opening.start)}
        mine = [o for o in self.of_home[opening.household_id] if o.start < opening.start]
        return any(
            covers & set(earlier.window_ids)
            and (self._traceless(earlier) or (index > 0 and self._merges(mine[index - 1], earlier)))
            for index, earlier in enumerate(mine)
        )

    def _merges(self, before: Opening, opening: Opening) -> bool:
        """Whether nothing was heard of the closing between two openings, nor a counter shows it."""
        begin, end = ms(before.end) if before.end else 2**62, ms(opening.start)
        return not any(
            sensor_id in self.counting
            or any(begin <= h.at <= end and not h.open for h in self.played.heard[sensor_id])
            for sensor_id in before.sensor_ids
        )

    def _told_of(self, breach: Expected, shift: int) -> tuple[str, int] | None:
        """The incident that speaks of it, if anybody was told of that."""
        at = ms(breach.at)
        for one in self.decided[breach.household_id]:
            if one.incident is None or one.verdict not in KINDS:
                continue
            if one.since - NEAR > at + shift + SETTLES or one.at + NEAR < at:
                continue
            if self.told[incident := (one.subject, one.incident)]:
                return incident
            if many := self._one_of_many(breach.household_id, one.at):
                return many
        return None

    def _one_of_many(self, household_id: str, at: int) -> tuple[str, int] | None:
        """The told incident of many homes of its grid that speaks for a home's own."""
        for one in self.decided[f"grid:{self.homes[household_id].grid_id}"]:
            near = abs(one.at - at) < AT_ONCE and one.verdict == "mass_opening"
            if near and one.incident and self.told[incident := (one.subject, one.incident)]:
                return incident
        return None

    def _heard(self, opening: Opening) -> Heard | None:
        """The first packet that said that the door was open."""
        start, end = ms(opening.start), ms(opening.end) if opening.end else 2**62
        found: list[Heard] = []
        for sensor_id in opening.sensor_ids:
            said = self.opens.get(sensor_id, [])
            index = bisect_left(said, (start,))
            found += [one for one in said[index : index + 1] if one.at < end]
        return min(found, key=lambda one: one.received_at, default=None)

    def _shift(self, opening: Opening, heard: Heard) -> int:
        """How much later than it was the opening must seem to begin."""
        sensor_id = opening.sensor_ids[0]
        tells_its_time = any(
            s.sensor_id == sensor_id and s.protocol == "json"
            for s in self.town.sensors_of(opening.household_id)
        )
        return (heard.at if tells_its_time else heard.received_at) - ms(opening.start)

    def _owe(self, breach: Expected) -> None:
        grid = self.homes[breach.household_id].grid_id
        for person in self.town.people:
            if person.grid_id == grid and on_duty(person, breach.at):
                self.result.owed[person.role] += 1

    # -- what was not heard --------------------------------------------------------------------

    def _unheard(self) -> None:
        for opening in self.truth.openings:
            if self._heard(opening) is not None or self._without_clock(opening):
                continue
            if self._traceless(opening):
                self.result.traceless += 1
                continue
            self.result.proved += 1
            start = ms(opening.start)
            said = self.decided[opening.household_id]
            if not any(d.since < d.at and d.since - NEAR <= start <= d.at + NEAR for d in said):
                self.result.unfound.append(opening)
            elif opening.breach:
                self._owe(opening.breach)

    def _without_clock(self, opening: Opening) -> bool:
        """Whether nobody can say when it was: the gateway did not know the time."""
        clock = (m for m in self.played.life.mishaps if m.trouble is Trouble.CLOCK)
        return any(m.begins <= opening.start <= m.ends for m in clock)

    def _traceless(self, opening: Opening) -> bool:
        """Whether no packet said that it was open, and no counter can show it afterwards."""
        return self._heard(opening) is None and not any(
            sensor_id in self.counting and self._later(sensor_id, opening)
            for sensor_id in opening.sensor_ids
        )

    def _later(self, sensor_id: str, opening: Opening) -> bool:
        """Whether the sensor was heard before it and after it: so that its counter tells."""
        moments = [heard.at for heard in self.played.heard.get(sensor_id, ())]
        return bool(moments) and moments[0] < ms(opening.start) < moments[-1]

    # -- what was wrong ------------------------------------------------------------------------

    def _false(self) -> None:
        mine: dict[str, list[Opening]] = defaultdict(list)
        for opening in self.truth.breaches:
            mine[opening.household_id].append(opening)
        right: set[tuple[str, int]] = set()
        unverified: set[tuple[str, int]] = set()
        for household_id, decided in self.decided.items():
            for one in decided:
                near = any(_about(one, o, FALSE_NEAR) for o in mine[household_id])
                near = near or one.verdict == "mass_opening"
                if one.incident is None or one.verdict not in KINDS:
                    continue
                if near:
                    right.add((household_id, one.incident))
                if one.reason == "time_unverified":
                    unverified.add((household_id, one.incident))
                exactly = any(_about(one, o, NEAR) for o in mine[household_id])
                if one.reason in ACCUSES and not exactly:
                    self.result.accused.append(one)
        doors = {
            (d.subject, d.incident)
            for decided in self.decided.values()
            for d in decided
            if d.verdict in KINDS
        }
        for text in self.played.texts:
            incident = (text.subject, text.incident)
            if text.channel == "sms" and incident in doors and incident not in right:
                if incident in unverified:
                    self.result.unverified_texts += 1
                else:
                    self.result.false_texts.append(text)

    # -- how much was sent ---------------------------------------------------------------------

    def _texts(self) -> None:
        doors = {(d.subject, d.incident) for decided in self.decided.values()
                 for d in decided if d.verdict in KINDS}  # fmt: skip
        for text in self.played.texts:
            if text.channel != "sms":
                self.result.calls += 1
                continue
            self.result.texts += 1
            if text.step == 0 and (text.subject, text.incident) in doors:
                self.result.first_steps[text.role] += 1
        for sensor in self.town.sensors:
            begun, released = (ms(m) for m in isolation(self.town, self.homes[sensor.household_id]))
            said = self.opens.get(sensor.sensor_id, ())
            self.result.naive += sum(h.moves and begun <= h.at < released for h in said)

    # -- troubles ------------------------------------------------------------------------------

    def _flapped(self, opening: Opening) -> bool:
        """Whether the contact does not hold: somebody was told of that, and until it has been
        quiet for long its openings are not told one by one."""
        return any(
            m.subject in opening.sensor_ids and m.begins <= opening.start <= m.ends + FAULTY
            for m in self.flaps
        )


def on_duty(person: Person, at: datetime) -> bool:
    """Whether a person's daily shift holds at that moment (``mon-sun 20:00-08:00``)."""
    if not person.duty:
        return True
    begins, ends = person.duty.split()[1].split("-")
    clock = f"{at:%H:%M}"
    return begins <= clock < ends if begins < ends else clock >= begins or clock < ends


def _about(one: Decided, opening: Opening, near: int) -> bool:
    """Whether a decision speaks of this opening, while the door stood open or what it may mean."""
    end = ms(opening.end) if opening.end else 2**62
    return one.since - near <= end and ms(opening.start) <= one.at + near
