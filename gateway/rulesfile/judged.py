"""What the keys of one rules.toml say against each other, and the steps that nobody will ever see.

Contradictions make the file refused; doubts are said, and the gateway does what stands there.
"""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from gateway.errors import Mistake
from gateway.rulesfile.keys import KEYS, SHIPPED
from gateway.rulesfile.read import Budget, Found, Row, document
from rules.chain import SAME_CHANNEL
from rules.model import Channel, Role, Severity
from rules.moment import MINUTE, Duration
from rules.policy import CHAINS

# What mainland carriers let through to one number from one sender in 24 h: 3 identical texts, 5
# different ones.
CARRIERS: Mapping[str, Budget] = {"+86": Budget(3, 5, 0)}

Values = Mapping[str, Any]  # by key, in our units
Target = tuple[Role, Channel]


class Clash(NamedTuple):
    """Keys that contradict each other; it is said where one of them is written."""

    keys: tuple[str, ...]
    holds: Callable[[Values], bool]
    what: str
    remedy: str
    written: str = ""  # and only if this key is written too


class Table(NamedTuple):
    """Numbers of one place."""

    place: str
    own: Values  # written there
    laid: Values  # and what is written below them


def _apart(values: Values) -> Duration:
    """How far apart two openings that count towards repeated_opening are at least."""
    return int(max(values["flap_minutes"], values["rejoin_seconds"]))


IMPOSSIBLE = (
    Clash(
        ("flap_minutes", "flap_openings"),
        lambda v: v["flap_minutes"] == 0,
        "flap_minutes is 0: no sensor ever has flap_openings in that time",
        "give flap_minutes, or leave flap_openings out",
        written="flap_openings",
    ),
    Clash(
        ("repeat_minutes", "repeat_openings", "flap_minutes", "rejoin_seconds"),
        lambda v: (v["repeat_openings"] - 1) * _apart(v) >= v["repeat_minutes"],
        "repeated_opening can never happen: openings nearer than flap_minutes or rejoin_seconds"
        " count once, so repeat_openings of them do not fit into repeat_minutes",
        "give a longer repeat_minutes",
    ),
)
DOUBTFUL = (
    Clash(
        ("flap_minutes",),
        lambda v: v["flap_minutes"] == 0,
        "is 0: a sensor that flaps is never noticed, and texts each time",
        "give at least 1",
    ),
    Clash(
        ("held_open_minutes",),
        lambda v: v["held_open_minutes"] == 0,
        "is 0: every uncovered opening is critical at once",
        "give the time to close a door again",
    ),
    Clash(
        ("on_my_way_minutes",),
        lambda v: v["on_my_way_minutes"] == 0,
        "is 0: while a door is open, an acknowledgement stops nothing",
        "give the time that the way takes",
    ),
    Clash(
        ("merge_minutes", "rejoin_seconds"),
        lambda v: v["merge_minutes"] < v["rejoin_seconds"],
        "merge_minutes is shorter than rejoin_seconds: an incident may end before its opening",
        "give a longer merge_minutes",
    ),
)


def written(text: str, name: str) -> Found:
    """What stands in a file that was accepted."""
    return document(tomllib.loads(text), name)


def contradictions(
    found: Found, name: str, grid_of: Mapping[str, str] | None = None
) -> list[Mistake]:
    """What cannot be meant. ``name``: of the file. Nothing is said of values that are wrong.

    With ``grid_of`` (by household) a household's numbers are laid over those of its grid, too.
    """
    places = [*_order(found.rows), *(m for m, whole in _shadowed(found.rows) if whole)]
    places += [*_never_taken(found.rows), *_of_grids(found, name)]
    for prefix, budget in found.budgets.items():
        if budget.same_per_day > budget.texts_per_day:
            place = f'{name}: budget."{prefix}".same_per_day'
            remedy = f"give at most {budget.texts_per_day}"
            places.append(Mistake(place, "is more than texts_per_day", remedy))
    return [*places, *_clashes(_tables(found, name, grid_of or {}), IMPOSSIBLE)]


def doubts(found: Found, name: str) -> list[Mistake]:
    """What somebody may not have meant."""
    said = [m for m, whole in _shadowed(found.rows) if not whole]
    said += [
        *_budgets(found, name),
        *_clashes(_tables(found, name, {}), DOUBTFUL),
        *_starts_late(found),
    ]
    return [*said, *_restarts(found, name)]


def strangers(found: Found, roles: frozenset[Role]) -> list[Mistake]:
    """Steps for roles that nobody in the ledger has."""
    return [
        Mistake(f"{row.place}.roles", f"nobody is {role}", f"add one to people, or take {role} out")
        for row in found.rows
        for role in dict.fromkeys(role for role, _ in row.targets)
        if role not in roles
    ]


def _order(rows: list[Row]) -> Iterator[Mistake]:
    latest: dict[Severity, Row] = {}
    for row in rows:
        before = latest.setdefault(row.severity, row)
        if row.after < before.after:
            what = (
                f"{row.after / MINUTE:g} comes after the {before.after / MINUTE:g} of an earlier"
                f" step of {row.severity.word}; minutes count from its first alert"
            )
            yield Mistake(f"{row.place}.after_minutes", what, "put the steps in their order")
        latest[row.severity] = max(before, row, key=lambda each: each.after)


def _shadowed(rows: list[Row]) -> Iterator[tuple[Mistake, bool]]:
    """Rows that repeat what an earlier one says within the time in which nobody gets it twice.

    And whether all of the row does: then it is never seen.
    """
    for at, row in enumerate(rows):
        said = {
            target: earlier
            for earlier in rows[:at]
            if earlier.severity is row.severity and abs(row.after - earlier.after) < SAME_CHANNEL
            for target in earlier.targets
            if target in row.targets
        }
        if said:
            words = ", ".join(f"{role} {kind}" for role, kind in said)
            first = next(iter(said.values()))
            what = f"{words} is said at {first.after / MINUTE:g} min already"
            if first.after != row.after:
                what += "; nobody gets the same within 2 min"
            remedy = "take it out of one of them, or put it later"
            yield Mistake(row.place, what, remedy), len(said) == len(set(row.targets))


def _never_taken(rows: list[Row]) -> Iterator[Mistake]:
    for row in rows:
        if row.severity is Severity.LOW:
            what = "low ones wait for the digest and have no steps"
            yield Mistake(f"{row.place}.severity", what, "take it out, or write medium")


def _of_grids(found: Found, name: str) -> Iterator[Mistake]:
    """What many homes decide together: one's own number would count for nothing."""
    for key, own in found.households.items():
        for each in own:
            if KEYS[each].of_grid:
                place = f"{name}: household.{key}.{each}"
                yield Mistake(place, "holds for a grid", "put it under [grid.…]")


def _starts_late(found: Found) -> Iterator[Mistake]:
    for severity, steps in found.chains.items():
        if steps[0].after:
            row = min((r for r in found.rows if r.severity is severity), key=lambda r: r.after)
            what = f"nobody would hear of a {severity.word} incident before this"
            yield Mistake(f"{row.place}.after_minutes", what, "write 0")


def _budgets(found: Found, name: str) -> Iterator[Mistake]:
    for prefix, budget in found.budgets.items():
        place = f'{name}: budget."{prefix}"'
        if budget.reserved_for_critical == budget.texts_per_day:
            what = "is all of texts_per_day: nothing but critical ones is ever texted"
            yield Mistake(f"{place}.reserved_for_critical", what, "leave some for the others")
        carriers = CARRIERS.get(prefix)
        for key in ("same_per_day", "texts_per_day"):
            if carriers and getattr(budget, key) > getattr(carriers, key):
                what = f"is more than carriers there let through, {getattr(carriers, key)} in 24 h"
                yield Mistake(f"{place}.{key}", what, "stay below: what is over it is lost")


def _tables(found: Found, name: str, grid_of: Mapping[str, str]) -> Iterator[Table]:
    base = found.defaults
    yield Table(f"{name}: defaults", base, base)
    for key, own in found.grids.items():
        yield Table(f"{name}: grid.{key}", own, {**base, **own})
    for key, own in found.households.items():
        of_grid = found.grids.get(grid_of.get(key, ""), {})
        yield Table(f"{name}: household.{key}", own, {**base, **of_grid, **own})


def _clashes(tables: Iterable[Table], clashes: tuple[Clash, ...]) -> Iterator[Mistake]:
    for place, own, laid in tables:
        for clash in clashes:
            key = next((key for key in clash.keys if key in own), None)
            asked = not clash.written or clash.written in laid
            if key is not None and asked and clash.holds({**SHIPPED, **laid}):
                yield Mistake(f"{place}.{key}", clash.what, clash.remedy)


def _restarts(found: Found, name: str) -> Iterator[Mistake]:
    """An opening ``repeat_alert_minutes`` after the last alert starts the chain again."""
    chains = {**CHAINS, **found.chains}
    for place, own, laid in _tables(found, name, {}):
        again = {**SHIPPED, **laid}["repeat_alert_minutes"]
        waits = {
            severity.word: max((b.after - a.after for a, b in pairwise(steps)), default=0)
            for severity, steps in chains.items()
        }
        longer = {word: wait for word, wait in waits.items() if wait > again}
        if longer and ("repeat_alert_minutes" in own or (found.chains and own is found.defaults)):
            what = (
                f"{again / MINUTE:g} min is less than {', '.join(longer)} waits for a step: a door"
                " that opens again starts the chain anew, and the later steps may never come"
            )
            remedy = f"give at least {max(longer.values()) / MINUTE:g}"
            yield Mistake(f"{place}.repeat_alert_minutes", what, remedy)
