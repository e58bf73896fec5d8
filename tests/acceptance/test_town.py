"""A town in which a week passes: whom the gateway tells of what, against what really happened.

The rules and everything above them in process, in virtual time, with 2 % of all radio packets
lost in bursts, a building lost for hours, a fire, a restart without a clock. The goals are those
of ``python -m benchmarks --only town``, which plays a larger town for longer, and other seeds.
"""

from datetime import date

import pytest

from simulators.neighbourhood import Tally, Trouble, live, play, settle, tally

HOMES, DAYS, SEED = 150, 7, 2  # a week in which everything happens


@pytest.fixture(scope="module")
def week() -> Tally:
    town = settle(SEED, HOMES, DAYS, day=date(2026, 3, 2))
    return tally(play(live(town, SEED), SEED, loss=0.02))


def test_the_week_is_worth_judging(week: Tally) -> None:
    assert week.loss == pytest.approx(0.02, abs=0.004)
    assert week.heard > 40
    assert week.proved >= 5
    assert week.naive > 3_000


def test_every_breach_that_was_heard_is_told(week: Tally) -> None:
    assert week.missed == []


def test_openings_that_only_a_counter_shows_are_found(week: Tally) -> None:
    assert week.inferred >= 0.95, week.unfound


def test_nobody_is_called_unauthorised_who_was_not(week: Tally) -> None:
    assert week.accused == []


def test_a_member_gets_hardly_more_than_one_first_text_a_breach(week: Tally) -> None:
    assert week.first_steps_each <= 1.2


def test_far_fewer_texts_than_one_at_every_opening(week: Tally) -> None:
    assert week.fewer_than_naive >= 20, (week.texts, week.naive)


def test_the_first_text_leaves_within_seconds(week: Tally) -> None:
    assert sorted(week.seconds)[len(week.seconds) // 2] < 1


@pytest.mark.parametrize("trouble", [t for t in Trouble if t is not Trouble.CLOCK], ids=str)
def test_what_goes_wrong_is_noticed(week: Tally, trouble: Trouble) -> None:
    noticed, count = week.troubles[trouble]
    assert noticed == count > 0


def test_meals_that_were_not_taken_in_are_asked_after(week: Tally) -> None:
    noticed, count = week.meals
    assert noticed == count > 0
