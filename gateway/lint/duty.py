"""Who would be told at each hour of the week: steps with nobody on duty, hours with nobody at all.

What it finds is what ``rules.chain`` would do: a step with nobody on duty runs at once with the
people of the next that has somebody.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from gateway.ledger.model import Ledger, Person
from gateway.lint.found import Seen
from gateway.lint.week import WEEK, Range, covered, joined, show
from rules.model import Channel, Role
from rules.moment import MINUTE
from rules.policy import Shift, Step

Chains = Mapping[str, tuple[Step, ...]]  # by severity or kind of incident, the worst first
Ways = Callable[[str], frozenset[Channel]]  # by which kinds a phone number can be reached


class Watch(NamedTuple):
    """What matters here of a person; people who are alike in it are one."""

    role: Role
    duty: tuple[Shift, ...]
    ways: frozenset[Channel]


class Hours(NamedTuple):
    """A part of the week in which nothing changes."""

    range: Range
    roles: frozenset[Role]  # on duty
    reached: frozenset[tuple[Role, Channel]]  # on duty, and a provider serves them


_NO_LATER = "no later step has anybody, the last one told is reminded"

Said = tuple[str, str, str]  # what it is about, what, remedy


def lint(ledger: Ledger, chains: Chains, ways: Ways) -> Iterator[Seen]:
    """Every grid with households. Grids with alike rosters are worked out once."""
    watched = {household.grid_id for household in ledger.households.values()}
    rosters: dict[str | None, list[Person]] = {}
    for person in ledger.people.values():
        rosters.setdefault(person.grid_id, []).append(person)
    known: dict[frozenset[Watch], list[Said]] = {}
    for grid_id in ledger.grids:
        if grid_id in watched:
            people = rosters.get(grid_id, []) + rosters.get(None, [])
            roster = frozenset(Watch(p.role, p.duty, ways(p.phone)) for p in people)
            if roster not in known:
                known[roster] = [*_roster(roster, chains)]
            for about, what, remedy in known[roster]:
                yield Seen(grid_id, "", about, what, remedy)


def lint_gateway(ledger: Ledger, chains: Chains, ways: Ways) -> Iterator[Seen]:
    """The chains of what concerns no grid: everybody in the ledger answers for it."""
    everybody = frozenset(Watch(p.role, p.duty, ways(p.phone)) for p in ledger.people.values())
    for about, what, remedy in _roster(everybody, chains):
        yield Seen(None, "", about, what, remedy)


def _roster(roster: frozenset[Watch], chains: Chains) -> Iterator[Said]:
    asked = {role for steps in chains.values() for step in steps for role, _ in step.targets}
    week = _week(watch for watch in roster if watch.role in asked)
    yield from _nobody(week, chains)
    yield from _empty_steps(week, chains)


def _week(roster: Iterable[Watch]) -> list[Hours]:
    """The week cut at every edge of a shift, after those that are alike relieve each other."""
    alike: dict[tuple[Role, frozenset[Channel]], list[Range]] = {}
    for watch in roster:
        alike.setdefault((watch.role, watch.ways), []).extend(covered(watch.duty))
    duties = {who: joined(ranges) for who, ranges in alike.items()}
    edges = {0, WEEK} | {edge for ranges in duties.values() for each in ranges for edge in each}
    week = []
    for begins, ends in pairwise(sorted(edges)):
        on = [who for who, ranges in duties.items() if any(b <= begins < e for b, e in ranges)]
        reached = frozenset((role, kind) for role, ways in on for kind in ways)
        week.append(Hours((begins, ends), frozenset(role for role, _ in on), reached))
    return week


def _nobody(week: Sequence[Hours], chains: Chains) -> Iterator[Said]:
    """Hours in which no step of a chain reaches anybody."""
    alike: dict[tuple[tuple[Range, ...], str], list[str]] = {}
    there = frozenset[Role]().union(*(hours.roles for hours in week))
    for chain, steps in chains.items():
        targets = {target for step in steps for target in step.targets}
        if gaps := joined(hours.range for hours in week if not targets & hours.reached):
            roles = _in_order(frozenset(role for role, _ in targets))
            remedy = "put somebody who can be reached on duty then"
            if not there.intersection(roles):
                remedy = _remedy(roles, there)
            alike.setdefault((gaps, remedy), []).append(chain)
    for (gaps, remedy), names in alike.items():
        yield "NOBODY", f"{show(gaps)} nobody at all would be told ({', '.join(names)})", remedy


def _empty_steps(week: Sequence[Hours], chains: Chains) -> Iterator[Said]:
    """Hours in which a step has nobody on duty, and to whom it falls then."""
    gaps: dict[tuple[tuple[Role, ...], str], dict[str, list[Range]]] = {}
    for chain, steps in chains.items():
        for at, step in enumerate(steps):
            name = f"{chain} {step.after / MINUTE:g} min"
            for falls, ranges in _gaps(steps, at, week).items():
                gaps.setdefault((_in_order(_roles(step)), falls), {})[name] = ranges
    roles_there = frozenset[Role]().union(*(hours.roles for hours in week))
    for (roles, falls), by_step in sorted(gaps.items(), key=lambda gap: _rank(gap[0][0])):
        alike: dict[tuple[Range, ...], list[str]] = {}
        for name, ranges in by_step.items():
            alike.setdefault(joined(ranges), []).append(name)
        for hours_alike, names in alike.items():
            what = f"{show(hours_alike)} nobody; {falls} ({', '.join(names)})"
            yield ", ".join(roles), what, _remedy(roles, roles_there)


def _gaps(steps: Sequence[Step], at: int, week: Sequence[Hours]) -> dict[str, list[Range]]:
    """When a step has nobody, by what happens then.

    Hours in which no step has anybody are said as NOBODY; here they only complete a gap after
    which nobody comes anyway, so that it reads as one.
    """
    found: dict[str, list[Range]] = {}
    dead = []
    for hours in week:
        if not any(_roles(step) & hours.roles for step in steps):
            dead.append(hours.range)
        elif not _roles(steps[at]) & hours.roles:
            found.setdefault(_falls(steps[at + 1 :], hours), []).append(hours.range)
    if _NO_LATER in found:
        found[_NO_LATER] += dead
    return found


def _roles(step: Step) -> frozenset[Role]:
    return frozenset(role for role, _ in step.targets)


def _in_order(roles: frozenset[Role]) -> tuple[Role, ...]:
    """From the one who is nearest to the door."""
    return tuple(role for role in Role if role in roles)


def _rank(roles: Sequence[Role]) -> list[int]:
    return [list(Role).index(role) for role in roles]


def _falls(later: Sequence[Step], hours: Hours) -> str:
    for step in later:
        if roles := _roles(step) & hours.roles:
            return f"falls to {', '.join(_in_order(roles))} at once"
    return _NO_LATER


def _remedy(roles: Sequence[Role], there: frozenset[Role]) -> str:
    if not there.intersection(roles):
        return f"add {' or '.join(roles)} to people"
    return "lengthen a duty in people"
