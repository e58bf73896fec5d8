"""Replay equals live, and a tick more or less changes no byte of it: for every story."""

import asyncio
import json
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.rehearsal.comparison import Stored, by_household, severities, stored, would_be
from gateway.rehearsal.journal import JournalReplay, run
from gateway.rehearsal.verdicts import Verdicts
from gateway.rulesfile import RulesFile
from gateway.store.journal import Entry, Row
from rules.moment import HOUR, NEVER, SECOND
from tests.support.cli import Site
from tests.support.house import at
from tests.support.replayed import LOOSE, STRICT, Lived, lived, replayed

ZONE = ZoneInfo("Asia/Shanghai")
DOORS = [f"{what} {sensor}" for what in ("open", "close") for sensor in ("S1", "S1b", "S2", "S3")]
ANSWERS = [
    "ack H1 P1", "ack H1 P2", "ack H2 P1", "resolve H1 returned", "resolve H2 false_alarm",
    "resolve-older H1", "ack grid:G1 P1", "resolve grid:G1 at_home",
    "unreached H1 P1 sms", "unreached H1 P2 sms", "unreached H2 P1 voice",
]  # fmt: skip
REST = [
    "late S1", "pass H1", "commission H2 S2", "look", "restart", "snapshot",
    "tamper S1",
    "rules loose", "rules strict", "rules shipped", "ledger", "ledger W1",
]  # fmt: skip
LINES = st.sampled_from([*DOORS, *DOORS, *DOORS, *ANSWERS, *ANSWERS, *REST])
# Seconds. Mostly within minutes of each other, so that chains, graces and windows are met half-way.
PAUSES = st.one_of(
    st.integers(0, 1500), st.integers(0, 40 * 60), st.just(0), st.integers(0, 30_000)
)
STORIES = st.lists(
    st.tuples(PAUSES.map(lambda seconds: seconds * SECOND), LINES), min_size=5, max_size=40
)
FOR_STORIES = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("site"))


def live(site: Site, story: list[tuple[int, str]]) -> Lived:
    async def work() -> Lived:
        found, database = await lived(site, story)
        await database.close()
        return found

    return asyncio.run(work())


def text(verdicts: Verdicts) -> bytes:
    """All of it, as ``--json`` prints it."""
    return json.dumps([one.as_json(ZONE) for one in verdicts.decided]).encode()


@given(STORIES)
@FOR_STORIES
def test_replay_equals_live(site: Site, story: list[tuple[int, str]]) -> None:
    found = live(site, story)
    again = replayed(found.rows, found.ledgers, JournalReplay(ZONE, 0))
    assert text(again.verdicts) == text(found.heard)


def sprinkled(rows: list[Row], random: Random) -> list[Row]:
    """More ticks, anywhere that the gateway was awake, knew the time and who lived."""
    found: list[Row] = []
    for before, row in zip([rows[0], *rows], rows, strict=False):
        if row.kind not in (Entry.RESUMED, Entry.CLOCK, Entry.HEARD):
            span = (before.received_at, row.received_at)
            ticks = sorted(random.randint(*span) for _ in range(random.choice((0, 0, 1, 5))))
            found += [Row(0, tick, Entry.TICK) for tick in ticks]
        found.append(row)
    return found


@given(STORIES, st.randoms(use_true_random=False), st.sampled_from((None, LOOSE, STRICT)))
@FOR_STORIES
def test_any_schedule_of_ticks_gives_the_same_bytes(
    site: Site, story: list[tuple[int, str]], random: Random, other: str | None
) -> None:
    found = live(site, story)
    rules = None if other is None else RulesFile.parse(other)
    since = random.choice(found.rows).received_at
    plain = replayed(found.rows, found.ledgers, JournalReplay(ZONE, since, rules))
    ticked = sprinkled(found.rows, random)
    more = replayed(ticked, found.ledgers, JournalReplay(ZONE, since, rules))
    assert text(more.verdicts) == text(plain.verdicts)
    assert more.dropped == plain.dropped


@given(STORIES, st.randoms(use_true_random=False), st.booleans())
@FOR_STORIES
def test_both_sides_are_the_same_under_the_same_rules(
    site: Site, story: list[tuple[int, str]], random: Random, given_again: bool
) -> None:
    """Whatever part of the journal is looked at, and if the rules are given once more, too."""
    steady = [one for one in story if not one[1].startswith("rules")]

    async def work() -> tuple[Stored, JournalReplay, int, int]:
        found, database = await lived(site, steady)
        try:
            begin, end = found.rows[0].received_at, found.rows[-1].received_at
            since, until = sorted((random.randint(begin, end), random.randint(begin, end)))
            # What is due at the newest row's own moment has not been looked at yet.
            until = random.choice((until, NEVER)) if until < end else NEVER
            was = await stored(database, since, until)
            rules = RulesFile.parse("") if given_again else None
            again = JournalReplay(ZONE, since, rules, was.raised)
            await run(again, database, was.last_id, until)
            return was, again, since, until
        finally:
            await database.close()

    was, again, since, until = asyncio.run(work())
    incidents = again.verdicts.incidents.values()
    would = would_be(incidents, since, until)
    assert by_household(would) == by_household(was.side)
    assert severities(incidents, since, until) == was.severities
    if until == NEVER:
        assert would == was.side


def test_the_stories_are_about_something(site: Site) -> None:
    """So that the above cannot hold because nothing happens."""
    story = [(HOUR, "open S1"), (400 * SECOND, "look"), (SECOND, "ack H1 P1"), (HOUR, "restart")]
    found = live(site, story)
    first, *rest = replayed(found.rows, found.ledgers, JournalReplay(ZONE, 0)).verdicts.decided
    assert first.decision.at == at("06:00")
    assert sum(len(one.notices) for one in (first, *rest)) > 3
