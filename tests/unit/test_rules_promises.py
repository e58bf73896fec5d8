"""What is promised for every story, against the calendar itself and not against the rules.

One household with two windows and a night one; openings of half a minute at any distance.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.households import Households, grid_key
from rules.home import UNRESOLVED, Home
from rules.local import moment
from rules.model import (
    Acknowledged,
    ClockChanged,
    Commissioned,
    Door,
    DoorSeen,
    Outcome,
    PassGranted,
    Resolved,
    Resumed,
    Sensed,
    TakenOver,
    Tick,
    Watched,
)
from rules.moment import DAY, HOUR, MINUTE, SECOND, Moment
from rules.policy import EVERY_DAY, GridPolicy, Person, Policy, Role, Shift, Window
from rules.said import Alerted, Decision, Note, Noted, Output
from rules.step import step

PEOPLE = tuple(Person(role, Role(role)) for role in ("member", "leader", "community", "command"))
ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "America/New_York")]
HOURS = [(7 * 60, 8 * 60), (19 * 60, 19 * 60 + 30), (23 * 60 + 30, 30)]
WINDOWS = tuple(
    Window(f"W{number}", Shift(EVERY_DAY, start, end)) for number, (start, end) in enumerate(HOURS)
)
DAYS = ((3, 7), (3, 28), (10, 24), (6, 1))  # two of them change the clocks
BEGINS = [datetime(2026, month, day, tzinfo=UTC) for month, day in DAYS]
GAPS = st.lists(st.integers(40, 5 * 3600), min_size=1, max_size=30)


def covered(at: Moment, zone: ZoneInfo) -> bool:
    """Whether local clocks show a minute of a window, or of the five before it; by wall clocks."""
    clock = datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).replace(tzinfo=None)
    for start, end in HOURS:
        for back in (0, 1):
            midnight = datetime.combine(clock.date(), datetime.min.time()) - timedelta(days=back)
            begins = midnight + timedelta(minutes=start - 5)
            ends = midnight + timedelta(minutes=end if end > start else end + 24 * 60)
            if begins <= clock < ends:
                return True
    tomorrow = datetime.combine(clock.date(), datetime.min.time()) + timedelta(days=1)
    return any(clock >= tomorrow + timedelta(minutes=start - 5) for start, _ in HOURS)


def openings(zone: ZoneInfo, begin: datetime, gaps: list[int]) -> list[tuple[Moment, list[Output]]]:
    """Each opening with what its step said, and all that was said until a day later."""
    home = Home(Policy("H", zone, windows=WINDOWS, roster=PEOPLE))
    now = moment(begin)
    home, _ = step(home, DoorSeen("S", Door.CLOSED, now), now)
    said: list[tuple[Moment, list[Output]]] = []
    for gap in gaps:
        now += gap * SECOND
        home, before = step(home, Tick(), now)  # what time alone brings is not the opening's
        home, out = step(home, DoorSeen("S", Door.OPEN, now), now)
        said += [(0, before), (now, out)]
        now += 30 * SECOND
        home, out = step(home, DoorSeen("S", Door.CLOSED, now), now)
        said.append((0, out))
    _, out = step(home, Tick(), now + DAY)
    return [*said, (0, out)]


STORY = (st.sampled_from(ZONES), st.sampled_from(BEGINS), GAPS)


@given(*STORY)
@settings(max_examples=200, deadline=None)
def test_no_covered_opening_is_ever_texted(
    zone: ZoneInfo, begin: datetime, gaps: list[int]
) -> None:
    for at, out in openings(zone, begin, gaps):
        if at and covered(at, zone):
            assert not [one for one in out if isinstance(one, Alerted) and one.alerts]
            assert [one.verdict for one in out if isinstance(one, Decision)] == ["permitted"]


@given(*STORY)
@settings(max_examples=200, deadline=None)
def test_no_uncovered_opening_stays_untold_while_nobody_answers(
    zone: ZoneInfo, begin: datetime, gaps: list[int]
) -> None:
    story = openings(zone, begin, gaps)
    told = [one.at for _, out in story for one in out if isinstance(one, Alerted) and one.alerts]
    for at, _ in story:
        if at and not covered(at, zone):
            # A text of two minutes ago speaks for the same door; later ones must follow.
            assert any(at - 2 * MINUTE <= when <= at + HOUR for when in told), (at, told)


# -- any input -------------------------------------------------------------------------------

INPUTS = st.one_of(
    st.builds(
        lambda s, door, since, missed: lambda now: DoorSeen(
            s, door, now - since % 90 * SECOND, now - since * SECOND if since > 90 else None, missed
        ),
        st.sampled_from(["S1", "S2"]), st.sampled_from(Door), st.integers(0, 7200), st.booleans(),
    ),
    st.builds(lambda n, who: lambda now: Acknowledged(n, who), st.integers(1, 3),
              st.sampled_from(["member", "leader"])),
    st.builds(lambda n, o: lambda now: Resolved(n, "member", o), st.integers(1, 3),
              st.sampled_from([Outcome.RETURNED, Outcome.FALSE_ALARM, Outcome.EMERGENCY_EXIT])),
    st.builds(lambda n, own: lambda now: PassGranted("A", now, now + HOUR, incident=n, own=own),
              st.sampled_from([None, 1, 2]), st.booleans()),
    st.builds(lambda t, b: lambda now: Sensed("S1", t, b), st.booleans(), st.integers(0, 100)),
    st.builds(lambda yes: lambda now: Watched(yes), st.booleans()),
    st.builds(lambda yes, by: lambda now: ClockChanged(yes, by * SECOND), st.booleans(),
              st.sampled_from([0, 0, 90, 7200])),
    st.sampled_from([
        lambda now: Tick(), lambda now: Resumed(now - MINUTE), lambda now: TakenOver(1),
        lambda now: Commissioned("S1", now + 5 * MINUTE),
    ]),
)  # fmt: skip
STORIES = st.lists(st.tuples(st.integers(0, 3600), INPUTS), max_size=40)


@given(STORIES)
@settings(max_examples=300, deadline=None)
def test_no_input_loses_an_open_incident(story: list[tuple[int, object]]) -> None:
    home = Home(Policy("H", ZONES[0], windows=WINDOWS, roster=PEOPLE))
    now = moment(BEGINS[0])
    open_ones: set[int] = set()
    newest = 0
    for after, make in story:
        now += after * SECOND
        given_ = make(now)  # type: ignore[operator]
        now += given_.offset if isinstance(given_, ClockChanged) else 0
        home, out = step(home, given_, now)
        said = {o.incident for o in out if isinstance(o, Decision) and o.incident is not None}
        raised = {number for number in said if number > newest}
        newest = max(said | {newest})
        ended = {o.incident for o in out if isinstance(o, Noted) and o.what is Note.RESOLVED}
        again = {o.incident for o in out if isinstance(o, Noted) and o.what is Note.REOPENED}
        still = {
            one.number
            for one in (home.incident, *home.rest.incidents)
            if one is not None and one.phase in UNRESOLVED
        }
        assert still >= (open_ones | raised) - ended, (given_, out)
        assert still <= open_ones | raised | again
        open_ones = still


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 3600)), max_size=40))
@settings(max_examples=60, deadline=None)
def test_a_step_does_not_depend_on_the_order_of_independent_households(
    story: list[tuple[str, int]],
) -> None:
    """Homes of three grids: each decides as it would have alone."""

    def play(only: str) -> dict[str, list[Output]]:
        houses = Households()
        keys = [f"H{name}" for name in "ABC"]
        houses.live_by(
            {key: Policy(key, ZONES[0], windows=WINDOWS, roster=PEOPLE) for key in keys},
            {grid_key(key): GridPolicy(key, ZONES[0], roster=PEOPLE) for key in keys},
            {key: key for key in keys},
            frozenset(),
            moment(BEGINS[0]),
        )
        now, said = moment(BEGINS[0]), {key: list[Output]() for key in keys}
        doors = dict.fromkeys(keys, Door.CLOSED)
        for name, after in story:
            now += after * SECOND
            key = f"H{name}"
            if name not in only:
                continue
            doors[key] = Door.OPEN if doors[key] is Door.CLOSED else Door.CLOSED
            for state, out in [
                *houses.apply_everywhere(Tick(), now),
                *houses.apply(key, DoorSeen(f"S{name}", doors[key], now), now),
            ]:
                if isinstance(state, Home):
                    said[state.policy.household_id] += out
        for state, out in houses.apply_everywhere(Tick(), now + DAY):
            if isinstance(state, Home):
                said[state.policy.household_id] += out
        return said

    together = play("ABC")
    for name in "ABC":
        assert together[f"H{name}"] == play(name)[f"H{name}"]
