"""How long to wait: bounded on both sides, whatever fails and however often."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.alerts.retry import backoff, poll_after


@pytest.mark.parametrize(
    ("attempts", "least", "most"),
    [(1, 1, 2), (2, 2, 4), (3, 4, 8), (4, 8, 16), (5, 16, 32), (6, 30, 60), (500, 30, 60)],
)
def test_it_doubles_up_to_a_minute(attempts: int, least: float, most: float) -> None:
    assert backoff(attempts, None, lambda: 0.0) == least
    assert backoff(attempts, None, lambda: 1.0) == most


@given(st.integers(0, 10**6), st.none() | st.floats(-1e9, 1e9), st.floats(0, 1))
def test_no_alert_waits_long_nor_hammers(
    attempts: int, retry_after: float | None, random: float
) -> None:
    wait = backoff(attempts, retry_after, lambda: random)
    assert 0 < wait <= 330
    assert wait >= min(retry_after or 0, 300)
    assert wait <= 60 or retry_after is not None


@given(st.integers(0, 10**6))
def test_questions_are_never_further_apart_than_ten_minutes(polls: int) -> None:
    assert 2 <= poll_after(polls) <= poll_after(polls + 1) <= 600
