"""Weeks of a town: the same for a seed, consistent, with all that can go wrong."""

from collections import Counter
from datetime import date

import pytest

from simulators.neighbourhood import Trouble, What, Why, live, settle, truth

DAY = date(2026, 3, 2)


@pytest.mark.parametrize("seed", range(6))
def test_every_door_opens_and_closes_in_turn(seed: int) -> None:
    life = live(settle(seed, 100, 5, day=DAY), seed)
    stands: dict[str, bool] = {}
    for event in life.events:
        if event.what is What.FIRST:
            stands[event.sensor_id] = False
        elif event.moves:
            assert stands[event.sensor_id] is (event.what is What.CLOSED), event
            stands[event.sensor_id] = event.open
    assert set(stands) == {s.sensor_id for s in life.town.sensors}
    assert truth(life.town, life.events).expected


@pytest.mark.parametrize("seed", range(3))
def test_the_author_and_the_judge_mean_the_same(seed: int) -> None:
    """Parts are written to be wrong or right; now and then two of them meet."""
    life = live(settle(seed, 100, 5, day=DAY), seed)
    why = {(e.sensor_id, e.at): e.why for e in life.events if e.what is What.OPENED}
    seen: Counter[tuple[str, bool]] = Counter()
    for opening in truth(life.town, life.events).openings:
        reason = why[opening.sensor_ids[0], opening.start]
        assert reason is not None
        seen[reason.value, opening.breach is not None] += 1
    for reason in (Why.PARCEL, Why.SWAB, Why.RUBBISH, Why.MEAL):
        assert seen[reason.value, False] > 20 * seen[reason.value, True], (reason, seen)
    for reason in (Why.TOO_EARLY, Why.LATE_COURIER, Why.GONE_FOR_HOURS):
        assert not seen[reason.value, False], (reason, seen)


def test_breaches_are_rare_and_every_trouble_happens() -> None:
    life = live(settle(1, 200, 7, day=DAY), 1)
    judged = truth(life.town, life.events)
    assert 0.002 < len(judged.breaches) / len(judged.openings) < 0.03
    assert {mishap.trouble for mishap in life.mishaps} == set(Trouble)
    assert life.town.passes
    assert any(home.care and any(w.expected for w in life.town.windows_of(home))
               for home in life.town.households)  # fmt: skip


def test_the_same_seed_lives_the_same_weeks() -> None:
    first, again, other = (live(settle(s, 60, 3, day=DAY), s) for s in (4, 4, 5))
    assert first == again
    assert first.events != other.events
